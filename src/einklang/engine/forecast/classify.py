"""Which kind of history a series has, and so which methods can say something about it."""

from typing import Literal, get_args

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.intermittent import demand_interval

Kind = Literal["ended", "new", "short", "intermittent", "seasonal", "regular"]
KINDS: tuple[str, ...] = get_args(Kind)

NEW = 4
"""Fewer known periods than this, or than a season of up to ``LONG_SEASON``: only a level."""
LAST_YEAR = "last year"
"""The one method that sees a season in a history of little more than one."""
INTERMITTENT = 1.32
"""From this many periods per demand on, a history is intermittent (Syntetos and Boylan)."""

LASTING = ("seasonal", "regular")
"""The kinds with enough history for a gate and for trees."""
LONG_SEASON = 24
"""With longer seasons, methods that look at the last years only join in."""

_TWELVE = (
    "ses",
    "holt",
    "damped",
    "damped shrunk",
    "theta",
    "theta tested",
    "theta optimised",
    "theta log",
    "aggregated",
    "season times",
    "season plus",
    "seasonal naive",
)
_RECENT = ("theta recent", "damped recent", "aggregated recent")
MIXES: dict[str, tuple[str, ...]] = {
    "ended": ("ended",),
    "new": ("ses",),
    "short": ("theta", "damped shrunk", "ses", LAST_YEAR),
    "intermittent": ("adida", "imapa", "tsb"),
    "seasonal": _TWELVE,
    "regular": _TWELVE,
}
"""The methods that can say something about each kind."""
_BROAD = (
    "theta",
    "damped shrunk",
    "theta optimised",
    "theta log",
    "aggregated",
    "season times",
    "season plus",
)
_SEASONAL = ("theta", "damped shrunk", "aggregated", "season times", "season plus")


def mix(kind: str, season: int) -> tuple[str, ...]:
    """The methods of a kind with a season of this length."""
    return MIXES[kind] + _RECENT if season > LONG_SEASON and kind in LASTING else MIXES[kind]


def starting(kind: str, season: int) -> tuple[str, ...]:
    """The methods whose equal mean is the forecast of a kind until something else has won.

    A test hardly ever finds a long season, so the methods that rest on the test stand back there.
    """
    if kind == "short":
        # Months of one year ago are worth repeating; weeks are often too rough, which is tried.
        return MIXES[kind][:-1] if season > LONG_SEASON else ("theta", "ses", LAST_YEAR)
    if kind not in LASTING:
        return MIXES[kind]
    return _SEASONAL if season > LONG_SEASON else _BROAD


def classify(of: Batch) -> np.ndarray:
    """The kind of each row's history, the first that fits in the order of ``KINDS``."""
    known = np.isfinite(of.values)
    sold = known & (np.where(known, of.values, 0.0) != 0)
    lengths, events = known.sum(1), sold.sum(1)
    width = of.values.shape[1]
    quiet = np.where(events > 0, sold[:, ::-1].argmax(1), lengths)
    patience = np.maximum(max(of.length, NEW), 3 * demand_interval(of))
    conditions = [
        (quiet >= patience) | (events == 0),
        lengths < (max(NEW, of.length) if of.length <= LONG_SEASON else NEW),
        (lengths / np.maximum(events, 1) >= INTERMITTENT) & ~of.is_seasonal,
        lengths < min(2 * of.length + 1, width + 1) if of.length > 1 else lengths < 2 * NEW,
        of.is_seasonal,
    ]
    return np.select(conditions, ["ended", "new", "intermittent", "short", "seasonal"], "regular")
