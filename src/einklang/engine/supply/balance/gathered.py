"""The tables of a balance by family, gathered from those of its items: quantities summed, units averaged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.supply.balance.frames import CONTRACTS, LANES, Tables
from einklang.engine.supply.balance.jit import JustInTime
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Problem
from einklang.engine.supply.frames import whole_table

AVERAGED = (
    "material_cost", "holding_cost", "backorder_cost", "lost_sale_cost", "safety_cost", "excess_cost",
    "subcontract_cost", "expiry_cost", "end_value", "change_cost", "yield",
)  # fmt: skip
SUMMED = ("initial_backlog", "final_stock", "safety_stock", "policy_stock", "max_stock", "subcontract_max")


@dataclass(frozen=True, slots=True)
class Heads:
    """The rows of the smaller balance, and what is summed and averaged into them."""

    row: Ints
    names: list[str]
    sites: list[str]
    problem: Problem
    plan: JustInTime

    @property
    def weight(self) -> Floats:
        """What each place makes over the horizon; an item that makes nothing weighs next to nothing."""
        made = self.plan.started.sum(axis=1) + self.plan.used.sum(axis=1)
        return np.asarray(made + 1e-9, dtype=np.float64)

    def total(self, values: Floats) -> Floats:
        """Sums by row; ``nan`` counts as nothing."""
        total = np.zeros((len(self.names), *values.shape[1:]))
        np.add.at(total, self.row, np.nan_to_num(values, posinf=np.inf))
        return total

    def mean(self, values: Floats) -> Floats:
        """Weighted averages by row over the places that have a value; ``nan`` where none has."""
        known = ~np.isnan(values)
        weight = np.bincount(self.row, weights=self.weight * known, minlength=len(self.names))
        amount = np.bincount(self.row, weights=self.weight * np.nan_to_num(values), minlength=len(self.names))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(weight > 0, amount / weight, np.nan), dtype=np.float64)

    def labels(self, at: Ints) -> dict[str, pl.Series]:
        """Item and site of these rows."""
        named = {"item": pl.Series(self.names, dtype=pl.String).gather(at)}
        if self.problem.places.sited:
            named["site"] = pl.Series(self.sites, dtype=pl.String).gather(at)
        return named

    def periods(self, at: Ints) -> pl.Series:
        """The names of these periods."""
        return pl.Series(self.problem.periods, dtype=pl.String).gather(at)


def floor(problem: Problem) -> Floats:
    """Stock that is to stay: what safety and the end of the horizon ask for."""
    final = np.nan_to_num(problem.item["final_stock"])
    return np.asarray(np.maximum(problem.safety.max(axis=1, initial=0.0), final), dtype=np.float64)


def items(head: Heads) -> pl.DataFrame:
    """Costs averaged, quantities summed; a limit that one item lacks is no limit."""
    item, count = head.problem.item, len(head.names)
    columns: dict[str, Floats] = {name: head.mean(item[name]) for name in AVERAGED}
    size = np.bincount(head.row, minlength=count)
    for name in SUMMED:
        known = np.bincount(head.row, weights=~np.isnan(item[name]), minlength=count)
        partial = name in ("max_stock", "subcontract_max", "policy_stock")
        columns[name] = np.where((known < size) if partial else (known == 0), np.nan, head.total(item[name]))
    columns["initial_stock"] = head.total(
        np.minimum(floor(head.problem), np.nan_to_num(item["initial_stock"]))
    )
    life = np.full(count, np.inf)
    np.minimum.at(life, head.row, np.where(np.isnan(item["shelf_life"]), np.inf, item["shelf_life"]))
    mixed = head.total(np.isnan(item["shelf_life"]).astype(np.float64)) > 0
    columns["shelf_life"] = np.where(mixed, np.nan, life)
    columns["lead_time"] = head.mean(head.problem.lead.astype(np.float64)).round()
    table = pl.DataFrame({**head.labels(np.arange(count)), **columns})
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def demand(head: Heads) -> pl.DataFrame:
    """Demand summed by row and segment; its price is the average of what is asked for."""
    lines = head.problem.lines
    line, period = np.nonzero(lines.need)
    table = pl.DataFrame(
        {
            "row": head.row[lines.place[line]],
            "segment": pl.Series(lines.segment, dtype=pl.String).gather(line),
            "at": period,
            "quantity": lines.need[line, period],
            "worth": lines.need[line, period] * lines.price[line, period],
        }
    )
    summed = table.group_by("row", "segment", "at", maintain_order=True).agg(
        pl.col("quantity", "worth").sum()
    )
    named = {**head.labels(summed["row"].to_numpy()), "period": head.periods(summed["at"].to_numpy())}
    if head.problem.segmented:
        named["segment"] = summed["segment"].replace("", None)
    return pl.DataFrame(
        {**named, "quantity": summed["quantity"], "price": summed["worth"] / summed["quantity"]}
    )


def receipts(head: Heads) -> pl.DataFrame:
    """Stock and open receipts when their own items use them up."""
    used = head.total(head.plan.used)
    at, period = np.nonzero(used)
    return pl.DataFrame({**head.labels(at), "period": head.periods(period), "quantity": used[at, period]})


def routing(head: Heads) -> pl.DataFrame:
    """Hours of an average unit on each resource, set-ups included."""
    routes = head.problem.routes
    made = head.plan.started.sum(axis=1)
    weight = head.weight[routes.place]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_unit = np.where(made > 0, _lots(head.problem, head.plan) / made, 0.0)[routes.place]
    table = pl.DataFrame(
        {
            "row": head.row[routes.place],
            "resource": pl.Series(head.problem.staff.names, dtype=pl.String).gather(routes.resource),
            "hours": weight * (routes.hours + routes.setup_hours * by_unit),
        }
    )
    whole = np.bincount(head.row, weights=head.weight, minlength=len(head.names))
    summed = table.group_by("row", "resource", maintain_order=True).agg(pl.col("hours").sum())
    at = summed["row"].to_numpy()
    return pl.DataFrame(
        {**head.labels(at), "resource": summed["resource"], "hours": summed["hours"].to_numpy() / whole[at]}
    )


def _lots(problem: Problem, plan: JustInTime) -> Floats:
    """How many lots each place would make by itself: one a period, fewer where set-ups are dear."""
    routes, periods = problem.routes, problem.shape[1]
    cost = np.bincount(routes.place, weights=routes.setup_cost, minlength=len(problem.places))
    held = np.nan_to_num(problem.item["holding_cost"])
    with np.errstate(divide="ignore", invalid="ignore"):
        cover = np.sqrt(2 * cost / (held * plan.started.mean(axis=1)))
    needed = (plan.started > 0).sum(axis=1)
    fewest = periods / np.maximum(1.0, np.nan_to_num(cover, nan=1.0, posinf=periods))
    return np.asarray(np.minimum(needed, fewest), dtype=np.float64)


def bom(head: Heads) -> pl.DataFrame:
    """What an average unit draws of each component row."""
    draws, made = head.problem.draws, head.plan.started + 1e-9 / head.problem.shape[1]
    table = pl.DataFrame(
        {
            "parent": head.row[draws.parent],
            "component": head.row[draws.component],
            "drawn": (made[draws.parent] * draws.quantity).sum(axis=1),
        }
    ).with_columns(
        pl.col("parent", "component").map_elements(lambda row: head.names[row], return_dtype=pl.String)
    )
    whole: dict[str, float] = {}
    for name, amount in zip((head.names[row] for row in head.row), made.sum(axis=1).tolist(), strict=True):
        whole[name] = whole.get(name, 0.0) + amount
    summed = table.group_by("parent", "component", maintain_order=True).agg(pl.col("drawn").sum())
    per_unit = summed["drawn"] / summed["parent"].replace_strict(whole, return_dtype=pl.Float64)
    return summed.select("parent", "component").with_columns(quantity=per_unit)


def suppliers(head: Heads) -> pl.DataFrame | None:
    """What suppliers sell of a row, by period: prices averaged, limits summed."""
    offers = head.problem.offers
    if not len(offers):
        return None
    offer, period = np.nonzero(np.ones(offers.price.shape, dtype=bool))
    place = offers.place[offer]
    weight = head.weight[place]
    table = pl.DataFrame(
        {
            "supplier": pl.Series(offers.supplier, dtype=pl.String).gather(offer),
            "row": head.row[place],
            "at": period,
            "weight": weight,
            "price": weight * offers.price[offer, period],
            "minimum": offers.least[offer, period],
            "maximum": offers.most[offer, period],
            "lead_time": offers.lead[offer],
        }
    )
    summed = table.group_by("supplier", "row", "at", maintain_order=True).agg(
        pl.col("price").sum() / pl.col("weight").sum(),
        pl.col("minimum", "maximum").sum(),
        pl.col("lead_time").max().cast(pl.Float64),
    )
    named = {**head.labels(summed["row"].to_numpy()), "period": head.periods(summed["at"].to_numpy())}
    return summed.select(
        "supplier",
        *[values.alias(name) for name, values in named.items()],
        "price",
        "minimum",
        pl.when(pl.col("maximum").is_finite()).then(pl.col("maximum")).alias("maximum"),
        "lead_time",
    )


def _renamed(table: pl.DataFrame, names: Mapping[str, str], keys: list[str]) -> pl.DataFrame:
    """Items become their rows' names; what then stands twice is summed, or averaged if it is by unit."""
    renamed = table.with_columns(pl.col("item").replace(dict(names)))
    summed = [name for name in ("minimum", "maximum", "max") if name in table.columns]
    averaged = [name for name in ("cost", "hours") if name in table.columns]
    longest = [name for name in ("lead_time",) if name in table.columns]
    return renamed.group_by(keys, maintain_order=True).agg(
        *[pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name) for name in summed],
        pl.col(averaged).mean(),
        pl.col(longest).max(),
    )


def contracts(tables: Tables, names: Mapping[str, str]) -> pl.DataFrame | None:
    """Suppliers' totals over the items of a row."""
    if tables.contracts is None:
        return None
    return _renamed(whole_table(CONTRACTS, tables.contracts), names, ["supplier", "item", "period"])


def lanes(tables: Tables, names: Mapping[str, str]) -> pl.DataFrame | None:
    """Ways between sites: costs averaged, maxima summed."""
    if tables.lanes is None:
        return None
    return _renamed(whole_table(LANES, tables.lanes), names, ["item", "from_site", "to_site", "resource"])


def former(head: Heads) -> pl.DataFrame:
    """The plan approved last, summed."""
    return _by_period(
        head, {"make": head.problem.former.make, "subcontract": head.problem.former.subcontract}
    )


def targets(head: Heads) -> pl.DataFrame:
    """Stock targets by period, summed; a limit that one item lacks is none."""
    problem = head.problem
    summed = {"safety_stock": problem.safety, "policy_stock": problem.policy, "max_stock": problem.room}
    return _by_period(head, summed)


def _by_period(head: Heads, values: Mapping[str, Floats]) -> pl.DataFrame:
    count, periods = len(head.names), len(head.problem.periods)
    at, period = np.repeat(np.arange(count), periods), np.tile(np.arange(periods), count)
    columns = {name: pl.Series(head.total(grid).ravel()) for name, grid in values.items()}
    return pl.DataFrame({**head.labels(at), "period": head.periods(period), **columns}).with_columns(
        pl.when(pl.col(name).is_finite() & (pl.col(name) < 1e300)).then(pl.col(name)).alias(name)
        for name in columns
    )
