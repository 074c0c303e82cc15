"""The tables of one balance, checked and laid out as arrays by item, resource and period."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply import bom as bills
from einklang.engine.supply.frames import (
    BALANCE_DEMAND,
    BALANCE_ITEMS,
    BALANCE_RECEIPTS,
    PERIODS,
    RESOURCES,
    ROUTING,
    known,
    whole_table,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WHOLE = ("workers", "lots", "setups")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to balance: for least cost or most profit, and what must be a whole number."""

    objective: Literal["cost", "profit"] = "cost"
    end_backlog: Literal["forbid", "allow"] = "forbid"
    integer: tuple[str, ...] = ()
    service_first: bool = False
    seconds: float = 120.0
    gap: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse words the model does not know."""
        strange = [
            Fault("settings", None, name, str(value), "one of " + ", ".join(allowed))
            for name, value, allowed in (
                ("objective", self.objective, ("cost", "profit")),
                ("end_backlog", self.end_backlog, ("forbid", "allow")),
                *(("integer", word, WHOLE) for word in self.integer),
            )
            if value not in allowed
        ]
        if strange:
            raise BadTable(strange)


@dataclass(slots=True)
class Problem:
    """One balance as arrays: items I, periods T, resources R; ``nan`` in a cost means: not allowed."""

    items: list[str]
    periods: list[str]
    resources: list[str]
    settings: Settings
    days: Floats
    item: dict[str, Floats]
    demand: Floats
    asked: npt.NDArray[np.bool_]
    coming: Floats
    price: Floats
    tree: bills.Structure
    hours: Floats
    overtime: Floats
    overtime_cost: Floats
    crew: dict[str, Floats]
    route_item: Ints
    route_resource: Ints
    route_hours: Floats
    setup_hours: Floats
    setup_cost: Floats
    notes: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Items by periods."""
        return len(self.items), len(self.periods)

    @property
    def has_crew(self) -> npt.NDArray[np.bool_]:
        """Which resources are a workforce the plan may size."""
        return ~np.isnan(self.crew["initial_workers"])


def read(
    periods: pl.DataFrame,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    resources: pl.DataFrame | None,
    routing: pl.DataFrame | None,
    bom: pl.DataFrame | None,
    receipts: pl.DataFrame | None,
    settings: Settings,
) -> Problem:
    """Check every table against the others and lay them out."""
    buckets = whole_table(PERIODS, periods)
    goods = whole_table(BALANCE_ITEMS, items)
    wanted = whole_table(BALANCE_DEMAND, demand)
    routes = whole_table(ROUTING, routing)
    if not buckets.height or not goods.height:
        raise BadTable([Fault("periods" if goods.height else "items", None, None, "no rows", "at least one")])
    known(wanted, "item", goods["item"], called="demand", among="items")
    known(wanted, "period", buckets["period"], called="demand", among="periods")
    known(routes, "item", goods["item"], called="routing", among="items")
    if bom is not None and bom.height:
        for column in ("parent", "component"):
            known(bom, column, goods["item"], called="bom", among="items")
    at_item = {name: index for index, name in enumerate(goods["item"])}
    at_period = {name: index for index, name in enumerate(buckets["period"])}
    need, price = _need_and_price(wanted, at_item, at_period, settings)
    names, capacity, crew = _resources(resources, buckets["period"].to_list())
    known(routes, "resource", pl.Series(names, dtype=pl.String), called="routing", among="resources")
    at_resource = {name: index for index, name in enumerate(names)}
    coming = _coming(receipts, at_item, at_period)
    problem = Problem(
        goods["item"].to_list(), buckets["period"].to_list(), names, settings,
        buckets["working_days"].fill_null(0.0).to_numpy(),
        {name: goods[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in goods.columns[1:]},
        need, need.sum(axis=1) > 0, coming, price, bills.structure(bom, goods["item"].to_list()),
        capacity["hours"], capacity["overtime_hours"], capacity["overtime_cost"], crew,
        np.array([at_item[name] for name in routes["item"]], dtype=np.int64),
        np.array([at_resource[name] for name in routes["resource"]], dtype=np.int64),
        routes["hours"].to_numpy(), routes["setup_hours"].fill_null(0.0).to_numpy(),
        routes["setup_cost"].fill_null(0.0).to_numpy(),
    )  # fmt: skip
    problem.asked |= np.nan_to_num(problem.item["initial_backlog"]) > 0
    _note_what_is_left_out(problem)
    return problem


def _need_and_price(
    wanted: pl.DataFrame, at_item: dict[str, int], at_period: dict[str, int], settings: Settings
) -> tuple[Floats, Floats]:
    """Demand and its price by item and period; profit cannot be told without every price."""
    if settings.objective == "profit" and wanted["price"].null_count():
        first = wanted["price"].is_null().arg_true()[0]
        raise BadTable(
            [Fault("demand", first + 1, "price", "nothing", "a price: profit needs one for each demand")]
        )
    need, price = np.zeros((len(at_item), len(at_period))), np.zeros((len(at_item), len(at_period)))
    at = ([at_item[name] for name in wanted["item"]], [at_period[name] for name in wanted["period"]])
    need[at], price[at] = wanted["quantity"].to_numpy(), wanted["price"].fill_null(0.0).to_numpy()
    return need, price


def _coming(table: pl.DataFrame | None, at_item: dict[str, int], at_period: dict[str, int]) -> Floats:
    rows = whole_table(BALANCE_RECEIPTS, table)
    known(rows, "item", pl.Series(list(at_item)), called="receipts", among="items")
    known(rows, "period", pl.Series(list(at_period)), called="receipts", among="periods")
    coming = np.zeros((len(at_item), len(at_period)))
    where = ([at_item[name] for name in rows["item"]], [at_period[name] for name in rows["period"]])
    np.add.at(coming, where, rows["quantity"].to_numpy())
    return coming


def _resources(
    table: pl.DataFrame | None, periods: list[str]
) -> tuple[list[str], dict[str, Floats], dict[str, Floats]]:
    """Hours by resource and period; a row without a period holds for all of them."""
    rows = whole_table(RESOURCES, table)
    dated = rows.filter(pl.col("period").is_not_null())
    known(dated, "period", pl.Series(periods, dtype=pl.String), called="resources", among="periods")
    names = rows["resource"].unique(maintain_order=True).to_list()
    grid = pl.DataFrame({"resource": names}, schema={"resource": pl.String}).join(
        pl.DataFrame({"period": periods}, schema={"period": pl.String}), how="cross"
    )
    columns = ["hours", "overtime_hours", "overtime_cost"]
    always = rows.filter(pl.col("period").is_null()).select("resource", *columns)
    filled = grid.join(
        dated.select("resource", "period", *columns),
        on=["resource", "period"],
        how="left",
        maintain_order="left",
    ).join(always, on="resource", how="left", suffix="_always", maintain_order="left")
    shape = (len(names), len(periods))
    capacity = {
        name: filled.select(pl.coalesce(name, f"{name}_always"))
        .to_series()
        .fill_null(0.0)
        .to_numpy()
        .reshape(shape)
        for name in columns
    }
    crews = rows.group_by("resource", maintain_order=True).first()
    crew = {
        name: crews[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in (
            "initial_workers",
            "hours_per_worker_day",
            "wage_per_hour",
            "overtime_per_worker",
            "hire_cost",
            "fire_cost",
        )
    }
    return names, capacity, crew


def _note_what_is_left_out(problem: Problem) -> None:
    """Say which data this run does not use, so that nobody reads it into the plan."""
    chosen = problem.settings.integer
    if "setups" not in chosen and (problem.setup_hours.any() or problem.setup_cost.any()):
        problem.notes.append(
            "Set-up hours and costs are not in this plan; add setups to integer to plan them."
        )
    sized = np.nan_to_num(problem.item["lot_min"]).any() or np.nan_to_num(problem.item["lot_multiple"]).any()
    if "lots" not in chosen and sized:
        problem.notes.append(
            "Lot minimum and multiple are not in this plan; add lots to integer to plan them."
        )
