"""The tables the supply engines read, and the meaning of what is left blank in them.

Quantities are in the item's unit, hours are clock hours, money is in the company's currency.
"""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import DTYPES, Frame, flag, number, text, whole

LOT_RULES = ("L4L", "FOQ", "POQ", "EOQ", "WW", "SM", "LUC", "PPB")


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
MRP_ITEMS = Frame(
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
    },
    ("item",),
    "What is planned: stock, lead time, lot rule.",
)
MRP_DEMAND = Frame(
    "demand",
    {
        "item": text(),
        "period": whole("period", at_least=1),
        "quantity": number("units", at_least=0),
        "reference": text(optional=True, blank=True),
    },
    (),
    "Independent demand by period.",
)
MRP_RECEIPTS = Frame(
    "receipts",
    {
        "item": text(),
        "period": whole("period"),
        "quantity": number("units", at_least=0),
        "reference": text(optional=True, blank=True),
        "firm": flag(optional=True),
    },
    (),
    "Open orders. A firm one is planned but not released: its components are still to be drawn.",
)
PERIODS = Frame(
    "periods", {"period": text(), "working_days": number("days", blank=True, at_least=0)}, ("period",)
)
BALANCE_ITEMS = Frame(
    "items",
    {
        "item": text(),
        "material_cost": number("money per unit", blank=True, at_least=0),
        "holding_cost": number("money per unit and period", blank=True, at_least=0),
        **{
            name: number(unit, optional=True, blank=True, at_least=0)
            for name, unit in {
                "backorder_cost": "money per unit and period",
                "lost_sale_cost": "money per unit",
                "initial_stock": "units",
                "initial_backlog": "units",
                "final_stock": "units",
                "safety_stock": "units",
                "safety_cost": "money per unit short and period",
                "subcontract_cost": "money per unit",
                "subcontract_max": "units per period",
                "lot_min": "units",
                "lot_multiple": "units",
                "shelf_life": "periods",
                "lead_time": "periods",
                "max_stock": "units",
                "end_value": "money per unit left at the end",
            }.items()
        },
    },
    ("item",),
    "What is balanced; a blank cost means that this way out is not allowed.",
)
BALANCE_DEMAND = Frame(
    "demand",
    {
        "item": text(),
        "period": text(),
        "quantity": number("units", at_least=0),
        "price": number("money per unit", optional=True, blank=True, at_least=0),
    },
    ("item", "period"),
)
BALANCE_RECEIPTS = Frame(
    "receipts",
    {"item": text(), "period": text(), "quantity": number("units", at_least=0)},
    (),
    "What is already on its way: made or bought before this plan, free of further cost and hours.",
)
RESOURCES = Frame(
    "resources",
    {
        "resource": text(),
        "period": text(optional=True, blank=True),
        **{
            name: number(unit, optional=True, blank=True, at_least=0)
            for name, unit in {
                "hours": "hours per period",
                "overtime_hours": "hours per period",
                "overtime_cost": "money per hour",
                "initial_workers": "workers",
                "hours_per_worker_day": "hours",
                "wage_per_hour": "money per hour",
                "overtime_per_worker": "hours per worker and period",
                "hire_cost": "money per worker",
                "fire_cost": "money per worker",
            }.items()
        },
    },
    ("resource", "period"),
    "Hours by period, or a workforce whose size the plan may change.",
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

    >>> whole_table(MRP_DEMAND, None).columns
    ['item', 'period', 'quantity', 'reference']
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
