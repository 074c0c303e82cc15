"""The tables the supply engines read, and the meaning of what is left blank in them.

Quantities are in the item's unit, hours are clock hours, money is in the company's currency.
"""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import DTYPES, Frame, number, text, whole

BOM = Frame(
    "bom",
    {
        "parent": text(),
        "component": text(),
        "quantity": number("units per parent", at_least=0),
        "scrap": number("share", optional=True, blank=True, at_least=0),
        "valid_from": whole("period", optional=True, blank=True),
        "valid_to": whole("period", optional=True, blank=True),
    },
    (),
    "What goes into what. A component that stands twice under one parent is needed twice.",
)
ROUTING = Frame(
    "routing",
    {
        "item": text(),
        "resource": text(),
        "hours": number("hours per unit", at_least=0),
        "setup_hours": number("hours per lot", optional=True, blank=True, at_least=0),
        "setup_cost": number("money per lot", optional=True, blank=True, at_least=0),
    },
    (),
    "The hours one unit takes; an item may visit a resource more than once.",
)


def whole_table(frame: Frame, table: pl.DataFrame | None) -> pl.DataFrame:
    """The checked table with every declared column, blank where the file had none.

    >>> whole_table(ROUTING, None).columns
    ['item', 'resource', 'hours', 'setup_hours', 'setup_cost']
    """
    if table is None:
        return frame.empty()
    checked = frame.check(table)
    absent = [
        pl.lit(None, dtype=DTYPES[column.kind]).alias(name)
        for name, column in frame.columns.items()
        if name not in checked.columns
    ]
    return checked.with_columns(absent).select(list(frame.columns))


def known(table: pl.DataFrame, column: str, names: pl.Series, *, called: str, among: str) -> None:
    """Every name in the column stands in the table it points to; strangers are named at once."""
    strange = table.with_row_index("row").filter(~pl.col(column).is_in(names.implode()))
    if strange.height:
        raise BadTable(
            [
                Fault(
                    called,
                    row + 1,
                    column,
                    name,
                    f"a name that stands in {among}",
                    "add it there or correct it",
                )
                for row, name in strange.select("row", column).iter_rows()
            ]
        )
