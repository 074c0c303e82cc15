"""Volume to money: what a plan earns, costs and ties up, and why it differs from the budget.

All amounts are whole cents. Each line is rounded once, half away from zero, and totals are sums of
lines, so every total foots.
"""

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, number, text, whole

VOLUMES = Frame(
    "volumes",
    {"item": text(), "period": text(), "ship": number("units"), "stock": number("units", optional=True)},
    ("item", "period"),
    "What ships and what lies at each period's end.",
)
PRICES = Frame("prices", {"item": text(), "price_cents": whole("cents", at_least=0)}, ("item",))
COSTS = Frame("costs", {"item": text(), "cost_cents": whole("cents", at_least=0)}, ("item",))
MONEY = ("revenue_cents", "cogs_cents", "margin_cents", "stock_cents")


def whole_cents(amount: pl.Expr) -> pl.Expr:
    """Whole cents, half away from zero."""
    return ((amount.abs() + 0.5 + 1e-9).floor() * amount.sign()).cast(pl.Int64)


def in_money(volumes: pl.DataFrame, prices: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    """Revenue, cost of goods sold, margin and stock value by item and period.

    >>> money = in_money(
    ...     pl.DataFrame({"item": ["pump"], "period": ["2014-05"], "ship": [3.0], "stock": [2.0]}),
    ...     pl.DataFrame({"item": ["pump"], "price_cents": [10_00]}),
    ...     pl.DataFrame({"item": ["pump"], "cost_cents": [6_00]}),
    ... )
    >>> money.select("revenue_cents", "cogs_cents", "margin_cents", "stock_cents").rows()
    [(3000, 1800, 1200, 1200)]
    """
    rows = VOLUMES.check(volumes.with_columns(pl.col("period").cast(pl.String)))
    if "stock" not in rows.columns:
        rows = rows.with_columns(stock=pl.lit(0.0))
    priced = rows.join(
        PRICES.check(prices).select("item", "price_cents"),
        on="item",
        how="left",
        validate="m:1",
        maintain_order="left",
    ).join(
        COSTS.check(costs).select("item", "cost_cents"),
        on="item",
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    _nothing_missing(priced)
    return (
        priced.with_columns(
            revenue_cents=whole_cents(pl.col("ship") * pl.col("price_cents").fill_null(0)),
            cogs_cents=whole_cents(pl.col("ship") * pl.col("cost_cents").fill_null(0)),
            stock_cents=whole_cents(pl.col("stock") * pl.col("cost_cents").fill_null(0)),
        )
        .with_columns(margin_cents=pl.col("revenue_cents") - pl.col("cogs_cents"))
        .select("item", "period", "ship", "stock", *MONEY)
    )


def _nothing_missing(priced: pl.DataFrame) -> None:
    """What moves must have a price, and what moves or lies a cost."""
    for column, moves, word in (
        ("price_cents", pl.col("ship") != 0, "price"),
        ("cost_cents", (pl.col("ship") != 0) | (pl.col("stock") != 0), "cost"),
    ):
        bare = priced.filter(moves & pl.col(column).is_null())["item"].unique(maintain_order=True)
        if len(bare):
            more = f" (and {len(bare) - 1} more items)" if len(bare) > 1 else ""
            raise Impossible(f"{bare[0]} has no {word}{more}: enter one, or leave the item out of the plan.")


def totals(money: pl.DataFrame, by: str = "period") -> pl.DataFrame:
    """Sums by period (or item, or any column); stock is a level, so it is summed within a period only."""
    flows = [pl.col(name).sum() for name in ("revenue_cents", "cogs_cents", "margin_cents")]
    if by == "period":
        return money.group_by(by, maintain_order=True).agg(*flows, pl.col("stock_cents").sum())
    last = pl.col("stock_cents").sort_by("period").last()
    return money.group_by(by, maintain_order=True).agg(*flows, last)


def gap(plan: pl.DataFrame, budget: pl.DataFrame) -> pl.DataFrame:
    """Plan against budget by key, split into price, volume and mix; the three sum to the gap.

    Both frames: key columns ``item`` and, if wanted, ``period``; ``quantity``; ``revenue_cents``. With plan
    price p1, budget price p0, mean budget price m, quantities q1 and q0:

        price  = q1 * (p1 - p0)        volume = (q1 - q0) * m        mix = (q1 - q0) * (p0 - m)

    A key without a budget price (not budgeted, or budgeted at nothing) takes its own plan price, so that
    what is new is volume and mix, never price.

    >>> plan = pl.DataFrame({"item": ["a", "b"], "quantity": [12.0, 5.0], "revenue_cents": [1320, 1000]})
    >>> budget = pl.DataFrame({"item": ["a", "b"], "quantity": [10.0, 5.0], "revenue_cents": [1000, 1000]})
    >>> gap(plan, budget).select("item", "gap_cents", "price_cents", "volume_cents", "mix_cents").rows()
    [('a', 320, 120, 267, -67), ('b', 0, 0, 0, 0)]
    """
    both = _side_by_side(plan, budget)
    units, money = float(budget["quantity"].sum()), float(budget["revenue_cents"].sum())
    mean = money / units if units else None
    p1 = pl.when(pl.col("quantity") != 0).then(pl.col("revenue_cents") / pl.col("quantity"))
    p0 = pl.when(pl.col("quantity_budget") != 0).then(
        pl.col("revenue_cents_budget") / pl.col("quantity_budget")
    )
    more = pl.col("quantity") - pl.col("quantity_budget")
    return (
        both.with_columns(p1=p1, p0=p0)
        .with_columns(p0=pl.coalesce("p0", "p1", pl.lit(0.0)), p1=pl.coalesce("p1", "p0", pl.lit(0.0)))
        .with_columns(gap_cents=pl.col("revenue_cents") - pl.col("revenue_cents_budget"))
        .with_columns(
            price_cents=whole_cents(pl.col("quantity") * (pl.col("p1") - pl.col("p0"))),
            volume_cents=whole_cents(more * (pl.col("p0") if mean is None else pl.lit(mean))),
        )
        # Mix takes what is left, so that the three foot to the cent.
        .with_columns(mix_cents=pl.col("gap_cents") - pl.col("price_cents") - pl.col("volume_cents"))
        .drop("p0", "p1")
    )


def _side_by_side(plan: pl.DataFrame, budget: pl.DataFrame) -> pl.DataFrame:
    keys = [name for name in ("item", "period") if name in plan.columns and name in budget.columns]
    wanted = ("quantity", "revenue_cents")
    return (
        plan.select(*keys, *wanted)
        .join(
            budget.select(*keys, *wanted),
            on=keys,
            how="full",
            coalesce=True,
            suffix="_budget",
            maintain_order="left_right",
        )
        .with_columns(
            pl.col("quantity", "quantity_budget").fill_null(0.0),
            pl.col("revenue_cents", "revenue_cents_budget").fill_null(0),
        )
    )
