"""One item's stock: where it came from, where it is heading, in which zones, when it runs out."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.inventory import course as projecting
from einklang.engine.periods import add_months, month_of, month_range
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.models import StockPolicy, SupplyRun
from einklang.supply.queries.holding.classes import class_changes
from einklang.supply.queries.holding.facts import facts
from einklang.supply.queries.policies import policy_of
from einklang.supply.queries.runs import latest, plan_frame
from einklang.supply.queries.stock import use_ahead

MONTHS_BACK, MONTHS_AHEAD = 12, 9


@dataclass(frozen=True, slots=True)
class Card:
    """One item's stock on a day.

    ``past`` and ``planned``: period, quantity; ``ahead``: the course if nothing more is ordered, with its
    band and zone. ``runs_out`` is the day it then reaches nothing, ``may_run_out`` the day it may already
    (one case in ten), ``order_by`` the last day on which an order would still come in time.
    """

    item: str
    name: str
    unit: str
    quantity: float
    value_cents: int | None
    safety_stock: float
    most: float
    over: float
    past: pl.DataFrame
    ahead: pl.DataFrame
    planned: pl.DataFrame
    runs_out: date | None
    may_run_out: date | None
    order_by: date | None
    lots: pl.DataFrame
    changes: pl.DataFrame
    policy: StockPolicy | None

    @property
    def zone(self) -> str:
        """The zone it lies in today: out, low, fine or over."""
        if self.quantity <= 0:
            return "out"
        if self.quantity < self.safety_stock:
            return "low"
        return "over" if self.quantity > self.most else "fine"


def card(code: str, *, as_of: date, seen_by: User) -> Card:
    """Everything about one item's stock; NotFound where it is neither held nor used."""
    seen_by.must("see supply")
    found = facts(as_of).filter(pl.col("item") == code)
    if found.is_empty():
        catalog.item(code)
        raise NotFound(_("%(code)s is neither in stock nor used by the plan.") % {"code": code})
    row = found.row(0, named=True)
    run = latest(month_of(as_of)) or latest()
    most = row["safety_stock"] + row["demand"] * rules.OVERSTOCK_MONTHS
    ahead = _ahead(code, run, row, most, as_of)
    out, maybe = (_day(projecting.runs_out(ahead, line=line)) for line in ("stock", "low"))
    lead = timedelta(days=int(row["lead_time_days"] or 0))
    return Card(
        code, row["name"], row["unit"], row["quantity"],
        row["value_cents"] if seen_by.may("see cost") else None,
        row["safety_stock"], most, row["over"], _past(code, as_of), _near(ahead), _near(_planned(code, run)),
        out, maybe, max(as_of, maybe - lead) if maybe else None, _lots(code, as_of),
        class_changes(as_of, item=code, seen_by=seen_by), policy_of(code),
    )  # fmt: skip


def _near(course: pl.DataFrame) -> pl.DataFrame:
    """The next months: what lies further ahead is for the plan to say."""
    return course.sort("period").head(MONTHS_AHEAD)


def _day(found: pl.DataFrame) -> date | None:
    return found["day"][0] if found.height else None


def _ahead(code: str, run: SupplyRun | None, row: dict[str, float], most: float, as_of: date) -> pl.DataFrame:
    """The course of stock if nothing is ordered beyond what is on its way."""
    use = use_ahead(run, as_of).filter(pl.col("item") == code)
    first = use["period"].min() if use.height else None
    month = pl.col("due").dt.truncate("1mo")
    coming = (
        orders.open_supply(as_of)
        .filter(pl.col("item") == code)
        .select("item", period=pl.max_horizontal(month, pl.lit(first, pl.Date)), quantity="quantity")
    )
    item = {"item": [code]}
    return projecting.course(
        pl.DataFrame(item | {"quantity": [float(row["quantity"])]}),
        coming,
        use.with_columns(pl.col("quantity").clip(0), sd=pl.lit(float(row["sd"]))),
        pl.DataFrame(item | {"safety_stock": [float(row["safety_stock"])], "most": [float(most)]}),
    )


def _planned(code: str, run: SupplyRun | None) -> pl.DataFrame:
    if run is None:
        return pl.DataFrame(schema={"period": pl.Date, "quantity": pl.Float64})
    return (
        plan_frame(run, parts=True)
        .filter(pl.col("item") == code)
        .select("period", quantity="stock")
        .sort("period")
    )


def _past(code: str, as_of: date) -> pl.DataFrame:
    """Stock at the end of each of the last months; months before the first move are left out."""
    moves = orders.stock_of_item(code, as_of)
    months = month_range(add_months(month_of(as_of), 1 - MONTHS_BACK), MONTHS_BACK)
    if moves.is_empty():
        return pl.DataFrame(schema={"period": pl.Date, "quantity": pl.Float64})
    begun = month_of(moves["moved_on"].min())  # type: ignore[arg-type]
    rows = [
        (month, float(moves.filter(pl.col("moved_on") < add_months(month, 1))["quantity"].sum()))
        for month in months
        if month >= begun
    ]
    return pl.DataFrame(rows, schema={"period": pl.Date, "quantity": pl.Float64}, orient="row")


def _lots(code: str, as_of: date) -> pl.DataFrame:
    """What lies by day of receipt, the oldest first: received_on, location, quantity, days."""
    return (
        orders.stock_by_receipt(as_of)
        .filter((pl.col("item") == code) & (pl.col("quantity") > 0))
        .with_columns(days=(pl.lit(as_of) - pl.col("received_on")).dt.total_days())
        .sort("received_on", "location")
        .select("received_on", "location", "quantity", "days")
    )
