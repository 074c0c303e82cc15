"""The plan read back from the model: tables, prices, cost lines, and the bottlenecks in sentences."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.linear import Floats, Solution
from einklang.engine.supply.balance.model import Blocks
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A resource that holds the plan back: when it is full, and what an hour more would be worth."""

    resource: str
    full: tuple[str, ...]
    dearest: str
    price: float

    def sentence(self) -> str:
        """The bottleneck for a reader.

        >>> Bottleneck("press", ("2014-06", "2014-07"), "2014-07", 12.5).sentence()
        'press is full in 2 periods (2014-06 to 2014-07); one more hour in 2014-07 would be worth 12.50.'
        """
        span = self.full[0] if len(self.full) == 1 else f"{self.full[0]} to {self.full[-1]}"
        count = "1 period" if len(self.full) == 1 else f"{len(self.full)} periods"
        worth = f"one more hour in {self.dearest} would be worth {self.price:,.2f}"
        return f"{self.resource} is full in {count} ({span}); {worth}."


@dataclass(frozen=True, slots=True)
class Plan:
    """A balanced plan; ``bound`` is what no plan can beat, ``gap`` the distance to it as a share.

    ``plan``: item, period, make, subcontract, ship, stock, backlog, lost, short, expired.
    ``resources``: resource, period, regular, overtime, workers, hired, fired, load, capacity, shadow_price.
    ``cost``: kind, amount; sums to ``objective`` (in a profit plan revenue counts up and cost down).
    """

    plan: pl.DataFrame
    resources: pl.DataFrame
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
    return Plan(
        _plan(problem, blocks, found.values),
        resources,
        cost,
        sign * (found.objective + constant),
        sign * (found.bound + constant),
        abs(found.objective - found.bound) / max(1e-9, abs(found.objective + constant)),
        found.proven,
        _bottlenecks(problem, resources),
        tuple(problem.notes),
    )


def _grid(rows: list[str], periods: list[str], named: str) -> dict[str, pl.Series]:
    return {
        named: pl.Series(rows, dtype=pl.String).gather(np.repeat(np.arange(len(rows)), len(periods))),
        "period": pl.Series(periods, dtype=pl.String).gather(np.tile(np.arange(len(periods)), len(rows))),
    }


def _clean(values: Floats) -> Floats:
    """Nothing where the solver left dust."""
    return np.where(np.abs(values) < NOTHING, 0.0, values)


def _plan(problem: Problem, blocks: Blocks, x: Floats) -> pl.DataFrame:
    columns = ("make", "subcontract", "ship", "stock", "backlog", "lost", "short", "expired")
    values = {name: _clean(x[getattr(blocks, name)]).ravel() for name in columns}
    return pl.DataFrame({**_grid(problem.items, problem.periods, "item"), **values})


def _resources(problem: Problem, blocks: Blocks, x: Floats, prices: Floats) -> pl.DataFrame:
    overtime, workers = x[blocks.overtime], x[blocks.workers]
    load = np.zeros(overtime.shape)
    np.add.at(load, problem.route_resource, x[blocks.make][problem.route_item] * problem.route_hours[:, None])
    per_worker = np.nan_to_num(problem.crew["hours_per_worker_day"])[:, None] * problem.days[None, :]
    capacity = np.where(problem.has_crew[:, None], workers * per_worker, problem.hours)
    if "setups" in problem.settings.integer:
        # Set-up hours are in the row, not in the routing: what the row uses is the load.
        load = np.maximum(load, _used(blocks, x))
    return pl.DataFrame(
        {
            **_grid(problem.resources, problem.periods, "resource"),
            "regular": _clean(np.maximum(0.0, load - overtime)).ravel(),
            "overtime": _clean(overtime).ravel(),
            "workers": _clean(workers).ravel(),
            "hired": _clean(x[blocks.hired]).ravel(),
            "fired": _clean(x[blocks.fired]).ravel(),
            "load": _clean(load).ravel(),
            "capacity": capacity.ravel(),
            "shadow_price": _clean(-prices[blocks.hour_rows]).ravel()
            if blocks.hour_rows.size
            else np.zeros(0),
        }
    )


def _used(blocks: Blocks, x: Floats) -> Floats:
    """Left sides of the hour rows without overtime and workers."""
    return blocks.model.left_side(x, blocks.hour_rows, without=[blocks.overtime, blocks.workers])


def _bottlenecks(problem: Problem, resources: pl.DataFrame) -> tuple[Bottleneck, ...]:
    """Resources whose hours have a price, the dearest hour first."""
    order = pl.col("period").replace_strict(
        {p: n for n, p in enumerate(problem.periods)}, return_dtype=pl.Int64
    )
    full = (
        resources.filter(pl.col("shadow_price") > NOTHING)
        .with_columns(at=order)
        .sort("at")
        .group_by("resource", maintain_order=True)
        .agg(
            pl.col("period").alias("full"),
            pl.col("period").sort_by("shadow_price", descending=True).first().alias("dearest"),
            pl.col("shadow_price").max().alias("price"),
        )
        .sort("price", descending=True)
    )
    return tuple(Bottleneck(r, tuple(f), d, p) for r, f, d, p in full.iter_rows())
