"""How much prices, promotions and the calendar move demand: measured, tried, and kept as lines of their own.

    log q_t = level_t + season_t + sum_j b_j x_tj + noise

Level (a centred mean over a season) and season (the mean of each place in it) are taken out of ``log q``
and of every cause alike, so that ``b`` rests only on what they do not explain. ``b`` of a series is drawn
to its family's and that to everybody's, as far as its own history is silent (empirical Bayes):

    b_i = (X'X / s2 + 1 / T)^-1 (X'y / s2 + b_family / T)        T: how much series truly differ

A price elasticity of -2 says: 1 % dearer, 2 % less is asked for. What a cause adds to a forecast is a line
(the logarithmic mean shares a joint effect without a rest), so that a planner can switch it off.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einklang.engine.forecast.causes import Causes
from einklang.engine.forecast.panel import TOLD, Matrix, Panel, Whole

CHUNK = 64
POSITIVE = 0.9
"""From this share of periods above zero on, logarithms can be taken."""
FEWEST = 12
"""A series with fewer usable periods says nothing of its own."""
WIDEST, USUAL = {"price": 3.0, "promotion": 1.0, "working days": 1.0}, 0.5
"""How large an effect may well be (standard deviation of b before anything is known)."""
OWN = ("price", "promotion")
"""What series do each for itself; the calendar is the same for all."""
FURTHEST = float(np.log(10.0))
"""No effect makes more than ten times, or less than a tenth, of demand."""
UNTOLD = 1e-8
LIKE_ROWS = 10.0
"""What all series share in a period is no proof of the calendar: however many they are, they count as ten."""
SHOWS_ITSELF = 0.02
"""A cause of which level and season leave less than this share cannot be told from them."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What each cause does to each series: ``strength`` is b, row by column of ``causes``."""

    causes: Causes
    strength: Matrix

    def without(self, names: tuple[str, ...]) -> "Effects":
        """The same with some effects (by name) switched off."""
        off = np.isin(np.array(self.causes.names), names)
        return Effects(self.causes, np.where(off, 0.0, self.strength))

    def only(self, groups: set[str], rows: Whole | None = None) -> "Effects":
        """The same with nothing but some groups of causes, for some rows."""
        wanted = np.isin(np.array(self.causes.groups), list(groups))
        strength = np.where(wanted, self.strength, 0.0)
        if rows is not None:
            strength[np.setdiff1d(np.arange(len(strength)), rows)] = 0.0
        return Effects(self.causes, strength)

    def removed(self, panel: Panel) -> Panel:
        """The histories as they would have been without the causes."""
        values = panel.values.copy()
        for rows, moved in self._moved(slice(0, self.causes.width)):
            values[rows] /= np.exp(moved.sum(2))
        return panel.with_values(values)

    def ahead(self, mean: Matrix) -> dict[str, Matrix]:
        """What each effect adds to forecasts made without any: its name, and units by series and step.

        The lines of a cell add up to what all of them do together.
        """
        lines: dict[str, Matrix] = {}
        for rows, moved in self._moved(slice(self.causes.width, None)):
            weight = _log_mean(mean[rows], moved.sum(2))
            for column, name in enumerate(self.causes.names):
                if moved[:, :, column].any():
                    line = lines.setdefault(name, np.zeros_like(mean))
                    line[rows] += weight * moved[:, :, column]
        return lines

    def _moved(self, periods: slice) -> Iterator[tuple[Whole, Matrix]]:
        """The logarithm of what each cause does in some periods: rows that are moved at all, in chunks."""
        acting = np.flatnonzero(self.strength.any(1)).astype(np.int64)
        for begin in range(0, len(acting), CHUNK):
            rows = acting[begin : begin + CHUNK]
            moved = self.causes.of(rows)[:, periods] * self.strength[rows, None, :]
            total = np.abs(moved.sum(2, keepdims=True))
            yield rows, moved * np.minimum(1.0, FURTHEST / np.maximum(total, UNTOLD))


def _log_mean(base: Matrix, total: Matrix) -> Matrix:
    """The logarithmic mean of a forecast without and with effects: units by unit of logarithm.

    (with - without) / log(with / without); at no effect, the forecast itself.

    >>> _log_mean(np.array([100.0]), np.array([np.log(2.0)])).round(1)
    array([144.3])
    """
    safe = np.where(np.abs(total) > UNTOLD, total, 1.0)
    mean: Matrix = base * np.where(np.abs(total) > UNTOLD, np.expm1(total) / safe, 1.0)
    return mean


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the histories say: X'X, X'y, the variance of what is left, and whether a row says anything."""

    squares: Matrix
    products: Matrix
    noise: Matrix
    tells: NDArray[np.bool_]


def measured(panel: Panel, causes: Causes, season: int, families: Whole | None = None) -> Effects:
    """The strength of each cause for each series, drawn to its family's (``families``: a number a row)."""
    evidence = _evidence(panel, causes, season)
    tells = evidence.tells
    if not tells.any():
        return Effects(causes, np.zeros((len(panel.names), len(causes.names))))
    precision = evidence.squares / evidence.noise[:, None, None]
    pull = evidence.products / evidence.noise[:, None]
    everybody = _everybody(precision[tells].sum(0), pull[tells].sum(0), causes, int(tells.sum()))
    own, doubt = _alone(evidence, everybody)
    differ = _differ(own[tells], doubt[tells])
    centre = everybody + _family(own, doubt, differ, families, tells)
    bent = precision + np.eye(len(differ)) / differ
    strength = np.linalg.solve(bent, (pull + centre / differ)[:, :, None])[:, :, 0]
    return Effects(causes, np.where(_usable(panel)[:, None], strength, 0.0))


def _everybody(precision: Matrix, pull: Matrix, causes: Causes, rows: int) -> Matrix:
    """The effects of all series together."""
    wide = np.array([WIDEST.get(group, USUAL) for group in causes.groups])
    dated = ~np.isin(np.array(causes.groups), OWN)
    counts = np.where(dated, np.minimum(1.0, LIKE_ROWS / rows), 1.0)
    weight = np.sqrt(np.outer(counts, counts))
    found: Matrix = np.linalg.solve(precision * weight + np.diag(wide**-2.0), pull * counts)
    return found


def _usable(panel: Panel) -> NDArray[np.bool_]:
    """Rows that are above zero nearly always."""
    inside = np.arange(panel.values.shape[1]) >= panel.starts[:, None]
    above: NDArray[np.bool_] = ((np.nan_to_num(panel.values) > 0) & inside).sum(1) >= POSITIVE * np.maximum(
        panel.lengths, 1
    )
    return above & (panel.lengths > 0)


def _evidence(panel: Panel, causes: Causes, season: int) -> Evidence:
    """The normal equations of every row, chunk by chunk."""
    count, columns = len(panel.names), len(causes.names)
    squares, products = np.zeros((count, columns, columns)), np.zeros((count, columns))
    noise = np.ones(count)
    tells = np.zeros(count, dtype=bool)
    rows = np.flatnonzero(_usable(panel)).astype(np.int64)
    cycle = _cycle(panel, season)
    for begin in range(0, len(rows), CHUNK):
        some = rows[begin : begin + CHUNK]
        values = np.nan_to_num(panel.values[some])
        seen = (values > 0) & (np.arange(values.shape[1]) >= panel.starts[some, None])
        seen &= panel.states[some] == TOLD
        wanted = np.where(seen, np.log(np.where(seen, values, 1.0)), 0.0)
        shown = causes.of(some)[:, : causes.width]
        y = _plain(wanted[:, :, None], seen, *cycle)[:, :, 0]
        x = _plain(shown * seen[:, :, None], seen, *cycle)
        about = shown - _centred(shown * seen[:, :, None], seen, 2 * shown.shape[1])
        visible = (x**2).sum(1) > SHOWS_ITSELF * ((about * seen[:, :, None]) ** 2).sum(1)
        x *= visible[:, None, :]
        turned = x.transpose(0, 2, 1)
        squares[some], products[some] = turned @ x, (turned @ y[:, :, None])[:, :, 0]
        loose = np.linalg.solve(squares[some] + 0.1 * np.eye(columns), products[some][:, :, None])
        left = np.where(seen, y - (x @ loose)[:, :, 0], 0.0)
        told = seen.sum(1)
        noise[some] = (left**2).sum(1) / np.maximum(told - min(cycle[0], 12), 1) + 1e-6
        tells[some] = told >= FEWEST
    return Evidence(squares, products, noise, tells)


def _cycle(panel: Panel, season: int) -> tuple[int, int]:
    """Places of the season that are taken out, and the periods over which the level is a mean."""
    longest = int(panel.lengths.max(initial=0))
    places = season if longest >= 2 * season else 1
    if panel.frequency == "D":
        return places, 365 if longest >= 730 else 4 * season
    return places, max(season, 6) | 1


def _plain(table: Matrix, seen: NDArray[np.bool_], places: int, window: int) -> Matrix:
    """A table (row, period, column) without its level and season; zero where nothing was seen."""
    for _turn in range(2):
        table = (table - _centred(table, seen, window)) * seen[:, :, None]
        if places > 1:
            table = (table - _places(table, seen, places)) * seen[:, :, None]
    return table


def _centred(table: Matrix, seen: NDArray[np.bool_], window: int) -> Matrix:
    """The mean of what was seen around each period."""
    width, half = table.shape[1], window // 2
    first, beyond = np.maximum(np.arange(width) - half, 0), np.minimum(np.arange(width) + half + 1, width)
    sums = np.cumsum(np.pad(table, ((0, 0), (1, 0), (0, 0))), axis=1)
    count = np.cumsum(np.pad(seen, ((0, 0), (1, 0))), axis=1)
    near = np.maximum(count[:, beyond] - count[:, first], 1)
    mean: Matrix = (sums[:, beyond] - sums[:, first]) / near[:, :, None]
    return mean


def _places(table: Matrix, seen: NDArray[np.bool_], places: int) -> Matrix:
    """The mean of each place in the season."""
    rows, width, columns = table.shape
    pad = -width % places
    cells = np.pad(table, ((0, 0), (pad, 0), (0, 0))).reshape(rows, -1, places, columns).sum(1)
    count = np.pad(seen, ((0, 0), (pad, 0))).reshape(rows, -1, places).sum(1)
    mean = cells / np.maximum(count, 1)[:, :, None]
    laid: Matrix = mean[:, (np.arange(width) + pad) % places]
    return laid


def _alone(evidence: Evidence, everybody: Matrix) -> tuple[Matrix, Matrix]:
    """How far each row's own effect lies from everybody's, one cause at a time, and its variance."""
    informed = np.diagonal(evidence.squares, axis1=1, axis2=2)
    left = evidence.products - evidence.squares @ everybody
    told = informed > UNTOLD
    away = np.divide(left, informed, out=np.zeros_like(left), where=told)
    doubt = np.where(told, evidence.noise[:, None] / np.where(told, informed, 1.0), np.inf)
    return away, doubt


def _differ(away: Matrix, doubt: Matrix) -> Matrix:
    """How much series truly differ in each effect: what chance does not explain."""
    weight = 1 / (doubt + 0.1)
    spread = np.where(np.isfinite(doubt), away**2 - doubt, 0.0)
    found: Matrix = (weight * spread).sum(0) / np.maximum(weight.sum(0), 1e-300)
    return np.clip(found, 1e-3, 1.0)


def _family(
    away: Matrix, doubt: Matrix, differ: Matrix, families: Whole | None, tells: NDArray[np.bool_]
) -> Matrix:
    """How far each row's family lies from everybody, shrunk; nothing where there are no families."""
    if families is None:
        return np.zeros_like(away)
    weight = np.where(tells[:, None], 1 / (doubt + differ), 0.0)
    count = int(families.max(initial=0)) + 1
    pulled, weights = np.zeros((count, away.shape[1])), np.zeros((count, away.shape[1]))
    np.add.at(pulled, families, weight * away)
    np.add.at(weights, families, weight)
    mean: Matrix = (pulled / (weights + 1 / differ))[families]
    return mean
