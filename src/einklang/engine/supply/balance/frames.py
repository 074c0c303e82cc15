"""The tables of a balance: what stands in each, in which unit, and what a blank means.

Quantities are in the item's unit, hours are clock hours, money is in the company's currency. Periods go
by name, in the order of the table ``periods``. A blank ``site`` means the only site the item stands at.
"""

from dataclasses import dataclass

import polars as pl

from einklang.engine.frames import Column, Frame, number, text, whole


def _numbers(**units: str) -> dict[str, Column]:
    """Columns that may be absent or blank, and are never negative."""
    return {name: number(unit, optional=True, blank=True, at_least=0) for name, unit in units.items()}


SITE = {"site": text(optional=True, blank=True)}
PERIODS = Frame(
    "periods", {"period": text(), "working_days": number("days", blank=True, at_least=0)}, ("period",)
)
ITEMS = Frame(
    "items",
    {
        "item": text(),
        **SITE,
        "material_cost": number("money per unit", blank=True, at_least=0),
        "holding_cost": number("money per unit and period", blank=True, at_least=0),
        **_numbers(
            backorder_cost="money per unit and period",
            lost_sale_cost="money per unit",
            initial_stock="units",
            initial_backlog="units",
            final_stock="units",
            safety_stock="units",
            safety_cost="money per unit short and period",
            policy_stock="units, the most the policy wants",
            excess_cost="money per unit above the policy and period",
            max_stock="units",
            subcontract_cost="money per unit",
            subcontract_max="units per period",
            lot_min="units",
            lot_multiple="units",
            shelf_life="periods",
            expiry_cost="money per unit thrown away",
            lead_time="periods",
            end_value="money per unit left at the end",
            change_cost="money per unit changed against the former plan",
        ),
        "yield": number("share that comes out good", optional=True, blank=True, at_least=0),
        "unit": text(optional=True, blank=True),
        "kind": text(optional=True, blank=True),
    },
    ("item", "site"),
    "What is balanced, by site where there are several; a blank cost means that this way out is not allowed.",
)
DEMAND = Frame(
    "demand",
    {
        "item": text(),
        **SITE,
        "segment": text(optional=True, blank=True),
        "period": text(),
        "quantity": number("units", at_least=0),
        "price": number("money per unit", optional=True, blank=True, at_least=0),
        "unit": text(optional=True, blank=True),
    },
    ("item", "site", "segment", "period"),
    "What is asked for, by segment where segments are served differently.",
)
SEGMENTS = Frame(
    "segments",
    {
        "segment": text(),
        **_numbers(
            backorder_cost="money per unit and period",
            lost_sale_cost="money per unit",
            lost_share="share of a period's demand",
        ),
    },
    ("segment",),
    "How each segment may be served: a column that is there replaces the items' cost, blank = not allowed.",
)
RECEIPTS = Frame(
    "receipts",
    {"item": text(), **SITE, "period": text(), "quantity": number("units", at_least=0)},
    (),
    "What is already on its way: made or bought before this plan, free of further cost and hours.",
)
BILL = Frame(
    "bom",
    {
        "parent": text(),
        "component": text(),
        "quantity": number("units per parent", at_least=0),
        "scrap": number("share", optional=True, blank=True, at_least=0),
        "valid_from": whole("number of the period", optional=True, blank=True),
        "valid_to": whole("number of the period", optional=True, blank=True),
        "unit": text(optional=True, blank=True),
    },
    (),
    "What goes into what; drawn at the parent's site in the period the parent is started.",
)
RESOURCES = Frame(
    "resources",
    {
        "resource": text(),
        "period": text(optional=True, blank=True),
        **_numbers(
            hours="hours per period",
            overtime_hours="hours per period",
            overtime_cost="money per hour",
            efficiency="share of the hours that is worked",
            initial_workers="workers",
            max_workers="workers",
            hours_per_worker_day="hours",
            wage_per_hour="money per hour",
            overtime_per_worker="hours per worker and period",
            hire_cost="money per worker",
            fire_cost="money per worker",
        ),
    },
    ("resource", "period"),
    "Hours by period, or a workforce whose size the plan may change.",
)
ROUTING = Frame(
    "routing",
    {
        "item": text(),
        **SITE,
        "resource": text(),
        "hours": number("hours per unit", at_least=0),
        "setup_hours": number("hours per lot", optional=True, blank=True, at_least=0),
        "setup_cost": number("money per lot", optional=True, blank=True, at_least=0),
    },
    (),
    "The hours one unit takes; an item may visit a resource more than once. No site: at every site.",
)
SUPPLIERS = Frame(
    "suppliers",
    {
        "supplier": text(),
        "item": text(),
        **SITE,
        "period": text(optional=True, blank=True),
        **_numbers(price="money per unit", minimum="units per period", maximum="units per period"),
        "lead_time": number("periods", optional=True, blank=True, at_least=0),
    },
    ("supplier", "item", "site", "period"),
    "Who sells what, at which price and how much; a row with a period goes before the one without.",
)
CONTRACTS = Frame(
    "contracts",
    {
        "supplier": text(),
        "item": text(optional=True, blank=True),
        "period": text(optional=True, blank=True),
        **_numbers(minimum="units in all", maximum="units in all"),
    },
    (),
    "What must and may be bought of a supplier in all: of one item or all, in one period or all.",
)
LANES = Frame(
    "lanes",
    {
        "item": text(optional=True, blank=True),
        "from_site": text(),
        "to_site": text(),
        "cost": number("money per unit", blank=True, at_least=0),
        **_numbers(lead_time="periods", max="units per period"),
        "resource": text(optional=True, blank=True),
        "hours": number("hours per unit", optional=True, blank=True, at_least=0),
    },
    (),
    "Ways between sites; no item: for every item that stands at both, within one maximum.",
)
MARKDOWNS = Frame(
    "markdowns",
    {
        "item": text(),
        **SITE,
        "level": text(),
        "price": number("money per unit", at_least=0),
        "demand_factor": number("times the demand at list price", at_least=0),
        "from": text(optional=True, blank=True),
    },
    ("item", "site", "level"),
    "Lower prices an item may be sold at, and what they do to its demand.",
)
FORMER = Frame(
    "former",
    {
        "item": text(),
        **SITE,
        "period": text(),
        "make": number("units", at_least=0),
        "subcontract": number("units", optional=True, blank=True, at_least=0),
    },
    ("item", "site", "period"),
    "The plan approved last: kept within the fence, changed at a cost beyond it; periods left out are 0.",
)
FIXED = Frame(
    "fixed",
    {"item": text(), **SITE, "period": text(), "make": number("units", at_least=0)},
    ("item", "site", "period"),
    "Quantities a planner has fixed, in any period.",
)
TARGETS = Frame(
    "targets",
    {
        "item": text(),
        **SITE,
        "period": text(),
        **_numbers(
            safety_stock="units",
            safety_cost="money per unit short",
            policy_stock="units",
            max_stock="units",
        ),
    },
    ("item", "site", "period"),
    "Stock targets of one period, where they differ from the item's own.",
)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of one balance, as read; only the first three are needed."""

    periods: pl.DataFrame
    items: pl.DataFrame
    demand: pl.DataFrame
    resources: pl.DataFrame | None = None
    routing: pl.DataFrame | None = None
    bom: pl.DataFrame | None = None
    receipts: pl.DataFrame | None = None
    segments: pl.DataFrame | None = None
    suppliers: pl.DataFrame | None = None
    contracts: pl.DataFrame | None = None
    lanes: pl.DataFrame | None = None
    markdowns: pl.DataFrame | None = None
    former: pl.DataFrame | None = None
    fixed: pl.DataFrame | None = None
    targets: pl.DataFrame | None = None


FRAMES = {
    frame.name: frame
    for frame in (
        PERIODS, ITEMS, DEMAND, RESOURCES, ROUTING, BILL, RECEIPTS, SEGMENTS,
        SUPPLIERS, CONTRACTS, LANES, MARKDOWNS, FORMER, FIXED, TARGETS,
    )
}  # fmt: skip
