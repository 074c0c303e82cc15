"""How good chances and intervals were: Brier and its skill, log loss, calibration error, CRPS, coverage."""

import numpy as np

from einklang.engine.pipeline.arrays import Numbers

BANDS = 10


def brier(said: Numbers, came: Numbers) -> float:
    """The mean squared distance of chances from what came (1 won, 0 not).

    >>> brier(np.array([0.5, 1.0]), np.array([1.0, 1.0]))
    0.125
    """
    return float(((said - came) ** 2).mean())


def brier_skill(said: Numbers, came: Numbers, base: Numbers) -> float:
    """The share of the base rate's Brier score that is saved; 0 is no better, 1 is perfect.

    >>> brier_skill(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    1.0
    """
    reference = brier(base, came)
    return 1 - brier(said, came) / reference if reference > 0 else 0.0


def log_loss(said: Numbers, came: Numbers) -> float:
    """The mean of -log of the chance that was given to what came.

    >>> round(log_loss(np.array([0.5]), np.array([1.0])), 4)
    0.6931
    """
    safe = np.clip(said, 1e-6, 1 - 1e-6)
    return float(-(came * np.log(safe) + (1 - came) * np.log(1 - safe)).mean())


def calibration_error(said: Numbers, came: Numbers) -> float:
    """ECE: how far chances lie from shares that came, over ten bands of chance, by the deals in them.

    >>> calibration_error(np.array([0.2] * 5), np.array([1.0, 0, 0, 0, 0]))
    0.0
    """
    band = np.minimum((said * BANDS).astype(int), BANDS - 1)
    error = 0.0
    for one in np.unique(band):
        mine = band == one
        error += mine.mean() * abs(float(said[mine].mean()) - float(came[mine].mean()))
    return round(float(error), 12)


def crps(draws: Numbers, came: float) -> float:
    """How far drawn courses lie from what came, less half of how far they lie from each other.

    >>> crps(np.array([1.0, 3.0]), 2.0)
    0.5
    """
    ordered = np.sort(draws)
    count = ordered.size
    between = 2 * float((ordered * (2 * np.arange(1, count + 1) - count - 1)).sum()) / count**2
    return float(np.abs(ordered - came).mean()) - between / 2
