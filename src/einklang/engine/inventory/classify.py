"""Which items matter (ABC, by value) and how hard they are to foresee (XYZ, by variation)."""

import polars as pl

from einklang.engine.frames import Frame, number, text

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
