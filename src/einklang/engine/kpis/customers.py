"""What customers cost to win, what they are worth, and how many are lost.

``orders``: customer, ordered_on, amount.
"""

from datetime import date, timedelta

import polars as pl

from einklang.engine import customers
from einklang.engine.errors import Impossible
from einklang.engine.kpis.figure import Figure, Span, WhyNot, ratio, total
from einklang.engine.periods import add_months

ACQUIRING = ("sales", "marketing")


def acquisition_cost(costs: pl.DataFrame, orders: pl.DataFrame, span: Span, *, lag_months: int = 0) -> Figure:
    """Sales and marketing cost ÷ customers who ordered for the first time in the period.

    ``costs``: period, kind, amount; only the kinds sales and marketing win customers. The costs are those
    of ``lag_months`` earlier, because what is spent today wins a customer after a sales cycle. A customer
    who comes back after a pause is not new.

    >>> costs = pl.DataFrame({"period": [date(2014, 3, 1)], "kind": ["sales"], "amount": [12_000.0]})
    >>> orders = pl.DataFrame({"customer": range(150), "ordered_on": [date(2014, 5, 9)] * 150})
    >>> acquisition_cost(costs, orders, Span.read("2014-05", date(2014, 6, 1)), lag_months=2).value
    80.0
    """
    earlier = pl.col("period").is_between(
        add_months(span.start, -lag_months), add_months(span.end.replace(day=1), -lag_months)
    )
    spent = costs.filter(earlier & pl.col("kind").is_in(ACQUIRING))
    new = first_orders(orders).filter(span.holds("first_on"))
    by_kind = {kind: total(spent.filter(pl.col("kind") == kind), "amount") for kind in ACQUIRING}
    if spent.is_empty():
        return Figure(None, None, new.height, new.height, WhyNot.NO_COST, by_kind, new)
    return ratio(total(spent, "amount"), new.height, new, **by_kind)


def first_orders(orders: pl.DataFrame) -> pl.DataFrame:
    """Each customer's first order, its day as ``first_on``."""
    first = orders.sort("ordered_on").unique("customer", keep="first", maintain_order=True)
    return first.rename({"ordered_on": "first_on"})


def contract_value(margin: float, retention: float, interest: float, acquisition: float = 0.0) -> float:
    """The worth of a customer on contract: m·r ÷ (1 + i − r) − cost of winning, without the first margin.

    >>> round(contract_value(margin=1, retention=0.8, interest=0.1), 4)
    2.6667
    """
    if not 0 <= retention < 1 + interest:
        raise Impossible("Retention must be a share of 0 or more, and below 1 + interest.")
    return margin * retention / (1 + interest - retention) - acquisition


def lifetime_value(
    orders: pl.DataFrame, span: Span, *, margin: float, months: int = 24, interest_per_year: float = 0.08
) -> Figure:
    """The margin a customer will bring in the next months, discounted: mean over all customers.

    Orders without a contract: BG/NBD says how many orders are still to come, Gamma-Gamma what each
    brings (:mod:`einklang.engine.customers`). ``margin`` is the share of an amount that is earned.
    Valued at the period's end.
    """
    bought = orders.filter(pl.col("ordered_on") <= span.end).select(
        "customer", pl.col("ordered_on").alias("day"), pl.col("amount").cast(pl.Float64)
    )
    if bought["customer"].n_unique() < 2:
        return Figure(None, count=bought.height, why_not=WhyNot.TOO_FEW, rows=bought.clear())
    rate = (1 + interest_per_year) ** (1 / 12) - 1
    try:
        summary = customers.summarised(bought, span.end, 30.4375)
        valued = customers.lifetime_value(summary, periods=months, rate_per_period=rate, margin=margin)
    except Impossible as fault:
        why = WhyNot.TOO_FEW if "at least" in str(fault) else WhyNot.NO_PATTERN
        return Figure(None, count=bought["customer"].n_unique(), why_not=why, rows=bought.clear())
    worth = valued.table.select("customer", "alive", "orders", "order_value", "value")
    rows = worth.sort("value", descending=True)
    alive = float(worth["alive"].mean() or 0)  # type: ignore[arg-type]
    beside = {
        "alive": alive,
        "margin": margin,
        "months": float(months),
        "orders": total(worth, "orders") / worth.height,
    }
    return ratio(total(rows, "value"), rows.height, rows, **beside)


def churn(orders: pl.DataFrame, span: Span, *, times_interval: float = 3.0) -> Figure:
    """Customers lost in the period ÷ customers there at its start.

    Without a contract nobody gives notice: a customer is lost on the day the pause since the last order
    exceeds ``times_interval`` times the customer's own usual interval. Customers won in the period are
    not in the denominator.
    """
    known = orders.filter(pl.col("ordered_on") <= span.end).select(
        "customer", pl.col("ordered_on").alias("day")
    )
    if known.unique()["customer"].is_unique().all():
        why = WhyNot.TOO_FEW if known.height else WhyNot.NO_RECORDS
        return Figure(None, None, None, known.height, why, {}, known.clear())
    quiet = customers.churn(known, span.end, times_interval=times_interval)
    first = first_orders(orders.select("customer", "ordered_on"))
    lost, there = customers.churn_rate(quiet, first, span.start, span.end)
    rows = _gone(quiet, first, span.start, span.end)
    figure = ratio(lost, there, rows, times_interval=times_interval)
    return Figure(figure.value, lost, there, there, figure.why_not, figure.beside, rows)


def _gone(quiet: pl.DataFrame, first: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """Who was lost in the period, quietest for their own rhythm first."""
    there = quiet.join(first, on="customer").filter((pl.col("first_on") < start) & pl.col("lost"))
    return there.filter((pl.col("lost_on") >= start) & (pl.col("lost_on") < end + timedelta(days=1))).sort(
        "orders", descending=True
    )
