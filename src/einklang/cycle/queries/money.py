"""The plan in money: its lines valued, what limits it, and why it differs from the budget."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanVersion
from einklang.cycle.queries import plan_versions, sales
from einklang.demand.models import Consensus
from einklang.engine import finance
from einklang.supply import queries as supply
from einklang.supply.models import SupplyRun
from einklang.web import formats

SMALLEST_PRICE_CENTS = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan before it is frozen: its lines in units and money, and what is not known."""

    lines: pl.DataFrame
    unpriced: list[str]
    uncosted: list[str]
    bottlenecks: list[dict[str, Any]]
    fingerprint: str

    def total(self, name: str) -> int:
        """One kind of money summed over all lines."""
        return int(self.lines[name].sum())


@dataclass(frozen=True, slots=True)
class Gap:
    """Plan against budget over the months that have one; ``drivers`` only where both name quantities."""

    plan_cents: int
    budget_cents: int | None
    drivers: dict[str, int] | None
    by_family: pl.DataFrame

    @property
    def cents(self) -> int:
        """How much the plan lies above (or, negative, below) the budget."""
        return self.plan_cents - (self.budget_cents or 0)

    @property
    def share(self) -> float:
        """The gap as a share of the budget."""
        return self.cents / self.budget_cents if self.budget_cents else 0.0


def draft(agreed: Consensus, run: SupplyRun, *, price_factor: float = 1.0) -> Draft:
    """What is wished under the run's scenario and what can be delivered, by item and month, in cents."""
    values = sales.prices(agreed.as_of)
    prices = values.prices.with_columns(
        (pl.col("price_cents") * price_factor).round().cast(pl.Int64).alias("price_cents")
    )
    units = _units(supply.plan_frame(run))
    moving = units.filter((pl.col("demand") > 0) | (pl.col("sellable") > 0))["item"].unique()
    lines = _valued(units, prices, values.costs)
    tight = bottlenecks(run)
    return Draft(
        lines,
        sorted(set(moving.to_list()) - set(prices["item"].to_list())),
        sorted(set(moving.to_list()) - set(values.costs["item"].to_list())),
        tight,
        plan_versions.fingerprint(lines, pl.DataFrame(tight)),
    )


def bottlenecks(run: SupplyRun) -> list[dict[str, Any]]:
    """Work centres in months where one hour more would earn money, the dearest first, as plain values."""
    tight = (
        supply.load_frame(run)
        .filter(pl.col("shadow_price") > SMALLEST_PRICE_CENTS / 100)
        .sort("shadow_price", "resource", "period", descending=[True, False, False])
    )
    return [
        {
            "resource": row["resource"],
            "name": row["name"],
            "period": row["period"].isoformat(),
            "load": round(row["load"] / row["capacity"], 4) if row["capacity"] else None,
            "hours": round(row["capacity"], 2),
            "overtime": round(row["overtime"], 2),
            "shadow_price_cents": round(row["shadow_price"] * 100),
        }
        for row in tight.iter_rows(named=True)
    ]


def gap(version: PlanVersion, plan: pl.DataFrame | None = None) -> Gap:
    """The plan's revenue against the budget, in the months the budget reaches, with its drivers."""
    lines = plan_versions.lines(version) if plan is None else plan
    budget = plan_versions.budget(version)
    empty = pl.DataFrame(schema={"top": pl.String, "plan_cents": pl.Int64, "amount_cents": pl.Int64})
    if budget.is_empty():
        return Gap(int(lines["revenue_cents"].sum()), None, None, empty)
    of_families, of_company = (
        budget.filter(pl.col("top").is_not_null()),
        budget.filter(pl.col("top").is_null()),
    )
    # A month with a figure for the whole company is held against that; otherwise against its families.
    spoken = of_company["period"].unique().implode()
    counted = pl.concat([of_company, of_families.filter(~pl.col("period").is_in(spoken))])
    reached = lines.filter(pl.col("period").is_in(counted["period"].unique().implode()))
    families = (
        reached.group_by("top")
        .agg(pl.col("revenue_cents").sum().alias("plan_cents"))
        .join(
            of_families.group_by("top").agg(pl.col("amount_cents").sum()), on="top", how="full", coalesce=True
        )
        .sort("top")
    )
    return Gap(
        int(reached["revenue_cents"].sum()),
        int(counted["amount_cents"].sum()),
        _drivers(reached, counted, by_company=not of_company.is_empty()),
        families,
    )


def gap_sentence(gap: Gap, currency: str) -> str:
    """The gap as finance says it."""
    if gap.budget_cents is None:
        return _("There is no budget for these months.")
    values = {
        "gap": formats.money_short(abs(gap.cents), currency),
        "share": formats.percent(abs(gap.share), 1),
        "budget": formats.money_short(gap.budget_cents, currency),
    }
    if gap.cents >= 0:
        sentence = _("The plan lies %(gap)s (%(share)s) above the budget of %(budget)s.") % values
    else:
        sentence = _("The plan lies %(gap)s (%(share)s) below the budget of %(budget)s.") % values
    if gap.drivers is None:
        return sentence
    named = {name: formats.money_short(cents, currency) for name, cents in gap.drivers.items()}
    return (
        f"{sentence} " + _("Average price: %(price)s, volume: %(volume)s, mix of families: %(mix)s.") % named
    )


def _drivers(plan: pl.DataFrame, budget: pl.DataFrame, *, by_company: bool) -> dict[str, int] | None:
    """Price, volume and mix, family by family; without quantities in the budget there is nothing to say."""
    if budget["quantity"].is_null().any():
        return None
    key = pl.lit("company") if by_company else pl.col("top").fill_null("")
    ours = (
        plan.with_columns(key.alias("item"))
        .group_by("item", "period")
        .agg(pl.col("sellable").sum().alias("quantity"), pl.col("revenue_cents").sum())
    )
    theirs = (
        budget.with_columns(key.alias("item"))
        .group_by("item", "period")
        .agg(pl.col("quantity").sum(), pl.col("amount_cents").sum().alias("revenue_cents"))
    )
    parts = finance.gap(ours, theirs)
    return {name: int(parts[f"{name}_cents"].sum()) for name in ("price", "volume", "mix")}


def _units(plan: pl.DataFrame) -> pl.DataFrame:
    """One row per sold item and month: wished, deliverable, made, bought, in stock, short."""
    is_last = pl.col("period") == pl.col("period").max()
    return plan.select(
        "item",
        "period",
        pl.col("demand").round(4),
        pl.col("ship").round(4).alias("sellable"),
        *(pl.col(name).round(4) for name in ("make", "buy", "stock")),
        # Lost in the month; in the last one also what is still owed: the sum is what is never delivered.
        (pl.col("lost") + pl.when(is_last).then("backlog").otherwise(0.0)).round(4).alias("short"),
    ).sort("item", "period")


def _valued(units: pl.DataFrame, prices: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    """Units in whole cents by the finance engine; without a price or a cost the amount stays unknown."""
    known = units.join(
        prices.select("item", "price_cents"), on="item", how="left", maintain_order="left"
    ).join(costs.rename({"cost_cents": "unit_cost_cents"}), on="item", how="left", maintain_order="left")
    # The engine refuses what has no price; here such an amount is unknown, and the draft names the item.
    all_prices = known.select("item", pl.col("price_cents").fill_null(0)).unique("item")
    all_costs = known.select("item", pl.col("unit_cost_cents").fill_null(0).alias("cost_cents")).unique(
        "item"
    )
    delivered = finance.in_money(
        known.select("item", "period", pl.col("sellable").alias("ship"), "stock"), all_prices, all_costs
    )
    wished = finance.in_money(
        known.select("item", "period", pl.col("demand").alias("ship")), all_prices, all_costs
    )
    has_price, has_cost = pl.col("price_cents").is_not_null(), pl.col("unit_cost_cents").is_not_null()
    return known.with_columns(
        pl.when(has_price).then(wished["revenue_cents"]).alias("demand_cents"),
        pl.when(has_price).then(delivered["revenue_cents"]).alias("revenue_cents"),
        pl.when(has_cost).then(delivered["cogs_cents"]).alias("cost_cents"),
        pl.when(has_price & has_cost).then(delivered["margin_cents"]).alias("margin_cents"),
        pl.when(has_cost).then(delivered["stock_cents"]).alias("stock_cents"),
    )
