"""The tables requirements planning reads, and the meaning of what is left blank in them."""

from collections.abc import Mapping

import polars as pl

from einklang.engine.frames import Frame, flag, number, text, whole
from einklang.engine.supply.frames import BOM, ROUTING

LOT_RULES = ("L4L", "FOQ", "POQ", "EOQ", "WW", "SM", "LUC", "PPB")
CHOICES = ("component", "bom", "supplier")

ITEMS = Frame(
    "items",
    {
        "item": text(),
        "on_hand": number("units", blank=True),
        "lead_time": whole("periods", blank=True, at_least=0),
        "lot_rule": text(optional=True, blank=True),
        "lot_min": number("units", optional=True, blank=True, at_least=0),
        "lot_multiple": number("units", optional=True, blank=True, at_least=0),
        "lot_max": number("units", optional=True, blank=True, at_least=0),
        "lot_periods": whole("periods", optional=True, blank=True, at_least=0),
        "safety_stock": number("units", optional=True, blank=True, at_least=0),
        "scrap": number("share", optional=True, blank=True, at_least=0),
        "phantom": flag(optional=True),
        "setup_cost": number("money per lot", optional=True, blank=True, at_least=0),
        "holding_cost": number("money per unit and period", optional=True, blank=True, at_least=0),
        "kind": text(optional=True, blank=True),
        "unit": text(optional=True, blank=True),
        "supplier": text(optional=True, blank=True),
        "safety_time": whole("periods", optional=True, blank=True, at_least=0),
        "rate": number("units per period", optional=True, blank=True, at_least=0),
        "frozen": whole("periods", optional=True, blank=True, at_least=0),
        "slushy": whole("periods", optional=True, blank=True, at_least=0),
        "shelf_life": whole("periods", optional=True, blank=True, at_least=1),
    },
    ("item",),
    "What is planned: stock, lead time, lot rule, and how far its plan is frozen.",
)
BILL = Frame(
    "bom",
    {**BOM.columns, "bill": text(optional=True, blank=True), "unit": text(optional=True, blank=True)},
    (),
    "What goes into what; a named bill is another way to make the parent, used where alternates say so.",
)
DEMAND = Frame(
    "demand",
    {
        "item": text(),
        "period": whole("period"),
        "quantity": number("units", at_least=0),
        "reference": text(optional=True, blank=True),
        "kind": text(optional=True, blank=True),
        "unit": text(optional=True, blank=True),
    },
    (),
    "Independent demand by period: orders, or where kind says forecast what is expected.",
)
RECEIPTS = Frame(
    "receipts",
    {
        "item": text(),
        "period": whole("period"),
        "quantity": number("units", at_least=0),
        "reference": text(optional=True, blank=True),
        "firm": flag(optional=True),
        "unit": text(optional=True, blank=True),
    },
    (),
    "Open orders. A firm one is planned but not released: its components are still to be drawn.",
)
ALTERNATES = Frame(
    "alternates",
    {
        "kind": text(),
        "item": text(),
        "alternate": text(),
        "priority": whole(optional=True, blank=True, at_least=0),
        "share": number("share", optional=True, blank=True, at_least=0),
        "quantity": number("units of the alternate per unit", optional=True, blank=True, at_least=0),
        "parent": text(optional=True, blank=True),
        "lead_time": whole("periods", optional=True, blank=True, at_least=0),
        "maximum": number("units per period", optional=True, blank=True, at_least=0),
        "valid_from": whole("period", optional=True, blank=True),
        "valid_to": whole("period", optional=True, blank=True),
    },
    (),
    "Another component, bill or supplier for an item. The usual one has priority 0 unless it is listed.",
)
CALENDAR = Frame(
    "calendar",
    {"name": text(), "period": whole("period", at_least=1), "working": flag()},
    ("name", "period"),
    "Periods in which an item or a supplier does not work; what is not listed is open.",
)
HOURS = Frame(
    "resources",
    {
        "resource": text(),
        "period": whole("period", optional=True, blank=True),
        "hours": number("hours per period", at_least=0),
    },
    ("resource", "period"),
    "The hours of each work centre by period; a row without a period holds for all that have none.",
)
FORMER = Frame(
    "planned_orders",
    {
        "item": text(),
        "release": whole("period"),
        "due": whole("period"),
        "quantity": number("units", at_least=0),
    },
    (),
    "The orders of a former plan, in the periods of that plan.",
)
FRAMES = {
    frame.name: frame for frame in (ITEMS, BILL, DEMAND, RECEIPTS, ALTERNATES, CALENDAR, ROUTING, HOURS)
}


def unknown_columns(tables: Mapping[str, pl.DataFrame | None]) -> list[str]:
    """A sentence for each column nobody reads: a slip of the pen should not pass in silence.

    >>> unknown_columns({"items": pl.DataFrame({"item": ["a"], "safetystock": [5]})})
    ['items: the column safetystock is not known and was not used.']
    """
    return [
        f"{name}: the column {column} is not known and was not used."
        for name, table in tables.items()
        if table is not None
        for column in table.columns
        if column not in FRAMES[name].columns
    ]
