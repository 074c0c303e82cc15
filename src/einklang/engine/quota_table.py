"""The weights of a table of territories, as quotas read them."""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import Frame, number, text
from einklang.engine.money import whole_weights
from einklang.engine.quota import weights_of

TERRITORIES = Frame(
    "territories",
    {
        "territory": text(),
        "weight": number("share", optional=True, at_least=0),
        "potential": number("money", optional=True, blank=True, at_least=0),
        "history": number("money", optional=True, blank=True, at_least=0),
    },
    ("territory",),
)


def weights(table: pl.DataFrame) -> dict[str, int]:
    """Each territory's weight: its own column, or potential and what was sold, half and half.

    >>> weights(pl.DataFrame({"territory": ["north", "south"], "weight": [2.0, 1.0]}))
    {'north': 2000000000, 'south': 1000000000}
    """
    rows = TERRITORIES.check(table)
    if "weight" in rows.columns:
        return whole_weights(dict(rows.select("territory", "weight").iter_rows()))
    sides = [
        {name: round(value or 0) for name, value in rows.select("territory", side).iter_rows()}
        if side in rows.columns
        else {}
        for side in ("potential", "history")
    ]
    if not any(sides):
        raise BadTable(
            [Fault("territories", None, "weight", "no such column", "weight, or potential and history")]
        )
    return weights_of(*sides)
