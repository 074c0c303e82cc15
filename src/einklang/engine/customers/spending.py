"""What an order of each customer brings: the own mean, drawn to everyone's (Gamma-Gamma).

An order brings Gamma(p, v) where v ~ Gamma(q, gamma) differs by customer.
Source: Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from einklang.engine.customers.buying import STEADY, least
from einklang.engine.customers.frames import Numbers, enough


@dataclass(frozen=True, slots=True)
class Spending:
    """Gamma-Gamma: an order brings Gamma(p, v) where v ~ Gamma(q, gamma) differs by customer.

    ``seen`` is the mean amount in the base: where amounts differ so much that q is at most 1, a customer of
    whom nothing is known has no expected amount, and is given this one.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float
    seen: float

    def expected(self, frequency: Numbers, amount: Numbers) -> Numbers:
        """What an order of each customer brings: the own mean, drawn to everyone's."""
        known = np.maximum(self.p * frequency + self.q - 1, 0.1)
        own = self.p * (self.gamma + frequency * np.nan_to_num(amount)) / known
        mean: Numbers = np.where((frequency > 0) | (self.q > 1), own, self.seen)
        return mean

    def variances(self, frequency: Numbers, amount: Numbers) -> tuple[Numbers, Numbers]:
        """Of each customer's mean order (what is not known of it), and of one order around that mean."""
        known = self.p * frequency + self.q
        square = self.expected(frequency, amount) ** 2
        freedom = np.maximum(known - 2, 0.1)  # at 2 and below the variance has no end
        of_mean: Numbers = square / freedom
        of_order: Numbers = square * (known - 1) / (self.p * freedom)
        return of_mean, of_order


def fit_spending(frequency: Numbers, amount: Numbers, even: Numbers | None = None) -> Spending:
    """The most likely Gamma-Gamma parameters, from customers with repeat orders above zero.

    ``even`` is each customer's mean of log(order / mean order): with it, how much a customer's own orders
    differ is known and not only guessed from how much the customers' means do.
    """
    use = (frequency > 0) & (amount > 0)
    enough(frequency[use])
    unit = float(np.mean(amount[use]))
    evenness = None if even is None else even[use]
    logs, loss = least(spending_surprise(frequency[use], amount[use] / unit, evenness), (STEADY,) * 3)
    p, q, gamma = (float(value) for value in np.exp(logs))
    return Spending(p, q, gamma * unit, -loss - int(use.sum()) * float(np.log(unit)), unit)


def spending_surprise(
    frequency: Numbers, amount: Numbers, even: Numbers | None = None
) -> Callable[[Numbers], float]:
    """The negative log-likelihood of amounts as a function of the parameters' logarithms."""
    from scipy.special import gammaln

    x, z = frequency, amount

    def surprise(logs: Numbers) -> float:
        p, q, gamma = np.exp(logs)
        size = gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
        likely = size + q * np.log(gamma) + (p * x - 1) * np.log(z) + p * x * np.log(x)
        if even is not None:
            # The orders of a customer given their mean: Dirichlet, all shapes p.
            likely = likely + gammaln(p * x) - x * gammaln(p) - p * x * np.log(x) + (p - 1) * x * even
        return -float((likely - (p * x + q) * np.log(x * z + gamma)).sum())

    return surprise
