"""Drawn courses of the months: each deal's fate, its amount, new deals, and the shock they all share."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einklang.engine.pipeline.arrays import Numbers
from einklang.engine.pipeline.shock import Shock

DRAWS, FEWEST_DRAWS = 4000, 500
MOST_CELLS = 400_000_000  # deals * draws * periods; beyond it fewer courses are drawn
CHUNK = 128

Fates = npt.NDArray[np.int16]
Small = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Drawn:
    """By draw and period: money from open deals and from new ones; by deal and draw: when it is won."""

    open: Numbers
    new: Numbers
    fates: Fates

    @property
    def total(self) -> Numbers:
        """All money by draw and period."""
        return self.open + self.new


@dataclass(frozen=True, slots=True)
class Coming:
    """New deals: wins by period, mean and mean square of their amounts, variance of how many come (log)."""

    wins: Numbers
    mean: float
    square: float
    variance: float


def drawn(
    won: Numbers, worth: Numbers, spread: Numbers, coming: Coming, shock: Shock, seed: int, draws: int = DRAWS
) -> Drawn:
    """Draw the courses; the fate of a deal that is not won within the periods is their number."""
    deals, periods = won.shape
    draws = int(np.clip(MOST_CELLS / max(deals * periods, 1), FEWEST_DRAWS, draws))
    random = np.random.default_rng(seed)
    factors = shock.drawn(draws, periods, random)
    money, fates = np.zeros((periods, draws)), np.zeros((deals, draws), dtype=np.int16)
    chances, shared = won.astype(np.float32), np.ascontiguousarray(factors.T, dtype=np.float32)
    for start in range(0, deals, CHUNK):
        rows = slice(start, start + CHUNK)
        luck = random.random((chances[rows].shape[0], draws), dtype=np.float32)
        amount = worth[rows, None] * _around_one(spread[rows], draws, random)
        reached = np.zeros_like(luck)
        before = np.zeros(luck.shape, dtype=np.bool_)
        for period in range(periods):
            reached += chances[rows, period, None] * shared[period]
            now = luck < reached
            money[period] += np.where(now & ~before, amount, 0.0).sum(axis=0)
            fates[rows] += ~now
            before = now
    return Drawn(money.T, _new(coming, factors, random), fates)


def _new(coming: Coming, factors: Numbers, random: np.random.Generator) -> Numbers:
    """Money from new deals: how many come is unsure, and so is what each brings (a gamma around its mean)."""
    if coming.mean <= 0 or not coming.wins.any():
        return np.zeros_like(factors)
    level = random.lognormal(-coming.variance / 2, np.sqrt(coming.variance), (factors.shape[0], 1))
    count = random.poisson(coming.wins * factors * level)
    ratio = max(coming.square / coming.mean**2 - 1, 1e-6)  # squared coefficient of variation of an amount
    return np.asarray(random.gamma(count / ratio) * coming.mean * ratio, dtype=np.float64)


def _around_one(spread: Numbers, draws: int, random: np.random.Generator) -> Small:
    """Log-normal factors with mean one."""
    if not spread.any():
        return np.ones((spread.size, 1), dtype=np.float32)
    wide = spread[:, None].astype(np.float32)
    return np.asarray(
        np.exp(random.standard_normal((spread.size, draws), dtype=np.float32) * wide - wide**2 / 2)
    )
