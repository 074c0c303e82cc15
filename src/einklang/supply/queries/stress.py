"""How sure a plan is: the demand it rests on comes as its forecast says it may, and nobody reacts."""

from dataclasses import dataclass

import polars as pl

from einklang.catalog import queries as catalog
from einklang.demand import queries as demand
from einklang.engine.periods import month_end, months_between
from einklang.engine.supply.stress import Stressed, shared_shock, stress
from einklang.kernel import tables
from einklang.people.models import User
from einklang.supply.models import SupplyPoint, SupplyRun

TOGETHER_IF_UNKNOWN = 0.3
SPANS = (3, 6, 12)  # months; the plan is made anew every month, so nobody sits still for longer
MOST_FUTURES = 500
FEWEST_FUTURES = 100
ENOUGH_NUMBERS = 200_000  # items times futures: a page waits a second or two, not more


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A plan before many futures: by month, over all months and by item, with what was assumed.

    ``together`` is the share of a shock that all items feel; ``is_measured``: read from the forecast of
    the total. ``certain`` counts items whose forecast has no range.
    """

    run: SupplyRun
    plan: pl.DataFrame
    months: pl.DataFrame
    whole: pl.DataFrame
    items: pl.DataFrame
    draws: int
    together: float
    is_measured: bool
    certain: int

    def of(self, measure: str) -> dict[str, float | None]:
        """A measure over all months: low, mean, high."""
        return self.whole.filter(pl.col("measure") == measure).drop("measure").row(0, named=True)

    def planned(self, measure: str) -> pl.DataFrame:
        """The same measure as the plan itself has it, by month: period, quantity."""
        told = {
            "delivered": pl.col("ship"),
            "stock": pl.col("stock"),
            "stock_value": pl.col("stock") * pl.col("cost"),
        }
        return self.plan.group_by("period").agg(quantity=told[measure].sum()).sort("period")


def uncertainty(of: SupplyRun, *, seen_by: User, span: int = SPANS[0]) -> Uncertainty:
    """Let many possible demands meet the first months of a plan; customers wait for what is late."""
    seen_by.must("see supply")
    plan = _plan(of)
    months = plan["period"].unique().sort().head(max(1, span)).to_list()
    plan = plan.filter(pl.col("period") <= months[-1])
    numbered = pl.col("period").replace_strict(
        {month: months_between(months[0], month) + 1 for month in months}, return_dtype=pl.Int64
    )
    ranges = _ranges(of, plan)
    measured = _together(of)
    share = TOGETHER_IF_UNKNOWN if measured is None else measured
    items = _items(of, plan)
    told = stress(
        items,
        plan.select(
            "item", numbered, quantity=pl.col("make") + pl.col("buy") + pl.col("coming") - pl.col("used")
        ),
        ranges.with_columns(numbered),
        draws=max(FEWEST_FUTURES, min(MOST_FUTURES, ENOUGH_NUMBERS // max(1, items.height))),
        together=share,
    )
    certain = ranges.filter((pl.col("mean") > 0) & (pl.col("high") - pl.col("low") <= 0))["item"].n_unique()
    return Uncertainty(
        of,
        plan.join(items.select("item", "cost"), on="item", how="left"),
        _dated(told.periods, months),
        told.whole,
        _named(told, months),
        told.draws,
        share,
        measured is not None,
        certain,
    )


def _plan(of: SupplyRun) -> pl.DataFrame:
    names = (
        "period",
        "demand",
        "make",
        "buy",
        "coming",
        "ship",
        "used",
        "expired",
        "stock",
        "backlog",
        "lost",
    )
    found = SupplyPoint.objects.filter(run=of, is_sold=True).order_by("item__code", "period")
    return tables.read(found, item="item__code", **{name: name for name in names})


def _ranges(of: SupplyRun, plan: pl.DataFrame) -> pl.DataFrame:
    """The plan's demand with the width its forecast has: item, period, mean, low, high."""
    agreed = demand.consensus_frame(of.consensus).rename({"series": "item"})
    wide = agreed.select(
        "item",
        "period",
        less=pl.when(pl.col("quantity") > 0).then(pl.col("low") / pl.col("quantity")),
        more=pl.when(pl.col("quantity") > 0).then(pl.col("high") / pl.col("quantity")),
    )
    return plan.join(wide, on=["item", "period"], how="left").select(
        "item",
        "period",
        mean="demand",
        low=pl.col("demand") * pl.col("less").fill_null(1.0).clip(0, 1),
        high=pl.col("demand") * pl.col("more").fill_null(1.0).clip(1),
    )


def _items(of: SupplyRun, plan: pl.DataFrame) -> pl.DataFrame:
    """What lay and what was owed when the plan began, as its first month tells."""
    first = plan.filter(pl.col("period") == pl.col("period").min())
    came = pl.col("make") + pl.col("buy") + pl.col("coming")
    left = pl.col("ship") + pl.col("used") + pl.col("expired")
    begun = first.select(
        "item",
        on_hand=(pl.col("stock") - came + left).clip(0),
        owed=(pl.col("backlog") - pl.col("demand") + pl.col("ship") + pl.col("lost")).clip(0),
        waits=pl.lit(True),
    )
    day = month_end(of.as_of)
    prices = catalog.prices_frame(day, of.currency).select("item", price=pl.col("price_cents") / 100)
    costs = catalog.costs_frame(day).filter(pl.col("currency") == of.currency)
    return begun.join(prices, on="item", how="left", maintain_order="left").join(
        costs.select("item", cost=pl.col("cost_cents") / 100), on="item", how="left", maintain_order="left"
    )


def _together(of: SupplyRun) -> float | None:
    """The share of a shock that all items feel, from the range of the forecast's total."""
    run = of.consensus.run
    ends = {"low": "lo-80", "high": "hi-80"}
    parts = demand.forecast_frame(run).select("period", **ends)
    total = demand.points(run, demand.TOTAL).select("period", **ends)
    return shared_shock(parts, total)


def _dated(table: pl.DataFrame, months: list[object]) -> pl.DataFrame:
    return table.with_columns(
        pl.col("period").replace_strict(dict(enumerate(months, 1)), return_dtype=pl.Date)
    )


def _named(told: Stressed, months: list[object]) -> pl.DataFrame:
    """Items that fail in some future, most often failing first, with the month that fails most."""
    failing = told.items.filter(pl.col("short") > 0)
    return failing.with_columns(
        worst=pl.col("worst").replace_strict(dict(enumerate(months, 1)), return_dtype=pl.Date)
    )
