"""Who stands behind work or goods: orders, open deals, and the forecast that no name stands behind yet.

What somebody may not see is counted among the others, without its name.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.engine.periods import add_months, month_end
from einklang.engine.supply.behind import claimed, dealt
from einklang.kernel import tables
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import Peg, SupplyPoint, SupplyRun

KINDS = ("order", "deal", "forecast", "stock")
SHOWN = 25  # named lines; the others are one sum
NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Named:
    """One order or deal that somebody may see: of which item and month, how much of the work is for it."""

    reference: str
    name: str
    account: str
    item: str
    period: date
    quantity: float
    odds: float | None
    amount: float


@dataclass(frozen=True, slots=True)
class Others:
    """What is not named one by one: how many, how much for them."""

    count: int
    amount: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand of one item in one month that work reaches, and how much of it is for whom."""

    item: str
    name: str
    period: date | None
    amount: float
    order: float
    deal: float
    forecast: float


@dataclass(frozen=True, slots=True)
class Behind:
    """All that stands behind an amount of work or goods; the four kinds sum to the whole."""

    order: float
    deal: float
    forecast: float
    stock: float
    demands: list[Demand]
    orders: list[Named]
    other_orders: Others
    deals: list[Named]
    other_deals: Others

    @property
    def whole(self) -> float:
        """All of it."""
        return self.order + self.deal + self.forecast + self.stock

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Each kind with its amount and its share of the whole, none that is empty."""
        parts = [(kind, float(getattr(self, kind))) for kind in KINDS]
        return [(kind, amount, amount / self.whole) for kind, amount in parts if amount > NOTHING]


def pegs_frame(of: SupplyRun, items: set[str]) -> pl.DataFrame:
    """The links of some items in a plan: item, supply, demand, kind, for_item, period, quantity."""
    return tables.read(
        Peg.objects.filter(run=of, item__code__in=items),
        item="item__code",
        supply="supply",
        demand="demand",
        kind="kind",
        for_item="for_item__code",
        period="period",
        quantity="quantity",
    )


def behind(of: SupplyRun, work: pl.DataFrame, *, seen_by: User, pegs: pl.DataFrame | None = None) -> Behind:
    """Who stands behind amounts on supplies of a plan (item, supply, amount), by their pegs."""
    reached = dealt(_pegs_above(of, set(work["item"])) if pegs is None else pegs, work)
    first = add_months(of.as_of, 1)
    ends = (
        reached.filter(pl.col("kind") == "end")
        .with_columns(pl.col("period").fill_null(first).cast(pl.Date))
        .group_by("item", "period")
        .agg(pl.col("amount").sum())
        .sort("amount", "item", "period", descending=[True, False, False])
    )
    booked, asked = _booked(of, first), _asked(first)
    parts = claimed(_wanted(of, ends), booked, asked).join(ends, on=["item", "period"], how="inner")
    parts = parts.with_columns(amount=pl.col("amount") * pl.col("share"))
    sums = {kind: float(part["amount"].sum()) for (kind,), part in parts.group_by("kind")}
    named, other_orders = _orders(parts, booked, seen_by)
    deals, other_deals = _deals(parts, asked, seen_by)
    return Behind(
        sums.get("order", 0.0),
        sums.get("deal", 0.0),
        sums.get("forecast", 0.0),
        float(reached.filter(pl.col("kind") == "stock")["amount"].sum()),
        _demands(ends, parts),
        named,
        other_orders,
        deals,
        other_deals,
    )


def _pegs_above(of: SupplyRun, items: set[str]) -> pl.DataFrame:
    """The links of some items and of all that they go into."""
    bom = catalog.bom_frame(month_end(of.as_of))
    reached, newest = set(items), set(items)
    while newest:
        newest = set(bom.filter(pl.col("component").is_in(newest))["parent"]) - reached
        reached |= newest
    return pegs_frame(of, reached)


def _wanted(of: SupplyRun, ends: pl.DataFrame) -> pl.DataFrame:
    """What was wished of each item in each month reached, or delivered where that is more."""
    found = tables.read(
        SupplyPoint.objects.filter(run=of, item__code__in=ends["item"].unique().to_list()),
        item="item__code",
        period="period",
        demand="demand",
        ship="ship",
    )
    return (
        ends.select("item", "period")
        .join(
            found.select("item", "period", quantity=pl.max_horizontal("demand", "ship")),
            on=["item", "period"],
            how="left",
            maintain_order="left",
        )
        .with_columns(quantity=pl.col("quantity").fill_null(0.0).clip(NOTHING))
    )


def _booked(of: SupplyRun, first: date) -> pl.DataFrame:
    """Open order lines by item and month; what is owed of months before counts in the first."""
    waiting = orders.open_orders(month_end(of.as_of))
    return waiting.select(
        "item",
        pl.max_horizontal("period", pl.lit(first)).alias("period"),
        pl.format("{}/{}", "order", "line").alias("reference"),
        "order",
        "quantity",
    )


def _asked(first: date) -> pl.DataFrame:
    """Lines of open deals by item and month, at the odds of the deal's stage; of the whole house."""
    open_deals = crm.deals_frame(seen_by=None).filter(pl.col("outcome") == "open")
    facts = open_deals.select("deal", "name", "account", "odds", "expected_on")
    month = pl.coalesce("wished_on", "expected_on").dt.truncate("1mo")
    return (
        crm.deal_lines_frame(seen_by=None)
        .join(facts, on="deal", how="inner", maintain_order="left")
        .with_columns(period=pl.max_horizontal(month, pl.lit(first)), wished="quantity")
        .filter(month.is_not_null())
        .select(
            "item",
            "period",
            pl.col("deal").alias("reference"),
            "name",
            "account",
            "odds",
            "wished",
            quantity=pl.col("wished") * pl.col("odds"),
        )
    )


def _demands(ends: pl.DataFrame, parts: pl.DataFrame) -> list[Demand]:
    """The demands reached, the largest amount first, each with how much of it is for whom."""
    names = dict(catalog.items_frame().select("item", "name").iter_rows())
    shared: dict[tuple[str, date], dict[str, float]] = {}
    for item, period, kind, amount in (
        parts.group_by("item", "period", "kind").agg(pl.col("amount").sum()).iter_rows()
    ):
        shared.setdefault((item, period), {})[kind] = amount
    return [
        Demand(
            item,
            names.get(item, ""),
            period,
            amount,
            *(shared.get((item, period), {}).get(kind, 0.0) for kind in KINDS[:3]),
        )
        for item, period, amount in ends.iter_rows()
    ]


def _orders(parts: pl.DataFrame, booked: pl.DataFrame, reader: User) -> tuple[list[Named], Others]:
    lines = parts.filter(pl.col("kind") == "order").join(
        booked.select("item", "period", "reference", "order", wished="quantity"),
        on=["item", "period", "reference"],
        how="left",
    )
    numbers = lines["order"].unique().to_list()
    seen = tables.read(
        orders.orders(seen_by=reader).filter(number__in=numbers), order="number", account="account__name"
    )
    shown = lines.join(seen, on="order", how="inner").with_columns(
        name=pl.lit(""), odds=pl.lit(None, dtype=pl.Float64), reference="order"
    )
    return _named(shown, lines)


def _deals(parts: pl.DataFrame, asked: pl.DataFrame, reader: User) -> tuple[list[Named], Others]:
    facts = asked.group_by("item", "period", "reference").agg(
        pl.col("name", "account", "odds").first(), pl.col("wished").sum()
    )
    lines = (
        parts.filter(pl.col("kind") == "deal")
        .group_by("item", "period", "reference")
        .agg(pl.col("amount").sum())
        .join(facts, on=["item", "period", "reference"], how="left")
    )
    visible = crm.deals_frame(seen_by=reader)["deal"]
    shown = lines.filter(pl.col("reference").is_in(visible.implode()))
    names = crm.account_names(shown["account"].unique().to_list())
    return _named(
        shown.with_columns(
            account=pl.col("account").replace_strict(names, default="", return_dtype=pl.String)
        ),
        lines,
    )


def _named(shown: pl.DataFrame, whole: pl.DataFrame) -> tuple[list[Named], Others]:
    """The largest lines by name; all that is hidden or small as one sum."""
    top = shown.sort("amount", "reference", descending=[True, False]).head(SHOWN)
    named = [
        Named(
            row["reference"], row["name"], row["account"], row["item"], row["period"], row["wished"],
            row["odds"], row["amount"],
        )
        for row in top.iter_rows(named=True)
    ]  # fmt: skip
    left = float(whole["amount"].sum()) - float(top["amount"].sum())
    return named, Others(whole.height - top.height, max(0.0, left))
