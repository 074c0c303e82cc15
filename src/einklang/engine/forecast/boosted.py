"""One model for all series: trees (LightGBM) that learn how histories like these went on.

    told = last + trees(what was against the last value, what smoothing says, step)

in logarithms where a series stays above zero, else in units of its level. What one series is too short
to show (how far trends go on, how levels come back), hundreds show together. Deterministic: one thread,
fixed seed.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from einklang.engine.forecast import smoothing
from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.features import level
from einklang.engine.forecast.panel import Matrix

FEWEST_ROWS = 4000
"""Of fewer examples (series, date and step) no trees are grown."""
SETTINGS: dict[str, Any] = {
    "objective": "l1",
    "learning_rate": 0.15,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES = 120
LEAST = 1e-3
FURTHEST = 3.0
"""An error of more than three times the usual size teaches nothing more."""


@dataclass(frozen=True, slots=True)
class Booster:
    """The trees as text, so that they can be kept beside a run."""

    text: str

    def said(self, of: Batch) -> Matrix:
        """Its forecast of each row and step."""
        frame = _Frame(of)
        courses = _model(self.text).predict(frame.facts(np.arange(of.horizon)), num_threads=1)
        return frame.back(courses.reshape(len(of.values), of.horizon))


@cache
def _model(text: str) -> Any:
    """The trees, read once."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def grown(past: list[tuple[Batch, Matrix]]) -> Booster | None:
    """Trees from batches at earlier dates, each with what came after them (NaN: not yet)."""
    import lightgbm

    facts, goals, costs = [], [], []
    for batch, came in past:
        steps = _some_steps(batch.horizon)
        frame = _Frame(batch)
        goal = frame.goal(came)[:, steps].ravel()
        known = np.isfinite(goal)
        facts.append(frame.facts(steps)[known])
        goals.append(np.clip(goal[known], -FURTHEST, FURTHEST))
        costs.append(np.repeat(frame.cost, len(steps))[known])
    if sum(map(len, goals)) < FEWEST_ROWS:
        return None
    table = lightgbm.Dataset(
        np.concatenate(facts), np.concatenate(goals), weight=np.concatenate(costs), params=SETTINGS
    )
    trees = lightgbm.train(SETTINGS, table, TREES)
    return Booster(trees.model_to_string())


def _some_steps(horizon: int) -> np.ndarray:
    """Enough steps to see how errors grow with them."""
    parts = (1, 2, horizon // 4, horizon // 2, 3 * horizon // 4, horizon)
    return np.array(sorted({min(step, horizon) - 1 for step in parts if step > 0}))


class _Frame:
    """One batch as trees see it: without season, in units of its level, beside what smoothing says."""

    def __init__(self, of: Batch) -> None:
        inside = np.arange(of.values.shape[1]) >= of.starts[:, None]
        plain = of.plain_shrunk.values
        self.of, self.size = of, level(of)
        self.positive = np.where(inside, np.minimum(of.values, plain), 1.0).min(1, initial=1.0) > 0
        self.scaled = self._logarithm(np.where(inside, plain / self.size[:, None], np.nan))
        smooth = smoothing.levels(self.scaled, of.starts)
        self.slope = smoothing.line(self.scaled, of.starts)[1]
        at, drift, lag = smooth.theta(self.slope, 0.5)
        steps = np.arange(1, of.horizon + 1)
        self.theta = at[:, None] + drift[:, None] * (steps + lag[:, None])
        self.damped = smoothing.trends(self.scaled, of.starts, refined=False)[0].ahead(of.horizon)
        self.last = self.scaled[:, -1]
        moves = np.abs(np.diff(np.where(inside, of.values, np.nan), axis=1)) / self.size[:, None]
        rough = np.nan_to_num(moves).sum(1) / np.maximum(of.lengths - 1, 1)
        self.cost = 0.5 + 0.5 * 0.15 / np.maximum(rough, 0.02)

    def _logarithm(self, values: Matrix) -> Matrix:
        """Logarithms where a series stays above zero; 0 is the usual size in both cases."""
        return np.where(self.positive[:, None], np.log(np.maximum(values, LEAST)), values - 1)

    def goal(self, came: Matrix) -> Matrix:
        """What trees should have said."""
        season = self.of.shrunk
        figure = season.figures[:, np.arange(came.shape[1]) % season.figures.shape[1]]
        apart = season.additive[:, None]
        plain = np.where(
            apart, came - season.size[:, None] * (figure - 1), came / np.where(apart, 1.0, figure)
        )
        return self._logarithm(plain / self.size[:, None]) - self.last[:, None]

    def back(self, courses: Matrix) -> Matrix:
        """Courses as quantities, with their season."""
        scaled = self.last[:, None] + courses
        units = np.where(self.positive[:, None], np.exp(np.minimum(scaled, 50.0)), scaled + 1)
        return self.of.shrunk.applied(units * self.size[:, None])

    def facts(self, steps: np.ndarray) -> Matrix:
        """One row a series and step (counted from 0)."""
        fixed = np.repeat(self._of_history(), len(steps), axis=0)
        length, width = self.of.length, self.scaled.shape[1]
        figures, last = self.of.shrunk.figures, self.last
        rows = []
        for step in steps:
            ago = [width - years * length + step % length for years in (1, 2, 3)]
            seasons = [self._at(place) - last for place in ago]
            smooth = [self.theta[:, step] - last, self.damped[:, step] - last]
            place = [figures[:, step % figures.shape[1]], figures[:, -1]]
            rows.append(np.column_stack([np.full(len(last), step + 1.0), *place, *seasons, *smooth]))
        moving = np.stack(rows, axis=1).reshape(len(fixed), -1)
        return np.concatenate([fixed, moving], axis=1).astype(np.float32)

    def _at(self, place: int) -> Matrix:
        """One column, NaN before the first."""
        return self.scaled[:, place] if place >= 0 else np.full(len(self.scaled), np.nan)

    def _of_history(self) -> Matrix:
        """What was, against the last value."""
        of, scaled = self.of, self.scaled
        width, length = scaled.shape[1], of.length
        lags = list(range(min(max(length + 1, 8), 14)))
        lags += [2 * length - 1, 2 * length, 3 * length] if length <= 12 else []
        windows = [(0, 3), (3, 6), (0, length), (length, 2 * length), (2 * length, 3 * length)]
        windows.append((3 * length, 5 * length))
        last = scaled[:, -1]
        found = [self._at(width - 1 - lag) - last for lag in lags]
        found += [
            _mean(scaled[:, max(width - far, 0) : max(width - near, 0)]) - last for near, far in windows
        ]
        moves, recent = np.abs(np.diff(scaled, axis=1)), max(4, min(length, 24))
        found += [
            _mean(moves),
            _mean(moves[:, -recent:]),
            np.sqrt(_mean((scaled - _mean(scaled)[:, None]) ** 2)),
        ]
        found.append(self.slope)
        for reach in (max(4 * length, 20), max(2 * length, 12)):
            first = max(width - reach, 0)
            found.append(smoothing.line(scaled[:, first:], np.maximum(of.starts - first, 0))[1])
        figures = of.shrunk.figures
        found += [np.log(of.lengths), of.is_seasonal, figures.std(1), self.positive]
        return np.column_stack(found)


def _mean(values: Matrix) -> Matrix:
    """The mean of each row's known values, NaN where none is."""
    known = np.isfinite(values)
    count = known.sum(1)
    total = np.where(known, values, 0.0).sum(1)
    found: Matrix = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return found
