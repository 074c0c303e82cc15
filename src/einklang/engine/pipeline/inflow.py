"""Deals that do not exist yet: how many will be created on each day ahead, and what they are worth.

A level by exponential smoothing over 30 days at a time, with a trend that is drawn in as far as it is not
sure and fades out, and with two years of history a shrunk factor for the month of the year. How far the
counts differ from such an expectation beyond chance is their spread.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import Book, months_of_year
from einklang.engine.pipeline.calendar import YEAR_MONTHS, place_effects
from einklang.engine.pipeline.values import Values

BUCKET_DAYS = 30
BUCKETS = 36
PACES = (0.2, 0.35, 0.5, 0.7, 0.9)
FADES = 0.7  # of the trend, by bucket
SPREAD, SURE = 0.03, 4.0  # variance of the log count beyond chance before anything is known, and its weight
RECENT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Inflow:
    """New deals a day, the variance of their level (log), and the values of recent ones to draw from."""

    daily: Numbers
    variance: float
    mean: float
    square: float


def inflow(book: Book, values: Values, day: int, length: int) -> Inflow:
    """What can be said at the end of a day about the deals of the next ``length`` days."""
    made = book.created[book.created <= day]
    recent = (book.created <= day) & (book.created > day - RECENT_DAYS) & np.isfinite(values.mean)
    if recent.sum() < BUCKET_DAYS:
        recent = (book.created <= day) & np.isfinite(values.mean)
        order = np.argsort(book.created[recent], kind="stable")[-100:]
        worth, spread = values.mean[recent][order], values.spread[recent][order]
    else:
        worth, spread = values.mean[recent], values.spread[recent]
    if not made.size:
        return Inflow(np.zeros(length), SPREAD, 0.0, 0.0)
    age = (day - made) // BUCKET_DAYS
    whole = int(min((day - made.min() + 1) // BUCKET_DAYS, BUCKETS))
    if whole < 1:
        # A few days of many deals are most likely an import, not a rate.
        daily = np.full(length, made.size / BUCKET_DAYS)
        return Inflow(daily, SPREAD, *_moments(worth, spread))
    counts = np.bincount(age[age < whole], minlength=whole)[::-1].astype(np.float64)
    season = _season(day, counts)
    level, variance = _level(counts / np.exp(season[_months(day, whole)]))
    growth = _growth(counts / np.exp(season[_months(day, whole)]))
    ahead = np.arange(1, length + 1)
    trend = growth * FADES * (1 - FADES ** (ahead / BUCKET_DAYS)) / (1 - FADES)
    daily = level / BUCKET_DAYS * np.exp(trend + season[months_of_year(day + ahead)])
    return Inflow(daily, variance, *_moments(worth, spread))


def _level(counts: Numbers) -> tuple[float, float]:
    """The smoothed count, at the pace that would have missed least, and its variance beyond chance."""
    best, missed, errors = float(counts.mean()), np.inf, np.zeros(0)
    for pace in PACES:
        level, found = counts[0], []
        for count in counts[1:]:
            found.append((np.log((count + 1) / (level + 1)), 1 / (level + 1) + 1 / (count + 1)))
            level += pace * (count - level)
        error = np.array([one for one, _noise in found[1:]])
        total = float((error**2).mean()) if error.size else (pace - 0.5) ** 2
        if total < missed:
            best, missed = float(level), total
            errors = np.array([one**2 - noise for one, noise in found[1:]])
    variance = (SURE * SPREAD + max(float(errors.sum()), 0.0)) / (SURE + errors.size)
    return best, min(variance, 0.5)


def _growth(counts: Numbers) -> float:
    """Log growth by bucket over the last half year, drawn in by how unsure it is."""
    last = np.log(counts[-6:] + 1)
    if last.size < 4:
        return 0.0
    place = np.arange(last.size) - (last.size - 1) / 2
    square = float((place**2).sum())
    slope = float((place * last).sum()) / square
    rest = last - last.mean() - slope * place
    error = (float((rest**2).sum()) / (last.size - 2) + SPREAD) / square
    return float(slope * max(0.0, 1 - 2 * error / slope**2)) if slope else 0.0


def _season(day: int, counts: Numbers) -> Numbers:
    """Log factors by month of the year; none before two years are known."""
    if counts.size < YEAR_MONTHS:
        return np.zeros(12)
    smooth = np.convolve(np.pad(counts, 6, mode="edge"), np.ones(12) / 12, "same")[6:-6]
    seen = counts > 0
    effects = np.zeros(12)
    effects += place_effects(counts[seen], np.maximum(smooth[seen], 0.5), _months(day, counts.size)[seen], 12)
    return effects


def _months(day: int, buckets: int) -> Whole:
    """The month of the year in which the middle of each bucket lies, oldest first."""
    middles = [day - BUCKET_DAYS * back - BUCKET_DAYS // 2 for back in range(buckets - 1, -1, -1)]
    return months_of_year(np.array(middles, dtype=np.int64))


def _moments(worth: Numbers, spread: Numbers) -> tuple[float, float]:
    """Mean and mean square of what a new deal is worth."""
    if not worth.size:
        return 0.0, 0.0
    return float(worth.mean()), float((worth**2 * np.exp(spread**2)).mean())
