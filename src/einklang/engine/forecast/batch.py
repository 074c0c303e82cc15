"""A batch of histories with what several methods need of them, measured once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from einklang.engine.forecast import season as seasons
from einklang.engine.forecast import smoothing
from einklang.engine.forecast.panel import Matrix, Whole

FLAT = 0.02
"""A season that moves less is none."""
RECENT = 5
"""Without a season, only so many of its lengths: old periods say little about a level."""


@dataclass(frozen=True)
class Plain:
    """Histories without their season, and what smoothing says about them."""

    values: Matrix
    starts: Whole

    @cached_property
    def levels(self) -> smoothing.Levels:
        """Simple smoothing with every weight."""
        return smoothing.levels(self.values, self.starts)

    @cached_property
    def slope(self) -> Matrix:
        """The slope of the straight line through each row."""
        return smoothing.line(self.values, self.starts)[1]

    @cached_property
    def trends(self) -> tuple[smoothing.Trend, smoothing.Trend]:
        """Damped and straight trend, each with its best weights."""
        return smoothing.trends(self.values, self.starts)


@dataclass(frozen=True)
class Batch:
    """Histories (rows longest first) and the steps to forecast; ``length`` is that of the season.

    ``prior``: the seasonal shape each row starts from.
    """

    values: Matrix
    starts: Whole
    length: int
    horizon: int
    prior: Matrix | None = None

    @property
    def lengths(self) -> Whole:
        """Known periods of each row."""
        known: Whole = self.values.shape[1] - self.starts
        return known

    @property
    def inherits(self) -> np.ndarray:
        """Which rows start from a season of the family above."""
        if self.prior is None:
            return np.zeros(len(self.values), dtype=bool)
        moves: np.ndarray = np.ptp(self.prior, axis=1) > FLAT
        return moves

    @cached_property
    def _measured(self) -> tuple[seasons.Season, seasons.Season, np.ndarray]:
        return seasons.measured(self.values, self.starts, self.length, self.prior)

    @property
    def tested(self) -> seasons.Season:
        """The season where a test finds one."""
        return self._measured[0]

    @property
    def shrunk(self) -> seasons.Season:
        """The season as far as it is not noise."""
        return self._measured[1]

    @property
    def is_seasonal(self) -> np.ndarray:
        """Which rows have a season that the test finds."""
        return self._measured[2]

    @cached_property
    def plain_tested(self) -> Plain:
        """Without the season that was found."""
        return Plain(self.tested.removed(self.values), self.starts)

    @cached_property
    def plain_shrunk(self) -> Plain:
        """Without the shrunk season."""
        return Plain(self.shrunk.removed(self.values), self.starts)

    @cached_property
    def plain_log(self) -> tuple[Plain, np.ndarray]:
        """The logarithm of what is left without the season, and the rows that have one."""
        inside = np.arange(self.values.shape[1]) >= self.starts[:, None]
        positive = np.where(inside, self.plain_tested.values, 1.0).min(1, initial=1.0) > 0
        log = np.log(np.where(inside & positive[:, None], self.plain_tested.values, 1.0))
        return Plain(np.where(inside, log, np.nan), self.starts), positive

    @cached_property
    def recent(self) -> "Batch":
        """The last few years as if there were no season at all."""
        width = self.values.shape[1]
        first = max(width - RECENT * self.length, 0)
        starts = np.maximum(self.starts - first, 0)
        return Batch(self.values[:, first:], starts, 1, self.horizon)

    def only(self, rows: np.ndarray) -> "Batch":
        """Some rows of the batch; still longest first."""
        if len(rows) == len(self.values):
            return self
        prior = None if self.prior is None else self.prior[rows]
        return Batch(self.values[rows], self.starts[rows], self.length, self.horizon, prior)
