"""What earlier views teach about sums: how far to trust the record of bookings, the level, the shared shock.

    money that came = deals' money^(1 - trust) * record's money^trust * level
                      * exp(shared + own of the period), and the luck of single deals

Before anything is known the trust is ``TRUST``, the level 1 and the shock has the variance ``USUAL``.
What earlier views show counts as far as independent periods lie behind it: views overlap, so many views
are not many lessons.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.pipeline.arrays import Numbers
from einklang.engine.pipeline.replays import BUCKET_DAYS, EVERY_DAYS, Replay

USUAL, SURE = 0.04, 4.0  # variance of the log before anything is known, and the periods it counts for
SHARED = 0.3  # part of it that all periods have in common
TRUST = 0.5  # in the record, against the deals
APART = 0.04  # usual square of the log of record / deals
HALF_LIFE_DAYS = 180.0
NARROWEST, WIDEST = 0.2, 12.0  # how far earlier views may stretch the variance
FARTHEST = 1.2  # log; deals and record that lie farther apart are not drawn together any more than this


@dataclass(frozen=True, slots=True)
class Shock:
    """Trust in the record, level (a factor), how far the variance is stretched, periods behind all three."""

    trust: float = TRUST
    level: float = 1.0
    stretch: float = 1.0
    periods: float = 0.0

    @property
    def deviation(self) -> float:
        """The spread of a period's logarithm."""
        return float(np.sqrt(USUAL * self.stretch))

    def factors(self, money: Numbers, record: Numbers) -> Numbers:
        """By period: what the deals' money is multiplied by."""
        return np.asarray(self.level * np.exp(self.trust * _apart(money, record)), dtype=np.float64)

    def drawn(self, draws: int, periods: int, random: np.random.Generator) -> Numbers:
        """Factors by draw and period, 1 on average; the fewer periods are behind it, the heavier the ends."""
        free = SURE + self.periods
        unsure = np.sqrt((free - 2) / random.chisquare(free, draws))[:, None]
        shared = random.standard_normal((draws, 1)) * np.sqrt(SHARED)
        own = random.standard_normal((draws, periods)) * np.sqrt(1 - SHARED)
        factors = np.exp(np.clip((shared + own) * unsure * self.deviation, -2.5, 2.5))
        return np.asarray(factors / factors.mean(axis=0), dtype=np.float64)


def shock(replays: list[Replay], day: int) -> Shock:
    """What was known at the end of a day."""
    found = [
        (*facts, 0.5 ** ((day - one.view.day) / HALF_LIFE_DAYS))
        for one in replays
        for *facts, end in zip(*_errors(one), one.view.ends, strict=True)
        if one.view.day + end <= day and facts[-1] > 0
    ]
    if not found:
        return Shock()
    error, apart, luck, beyond, came, said, weight = np.array(found).T
    seen = float(weight.sum()) * EVERY_DAYS / BUCKET_DAYS / 2  # each day is seen by two periods' views
    weight = weight / weight.sum()
    trust = (SURE * APART * TRUST + seen * float((weight * error * apart).sum())) / (
        SURE * APART + seen * float((weight * apart**2).sum())
    )
    trust = float(np.clip(trust, 0.0, 1.0))
    # a ratio of sums: the mean of logarithms lies below the logarithm of the mean
    ratio = (weight * came).sum() / max(float((weight * said * np.exp(trust * apart)).sum()), 1e-9)
    level = float(np.log(max(ratio, 0.1))) * seen / (seen + SURE)
    squares = float((weight * ((error - trust * apart - level) ** 2 - luck)).sum())
    expected = float((weight * (USUAL + beyond)).sum())
    stretch = (SURE * expected + seen * max(squares, 0.0)) / ((SURE + seen) * expected)
    return Shock(trust, float(np.exp(level)), float(np.clip(stretch, NARROWEST, WIDEST)), seen)


def _errors(replay: Replay) -> tuple[Numbers, ...]:
    """By period: log of came / deals', of record / deals'; variances of luck and inflow; came and deals'."""
    seen = replay.view
    worth, spread = seen.worth()[:, None], seen.values.spread[seen.deal][:, None]
    new = seen.new_wins()
    mean = seen.money()
    square = seen.won * worth**2 * np.exp(spread**2)
    single = (square - (seen.won * worth) ** 2).sum(axis=0) + new * seen.inflow.square
    small = 0.1 * np.sqrt(single) + 1e-9  # a period without a win has a logarithm too
    errors = np.log((replay.came + small) / (mean + small))
    scale = (mean + small) ** 2
    beyond = (new * seen.inflow.mean) ** 2 * seen.inflow.variance / scale
    return errors, _apart(mean, seen.record), single / scale, beyond, replay.came, mean


def _apart(money: Numbers, record: Numbers) -> Numbers:
    """The log of record / deals; none where one of the two says nothing."""
    both = np.isfinite(record) & (record > 0) & (money > 0)
    ratio = np.divide(record, money, out=np.ones_like(money), where=both)
    return np.asarray(np.clip(np.log(ratio), -FARTHEST, FARTHEST), dtype=np.float64)
