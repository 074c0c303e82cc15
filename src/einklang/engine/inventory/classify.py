"""Which items matter (ABC, by value) and how hard they are to foresee (XYZ, by variation)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, number, text
from einklang.engine.periods import add_months

VALUES = Frame("values", {"item": text(), "value": number("money a year", at_least=0)}, ("item",))


def abc(values: pl.DataFrame, *, a: float = 0.7, b: float = 0.9) -> pl.DataFrame:
    """Rank items by value: A until ``a`` of the total is covered, B until ``b``, C the rest.

    The item that crosses a limit still belongs to the class before it. Items without value are C.

    >>> values = pl.DataFrame({"item": ["p", "q", "r"], "value": [60.0, 25.0, 15.0]})
    >>> abc(values).select("item", "class").rows()
    [('p', 'A'), ('q', 'A'), ('r', 'B')]
    """
    ranked = VALUES.check(values).sort("value", "item", descending=[True, False])
    total = ranked["value"].sum() or 1.0
    share = pl.col("value").cum_sum() / total
    before = share - pl.col("value") / total
    return ranked.with_columns(
        cum_share=share,
        **{
            "class": pl.when(pl.col("value") <= 0)
            .then(pl.lit("C"))
            .when(before < a - 1e-12)
            .then(pl.lit("A"))
            .when(before < b - 1e-12)
            .then(pl.lit("B"))
            .otherwise(pl.lit("C"))
        },
    )


def xyz(demand: pl.DataFrame, *, x: float = 0.5, y: float = 1.0) -> pl.DataFrame:
    """How much each series varies (deviation over mean): X up to ``x``, Y up to ``y``, else Z.

    >>> steady = pl.DataFrame({"series": ["s"] * 4, "quantity": [10.0, 11.0, 9.0, 10.0]})
    >>> xyz(steady)["class"].to_list()
    ['X']
    """
    return (
        demand.group_by("series", maintain_order=True)
        .agg(mean=pl.col("quantity").mean(), sd=pl.col("quantity").std())
        .with_columns(variation=pl.when(pl.col("mean") > 0).then(pl.col("sd") / pl.col("mean")))
        .with_columns(
            pl.when(pl.col("variation") <= x)
            .then(pl.lit("X"))
            .when(pl.col("variation") <= y)
            .then(pl.lit("Y"))
            .otherwise(pl.lit("Z"))
            .alias("class")
        )
    )


def by_criteria(table: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """One value for each item from several criteria, each as its share of the total, weighted: item, value.

    >>> table = pl.DataFrame({"item": ["p", "q"], "margin": [75.0, 25.0], "lines": [10.0, 30.0]})
    >>> by_criteria(table, {"margin": 2, "lines": 1})["value"].round(4).to_list()
    [0.5833, 0.4167]
    """
    missing = [name for name in weights if name not in table.columns]
    if missing or not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise Impossible(
            f"Criteria need a column and a weight above 0 each: {', '.join(missing or weights)}."
        )
    whole = sum(weights.values())
    shares = [
        pl.col(name) / pl.max_horizontal(pl.col(name).sum(), pl.lit(1e-300)) * (weight / whole)
        for name, weight in weights.items()
    ]
    return table.select("item", value=pl.sum_horizontal(shares))


def over_time(
    demand: pl.DataFrame, values: pl.DataFrame, *, months: int = 12, window: int = 12
) -> pl.DataFrame:
    """The classes as they would have been at the end of each of the last months: item, period, abc, xyz.

    ``demand``: item, period (first of a month), quantity, every month of an item; ``values``: item, value of
    a unit. Each month looks back over a window of twelve.
    """
    if demand.is_empty():
        return pl.DataFrame(schema={"item": pl.String, "period": pl.Date, "abc": pl.String, "xyz": pl.String})
    priced = demand.join(values, on="item", how="left").with_columns(
        worth=pl.col("quantity") * pl.col("value").fill_null(0.0)
    )
    last = demand["period"].max()
    assert isinstance(last, date)
    found = []
    for back in range(months):
        end = add_months(last, -back)
        seen = priced.filter((pl.col("period") <= end) & (pl.col("period") > add_months(end, -window)))
        if seen.is_empty():
            break
        worth = abc(seen.group_by("item", maintain_order=True).agg(value=pl.col("worth").sum()))
        varied = xyz(seen.rename({"item": "series"})).select(item="series", xyz="class")
        found.append(
            worth.select("item", abc="class")
            .join(varied, on="item", how="left")
            .with_columns(period=pl.lit(end))
        )
    return pl.concat(found).select("item", "period", "abc", "xyz").sort("item", "period")


def changes(classes: pl.DataFrame) -> pl.DataFrame:
    """Each change of class, newest first: item, period, before, after.

    >>> from datetime import date
    >>> rows = {"item": ["p"] * 2, "period": [date(2024, 1, 1), date(2024, 2, 1)]}
    >>> changes(pl.DataFrame(rows | {"abc": ["A", "B"], "xyz": ["X", "X"]})).row(0)[2:]
    ('AX', 'BX')
    """
    return (
        classes.sort("item", "period")
        .with_columns(after=pl.col("abc") + pl.col("xyz"))
        .with_columns(before=pl.col("after").shift(1).over("item"))
        .filter(pl.col("before").is_not_null() & (pl.col("before") != pl.col("after")))
        .select("item", "period", "before", "after")
        .sort("period", "item", descending=[True, False])
    )
