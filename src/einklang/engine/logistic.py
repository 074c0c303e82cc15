"""Chances from several facts at once: a logistic model that is drawn towards the plain rate.

    logit(chance) = intercept + sum of weight_j * (fact_j - mean_j) / deviation_j

Fitted by Newton's method on the likelihood with ``penalty`` / 2 * sum of weight^2 taken off (ridge), so
that few records give small weights and a fact that says nothing changes nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einklang.engine.errors import Impossible

Numbers = NDArray[np.float64]
STEPS = 50
LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model; ``weights`` belong to the facts in units of their own deviation."""

    intercept: float
    weights: Numbers
    means: Numbers
    deviations: Numbers

    def parts(self, facts: Numbers) -> Numbers:
        """What each fact of each row adds to the logit, against the mean row."""
        parts: Numbers = (facts - self.means) / self.deviations * self.weights
        return parts

    def logits(self, facts: Numbers) -> Numbers:
        """The logit of each row."""
        logits: Numbers = self.intercept + self.parts(facts).sum(axis=1)
        return logits

    def chances(self, facts: Numbers) -> Numbers:
        """The chance of each row."""
        return chance_of(self.logits(facts))


def fit(
    facts: Numbers, happened: Numbers, *, penalty: float = 1.0, counts: Numbers | None = None
) -> Logistic:
    """The model of ``happened`` (0 or 1, or a share) by ``facts`` (rows by facts, finite).

    ``counts`` says how many records a row stands for.

    >>> found = fit(np.array([[0.0], [0.0], [1.0], [1.0]] * 50), np.array([0.0, 0.0, 0.0, 1.0] * 50))
    >>> found.chances(np.array([[0.0], [1.0]])).round(2).tolist()
    [0.01, 0.49]
    """
    if facts.shape[0] < 2 or not np.isfinite(facts).all():
        raise Impossible("Chances need at least two records, and facts that are finite numbers.")
    rows = np.ones(facts.shape[0]) if counts is None else counts
    means = np.average(facts, axis=0, weights=rows)
    deviations = np.sqrt(np.average((facts - means) ** 2, axis=0, weights=rows))
    deviations = np.where(deviations > 1e-12, deviations, 1.0)
    design = np.column_stack([np.ones(facts.shape[0]), (facts - means) / deviations])
    ridge = np.full(design.shape[1], float(penalty))
    ridge[0] = 1e-6
    rate = float(np.clip(np.average(happened, weights=rows), 1e-6, 1 - 1e-6))
    found = np.zeros(design.shape[1])
    found[0] = np.log(rate / (1 - rate))
    loss = _loss(found, design, happened, rows, ridge)
    for _step in range(STEPS):
        chance = chance_of(design @ found)
        gradient = design.T @ (rows * (chance - happened)) + ridge * found
        spread = rows * np.maximum(chance * (1 - chance), 1e-9)
        move = np.linalg.solve((design * spread[:, None]).T @ design + np.diag(ridge), gradient)
        size = 1.0
        while (now := _loss(found - size * move, design, happened, rows, ridge)) > loss and size > 1e-6:
            size /= 2
        found, gained, loss = found - size * move, loss - now, now
        if gained < 1e-9 * (1 + abs(loss)):
            break
    return Logistic(float(found[0]), found[1:], means, deviations)


def chance_of(logits: Numbers) -> Numbers:
    """The chance that belongs to a logit.

    >>> chance_of(np.array([0.0])).tolist()
    [0.5]
    """
    chance: Numbers = 1 / (1 + np.exp(-np.clip(logits, -LIMIT, LIMIT)))
    return chance


def logit_of(chance: Numbers) -> Numbers:
    """The logit of a chance, kept finite.

    >>> logit_of(np.array([0.5])).tolist()
    [0.0]
    """
    sure = np.clip(chance, 1e-9, 1 - 1e-9)
    logit: Numbers = np.log(sure / (1 - sure))
    return logit


def _loss(found: Numbers, design: Numbers, happened: Numbers, rows: Numbers, ridge: Numbers) -> float:
    logits = design @ found
    surprise = np.logaddexp(0, logits) - happened * logits
    return float((rows * surprise).sum() + 0.5 * (ridge * found**2).sum())
