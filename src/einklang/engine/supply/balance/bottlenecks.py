"""What holds a plan back: every limit that binds, what a unit more of it is worth, said in a sentence."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.linear import Floats
from einklang.engine.supply.balance.blocks import Blocks, values_at
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-6
OWN_TABLE = ("demand", "hours")
"""Limits whose prices stand in tables of their own."""
MOST_OF_A_KIND = 20
"""So many sentences a kind of limit, the dearest; all of them stand in the table of limits."""
TARGETS = ("safety stock", "policy stock", "final stock")
"""What is wanted rather than what holds back: in the table of limits, but no bottleneck."""
INNER = ("lot multiple", "lot minimum")
"""Limits of whole numbers: their prices are those of one choice of lots, not of a unit more."""
WORDS = {
    "hours": ("{name} is full", "one more hour in {when} would be worth {price}"),
    "maximum stock": ("The room for {name} is full", "room for one more in {when} would be worth {price}"),
    "shelf life": ("{name} meets its shelf life", "one that keeps longer in {when} would save {price}"),
    "subcontracting": (
        "Subcontractors of {name} can take no more",
        "one more in {when} would be worth {price}",
    ),
    "supplier maximum": ("{name} can send no more", "one more in {when} would be worth {price}"),
    "supplier minimum": ("{name} comes at its minimum", "one less agreed for {when} would save {price}"),
    "contract maximum": ("The contract with {name} is used up", "one more unit would be worth {price}"),
    "contract minimum": ("The contract with {name} asks for its minimum", "one less would save {price}"),
    "lane maximum": ("The lane {name} is full", "one more in {when} would be worth {price}"),
    "frozen orders": ("{name} is held by the fence", "one unit of freedom in {when} would save {price}"),
}


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A limit that holds the plan back: when it is reached, and what one unit more would be worth.

    ``resource`` is whose limit it is, ``kind`` which: hours, or a kind of the table of limits.
    """

    resource: str
    full: tuple[str, ...]
    dearest: str
    price: float
    kind: str = "hours"

    def sentence(self) -> str:
        """The bottleneck for a reader.

        >>> Bottleneck("press", ("2014-06", "2014-07"), "2014-07", 12.5).sentence()
        'press is full in 2 periods (2014-06 to 2014-07); one more hour in 2014-07 would be worth 12.50.'
        """
        holds, worth = WORDS[self.kind]
        span = self.full[0] if len(self.full) == 1 else f"{self.full[0]} to {self.full[-1]}"
        count = "1 period" if len(self.full) == 1 else f"{len(self.full)} periods"
        told = holds.format(name=self.resource)
        told = told if self.kind.startswith("contract") else f"{told} in {count} ({span})"
        return f"{told}; {worth.format(when=self.dearest, price=f'{self.price:,.2f}')}."


def tight_limits(problem: Problem, blocks: Blocks, prices: Floats) -> pl.DataFrame:
    """Limits with a price: what one unit of room more (or one unit less asked for) would save."""
    schema = {"kind": pl.String, "name": pl.String, "period": pl.String}
    found = [pl.DataFrame(schema={**schema, "limit": pl.Float64, "shadow_price": pl.Float64})]
    for one in blocks.limits:
        if one.kind in OWN_TABLE or one.kind in INNER:
            continue
        worth = np.abs(values_at(prices, one.rows))
        row, column = np.nonzero(worth > NOTHING)
        if row.size:
            subjects, place = np.unique(row, return_inverse=True)
            names = pl.Series([one.name(int(subject)) for subject in subjects], dtype=pl.String)
            periods = pl.Series([*problem.periods, ""], dtype=pl.String)
            found.append(
                pl.DataFrame(
                    {
                        "kind": pl.Series([one.kind] * row.size, dtype=pl.String),
                        "name": names.gather(place),
                        "period": periods.gather(one.span[column]),
                        "limit": one.value[row, column],
                        "shadow_price": worth[row, column],
                    }
                )
            )
    return pl.concat(found)


def bottlenecks(problem: Problem, resources: pl.DataFrame, limits: pl.DataFrame) -> tuple[Bottleneck, ...]:
    """Resources whose hours have a price, the dearest hour first, then the other limits likewise."""
    order = {period: number for number, period in enumerate(["", *problem.periods])}
    hours = resources.select(
        kind=pl.lit("hours"), name="resource", period="period", shadow_price="shadow_price"
    )
    found = []
    holding = limits.filter(~pl.col("kind").is_in(TARGETS)).select("kind", "name", "period", "shadow_price")
    for table in (hours, holding):
        full = (
            table.filter(pl.col("shadow_price") > NOTHING)
            .with_columns(at=pl.col("period").replace_strict(order, return_dtype=pl.Int64))
            .sort("at")
            .group_by("kind", "name", maintain_order=True)
            .agg(
                pl.col("period").alias("full"),
                pl.col("period").sort_by("shadow_price", descending=True).first().alias("dearest"),
                pl.col("shadow_price").max().alias("price"),
            )
            .sort("price", descending=True, maintain_order=True)
        )
        if table is holding:
            full = full.filter(pl.int_range(pl.len()).over("kind") < MOST_OF_A_KIND)
        found += [Bottleneck(name, tuple(f), d, p, kind) for kind, name, f, d, p in full.iter_rows()]
    return tuple(found)
