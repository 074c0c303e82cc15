"""Capacity: what a plan asks of each resource, beside what the resource has.

Three rough-cut methods, from coarse to fine: by historical shares of all hours (CPOF), by a bill of
hours per end item, and by a resource profile that sets each hour back by the lead time of its level.
"""

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, number, text
from einklang.engine.supply import bom as bills
from einklang.engine.supply.frames import ROUTING, whole_table

HOURS_BILL = Frame(
    "bill of hours",
    {"item": text(), "resource": text(), "hours": number("hours per unit", at_least=0)},
    ("item", "resource"),
    "All hours one unit of an end item takes on each resource, its components' hours included.",
)


def bill_of_hours(bom: pl.DataFrame | None, routing: pl.DataFrame, ends: list[str]) -> pl.DataFrame:
    """The hours a unit of each end item takes on each resource, down to the last component.

    >>> bom = pl.DataFrame({"parent": ["pump"], "component": ["motor"], "quantity": [2.0]})
    >>> routing = pl.DataFrame(
    ...     {"item": ["pump", "motor"], "resource": ["assembly", "winding"], "hours": [0.5, 1.5]}
    ... )
    >>> bill_of_hours(bom, routing, ["pump"]).rows()
    [('pump', 'assembly', 0.5), ('pump', 'winding', 3.0)]
    """
    routes = whole_table(ROUTING, routing)
    tree = bills.structure(bom, list(dict.fromkeys([*ends, *routes["item"].to_list()])))
    at = {name: index for index, name in enumerate(tree.items)}
    names = routes["resource"].unique(maintain_order=True).to_list()
    column = {name: index for index, name in enumerate(names)}
    hours = np.zeros((len(tree.items), len(names)))
    where = ([at[i] for i in routes["item"]], [column[r] for r in routes["resource"]])
    np.add.at(hours, where, routes["hours"].to_numpy())
    # Roll up from the bottom: a parent takes its own hours and those of all it draws.
    for depth in range(tree.levels - 1, -1, -1):
        lines = np.flatnonzero(tree.level[tree.parent] == depth)
        np.add.at(hours, tree.parent[lines], hours[tree.component[lines]] * tree.drawn[lines, None])
    chosen = np.array([at[name] for name in ends], dtype=np.int64)
    item, resource = np.nonzero(hours[chosen])
    return pl.DataFrame(
        {
            "item": pl.Series([ends[i] for i in item], dtype=pl.String),
            "resource": pl.Series([names[r] for r in resource], dtype=pl.String),
            "hours": pl.Series(hours[chosen][item, resource], dtype=pl.Float64),
        }
    )


def load(plan: pl.DataFrame, hours_bill: pl.DataFrame) -> pl.DataFrame:
    """Hours by resource and period: plan (item, period, quantity) by a bill of hours."""
    bill = HOURS_BILL.check(hours_bill)
    return (
        plan.join(bill, on="item", how="inner", maintain_order="left")
        .group_by("resource", "period", maintain_order=True)
        .agg((pl.col("quantity") * pl.col("hours")).sum().alias("load"))
        .sort("resource", "period")
    )


def load_by_item(plan: pl.DataFrame, hours_bill: pl.DataFrame) -> pl.DataFrame:
    """The same hours, item by item: what loads a resource in a period, heaviest first."""
    bill = HOURS_BILL.check(hours_bill)
    return (
        plan.join(bill, on="item", how="inner", maintain_order="left")
        .select("resource", "period", "item", "quantity", load=pl.col("quantity") * pl.col("hours"))
        .filter(pl.col("load") > 0)
        .sort("resource", "period", "load", descending=[False, False, True])
    )


def against(loads: pl.DataFrame, capacity: pl.DataFrame) -> pl.DataFrame:
    """Load beside capacity (resource, period, hours): with utilisation, and the hours it is over.

    A resource that has load but no capacity row is refused: its load would look free.
    """
    unknown = loads.filter(pl.col("load") > 0).join(capacity, on=["resource", "period"], how="anti")
    if unknown.height:
        resource, period = unknown.select("resource", "period").row(0)
        raise Impossible(f"{resource} has load in {period} but no capacity: give it hours, or move its load.")
    return (
        capacity.join(loads, on=["resource", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("load").fill_null(0.0))
        .with_columns(
            utilisation=pl.when(pl.col("hours") > 0).then(pl.col("load") / pl.col("hours")),
            over=pl.max_horizontal(pl.lit(0.0), pl.col("load") - pl.col("hours")),
        )
    )


def by_shares(plan: pl.DataFrame, hours_per_unit: dict[str, float], shares: dict[str, float]) -> pl.DataFrame:
    """CPOF: all hours of the plan, dealt to resources by their historical shares; blind to the mix.

    >>> plan = pl.DataFrame({"item": ["A", "B"], "period": [1, 1], "quantity": [33.0, 17.0]})
    >>> out = by_shares(plan, {"A": 0.95, "B": 1.85}, {"WC100": 0.603, "WC200": 0.304, "WC300": 0.093})
    >>> [round(hours, 2) for hours in out["load"]]
    [37.87, 19.09, 5.84]
    """
    per_unit = pl.DataFrame({"item": list(hours_per_unit), "per_unit": list(hours_per_unit.values())})
    total = (
        plan.join(per_unit, on="item", how="left", maintain_order="left")
        .group_by("period", maintain_order=True)
        .agg((pl.col("quantity") * pl.col("per_unit")).sum().alias("total"))
    )
    dealt = pl.DataFrame({"resource": list(shares), "share": list(shares.values())})
    return dealt.join(total, how="cross").select("resource", "period", load=pl.col("total") * pl.col("share"))


def by_profile(plan: pl.DataFrame, profile: pl.DataFrame) -> pl.DataFrame:
    """Resource profile: hours set back before the plan's period (profile: item, resource, before, hours).

    Work that would lie before period 1 counts in period 1.
    """
    return (
        plan.join(profile, on="item", how="inner", maintain_order="left")
        .with_columns(period=pl.max_horizontal(pl.lit(1), pl.col("period") - pl.col("before")))
        .group_by("resource", "period", maintain_order=True)
        .agg((pl.col("quantity") * pl.col("hours")).sum().alias("load"))
        .sort("resource", "period")
    )
