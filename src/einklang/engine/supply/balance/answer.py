"""The plan read back from the model: tables, prices, cost lines, and the bottlenecks in sentences."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.linear import Floats, Solution
from einklang.engine.supply.balance.blocks import Blocks, values_at
from einklang.engine.supply.balance.bottlenecks import Bottleneck, bottlenecks, tight_limits
from einklang.engine.supply.balance.flow import opening, sources
from einklang.engine.supply.balance.limits import fences, hours_by_head
from einklang.engine.supply.balance.places import Ints
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Plan:
    """A balanced plan; ``bound`` is what no plan can beat, ``gap`` the distance to it as a share.

    ``plan``: item[, site], period, make, subcontract (both by start), received, moved_in, moved_out, used,
    ship, stock, backlog, lost, short, excess, expired. Stock before + received + moved_in = moved_out + used
    + ship + expired + stock.
    ``demand``: item[, site][, segment], period, quantity, ship, backlog, lost, shadow_price (what one more
    unit asked for would cost; in a profit plan, what serving it would cost before its price).
    ``resources``: resource, period, regular, overtime, workers, hired, fired, load, capacity, shadow_price.
    ``purchases``: supplier, item[, site], period, quantity, price, limit, shadow_price.
    ``transfers``: item, from_site, to_site, period, arrives, quantity.
    ``prices``: item[, site], period, level, price, share.
    ``changes``: item[, site], period, why (frozen, fixed, free), former, make.
    ``limits``: kind, name, period, limit, shadow_price: every limit that binds and what a unit more is worth.
    ``cost``: kind, amount; sums to ``objective`` (in a profit plan revenue counts up and cost down).
    """

    plan: pl.DataFrame
    demand: pl.DataFrame
    resources: pl.DataFrame
    purchases: pl.DataFrame
    transfers: pl.DataFrame
    prices: pl.DataFrame
    changes: pl.DataFrame
    limits: pl.DataFrame
    cost: pl.DataFrame
    objective: float
    bound: float
    gap: float
    proven: bool
    bottlenecks: tuple[Bottleneck, ...]
    notes: tuple[str, ...]

    def sentences(self) -> list[str]:
        """What holds this plan back, dearest first."""
        return [bottleneck.sentence() for bottleneck in self.bottlenecks]


def answer(problem: Problem, blocks: Blocks, found: Solution, prices: Floats) -> Plan:
    """Tables, cost lines and bottlenecks of one solution."""
    sign = -1.0 if problem.settings.objective == "profit" else 1.0
    constant = sum(blocks.constant.values())
    lines = blocks.model.by_kind(found.values)
    for kind, amount in blocks.constant.items():
        lines[kind] = lines.get(kind, 0.0) + amount
    cost = pl.DataFrame(
        {"kind": list(lines), "amount": [sign * amount for amount in lines.values()]},
        schema={"kind": pl.String, "amount": pl.Float64},
    ).filter(pl.col("amount").abs() > NOTHING)
    resources = _resources(problem, blocks, found.values, prices)
    limits = tight_limits(problem, blocks, prices)
    gap = abs(found.objective - found.bound) / max(1e-9, abs(found.objective + constant))
    return Plan(
        plan=_plan(problem, blocks, found.values),
        demand=_demand(problem, blocks, found.values, prices),
        resources=resources,
        purchases=_purchases(problem, blocks, found.values, prices),
        transfers=_transfers(problem, blocks, found.values),
        prices=_prices(problem, blocks, found.values),
        changes=_changes(problem, blocks, found.values),
        limits=limits,
        cost=cost,
        objective=sign * (found.objective + constant),
        bound=sign * (found.bound + constant),
        gap=gap,
        proven=found.proven,
        bottlenecks=bottlenecks(problem, resources, limits),
        notes=tuple(problem.notes),
    )


def _grid(names: dict[str, list[str]], periods: list[str]) -> dict[str, pl.Series]:
    """Names by row, repeated for every period."""
    count = len(next(iter(names.values())))
    by_row = np.repeat(np.arange(count), len(periods))
    spread = {name: pl.Series(of, dtype=pl.String).gather(by_row) for name, of in names.items()}
    return {
        **spread,
        "period": pl.Series(periods, dtype=pl.String).gather(np.tile(np.arange(len(periods)), count)),
    }


def _named(problem: Problem, of: Ints | None = None) -> dict[str, list[str]]:
    """Item and, where there are several, site of these places."""
    places = problem.places
    rows = range(len(places)) if of is None else of.tolist()
    names = {"item": [places.items[row] for row in rows]}
    return {**names, "site": [places.sites[row] for row in rows]} if places.sited else names


def clean(values: Floats) -> Floats:
    """Figures without the solver's dust: nothing below a millionth, nothing after the ninth digit."""
    return np.where(np.abs(values) < NOTHING, 0.0, np.round(values, 9))


def _plan(problem: Problem, blocks: Blocks, x: Floats) -> pl.DataFrame:
    def by_place(columns: Ints, place: Ints) -> Floats:
        total = np.zeros(problem.shape)
        np.add.at(total, place, values_at(x, columns))
        return total

    lines, draws, lanes = problem.lines, problem.draws, problem.lanes
    started = values_at(x, blocks.make) + values_at(x, blocks.subcontract)
    used = np.zeros(problem.shape)
    np.add.at(used, draws.component, started[draws.parent] * draws.quantity)
    received, moved_in = opening(problem), np.zeros(problem.shape)
    received[:, 0] -= np.nan_to_num(problem.item["initial_stock"])
    for source in sources(problem, blocks):
        into, values = (moved_in if source.moved else received), values_at(x, source.columns)
        for lead, mine in source.by_lead():
            if lead < problem.shape[1]:
                arrives = values[mine, : problem.shape[1] - lead] * source.share[mine, None]
                np.add.at(into[:, lead:], source.place[mine], arrives)
    columns = {
        "make": values_at(x, blocks.make),
        "subcontract": values_at(x, blocks.subcontract),
        "received": received,
        "moved_in": moved_in,
        "moved_out": by_place(blocks.moves, lanes.source),
        "used": used,
        "ship": by_place(blocks.ship, lines.place),
        "stock": values_at(x, blocks.stock),
        "backlog": by_place(blocks.backlog, lines.place),
        "lost": by_place(blocks.lost, lines.place),
        "short": values_at(x, blocks.short),
        "excess": values_at(x, blocks.excess),
        "expired": values_at(x, blocks.expired),
    }
    grid = _grid(_named(problem), problem.periods)
    return pl.DataFrame({**grid, **{name: clean(values).ravel() for name, values in columns.items()}})


def _demand(problem: Problem, blocks: Blocks, x: Floats, prices: Floats) -> pl.DataFrame:
    """Demand as it is served; where prices may fall, that of the price steps together."""
    lines = problem.lines
    share = np.ones(lines.need.shape)
    stepped = lines.step >= 0
    share[stepped] = values_at(x, blocks.steps[lines.step[stepped]])
    names = _named(problem, lines.place)
    if problem.segmented:
        names["segment"] = lines.segment
    dual = values_at(prices, blocks.demand_rows)
    table = pl.DataFrame(
        {
            **_grid(names, problem.periods),
            "quantity": clean(lines.need * share).ravel(),
            "ship": clean(values_at(x, blocks.ship)).ravel(),
            "backlog": clean(values_at(x, blocks.backlog)).ravel(),
            "lost": clean(values_at(x, blocks.lost)).ravel(),
            "shadow_price": clean(dual).ravel(),
        }
    )
    if not stepped.any():
        return table
    keys = [*names, "period"]
    weight = pl.Series("weight", share.ravel())
    return (
        table.with_columns(weight)
        .group_by(keys, maintain_order=True)
        .agg(
            pl.col("quantity", "ship", "backlog", "lost").sum(),
            pl.col("shadow_price").sort_by("weight", descending=True).first(),
        )
    )


def _resources(problem: Problem, blocks: Blocks, x: Floats, prices: Floats) -> pl.DataFrame:
    staff = problem.staff
    overtime, workers = values_at(x, blocks.overtime), values_at(x, blocks.workers)
    load = blocks.model.left_side(x, blocks.hour_rows, without=_without(blocks)) if staff.names else overtime
    capacity = np.where(staff.has_crew[:, None], workers * hours_by_head(problem), staff.hours)
    return pl.DataFrame(
        {
            **_grid({"resource": staff.names}, problem.periods),
            "regular": clean(np.maximum(0.0, load - overtime)).ravel(),
            "overtime": clean(overtime).ravel(),
            "workers": clean(workers).ravel(),
            "hired": clean(values_at(x, blocks.hired)).ravel(),
            "fired": clean(values_at(x, blocks.fired)).ravel(),
            "load": clean(load).ravel(),
            "capacity": capacity.ravel(),
            "shadow_price": clean(-values_at(prices, blocks.hour_rows)).ravel(),
        }
    )


def _without(blocks: Blocks) -> list[Ints]:
    """What stands in the hour rows but uses no hours."""
    return [block[block >= 0] for block in (blocks.overtime, blocks.workers)]


def _purchases(problem: Problem, blocks: Blocks, x: Floats, prices: Floats) -> pl.DataFrame:
    offers = problem.offers
    worth = np.zeros(offers.price.shape)
    for one in blocks.limits:
        if one.kind == "supplier maximum":
            worth = np.maximum(0.0, -values_at(prices, one.rows))
    bought = clean(values_at(x, blocks.offers))
    names = {"supplier": offers.supplier, **_named(problem, offers.place)}
    return pl.DataFrame(
        {
            **_grid(names, problem.periods),
            "quantity": bought.ravel(),
            "price": offers.price.ravel(),
            "limit": pl.Series(offers.most.ravel()).replace(np.inf, None),
            "shadow_price": clean(worth).ravel(),
        }
    ).filter((pl.col("quantity") > 0) | (pl.col("shadow_price") > 0))


def _transfers(problem: Problem, blocks: Blocks, x: Floats) -> pl.DataFrame:
    lanes, places, periods = problem.lanes, problem.places, problem.periods
    names = {
        "item": [places.items[place] for place in lanes.source.tolist()],
        "from_site": [places.sites[place] for place in lanes.source.tolist()],
        "to_site": [places.sites[place] for place in lanes.target.tolist()],
    }
    arrives = np.arange(len(periods))[None, :] + lanes.lead[:, None]
    named = pl.Series([*periods, None], dtype=pl.String)
    return pl.DataFrame(
        {
            **_grid(names, periods),
            "arrives": named.gather(np.minimum(arrives, len(periods)).ravel()),
            "quantity": clean(values_at(x, blocks.moves)).ravel(),
        }
    ).filter(pl.col("quantity") > 0)


def _prices(problem: Problem, blocks: Blocks, x: Floats) -> pl.DataFrame:
    steps = problem.steps
    grid = _grid({**_named(problem, steps.place), "level": steps.name}, problem.periods)
    period = grid.pop("period")
    level = grid.pop("level")
    return pl.DataFrame(
        {
            **grid,
            "period": period,
            "level": level,
            "price": steps.price.ravel(),
            "share": clean(values_at(x, blocks.steps)).ravel(),
        }
    ).filter(pl.col("share") > 0)


def _changes(problem: Problem, blocks: Blocks, x: Floats) -> pl.DataFrame:
    """Where the plan leaves the former one or a fixed quantity, and by how much."""
    former = problem.former
    frozen, fixed = fences(problem)
    wanted = np.where(fixed, former.fixed, former.make)
    make = values_at(x, blocks.make)
    why = np.where(fixed, "fixed", np.where(frozen, "frozen", "free"))
    differs = ~np.isnan(wanted) & (np.abs(make - np.nan_to_num(wanted)) > 1e-5)
    grid = pl.DataFrame(_grid(_named(problem), problem.periods))
    return grid.with_columns(
        why=pl.Series(why.ravel().astype(str), dtype=pl.String),
        former=pl.Series(wanted.ravel()),
        make=pl.Series(clean(make).ravel()),
    ).filter(pl.Series(differs.ravel()))
