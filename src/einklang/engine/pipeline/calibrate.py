"""Chances set right by what came of earlier ones, and by what else is known of a deal.

    log odds = level + slope * log odds said before + features

A penalised logistic regression over the open deals of earlier days, drawn towards "as said before"
(level 0, slope 1, features without effect) and kept only if what it learned from the first two thirds
of those days made the last third better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.leaks import as_numbers
from einklang.engine.pipeline.replays import Replay

LEVEL, SLOPE, FEATURE = 20.0, 20.0, 8.0  # how firmly each is held
SHARED = 30.0  # deals of one day share its luck: together they count for no more than this many
FEWEST_DAYS = 6
NAMES = 20
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """Level, slope and the sum of feature effects by deal; ``won_by`` as log loss before less after."""

    level: float
    slope: float
    effects: Numbers
    kept: bool
    won_by: float

    def applied(self, won: Numbers, later: Numbers, lost: Numbers, deal: Whole) -> tuple[Numbers, ...]:
        """Chances by period, later and lost, set right; the three and open still make one."""
        if not self.kept:
            return won, later, lost
        shift = self.level + self.effects[deal][:, None]
        before = np.cumsum(np.column_stack([won, later]), axis=1)
        after = _share(shift + self.slope * _log_odds(before))
        after = np.where(before <= TINY, before, after)
        after = np.maximum.accumulate(after, axis=1)
        parts = np.diff(after, axis=1, prepend=0.0)
        room = np.maximum(1 - before[:, -2], TINY)
        return parts[:, :-1], parts[:, -1], np.minimum(lost * (1 - after[:, -2]) / room, 1 - after[:, -2])


def calibration(replays: Sequence[Replay], table: pl.DataFrame, features: Sequence[str]) -> Calibration:
    """What earlier days teach; nothing where there are too few of them or it does not help."""
    design = _design(table, features)
    nothing = Calibration(0.0, 1.0, np.zeros(table.height), kept=False, won_by=0.0)
    days = [one for one in replays if one.view.deal.size]
    if len(days) < FEWEST_DAYS:
        return nothing
    # The last third must not overlap with what is learned from.
    cut = days[len(days) * 2 // 3].view.day
    early = [one for one in days if one.view.day + one.view.ends[0] <= cut]
    late = [one for one in days if one.view.day >= cut]
    if not early or not late:
        return nothing
    gain = _gains(late, design, _fitted(early, design))
    if gain.mean() <= gain.std() / np.sqrt(gain.size) or gain.size < 2:
        return nothing
    found = _fitted(days, design)
    return Calibration(
        float(found[0]),
        float(np.clip(found[1], 0.2, 3.0)),
        design @ found[2:],
        kept=True,
        won_by=float(gain.mean()),
    )


def _fitted(days: Sequence[Replay], design: Numbers) -> Numbers:
    """The penalised estimate, by Newton's steps."""
    rows, won, weights = _rows(days, design)
    start = np.zeros(rows.shape[1])
    start[1] = 1.0
    firm = np.full(rows.shape[1], FEATURE)
    firm[:2] = LEVEL, SLOPE
    at = start.copy()
    for _step in range(25):
        share = _share(rows @ at)
        slope = rows.T @ (weights * (won - share)) - firm * (at - start)
        curve = (rows * (weights * share * (1 - share))[:, None]).T @ rows + np.diag(firm)
        change = np.linalg.solve(curve, slope)
        at = at + change
        if np.abs(change).max() < 1e-8:
            break
    return at


def _gains(days: Sequence[Replay], design: Numbers, found: Numbers) -> Numbers:
    """Log loss as said before less as it would be said now, day by day."""
    gains = []
    for one in days:
        rows, won, _weights = _rows([one], design)
        losses = []
        for odds in (rows[:, 1], rows @ found):
            share = np.clip(_share(odds), TINY, 1 - TINY)
            losses.append(-float((won * np.log(share) + (1 - won) * np.log(1 - share)).mean()))
        gains.append(losses[0] - losses[1])
    return np.array(gains)


def _rows(days: Sequence[Replay], design: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    said = np.concatenate([one.view.won[:, 0] for one in days])
    deal = np.concatenate([one.view.deal for one in days])
    won = np.concatenate([one.won for one in days]).astype(np.float64)
    weights = np.concatenate([np.full(one.won.size, min(1.0, SHARED / max(one.won.size, 1))) for one in days])
    rows = np.column_stack([np.ones(said.size), _log_odds(said), design[deal]])
    return rows, won, weights


def _design(table: pl.DataFrame, features: Sequence[str]) -> Numbers:
    """The features as columns: numbers in units of their spread, names as yes or no."""
    columns = []
    for name in features:
        numbers = as_numbers(table[name])
        if numbers is not None:
            plain = numbers.fill_null(np.nan).to_numpy()
            spread = np.nanstd(plain)
            scaled = (plain - np.nanmean(plain)) / spread if spread > 0 else np.zeros(plain.size)
            columns.append(np.nan_to_num(scaled))
        else:
            words = table[name].cast(pl.String).fill_null("")
            common = words.value_counts(sort=True)[words.name].head(NAMES).to_list()
            columns += [(words == word).to_numpy().astype(np.float64) for word in common]
    return np.column_stack(columns) if columns else np.zeros((table.height, 0))


def _log_odds(share: Numbers) -> Numbers:
    safe = np.clip(share, TINY, 1 - TINY)
    return np.asarray(np.log(safe / (1 - safe)), dtype=np.float64)


def _share(odds: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -35, 35))), dtype=np.float64)
