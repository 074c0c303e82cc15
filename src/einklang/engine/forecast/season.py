"""The yearly (or weekly) shape of a batch of series: measured, tested, and shrunk as far as it is noise.

    ratio_t = x_t / centred moving average_t          figure_s = mean of the ratios of season s
    shrunk_s = prior_s + (figure_s - prior_s) * max(0, 1 - (m - 3) * v / sum (figure - prior)^2)

(James-Stein.) ``v`` is the variance of a figure's mean; ``prior`` is the shape of the family above, or 1
where there is none. Series with values of zero or less get an additive shape, in units of their mean
size, so that nothing is divided by zero.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast.panel import Matrix, Whole

SMALLEST = 1e-3


@dataclass(frozen=True, slots=True)
class Season:
    """A figure for each place in the season (1 = ordinary), and how it is applied to each row."""

    figures: Matrix
    additive: np.ndarray
    size: Matrix

    def removed(self, values: Matrix) -> Matrix:
        """The values without their season."""
        width = values.shape[1]
        figure = self._laid_out(np.arange(width) - width)
        additive = self.additive[:, None]
        shifted = values - self.size[:, None] * (figure - 1)
        plain: Matrix = np.where(additive, shifted, values / np.where(additive, 1.0, figure))
        return plain

    def applied(self, forecast: Matrix) -> Matrix:
        """A forecast with the season of its periods."""
        figure = self._laid_out(np.arange(forecast.shape[1]))
        shaped: Matrix = np.where(
            self.additive[:, None], forecast + self.size[:, None] * (figure - 1), forecast * figure
        )
        return shaped

    def _laid_out(self, steps_ahead: Whole) -> Matrix:
        """The figure of each period, counted from the first one to forecast."""
        laid: Matrix = self.figures[:, steps_ahead % self.figures.shape[1]]
        return laid


def measured(
    values: Matrix, starts: Whole, season: int, prior: Matrix | None = None
) -> tuple[Season, Season, np.ndarray]:
    """Each row's shape, in full where the test finds one; shrunk, for all; and whether one was found.

    What is not a shape of its own is the ``prior``: a row's share of season from the family above it.
    """
    rows, width = values.shape
    lengths = width - starts
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    size = np.abs(filled).sum(1) / np.maximum(lengths, 1)
    additive = np.where(known, values, np.inf).min(1) <= 0
    given = np.ones((rows, max(season, 1))) if prior is None else prior
    clear = np.zeros(rows, dtype=bool)
    full = shrunk = given
    if season >= 2 and width >= 2 * season + 1:
        figures, noise = _figures(_ratios(filled, starts, season, additive, size), season)
        usable = (lengths >= 2 * season + 1) & np.isfinite(figures).all(1) & (size > 0)
        figures = np.where(usable[:, None], figures, given)
        clear = usable & _is_seasonal(filled, known, lengths, season)
        full = np.where(clear[:, None], figures, given)
        shrunk = given + (figures - given) * _kept(figures - given, noise, season)[:, None]
    return (
        Season(_bounded(full, additive), additive, size),
        Season(_bounded(shrunk, additive), additive, size),
        clear,
    )


def _bounded(figures: Matrix, additive: np.ndarray) -> Matrix:
    """Figures that can be divided by."""
    bounded: Matrix = np.where(additive[:, None], figures, np.maximum(figures, 0.05))
    return bounded


def _ratios(filled: Matrix, starts: Whole, season: int, additive: np.ndarray, size: Matrix) -> Matrix:
    """Each value against its centred moving average, NaN where the average is not known."""
    width = filled.shape[1]
    half = season // 2
    sums = np.cumsum(np.pad(filled, ((0, 0), (1, 0))), axis=1)
    if season % 2:
        trend = (sums[:, season:] - sums[:, :-season]) / season
    else:
        window = sums[:, season:] - sums[:, :-season]
        trend = (window[:, 1:] + window[:, :-1]) / (2 * season)
    centre = filled[:, half : half + trend.shape[1]]
    scale = np.maximum(size, 1e-300)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(additive[:, None], (centre - trend) / scale + 1, centre / trend)
    ratio = np.full((len(filled), width), np.nan)
    ratio[:, half : half + trend.shape[1]] = inner
    ratio[np.arange(width) < (starts + half)[:, None]] = np.nan
    return ratio


def _figures(ratio: Matrix, season: int) -> tuple[Matrix, Matrix]:
    """The mean ratio of each place in the season, and the variance of such a mean."""
    rows, width = ratio.shape
    pad = -width % season
    cells = np.pad(ratio, ((0, 0), (pad, 0)), constant_values=np.nan).reshape(rows, -1, season)
    known = np.isfinite(cells)
    count = known.sum(1)
    figures = np.where(known, cells, 0.0).sum(1) / np.where(count > 0, count, np.nan)
    figures = figures / figures.mean(1, keepdims=True)
    spread = np.where(known, (cells - figures[:, None, :]) ** 2, 0.0).sum((1, 2))
    total = known.sum((1, 2))
    return figures, spread / np.maximum(total - season, 1) / np.maximum(total / season, 1)


def _kept(away: Matrix, noise: Matrix, season: int) -> Matrix:
    """The share of a shape's distance from its prior that is not noise."""
    signal = (away**2).sum(1)
    kept = 1 - max(season - 3, 1) * noise / np.where(signal > 0, signal, np.inf)
    share: Matrix = np.where(signal > 0, np.clip(np.nan_to_num(kept), 0.0, 1.0), 0.0)
    return share


def _is_seasonal(filled: Matrix, known: np.ndarray, lengths: Whole, season: int) -> np.ndarray:
    """Whether the autocorrelation one season back stands out (the test of the M4 competition, 90 %)."""
    centred = np.where(known, filled - filled.sum(1, keepdims=True) / np.maximum(lengths, 1)[:, None], 0.0)
    power = np.maximum((centred**2).sum(1), 1e-300)
    spread = np.ones(len(filled))
    correlation = np.zeros(len(filled))
    for lag in range(1, season + 1):
        correlation = (centred[:, lag:] * centred[:, :-lag]).sum(1) / power
        if lag < season:
            spread += 2 * correlation**2
    limit = 1.645 / np.sqrt(np.maximum(lengths, 1)) * np.sqrt(spread)
    verdict: np.ndarray = (lengths >= 3 * season) & (np.abs(correlation) > limit)
    return verdict
