"""What each customer will bring, with a range that says how little may be known.

    value = sum over periods of expected orders * expected order value * margin / (1 + rate) ** period

The 80 % range of a customer is that of what will come: the chance of no order at all, the spread of
orders and amounts, and what is not known of the parameters (delta method on the curvature of the
likelihood). With few customers the last is large, and is said.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.customers.buying import Buying, buying_surprise, doubt, fit_buying
from einklang.engine.customers.frames import SUMMARY, Numbers
from einklang.engine.customers.spending import Spending, fit_spending, spending_surprise
from einklang.engine.errors import Impossible

FEW = 50  # customers who ordered again; below this it is said that there are few
NINE_TENTHS = 1.2816  # deviations of a normal distribution, for an 80 % range


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a base says about orders and amounts, and how unsure that is (of the parameters' logarithms)."""

    buying: Buying
    spending: Spending
    covariance: Numbers
    again: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Each customer's value, the base's with its 80 % range, and what both rest on.

    ``table``: customer, alive (chance), orders (expected), order_value, value, lo-80, hi-80. ``again`` counts
    the customers who ordered more than once.
    """

    table: pl.DataFrame
    buying: Buying
    spending: Spending
    total: float
    low: float
    high: float
    again: int

    @property
    def caution(self) -> str:
        """What the reader must know before trusting the figures; empty where there is nothing to say."""
        if self.again >= FEW:
            return ""
        return (
            f"Only {self.again} customers have ordered more than once: "
            "the pattern rests on few, and the ranges are wide."
        )


def fit_value(summary: pl.DataFrame) -> Fitted:
    """What a base says about orders and amounts (frame SUMMARY)."""
    x, recency, age, amount = _four(summary)
    even = summary["even"].cast(pl.Float64).to_numpy() if "even" in summary.columns else None
    buying, spending = fit_buying(x, recency, age), fit_spending(x, amount, even)
    use = (x > 0) & (amount > 0)
    unit = float(np.mean(amount[use]))
    covariance = np.zeros((7, 7))
    covariance[:4, :4] = doubt(buying_surprise(x, recency, age), _logs(buying))
    at_unit = _logs(spending) - np.array([0.0, 0.0, np.log(unit)])
    covariance[4:, 4:] = doubt(
        spending_surprise(x[use], amount[use] / unit, None if even is None else even[use]), at_unit
    )
    return Fitted(buying, spending, covariance, int((x > 0).sum()))


def lifetime_value(
    summary: pl.DataFrame,
    *,
    periods: int = 12,
    rate_per_period: float = 0.0,
    margin: float = 1.0,
    drift: float = 0.0,
    fitted: Fitted | None = None,
) -> Worth:
    """What each customer will bring over the next ``periods``, discounted.

    ``summary`` as of :func:`summarised` (frame SUMMARY); ``margin`` is the share of an amount that is earned;
    ``drift`` is the relative error of the base's sum in a check (:func:`held_back`), shared by all customers,
    and which widens the sum's range; ``fitted`` is what a larger base said of which these are a part.
    """
    x, recency, age, amount = _four(summary)
    known = fitted or fit_value(summary)
    base = _Base(x, recency, age, amount, periods, rate_per_period)
    orders, each = base.orders(known.buying)
    price = known.spending.expected(x, amount)
    fade = np.divide(each, orders, out=np.ones_like(each), where=orders > 0) * margin
    of_course, slopes = base.spread(known)
    of_doubt = np.einsum("ij,jk,ik->i", slopes, known.covariance, slopes)
    none = known.buying.silent(float(periods), x, recency, age)
    low, high = _ranges(orders * price, of_course + of_doubt, none)
    value = each * price * margin
    pull = (slopes * fade[:, None]).sum(axis=0)
    shared = (drift * float(value.sum())) ** 2
    deviation = float(np.sqrt((of_course * fade**2).sum() + pull @ known.covariance @ pull + shared))
    columns = {
        "customer": summary["customer"].cast(pl.String),
        "alive": known.buying.alive(x, recency, age),
        "orders": orders,
        "order_value": price * margin,
        "value": value,
        "lo-80": low * fade,
        "hi-80": high * fade,
    }
    total = float(value.sum())
    lowest, highest = max(0.0, total - NINE_TENTHS * deviation), total + NINE_TENTHS * deviation
    table = pl.DataFrame(columns)
    return Worth(table, known.buying, known.spending, total, lowest, highest, known.again)


def _four(summary: pl.DataFrame) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Frequency, recency, age and mean amount of each customer."""
    table = SUMMARY.check(summary)
    if "amount" not in table.columns:
        raise Impossible("A lifetime value needs the mean amount of each customer's orders.")
    x, recency, age = (table[name].to_numpy() for name in ("frequency", "recency", "age"))
    if (recency > age).any():
        raise Impossible("A customer's last order lies after the day of valuation.")
    return x, recency, age, np.nan_to_num(table["amount"].cast(pl.Float64).to_numpy())


def _logs(of: Buying | Spending) -> Numbers:
    """The logarithms of the parameters."""
    values = (of.r, of.alpha, of.a, of.b) if isinstance(of, Buying) else (of.p, of.q, of.gamma)
    logs: Numbers = np.log(np.array(values))
    return logs


@dataclass(frozen=True, slots=True)
class _Base:
    """A customer base in four numbers each, and how far it is looked ahead."""

    x: Numbers
    recency: Numbers
    age: Numbers
    amount: Numbers
    periods: int
    rate: float

    def orders(self, buying: Buying) -> tuple[Numbers, Numbers]:
        """Expected orders of each customer, plain and discounted."""
        if not self.rate:
            plain = buying.expected(float(self.periods), self.x, self.recency, self.age)
            return plain, plain
        steps = np.arange(1, self.periods + 1)
        by_then = [buying.expected(float(step), self.x, self.recency, self.age) for step in steps]
        each = np.diff(np.stack(by_then, axis=1), axis=1, prepend=0.0)
        return by_then[-1], (each / (1 + self.rate) ** steps).sum(axis=1)

    def spread(self, known: Fitted) -> tuple[Numbers, Numbers]:
        """Of undiscounted amounts: the variance of the course, and slopes by parameter."""
        buying, spending = known.buying, known.spending
        orders = buying.expected(float(self.periods), self.x, self.recency, self.age)
        alive = buying.alive(self.x, self.recency, self.age)
        if_there = orders / np.maximum(alive, 1e-9)
        squares = alive * (if_there + if_there**2 * (1 + 1 / (buying.r + self.x)))  # mean of orders squared
        price = spending.expected(self.x, self.amount)
        of_mean, of_order = spending.variances(self.x, self.amount)
        course = orders * of_order + squares * of_mean + (squares - orders**2) * price**2
        return np.maximum(course, 0.0), self._slopes(known)

    def _slopes(self, known: Fitted) -> Numbers:
        """How the amount of each customer moves with the logarithm of each parameter."""
        spending = known.spending
        first, second = _logs(known.buying), _logs(spending)

        def orders(logs: Numbers) -> Numbers:
            r, alpha, a, b = np.exp(logs).tolist()
            moved = Buying(r, alpha, a, b, 0.0)
            return moved.expected(float(self.periods), self.x, self.recency, self.age)

        def price(logs: Numbers) -> Numbers:
            p, q, gamma = np.exp(logs).tolist()
            moved = Spending(p, q, gamma, 0.0, spending.seen)
            return moved.expected(self.x, self.amount)

        by_first = _slopes(orders, first) * price(second)[:, None]
        by_second = _slopes(price, second) * orders(first)[:, None]
        return np.nan_to_num(np.hstack([by_first, by_second]))


def _slopes(of: Callable[[Numbers], Numbers], logs: Numbers, step: float = 1e-4) -> Numbers:
    """How each customer's figure moves with the logarithm of each parameter."""
    moves = np.eye(logs.size) * step
    return np.stack([(of(logs + move) - of(logs - move)) / (2 * step) for move in moves], axis=1)


def _ranges(mean: Numbers, variance: Numbers, none: Numbers) -> tuple[Numbers, Numbers]:
    """The 80 % range of amounts that are 0 with chance ``none`` and else spread like a gamma."""
    from scipy.special import gammaincinv  # scipy.stats would take a second to load

    some = np.maximum(1 - none, 1e-9)
    middle = mean / some
    around = np.maximum((variance + mean**2) / some - middle**2, 1e-12 * (1 + middle**2))
    shape = np.maximum(middle**2 / around, 1e-6)
    unit = np.divide(middle, shape, out=np.zeros_like(middle), where=middle > 0)
    found = []
    for level in (0.1, 0.9):
        within = np.clip((level - none) / some, 0.0, 1.0)
        found.append(np.where(level > none, gammaincinv(shape, within) * unit, 0.0))
    return found[0], found[1]
