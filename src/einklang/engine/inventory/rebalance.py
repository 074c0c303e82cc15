"""Stock at the wrong place: who has too much, who lacks it, and which moves save more than they cost.

    most   sum over lanes of (worth at the end - worth at the start - cost of the way) * units moved
    with   units out of a site <= what it has too much,  units into a site <= what it lacks

A transport problem for each item, solved for all together; whole surpluses and lacks give whole moves.
"""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, number, text
from einklang.engine.linear import Model

SITES = Frame(
    "stock by site",
    {
        "item": text(),
        "site": text(),
        "stock": number("units", at_least=0),
        "wanted": number("units", at_least=0),
        "keep": number("units", optional=True, blank=True, at_least=0),
        "short_cost": number("money per unit", at_least=0),
        "spare_value": number("money per unit", optional=True, blank=True, at_least=0),
    },
    ("item", "site"),
    "wanted: what a site should have; keep: what it gives nothing below (else what it wants).",
)
LANES = Frame(
    "lanes",
    {"from_site": text(), "to_site": text(), "cost": number("money per unit", at_least=0)},
    ("from_site", "to_site"),
)
MOVES = {"item": pl.String, "from_site": pl.String, "to_site": pl.String, "quantity": pl.Float64,
         "cost": pl.Float64, "saves": pl.Float64}  # fmt: skip


def moves(sites: pl.DataFrame, lanes: pl.DataFrame | None = None, *, whole: bool = True) -> pl.DataFrame:
    """The moves that save most: item, from_site, to_site, quantity, cost, saves (after it).

    A unit that a site lacks costs it ``short_cost``; a unit too many is worth ``spare_value`` where it lies.
    Without ``lanes`` every site may send to every other at no cost.

    >>> two = {"item": ["p"] * 2, "site": ["north", "south"], "stock": [90.0, 5.0], "wanted": [40.0, 25.0]}
    >>> moves(pl.DataFrame(two | {"short_cost": [3.0] * 2})).row(0)
    ('p', 'north', 'south', 20.0, 0.0, 60.0)
    """
    pairs = _pairs(SITES.check(sites), None if lanes is None else LANES.check(lanes), whole)
    if pairs.is_empty():
        return pl.DataFrame(schema=MOVES)
    model = Model()
    sent = model.columns((pairs.height,), "moves", cost=-pairs["gain"].to_numpy())
    for place, limit in (("giver", "spare"), ("taker", "lack")):
        number_, first = np.unique(pairs[place].to_numpy(), return_index=True)
        rows = model.rows((len(number_),), upper=pairs[limit].to_numpy()[first])
        at = np.searchsorted(number_, pairs[place].to_numpy())
        model.put(rows[at], sent, 1.0)
    solution = model.solve()
    if solution is None:
        raise Impossible("No moves were found.")
    moved = np.round(solution.values[sent], 6)
    return (
        pairs.with_columns(quantity=pl.Series(moved))
        .filter(pl.col("quantity") > 1e-6)
        .select(
            "item", "from_site", "to_site", "quantity",
            cost=pl.col("quantity") * pl.col("way"), saves=pl.col("quantity") * pl.col("gain"),
        )
        .sort("saves", "item", "from_site", "to_site", descending=[True, False, False, False])
    )  # fmt: skip


def _pairs(sites: pl.DataFrame, lanes: pl.DataFrame | None, whole: bool) -> pl.DataFrame:
    """Every giver with every taker it can reach and whose need is worth the way."""
    absent = [
        pl.lit(None, pl.Float64).alias(name) for name in ("keep", "spare_value") if name not in sites.columns
    ]
    rows = sites.with_columns(absent).with_columns(
        place=pl.int_range(pl.len()),
        spare=pl.col("stock") - pl.max_horizontal(pl.coalesce("keep", "wanted"), "wanted"),
        lack=pl.col("wanted") - pl.col("stock"),
        spare_value=pl.col("spare_value").fill_null(0.0),
    )
    if whole:
        rows = rows.with_columns(pl.col("spare").floor(), pl.col("lack").ceil())
    givers = rows.filter(pl.col("spare") > 0).select(
        "item", "spare", "spare_value", from_site="site", giver="place"
    )
    takers = rows.filter(pl.col("lack") > 0).select(
        "item", "lack", "short_cost", to_site="site", taker="place"
    )
    pairs = givers.join(takers, on="item")
    if lanes is None:
        pairs = pairs.with_columns(way=pl.lit(0.0))
    else:
        _known(lanes, set(rows["site"]))
        pairs = pairs.join(
            lanes.select("from_site", "to_site", way="cost"), on=["from_site", "to_site"], how="inner"
        )
    gain = pl.col("short_cost") - pl.col("spare_value") - pl.col("way")
    return pairs.with_columns(gain=gain).filter(pl.col("gain") > 0).sort("giver", "taker")


def _known(lanes: pl.DataFrame, sites: set[str]) -> None:
    faults = [
        Fault("lanes", row + 1, name, site, "a site that stands in the table of stock", "correct the name")
        for name in ("from_site", "to_site")
        for row, site in enumerate(lanes[name])
        if site not in sites
    ]
    if faults:
        raise BadTable(faults)
