"""Stock health: what lies where for how long, how long it lasts, what is too much."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.inventory.ageing import cover
from einklang.engine.periods import add_months, month_end, month_of
from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.models import SupplyRun
from einklang.supply.queries.policies import standing_frame
from einklang.supply.queries.runs import latest, plan_frame

AGES = ((0, 90), (90, 180), (180, 365), (365, None))


@dataclass(frozen=True, slots=True)
class StockLine:
    """One item's stock; ``days`` is None when it outlasts the plan or nothing is planned to use it."""

    item: str
    name: str
    kind: str
    abc: str
    xyz: str
    quantity: float
    value_cents: int | None
    safety_stock: float
    days: float | None
    runs_out: date | None
    is_used: bool
    over: float
    over_cents: int | None
    oldest_days: int | None
    old_quantity: float

    @property
    def state(self) -> str:
        """In a word: out, low, over, old or fine."""
        if self.is_used and self.quantity <= 0:
            return "out"
        if self.quantity < self.safety_stock:
            return "low"
        if self.over > 0:
            return "over"
        return "old" if self.old_quantity > 0 else "fine"


def usual_day() -> date:
    """The day stock is looked at: today, or, where the newest plan is of another time, its first day."""
    today, run = clock.today(), latest()
    if run is None or run.as_of < today < add_months(run.as_of, run.months + 1):
        return today
    return month_end(run.as_of)


def stock_health(as_of: date) -> pl.DataFrame:
    """Every item that lies in stock or is planned to be used, with how long it lasts and how old it is.

    Columns: item, name, kind, is_sold, abc, xyz, quantity, cost_cents, value_cents, safety_stock, days,
    runs_out, is_used, over (beyond six months of use), over_cents, oldest_days, old_quantity (over a year).
    """
    currency = people.company().home_currency
    stock = orders.on_hand(as_of).group_by("item").agg(pl.col("quantity").sum())
    run = latest(month_of(as_of)) or latest()
    ahead = use_ahead(run, as_of)
    soon = add_months(month_of(as_of), rules.OVERSTOCK_MONTHS)
    needed = ahead.filter(pl.col("period") <= soon).group_by("item").agg(needed=pl.col("quantity").sum())
    costs = catalog.costs_frame(as_of).filter(pl.col("currency") == currency).select("item", "cost_cents")
    using = ahead.group_by("item").agg(is_used=pl.col("quantity").sum() > 0)
    rows = (
        catalog.items_frame()
        .select("item", "name", "kind", "is_sold", listed="safety_stock")
        .join(stock, on="item", how="left", maintain_order="left")
        .join(using, on="item", how="left", maintain_order="left")
        .with_columns(pl.col("quantity").fill_null(0.0), pl.col("is_used").fill_null(False))
        .filter((pl.col("quantity") != 0) | pl.col("is_used"))
    )
    lasts = cover(rows.select("item", "quantity"), ahead, period_days=rules.DAYS_A_MONTH)
    known = standing_frame().select("item", "abc", "xyz", kept="safety_stock")
    over = pl.max_horizontal(pl.lit(0.0), pl.col("quantity") - pl.col("safety_stock") - pl.col("needed"))
    return (
        rows.join(lasts.select("item", "days", "runs_out"), on="item", how="left", maintain_order="left")
        .join(known, on="item", how="left", maintain_order="left")
        .join(needed, on="item", how="left", maintain_order="left")
        .join(costs, on="item", how="left", maintain_order="left")
        .join(_ages(as_of), on="item", how="left", maintain_order="left")
        .with_columns(
            safety_stock=pl.coalesce("kept", "listed"),
            needed=pl.col("needed").fill_null(0.0),
            abc=pl.col("abc").fill_null(""),
            xyz=pl.col("xyz").fill_null(""),
            old_quantity=pl.col("old_quantity").fill_null(0.0),
        )
        .with_columns(over=pl.when(pl.lit(run is not None)).then(over).otherwise(0.0))
        .with_columns(
            value_cents=(pl.col("quantity") * pl.col("cost_cents")).round(0).cast(pl.Int64),
            over_cents=(pl.col("over") * pl.col("cost_cents")).round(0).cast(pl.Int64),
        )
        .drop("listed", "kept", "needed")
    )


def use_ahead(run: SupplyRun | None, as_of: date) -> pl.DataFrame:
    """What the plan needs of each item after a day: its demand and what is built in."""
    if run is None:
        return pl.DataFrame(schema={"item": pl.String, "period": pl.Date, "quantity": pl.Float64})
    after = plan_frame(run, parts=True).filter(pl.col("period") > as_of)
    return after.select("item", "period", quantity=pl.col("demand") + pl.col("used"))


def _ages(as_of: date) -> pl.DataFrame:
    lots = orders.stock_by_receipt(as_of).filter(pl.col("quantity") > 0)
    days = (pl.lit(as_of) - pl.col("received_on")).dt.total_days()
    return lots.group_by("item").agg(
        oldest_days=days.max(), old_quantity=pl.col("quantity").filter(days > AGES[-1][0]).sum()
    )


def health(
    as_of: date, *, seen_by: User, search: str = "", state: str = "", abc: str = "", xyz: str = ""
) -> list[StockLine]:
    """Stock lines by value, narrowed; money only for those who see costs."""
    seen_by.must("see supply")
    money = seen_by.may("see cost")
    table = stock_health(as_of)
    if search:
        text = search.lower()
        named = pl.col("item").str.to_lowercase().str.contains(text, literal=True)
        table = table.filter(named | pl.col("name").str.to_lowercase().str.contains(text, literal=True))
    if abc:
        table = table.filter(pl.col("abc") == abc)
    if xyz:
        table = table.filter(pl.col("xyz") == xyz)
    worth = pl.col("value_cents").fill_null(0) if money else pl.col("quantity")
    lines = list(_lines(table.sort(worth, descending=True), money=money))
    return [line for line in lines if line.state == state] if state else lines


def _lines(table: pl.DataFrame, *, money: bool) -> Iterator[StockLine]:
    names = StockLine.__dataclass_fields__
    for row in table.iter_rows(named=True):
        facts = {name: row[name] for name in names}
        yield StockLine(**(facts if money else {**facts, "value_cents": None, "over_cents": None}))


@dataclass(frozen=True, slots=True)
class StockTotals:
    """What all lines add up to, and how many need attention."""

    value_cents: int | None
    over_cents: int | None
    out: int
    low: int
    over: int
    old: int
    counted: int


def totals(lines: list[StockLine]) -> StockTotals:
    """The sums behind the cards; money is None for those who do not see costs."""
    states = [line.state for line in lines]
    money = any(line.value_cents is not None for line in lines)
    return StockTotals(
        sum(line.value_cents or 0 for line in lines) if money else None,
        sum(line.over_cents or 0 for line in lines) if money else None,
        states.count("out"),
        states.count("low"),
        states.count("over"),
        states.count("old"),
        len(lines),
    )


def ageing(as_of: date) -> pl.DataFrame:
    """Stock value by age: bucket, quantity, value_cents (of items whose cost is known)."""
    currency = people.company().home_currency
    costs = catalog.costs_frame(as_of).filter(pl.col("currency") == currency).select("item", "cost_cents")
    days = (pl.lit(as_of) - pl.col("received_on")).dt.total_days()
    lots = orders.stock_by_receipt(as_of).join(costs, on="item", how="left").with_columns(days=days)
    rows = []
    for least, below in AGES:
        inside = lots.filter(
            (pl.col("days") >= least) & (pl.lit(True) if below is None else pl.col("days") < below)
        )
        value = (inside["quantity"] * inside["cost_cents"]).sum()
        rows.append((least, below, float(inside["quantity"].sum()), round(float(value or 0))))
    return pl.DataFrame(
        rows,
        schema={"least": pl.Int64, "below": pl.Int64, "quantity": pl.Float64, "value_cents": pl.Int64},
        orient="row",
    )
