"""Small cases for the balance, written the way a planner would write them."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from einklang.engine.supply.balance import Plan, balance

Row = dict[str, Any]


def table(*rows: Row) -> pl.DataFrame:
    """Rows as a table; what a row leaves out is blank."""
    return pl.DataFrame(list(rows), infer_schema_length=None)


def months(count: int, days: float = 20.0) -> pl.DataFrame:
    """Periods 1, 2, 3 and so on."""
    return pl.DataFrame({"period": [str(n + 1) for n in range(count)], "working_days": [days] * count})


def asked(item: str, quantities: Sequence[float], **more: Any) -> pl.DataFrame:
    """Demand of one item, a quantity a period."""
    periods = [str(n + 1) for n in range(len(quantities))]
    rows = {"item": item, "period": periods, "quantity": [float(q) for q in quantities]}
    return pl.DataFrame(rows).with_columns(**{name: pl.lit(value) for name, value in more.items()})


def item(name: str = "a", **more: Any) -> Row:
    """An item that costs 1 to make and 0.1 to keep."""
    return {"item": name, "material_cost": 1.0, "holding_cost": 0.1, **more}


def plan_of(items: Sequence[Row], demand: pl.DataFrame, *, count: int = 3, **more: Any) -> Plan:
    """The balance of these items."""
    return balance(months(count), table(*items), demand, **more)


def column(plan: Plan, name: str, **where: str) -> list[float]:
    """One column of the plan, of some rows, without the solver's dust."""
    rows = plan.plan.filter(*[pl.col(key) == value for key, value in where.items()])
    return [round(value, 6) + 0.0 for value in rows[name].to_list()]
