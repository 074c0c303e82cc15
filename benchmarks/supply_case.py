"""A make-to-stock company drawn at random (always the same one) for the planning benchmarks."""

from dataclasses import dataclass

import numpy as np
import polars as pl

PERIODS = 18
LEVELS = 5
HOURS = 700.0


@dataclass(frozen=True, slots=True)
class Case:
    """The tables of one balance, and the family of each item."""

    periods: pl.DataFrame
    items: pl.DataFrame
    demand: pl.DataFrame
    resources: pl.DataFrame
    routing: pl.DataFrame
    bom: pl.DataFrame
    families: pl.DataFrame


def case(items: int, *, orders: int, resources: int, load: float, families: int = 60) -> Case:
    """``items`` over five levels, ``orders`` for finished ones, work centres loaded to ``load`` on average.

    A made item has two to four components, four in five of them of the next level; the lowest level is
    bought. A family is of one level and has six work centres it is made on, shared with other families.
    Hours per unit are the same for all items of a work centre.
    """
    random = np.random.default_rng(42)
    level = np.minimum(np.arange(items) * LEVELS // items, LEVELS - 1)
    parent, component, quantity = _bills(random, level)
    need = np.zeros((items, PERIODS))
    finished = np.flatnonzero(level == 0)
    np.add.at(
        need,
        (random.choice(finished, orders), random.integers(0, PERIODS, orders)),
        random.choice([1.0, 2.0, 5.0, 10.0, 20.0], orders),
    )
    gross, cost = need.sum(axis=1), random.uniform(1, 20, items)
    for depth in range(LEVELS):
        lines = np.flatnonzero(level[parent] == depth)
        np.add.at(gross, component[lines], gross[parent[lines]] * quantity[lines])
    made = level < LEVELS - 1
    for depth in range(LEVELS - 2, -1, -1):
        lines = np.flatnonzero(level[parent] == depth)
        cost[level == depth] = 1.0
        np.add.at(cost, parent[lines], 1.2 * cost[component[lines]] * quantity[lines])
    family = level + LEVELS * random.integers(0, families // LEVELS, items)
    centre = random.integers(0, resources, (families, 6))[family, random.integers(0, 6, items)]
    units = np.bincount(centre[made], weights=gross[made], minlength=resources)
    per_unit = load * HOURS * PERIODS / np.maximum(units, 1.0)
    name = np.array([f"I{number}" for number in range(items)])
    period = [str(number + 1) for number in range(PERIODS)]
    return Case(
        periods=pl.DataFrame({"period": period, "working_days": [21] * PERIODS}),
        items=_items(random, name, level, cost),
        demand=_demand(name, period, need, cost),
        resources=pl.DataFrame({"resource": [f"R{number}" for number in range(resources)]}).with_columns(
            hours=HOURS, overtime_hours=0.2 * HOURS, overtime_cost=50.0
        ),
        routing=pl.DataFrame(
            {
                "item": name[made],
                "resource": [f"R{number}" for number in centre[made].tolist()],
                "hours": per_unit[centre[made]],
            }
        ),
        bom=pl.DataFrame({"parent": name[parent], "component": name[component], "quantity": quantity}),
        families=pl.DataFrame({"item": name, "family": [f"F{number}" for number in family.tolist()]}),
    )


def _items(
    random: np.random.Generator, name: np.ndarray, level: np.ndarray, cost: np.ndarray
) -> pl.DataFrame:
    """Finished items may be late or lost, made ones subcontracted at half more."""
    finished, made = level == 0, level < LEVELS - 1
    return pl.DataFrame(
        {
            "item": name,
            "material_cost": np.where(made, 0.1 * cost, cost),
            "holding_cost": 0.02 * cost,
            "backorder_cost": np.where(finished, 0.1 * cost, np.nan),
            "lost_sale_cost": np.where(finished, 1.6 * cost, np.nan),
            "subcontract_cost": np.where(made, 1.5 * cost, np.nan),
            "initial_stock": random.integers(0, 51, len(name)).astype(float),
        },
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _demand(name: np.ndarray, period: list[str], need: np.ndarray, cost: np.ndarray) -> pl.DataFrame:
    """What is asked for, at twice its cost."""
    item, at = np.nonzero(need)
    return pl.DataFrame(
        {
            "item": name[item],
            "period": np.array(period)[at],
            "quantity": need[item, at],
            "price": 2.0 * cost[item],
        }
    )


def _bills(random: np.random.Generator, level: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parent, component and quantity of each line."""
    first = np.searchsorted(level, np.arange(LEVELS + 1))
    lines: list[tuple[int, int]] = []
    for item in np.flatnonzero(level < LEVELS - 1).tolist():
        depth = int(level[item])
        for _ in range(int(random.integers(2, 5))):
            below = depth + 1 if random.random() < 0.8 else int(random.integers(depth + 1, LEVELS))
            lines.append((item, int(random.integers(first[below], first[below + 1]))))
    parent, component = np.array(sorted(set(lines))).T
    return parent, component, random.choice([1.0, 1.0, 1.0, 2.0], len(parent))
