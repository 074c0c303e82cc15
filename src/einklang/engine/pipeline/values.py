"""What a deal will be worth when it is won, against what is known of it while it is open.

    log(amount at close / stated) = all deals + product + segment + rest

Product and segment count as far as they really differ (empirical Bayes). A deal of which nothing is
stated is worth what won deals of its product and segment were; one that nothing like it was ever won
has no value, and says so.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.pipeline.arrays import Flags, Numbers, Whole
from einklang.engine.pipeline.book import Book

FEWEST = 5  # amounts without which nothing is said about them


@dataclass(frozen=True, slots=True)
class Values:
    """By deal: the mean if won (NaN: nothing is known), the spread of its logarithm, whether it is stated."""

    mean: Numbers
    spread: Numbers
    stated: Flags


@dataclass(frozen=True, slots=True)
class Level:
    """A mean with effects of product and segment, and the rest that is left."""

    middle: Numbers
    spread: float
    smear: float


def values(book: Book, day: int) -> Values:
    """The values of all deals as they could be judged at the end of a day."""
    closed = book.won & (book.closed <= day) & (book.amount > 0)
    has = book.stated > 0
    mean = np.where(has | (book.stated == 0), book.stated, np.nan)
    spread = np.zeros(mean.size)
    with_both = np.nonzero(closed & has)[0]
    if with_both.size >= FEWEST:
        level = _level(book, with_both, np.log(book.amount[with_both] / book.stated[with_both]))
        mean = np.where(has, book.stated * np.exp(level.middle) * level.smear, mean)
        spread = np.where(has, level.spread, spread)
    bare = np.isnan(book.stated)
    won = np.nonzero(closed)[0]
    if bare.any() and won.size >= FEWEST:
        level = _level(book, won, np.log(book.amount[won]))
        mean = np.where(bare, np.exp(level.middle) * level.smear, mean)
        spread = np.where(bare, level.spread, spread)
    return Values(mean, spread, ~bare)


def _level(book: Book, rows: Whole, logs: Numbers) -> Level:
    """The mean of logarithms with the effects of product, then segment."""
    middle = np.full(book.created.size, logs.mean())
    rest = logs - logs.mean()
    for codes in (book.product, book.segment):
        effect = effects(rest, codes[rows], int(codes.max(initial=0)) + 1)
        middle += effect[codes]
        rest = rest - effect[codes[rows]]
    return Level(middle, float(rest.std()), float(np.exp(rest).mean()))


def effects(rest: Numbers, codes: Whole, groups: int) -> Numbers:
    """How far groups lie from the whole, drawn in as far as chance explains it.

    >>> effects(np.array([1.0, 1.0, -1.0, -1.0]), np.array([0, 0, 1, 1]), 2).tolist()
    [1.0, -1.0]
    >>> effects(np.array([1.0, -1.0, 1.0, -1.0]), np.array([0, 0, 1, 1]), 2).tolist()
    [0.0, 0.0]
    """
    if groups < 2 or rest.size <= groups:
        return np.zeros(groups)
    count = np.bincount(codes, minlength=groups)
    mean = np.bincount(codes, weights=rest, minlength=groups) / np.maximum(count, 1)
    within = float(((rest - mean[codes]) ** 2).sum()) / max(rest.size - int((count > 0).sum()), 1)
    here = count > 0
    between = float((mean[here] ** 2).mean() - (within / count[here]).mean())
    if between <= 0:
        return np.zeros(groups)
    return np.asarray(mean * between / (between + within / np.maximum(count, 1)), dtype=np.float64)
