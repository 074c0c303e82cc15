"""How good chances were, once it is known what came: ranking, calibration, and both against the plain rate.

All take ``chance`` (what was said, or any score that ranks) and ``happened`` (0 or 1) of equal length.
Sources: Brier (1950); Fawcett, "An introduction to ROC analysis" (2006); Naeini et al. (2015) for ECE.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEAST = 1e-12


def auc(score: Numbers, happened: Numbers) -> float:
    """The chance that one it happened to was ranked above one it did not; ties count half. NaN without both.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]))
    0.75
    """
    yes = happened > 0
    ones, zeros = int(yes.sum()), int((~yes).sum())
    if not ones or not zeros:
        return float("nan")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return float((rank[place][yes].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def brier(chance: Numbers, happened: Numbers) -> float:
    """The mean squared distance of what was said from what came.

    >>> brier(np.array([1.0, 0.5]), np.array([1.0, 0.0]))
    0.125
    """
    return float(np.mean((chance - happened) ** 2))


def brier_skill(chance: Numbers, happened: Numbers, plain: Numbers | float | None = None) -> float:
    """How much of the plain rate's Brier score is gone: 1 is perfect, 0 no better than the rate.

    ``plain`` is what would have been said without a model, by default the rate in ``happened`` itself
    (the strictest reference, since nobody knew it).

    >>> brier_skill(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    1.0
    """
    said = happened.mean() if plain is None else plain
    reference = float(np.mean((said - happened) ** 2))
    return 1 - brier(chance, happened) / reference if reference > 0 else float("nan")


def log_loss(chance: Numbers, happened: Numbers) -> float:
    """The mean surprise, in nats.

    >>> round(log_loss(np.array([0.5]), np.array([1.0])), 4)
    0.6931
    """
    sure = np.clip(chance, LEAST, 1 - LEAST)
    return float(-np.mean(happened * np.log(sure) + (1 - happened) * np.log1p(-sure)))


def ece(chance: Numbers, happened: Numbers, bins: int = 10) -> float:
    """Expected calibration error: how far chances lie from what came, in groups of equally many.

    >>> round(ece(np.array([0.2] * 10), np.array([1.0] * 3 + [0.0] * 7), bins=1), 3)
    0.1
    """
    order = np.argsort(chance, kind="stable")
    groups = [part for part in np.array_split(order, bins) if part.size]
    off = [abs(chance[part].mean() - happened[part].mean()) * part.size for part in groups]
    return float(sum(off) / chance.size)


def lift(score: Numbers, happened: Numbers, top: float = 0.1) -> float:
    """How many times the plain rate the highest-ranked share ``top`` has.

    >>> lift(np.array([0.9, 0.1, 0.2, 0.3]), np.array([1.0, 0.0, 0.0, 0.0]), top=0.25)
    4.0
    """
    first = np.argsort(-score, kind="stable")[: max(1, round(top * score.size))]
    rate = happened.mean()
    return float(happened[first].mean() / rate) if rate > 0 else float("nan")
