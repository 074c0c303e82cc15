"""What customers are worth, and which have gone quiet.

CLV of customers who buy without a contract: how often they still will (BG/NBD: Fader, Hardie and Lee,
"Counting your customers the easy way", 2005) times what an order brings (Gamma-Gamma: Fader and
Hardie, 2013). Churn of such customers: no order for longer than k times their own usual interval.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

Numbers = NDArray[np.float64]

ORDERS = Frame(
    "orders",
    {"customer": text(), "day": day(), "amount": number("money")},
    (),
    "Each order of each customer.",
)
SUMMARY = Frame(
    "customers",
    {
        "customer": text(),
        "frequency": number("repeat orders", at_least=0),
        "recency": number("periods from first to last order", at_least=0),
        "age": number("periods from first order to today", at_least=0),
        "amount": number("mean of repeat orders", optional=True, blank=True),
    },
    ("customer",),
    "Each customer's buying in four numbers.",
)


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

        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        share = periods / (alpha + age + periods)
        series = hyp2f1(r + frequency, b + frequency, a + b + frequency - 1, share)
        fading = ((alpha + age) / (alpha + age + periods)) ** (r + frequency) * series
        count = (a + b + frequency - 1) / (a - 1) * (1 - fading)
        odds = np.where(frequency > 0, self._odds_of_gone(frequency, recency, age), 0.0)
        orders: Numbers = count / (1 + odds)
        return orders

    def _odds_of_gone(self, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        quiet: Numbers = ((self.alpha + age) / (self.alpha + recency)) ** (self.r + frequency)
        return self.a / (self.b + np.maximum(frequency, 1) - 1) * quiet


@dataclass(frozen=True, slots=True)
class Spending:
    """Gamma-Gamma: an order brings Gamma(p, v) where v ~ Gamma(q, gamma) differs by customer."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected(self, frequency: Numbers, amount: Numbers) -> Numbers:
        """What an order of each customer brings: the own mean, drawn to everyone's."""
        if self.q <= 1:
            raise Impossible("Order amounts differ so much that a mean amount cannot be expected from them.")
        everyone = self.p * self.gamma / (self.q - 1)
        own = self.p * frequency / (self.p * frequency + self.q - 1)
        mean: Numbers = np.where(frequency > 0, (1 - own) * everyone + own * np.nan_to_num(amount), everyone)
        return mean


def fit_buying(frequency: Numbers, recency: Numbers, age: Numbers) -> Buying:
    """The most likely BG/NBD parameters for a customer base."""
    from scipy.special import betaln, gammaln

    _enough(frequency)
    x, again = frequency, np.maximum(frequency, 1)

    def surprise(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(logs)
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = -(r + x) * np.log(alpha + age)
        goes = np.log(a) - np.log(b + again - 1) - (r + x) * np.log(alpha + recency)
        either = np.logaddexp(stays, np.where(x > 0, goes, -np.inf))
        return -float((rate + betaln(a, b + x) - betaln(a, b) + either).sum())

    logs, loss = _least(surprise, 4)
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return Buying(r, alpha, a, b, -loss)


def fit_spending(frequency: Numbers, amount: Numbers) -> Spending:
    """The most likely Gamma-Gamma parameters, from customers with repeat orders above zero."""
    from scipy.special import gammaln

    use = (frequency > 0) & (amount > 0)
    x, z = frequency[use], amount[use]
    _enough(x)
    unit = float(np.mean(z))
    z = z / unit

    def surprise(logs: Numbers) -> float:
        p, q, gamma = np.exp(logs)
        size = gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
        likely = size + q * np.log(gamma) + (p * x - 1) * np.log(z) + p * x * np.log(x)
        return -float((likely - (p * x + q) * np.log(x * z + gamma)).sum())

    logs, loss = _least(surprise, 3)
    p, q, gamma = (float(value) for value in np.exp(logs))
    return Spending(p, q, gamma * unit, -loss - len(z) * float(np.log(unit)))


def summarised(orders: pl.DataFrame, as_of: date, period_days: float = 7.0) -> pl.DataFrame:
    """Each customer's buying in four numbers: several orders of one day count once.

    ``frequency`` counts orders after the first, ``amount`` is their mean; times are in periods.
    """
    table = ORDERS.check(orders).filter(pl.col("day") <= as_of)
    days = table.group_by("customer", "day").agg(pl.col("amount").sum()).sort("customer", "day")
    since = (pl.lit(as_of) - pl.col("day").min()).dt.total_days() / period_days
    between = (pl.col("day").max() - pl.col("day").min()).dt.total_days() / period_days
    return days.group_by("customer", maintain_order=True).agg(
        (pl.len() - 1).cast(pl.Float64).alias("frequency"),
        between.alias("recency"),
        since.alias("age"),
        pl.when(pl.len() > 1).then(pl.col("amount").slice(1).mean()).alias("amount"),
    )


def lifetime_value(
    summary: pl.DataFrame, *, periods: int = 12, rate_per_period: float = 0.0, margin: float = 1.0
) -> tuple[pl.DataFrame, Buying, Spending]:
    """What each customer will bring over the next periods, discounted.

    ``summary`` as of :func:`summarised`; ``margin`` is the share of an amount that is earned.
    Columns: customer, alive (chance), orders (expected), order_value, value.
    """
    table = SUMMARY.check(summary)
    if "amount" not in table.columns:
        raise Impossible("A lifetime value needs the mean amount of each customer's orders.")
    x, recency, age = (table[name].to_numpy() for name in ("frequency", "recency", "age"))
    if (recency > age).any():
        raise Impossible("A customer's last order lies after the day of valuation.")
    amount = np.nan_to_num(table["amount"].cast(pl.Float64).to_numpy())
    buying, spending = fit_buying(x, recency, age), fit_spending(x, amount)
    steps = np.arange(1, periods + 1)
    by_then = np.stack([buying.expected(float(step), x, recency, age) for step in steps], axis=1)
    each = np.diff(by_then, axis=1, prepend=0.0)
    order_value = spending.expected(x, amount) * margin
    value = (each / (1 + rate_per_period) ** steps).sum(1) * order_value
    columns = {
        "customer": table["customer"],
        "alive": buying.alive(x, recency, age),
        "orders": by_then[:, -1],
        "order_value": order_value,
        "value": value,
    }
    return pl.DataFrame(columns), buying, spending


def churn(orders: pl.DataFrame, as_of: date, *, times_interval: float = 3.0) -> pl.DataFrame:
    """Who has been quiet for longer than ``times_interval`` times the own usual order interval.

    A customer with a single order is measured by everybody's usual interval. Columns: customer,
    orders (days with one), last_on, interval_days, quiet_days, lost, lost_on (when the patience ended).
    """
    if times_interval <= 0:
        raise Impossible("Patience is a positive number of order intervals.")
    table = ORDERS.check(
        orders.with_columns(amount=pl.lit(0.0)) if "amount" not in orders.columns else orders
    )
    days = table.filter(pl.col("day") <= as_of).select("customer", "day").unique().sort("customer", "day")
    if days.is_empty():
        raise Impossible("There are no orders up to that day.")
    same = pl.col("customer") == pl.col("customer").shift(1)
    pause = pl.when(same).then(pl.col("day").diff().dt.total_days()).alias("pause")
    each = (
        days.with_columns(pause)
        .group_by("customer", maintain_order=True)
        .agg(
            pl.len().alias("orders"),
            pl.col("day").max().alias("last_on"),
            pl.col("pause").median().alias("interval_days"),
        )
    )
    usual = each["interval_days"].median()
    patience = (pl.col("interval_days") * times_interval).ceil().cast(pl.Int64)
    return each.with_columns(
        pl.col("interval_days").fill_null(usual),
        (pl.lit(as_of) - pl.col("last_on")).dt.total_days().alias("quiet_days"),
    ).with_columns(
        (pl.col("quiet_days") > patience).fill_null(value=False).alias("lost"),
        (pl.col("last_on") + pl.duration(days=patience + 1)).alias("lost_on"),
    )


def churn_rate(quiet: pl.DataFrame, first_orders: pl.DataFrame, start: date, end: date) -> tuple[int, int]:
    """Customers lost in a period, and customers there were at its start (lost ÷ there = the churn rate).

    ``quiet`` as of :func:`churn`; ``first_orders``: customer, first_on. Customers won within the period
    do not count, and nobody can be lost who was lost before.
    """
    there = quiet.join(first_orders, on="customer").filter(
        (pl.col("first_on") < start) & (pl.col("lost_on").is_null() | (pl.col("lost_on") >= start))
    )
    gone = there.filter(pl.col("lost") & (pl.col("lost_on") < end + timedelta(days=1)))
    return gone.height, there.height


def _enough(values: Numbers) -> None:
    if len(values) < 10 or not (values > 0).any():
        raise Impossible("Customer value needs at least ten customers, and some with repeat orders.")


def _least(surprise: object, count: int) -> tuple[Numbers, float]:
    """The logarithms of the parameters with the least surprise."""
    from scipy.optimize import minimize

    options = {"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8}
    found = minimize(
        surprise, np.zeros(count), method="L-BFGS-B", bounds=[(-12, 12)] * count, options=options
    )
    if not np.isfinite(found.fun):
        raise Impossible("The customers' buying follows no pattern that could be extended.")
    return found.x, float(found.fun)
