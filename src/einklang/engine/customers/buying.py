"""How often customers without a contract will still order, and whether they are still there (BG/NBD).

Each customer orders at an own rate ~ Gamma(r, alpha) and stops after an order with an own chance ~
Beta(a, b). Source: Fader, Hardie and Lee, "Counting your customers the easy way" (2005).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from einklang.engine.customers.frames import Numbers, enough
from einklang.engine.errors import Impossible

WIDE, STEADY = 12.0, 6.0  # logarithms; beyond STEADY a shape says that all customers are alike


@dataclass(frozen=True, slots=True)
class Buying:
    """BG/NBD: ordering at a rate ~ Gamma(r, alpha), stopping after an order with chance ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def alive(self, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """The chance that each customer still buys."""
        odds = self._odds_of_gone(frequency, recency, age)
        chance: Numbers = np.where(frequency > 0, 1 / (1 + odds), 1.0)
        return chance

    def expected(self, periods: float, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """Orders to expect from each customer in the next ``periods``."""
        from scipy.special import hyp2f1

        r, alpha, b = self.r, self.alpha, self.b
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # at 1 the formula divides 0 by 0
        whole, share = a + b + frequency - 1, periods / (alpha + age + periods)
        # The paper's formula fails where all order at one rate; after Pfaff's transformation it fails
        # where many stop at once. So each stands in for the other.
        fading = hyp2f1(r + frequency, a - 1, whole, -periods / (alpha + age))
        as_printed = (1 - share) ** (r + frequency) * hyp2f1(r + frequency, b + frequency, whole, share)
        fading = np.where(np.isfinite(fading), fading, as_printed)
        count = (a + b + frequency - 1) / (a - 1) * (1 - fading)
        odds = np.where(frequency > 0, self._odds_of_gone(frequency, recency, age), 0.0)
        orders: Numbers = np.maximum(count / (1 + odds), 0.0)
        return orders

    def silent(self, periods: float, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """The chance that each customer orders nothing in the next ``periods``."""
        alive = self.alive(frequency, recency, age)
        pause = ((self.alpha + age) / (self.alpha + age + periods)) ** (self.r + frequency)
        chance: Numbers = 1 - alive + alive * pause
        return chance

    def _odds_of_gone(self, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        quiet = (self.r + frequency) * np.log((self.alpha + age) / (self.alpha + recency))
        odds: Numbers = self.a / (self.b + np.maximum(frequency, 1) - 1) * np.exp(np.minimum(quiet, 600.0))
        return odds


def fit_buying(frequency: Numbers, recency: Numbers, age: Numbers) -> Buying:
    """The most likely BG/NBD parameters for a customer base.

    ``frequency`` counts orders after the first; ``recency`` is the time from first to last order, ``age``
    that from the first order to today, both in the same periods.
    """
    enough(frequency)
    logs, loss = least(buying_surprise(frequency, recency, age), (STEADY, WIDE, WIDE, WIDE))
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return Buying(r, alpha, a, b, -loss)


def buying_surprise(frequency: Numbers, recency: Numbers, age: Numbers) -> Callable[[Numbers], float]:
    """The negative log-likelihood of a base as a function of the parameters' logarithms."""
    from scipy.special import betaln, gammaln

    alike, count = np.unique(np.stack([frequency, recency, age], axis=1), axis=0, return_counts=True)
    x, recent, old = alike.T
    again = np.maximum(x, 1)

    def surprise(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(logs)
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = -(r + x) * np.log(alpha + old)
        goes = np.log(a) - np.log(b + again - 1) - (r + x) * np.log(alpha + recent)
        either = np.logaddexp(stays, np.where(x > 0, goes, -np.inf))
        return -float((count * (rate + betaln(a, b + x) - betaln(a, b) + either)).sum())

    return surprise


def least(surprise: Callable[[Numbers], float], bounds: Sequence[float]) -> tuple[Numbers, float]:
    """The logarithms of the parameters with the least surprise, within their bounds, and that surprise."""
    from scipy.optimize import minimize

    options = {"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8}
    found = minimize(
        surprise,
        np.zeros(len(bounds)),
        method="L-BFGS-B",
        bounds=[(-WIDE, bound) for bound in bounds],
        options=options,
    )
    if not np.isfinite(found.fun):
        raise Impossible("The customers' buying follows no pattern that could be extended.")
    return found.x, float(found.fun)


def doubt(surprise: Callable[[Numbers], float], logs: Numbers) -> Numbers:
    """The covariance of the parameters' logarithms: the inverse curvature of the surprise at its least.

    A direction in which the data say nothing is held to a deviation of 1 (a factor of about 3).
    """
    step, count = 1e-3, logs.size
    bend = np.zeros((count, count))
    turn = np.eye(count) * step
    for one in range(count):
        for other in range(one, count):
            corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
            seen = sum(s * t * surprise(logs + s * turn[one] + t * turn[other]) for s, t in corners)
            bend[one, other] = bend[other, one] = seen / (4 * step**2)
    values, directions = np.linalg.eigh(bend)
    covariance: Numbers = directions @ np.diag(1 / np.maximum(values, 1.0)) @ directions.T
    return covariance
