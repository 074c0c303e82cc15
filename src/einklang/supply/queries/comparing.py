"""Plans and scenarios side by side: what each delivers, costs and leaves, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import polars as pl

from einklang.catalog import queries as catalog
from einklang.people.models import User
from einklang.supply.changes import Change, on_prices
from einklang.supply.models import Scenario, SupplyRun
from einklang.supply.queries.runs import load_frame, plan_frame

MOST = 4  # side by side
Key = TypeVar("Key", str, date)
MONEY = ("revenue_cents", "cost_cents", "lost_cents", "stock_cents")
UNITS = ("demand", "ship", "lost", "stock")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one plan brings; money is None for those who do not see costs, a share where nothing is wished.

    ``table``: family, name, period, demand, ship, lost, stock and, in cents, revenue and stock.
    ``is_quick``: answered at family level, without orders.
    """

    label: str
    run: SupplyRun | None
    scenario: Scenario | None
    is_quick: bool
    demand: float
    ship: float
    lost: float
    late: float
    overtime_hours: float
    full: list[str]
    costs: list[tuple[str, int]] | None
    revenue_cents: int | None
    cost_cents: int | None
    lost_cents: int | None
    stock_cents: int | None
    table: pl.DataFrame
    seconds: float

    @property
    def service(self) -> float | None:
        """The share of what is wished that is delivered at all."""
        return 1 - self.lost / self.demand if self.demand else None


@dataclass(frozen=True, slots=True)
class Difference:
    """One family or month: its figure in the first plan, and in each other one by how much it differs."""

    name: str
    period: date | None
    first: float
    changes: list[float]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Up to four plans, and where the others differ from the first."""

    outcomes: list[Outcome]
    families: list[Difference]
    months: list[Difference]


def outcome_of(run: SupplyRun, label: str, *, seen_by: User) -> Outcome:
    """What a plan that was worked out in full brings."""
    seen_by.must("see supply")
    points = plan_frame(run)
    codes = [row["name"] for row in run.bottlenecks]
    costs = [(row["kind"], int(row["cents"])) for row in run.costs]
    changes = [Change.of(told) for told in run.edits]
    worth = worth_by_month(run.as_of, run.currency, points["period"].unique().sort().to_list(), changes)
    return outcome(
        label, points, float(load_frame(run)["overtime"].sum()), codes, costs, worth, run=run,
        seconds=run.seconds, seen_by=seen_by,
    )  # fmt: skip


def worth_by_month(as_of: date, currency: str, months: list[date], changes: Sequence[Change]) -> pl.DataFrame:
    """What is sold, by month, with its worth: item, family, period, price_cents, cost_cents."""
    items = catalog.items_frame().filter("is_sold").select("item", "family")
    costs = catalog.costs_frame(as_of).filter(pl.col("currency") == currency).select("item", "cost_cents")
    known = items.join(catalog.prices_frame(as_of, currency), on="item", how="left").join(
        costs, on="item", how="left"
    )
    rows = known.cast({"price_cents": pl.Float64, "cost_cents": pl.Float64}).join(
        pl.DataFrame({"period": months}, schema={"period": pl.Date}), how="cross"
    )
    return on_prices(rows, changes)


def outcome(
    label: str,
    points: pl.DataFrame,
    overtime_hours: float,
    full: list[str],
    costs: list[tuple[str, int]],
    worth: pl.DataFrame,
    *,
    run: SupplyRun | None = None,
    scenario: Scenario | None = None,
    seconds: float = 0.0,
    seen_by: User,
) -> Outcome:
    """The figures of one plan from its months (item, period, demand, ship, lost, backlog, stock)."""
    rows = points.join(worth, on=["item", "period"], how="left").with_columns(
        revenue_cents=pl.col("ship") * pl.col("price_cents").fill_null(0.0),
        lost_cents=pl.col("lost") * pl.col("price_cents").fill_null(0.0),
        stock_cents=pl.col("stock") * pl.col("cost_cents").fill_null(0.0),
    )
    last = rows.filter(pl.col("period") == pl.col("period").max())
    money = seen_by.may("see cost")

    def cents(table: pl.DataFrame, column: str) -> int | None:
        return round(float(table[column].sum())) if money else None

    by_family = rows.group_by("family", "period").agg(
        pl.col("demand", "ship", "lost", "stock", "revenue_cents", "stock_cents").sum()
    )
    return Outcome(
        label, run, scenario, run is None,
        float(rows["demand"].sum()), float(rows["ship"].sum()), float(rows["lost"].sum()),
        float(rows["backlog"].sum()), overtime_hours, full, costs if money else None,
        cents(rows, "revenue_cents"), sum(amount for _kind, amount in costs) if money else None,
        cents(rows, "lost_cents"), cents(last, "stock_cents"),
        by_family if money else by_family.drop("revenue_cents", "stock_cents"), seconds,
    )  # fmt: skip


def side_by_side(outcomes: Sequence[Outcome]) -> SideBySide:
    """Where the others differ from the first, by family and by month, in units delivered."""
    shown = list(outcomes[:MOST])
    names = {one.code: one.name for one in catalog.families()}
    families = [
        Difference(names.get(code, code), None, first, changes)
        for code, first, changes in _differences(shown, "family", str)
    ]
    months = [
        Difference("", month, first, changes)
        for month, first, changes in _differences(shown, "period", date)
    ]
    families.sort(key=lambda row: -max((abs(change) for change in row.changes), default=0.0))
    return SideBySide(shown, families, months)


def _differences(
    outcomes: Sequence[Outcome], by: str, kind: type[Key]
) -> list[tuple[Key, float, list[float]]]:
    """What is delivered by one key: in the first plan, and the change in each other."""
    if not outcomes:
        return []
    sums = [
        dict(one.table.group_by(by).agg(pl.col("ship").sum()).drop_nulls(by).iter_rows()) for one in outcomes
    ]
    keys = sorted({key for table in sums for key in table if isinstance(key, kind)})
    return [
        (key, sums[0].get(key, 0.0), [table.get(key, 0.0) - sums[0].get(key, 0.0) for table in sums[1:]])
        for key in keys
    ]
