"""Plans and scenarios side by side: what each delivers, costs and leaves, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from einklang.catalog import queries as catalog
from einklang.people.models import User
from einklang.supply.changes import Change, on_prices
from einklang.supply.models import Scenario, SupplyRun
from einklang.supply.queries.runs import load_frame, plan_frame

MOST = 4  # side by side
NO_FAMILY = "–"
LEAST = 0.5  # of a unit: less is no difference
MEASURES = ("ship", "overtime", "stock_cents", "stock")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one plan brings; money is None for those who do not see costs, a share where nothing is wished.

    ``table``: family, name, period, demand, ship, lost, stock and, in cents, revenue and stock.
    ``is_quick``: answered at once, without orders. ``missed``: units off what is fixed or frozen.
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
    overtime: dict[date, float]
    missed: float
    seconds: float

    def by_month(self, measure: str) -> dict[Any, float]:
        """One measure by month; nothing where it is not told to the reader."""
        return self.overtime if measure == "overtime" else self._sums("period", measure)

    def by_family(self, measure: str) -> dict[Any, float]:
        """One measure by family over all months; stock is that of the last month."""
        return self._sums("family", measure)

    def _sums(self, by: str, measure: str) -> dict[Any, float]:
        if measure not in self.table.columns:
            return {}
        rows = self.table
        if by == "family" and measure != "ship":
            rows = rows.filter(pl.col("period") == pl.col("period").max())
        return dict(rows.group_by(by).agg(pl.col(measure).sum()).iter_rows())

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
    """Up to four plans, and where the others differ from the first.

    ``measure`` is what the tables and the chart show: ``ship`` where they deliver differently, else
    ``overtime``, ``stock_cents`` or ``stock``; empty where nothing differs by month.
    """

    outcomes: list[Outcome]
    measure: str
    families: list[Difference]
    months: list[Difference]

    @property
    def missed(self) -> bool:
        """Whether any of them could not keep something that is fixed."""
        return any(one.missed >= LEAST for one in self.outcomes)

    @property
    def is_mixed(self) -> bool:
        """Whether a fast answer stands beside a plan worked out in full."""
        return len({one.is_quick for one in self.outcomes}) > 1


def outcome_of(run: SupplyRun, label: str, *, seen_by: User) -> Outcome:
    """What a plan that was worked out in full brings."""
    seen_by.must("see supply")
    points = plan_frame(run)
    codes = [row["name"] for row in run.bottlenecks]
    costs = [(row["kind"], int(row["cents"])) for row in run.costs]
    changes = [Change.of(told) for told in run.edits]
    worth = worth_by_month(run.as_of, run.currency, points["period"].unique().sort().to_list(), changes)
    missed = sum(abs(row["fixed"] - row["made"]) for row in run.conflicts)
    return outcome(
        label, points, load_frame(run), codes, costs, worth, run=run, missed=missed, seconds=run.seconds,
        seen_by=seen_by,
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
    loads: pl.DataFrame,
    full: list[str],
    costs: list[tuple[str, int]],
    worth: pl.DataFrame,
    *,
    missed: float = 0.0,
    run: SupplyRun | None = None,
    scenario: Scenario | None = None,
    seconds: float = 0.0,
    seen_by: User,
) -> Outcome:
    """The figures of one plan from its months (item, period, demand, ship, lost, backlog, stock).

    ``loads``: period, overtime.
    """
    rows = points.join(worth, on=["item", "period"], how="left").with_columns(
        revenue_cents=pl.col("ship") * pl.col("price_cents").fill_null(0.0),
        lost_cents=pl.col("lost") * pl.col("price_cents").fill_null(0.0),
        stock_cents=pl.col("stock") * pl.col("cost_cents").fill_null(0.0),
    )
    last = rows.filter(pl.col("period") == pl.col("period").max())
    money = seen_by.may("see cost")

    def cents(table: pl.DataFrame, column: str) -> int | None:
        return round(float(table[column].sum())) if money else None

    by_family = rows.group_by(pl.col("family").fill_null(NO_FAMILY), "period").agg(
        pl.col("demand", "ship", "lost", "stock", "revenue_cents", "stock_cents").sum()
    )
    return Outcome(
        label, run, scenario, run is None,
        float(rows["demand"].sum()), float(rows["ship"].sum()), float(rows["lost"].sum()),
        float(rows["backlog"].sum()), float(loads["overtime"].sum()), full, costs if money else None,
        cents(rows, "revenue_cents"), sum(amount for _kind, amount in costs) if money else None,
        cents(rows, "lost_cents"), cents(last, "stock_cents"),
        by_family if money else by_family.drop("revenue_cents", "stock_cents"),
        dict(loads.group_by("period").agg(pl.col("overtime").sum()).iter_rows()), missed, seconds,
    )  # fmt: skip


def side_by_side(outcomes: Sequence[Outcome]) -> SideBySide:
    """Where the others differ from the first, by family and by month, in the first measure that differs."""
    shown = list(outcomes[:MOST])
    names = {one.code: one.name for one in catalog.families()}
    by_month = {name: _differences([one.by_month(name) for one in shown]) for name in MEASURES}
    measure = next((name for name in MEASURES if by_month[name]), "")
    of_families = measure if measure in ("ship", "stock_cents", "stock") else ""
    families = _differences([one.by_family(of_families) for one in shown]) if of_families else []
    families.sort(key=lambda row: -max(abs(change) for change in row[2]))
    return SideBySide(
        shown,
        measure,
        [Difference(names.get(str(code), str(code)), None, first, more) for code, first, more in families],
        [Difference("", month, first, more) for month, first, more in by_month.get(measure, [])],
    )


def _differences(figures: Sequence[dict[Any, float]]) -> list[tuple[Any, float, list[float]]]:
    """The keys whose figures differ: the first figure, and the change in each other."""
    if not figures:
        return []
    keys = sorted({key for table in figures for key in table if key is not None})
    rows = [
        (key, figures[0].get(key, 0.0), [one.get(key, 0.0) - figures[0].get(key, 0.0) for one in figures[1:]])
        for key in keys
    ]
    return [row for row in rows if any(abs(change) >= LEAST for change in row[2])]
