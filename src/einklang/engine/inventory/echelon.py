"""Safety stock over several stages: where in a supply tree it protects demand at the least cost.

Guaranteed service (Graves and Willems, "Optimizing strategic safety stock placement in supply chains", 2000).
Each stage promises its successors a service time S and is itself served within SI, the longest of its
suppliers' service times; what its own processing time T does not bridge must lie in stock:

    bridged = SI + T - S   (never negative)        safety stock = z * sd * sqrt(bridged)
    minimise the sum of holding_cost * safety stock over all whole-numbered S and SI

Exact by dynamic programming over the tree: time in whole periods, demand bounded by z deviations.
"""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, number, text, whole
from einklang.engine.inventory.safety import factor

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]
SMALLEST = 1e-200
"""Stands for a weight of nothing: infinity times it still forbids."""

STAGES = Frame(
    "stages",
    {
        "item": text(),
        "lead_time": whole("periods", at_least=0),
        "holding_cost": number("money per unit and period", at_least=0),
        "error_sd": number("units per period", optional=True, blank=True, at_least=0),
        "service": number("share", optional=True, blank=True, at_least=0),
        "promised_time": whole("periods", optional=True, blank=True, at_least=0),
        "supplied_within": whole("periods", optional=True, blank=True, at_least=0),
    },
    ("item",),
    "promised_time: the service time customers outside are promised at most (0 where nothing follows); "
    "supplied_within: the service time of suppliers outside; error_sd above demand follows from below.",
)
LINKS = Frame(
    "network",
    {"item": text(), "goes_into": text(), "quantity": number("units a unit", optional=True, at_least=0)},
    ("item", "goes_into"),
    "Which stage supplies which; quantity is how much one unit takes (1 where there is no such column).",
)


@dataclass(frozen=True, slots=True)
class Network:
    """Stages in an order in which each has at most one neighbour that comes later."""

    order: list[int]
    parent: list[int]
    supplies_parent: list[bool]
    children: list[list[int]] = field(default_factory=list)


@dataclass(slots=True)
class _Choice:
    """For one stage: the least cost by its own time towards the parent, and what attains it."""

    cost: Matrix
    other: Whole


def placed(stages: pl.DataFrame, network: pl.DataFrame, *, service: float = 0.95) -> pl.DataFrame:
    """Safety stock of every stage of a supply tree, at the least holding cost.

    Frames STAGES and LINKS. Columns: item, served_within (its suppliers' service time), service_time
    (what it promises), bridged (periods its stock must bridge), error_sd, safety_stock, cost (per period).
    A network that is not a tree, or runs in a circle, is refused by name.

    >>> stages = pl.DataFrame({"item": ["part", "kit", "machine"], "lead_time": [1, 0, 1],
    ...     "holding_cost": [2.0, 4.0, 7.0], "error_sd": [None, None, 1.0],
    ...     "service": [0.8413447460685429] * 3,  # one deviation
    ...     "promised_time": [None, None, 1], "supplied_within": [1, None, None]})
    >>> links = pl.DataFrame({"item": ["part", "kit"], "goes_into": ["kit", "machine"]})
    >>> round(placed(stages, links)["cost"].sum(), 4)
    2.8284
    """
    table = _whole_table(STAGES.check(stages), service)
    links = LINKS.check(network)
    names = table["item"].to_list()
    above, below = _neighbours(names, links)
    tree = _tree(names, above, below)
    spread = _spread(table, links, names, above, below)
    weight = table["holding_cost"].to_numpy() * factor(table["service"].to_numpy()) * spread
    served, promised = _solve(table, tree, weight, above, below)
    bridged = served + table["lead_time"].to_numpy() - promised
    safety = factor(table["service"].to_numpy()) * spread * np.sqrt(bridged)
    return pl.DataFrame(
        {
            "item": names,
            "served_within": served,
            "service_time": promised,
            "bridged": bridged,
            "error_sd": spread,
            "safety_stock": safety,
            "cost": table["holding_cost"].to_numpy() * safety,
        }
    )


def chain(stages: pl.DataFrame, network: pl.DataFrame) -> pl.DataFrame:
    """The stages of a chain from the one that serves customers upwards; anything else is refused.

    The first stage must say its ``demand``; with ``error_sd`` it is normal, without it Poisson.
    """
    links = LINKS.check(network)
    above = dict(zip(links["goes_into"], links["item"], strict=True))
    ends = set(links["goes_into"]) - set(links["item"])
    names = set(links["item"]) | set(links["goes_into"])
    place = next(iter(ends)) if len(ends) == 1 else None
    order = []
    while place is not None:
        order.append(place)
        place = above.get(place)
    if len(order) != len(names) or links.height != len(names) - 1:
        raise Impossible("Base stocks need a chain: each stage supplies one other, and one serves customers.")
    known = dict(zip(stages["item"].cast(pl.String), range(stages.height), strict=True))
    missing = [name for name in order if name not in known]
    if missing:
        raise Impossible(f"{missing[0]} is in the network and not among the stages.")
    ordered = stages[[known[name] for name in order]]
    if "demand" not in ordered.columns or ordered["demand"][0] is None:
        raise Impossible(f"Say the demand of {order[0]}: it serves the customers.")
    return ordered


def _whole_table(stages: pl.DataFrame, service: float) -> pl.DataFrame:
    """The stages with every column; a service where none is given."""
    kinds = {
        "error_sd": pl.Float64,
        "service": pl.Float64,
        "promised_time": pl.Int64,
        "supplied_within": pl.Int64,
    }
    absent = [pl.lit(None, kind).alias(name) for name, kind in kinds.items() if name not in stages.columns]
    return stages.with_columns(absent).with_columns(pl.col("service").fill_null(service))


def _neighbours(names: list[str], links: pl.DataFrame) -> tuple[list[list[int]], list[list[int]]]:
    """Each stage's suppliers and customers, by row."""
    row = {name: place for place, name in enumerate(names)}
    above: list[list[int]] = [[] for _ in names]
    below: list[list[int]] = [[] for _ in names]
    faults = []
    for place, (item, into) in enumerate(links.select("item", "goes_into").iter_rows()):
        for column, name in (("item", item), ("goes_into", into)):
            if name not in row:
                faults.append(
                    Fault("network", place + 1, column, name, "an item of the stages", "add it there")
                )
        if item in row and into in row:
            above[row[into]].append(row[item])
            below[row[item]].append(row[into])
    if faults:
        raise BadTable(faults)
    return above, below


def _tree(names: list[str], above: list[list[int]], below: list[list[int]]) -> Network:
    """An order from the leaves inwards; a network with a second way between two stages has none."""
    count = len(names)
    left = [set(above[node]) | set(below[node]) for node in range(count)]
    if any(len(left[node]) < len(above[node]) + len(below[node]) for node in range(count)):
        node = next(node for node in range(count) if len(left[node]) < len(above[node]) + len(below[node]))
        raise Impossible(f"{names[node]} supplies what supplies it: the network runs in a circle.")
    order, parent, towards = [], [-1] * count, [False] * count
    ready = [node for node in range(count) if len(left[node]) <= 1]
    seen = [False] * count
    while ready:
        node = ready.pop()
        if seen[node]:
            continue
        seen[node] = True
        order.append(node)
        for other in left[node]:
            parent[node], towards[node] = other, other in below[node]
            left[other].discard(node)
            if len(left[other]) <= 1:
                ready.append(other)
        left[node] = set()
    if len(order) < count:
        stuck = sorted(names[node] for node in range(count) if not seen[node])
        raise Impossible(
            f"The network is not a tree: {', '.join(stuck[:5])} are joined by more than one way. "
            "Leave one of the links out, or treat these stages as one."
        )
    children: list[list[int]] = [[] for _ in range(count)]
    for node in order:
        if parent[node] >= 0:
            children[parent[node]].append(node)
    return Network(order, parent, towards, children)


def _downstream(above: list[list[int]], below: list[list[int]]) -> list[int]:
    """Every stage after all of its customers."""
    waiting = [len(customers) for customers in below]
    order = [node for node, count in enumerate(waiting) if count == 0]
    for node in order:
        for supplier in above[node]:
            waiting[supplier] -= 1
            if waiting[supplier] == 0:
                order.append(supplier)
    return order


def _spread(
    table: pl.DataFrame, links: pl.DataFrame, names: list[str], above: list[list[int]], below: list[list[int]]
) -> Matrix:
    """Deviation of demand at every stage: its own, else that of its customers pooled (independent).

    sd = sqrt(sum (quantity * sd of the customer)^2)
    """
    quantities = links["quantity"] if "quantity" in links.columns else pl.Series([1.0] * links.height)
    used = {
        (item, into): quantity
        for item, into, quantity in zip(links["item"], links["goes_into"], quantities, strict=True)
    }
    own = table["error_sd"].to_list()
    spread = np.zeros(len(names))
    for node in _downstream(above, below):
        if own[node] is not None:
            spread[node] = own[node]
        elif not below[node]:
            raise BadTable(
                [
                    Fault(
                        "stages",
                        node + 1,
                        "error_sd",
                        "nothing",
                        "a number",
                        f"say how {names[node]}'s demand varies",
                    )
                ]
            )
        else:
            pooled = (used[names[node], names[to]] * spread[to] for to in below[node])
            spread[node] = float(np.sqrt(sum(part**2 for part in pooled)))
    return spread


def _solve(
    table: pl.DataFrame, tree: Network, weight: Matrix, above: list[list[int]], below: list[list[int]]
) -> tuple[Whole, Whole]:
    """Every stage's SI and S, by dynamic programming from the leaves to the root and back."""
    time = table["lead_time"].to_list()
    outside = [wait or 0 for wait in table["supplied_within"]]
    limit = [
        promised if promised is not None else (0 if not customers else None)
        for promised, customers in zip(table["promised_time"], below, strict=True)
    ]
    longest = [0] * len(time)
    for node in reversed(_downstream(above, below)):
        longest[node] = time[node] + max([outside[node], *(longest[other] for other in above[node])])
    chosen: list[_Choice | None] = [None] * len(time)
    for node in tree.order:
        cost = _cost(node, tree, time, outside, limit, longest, weight, chosen)
        axis = 0 if tree.supplies_parent[node] or tree.parent[node] < 0 else 1
        chosen[node] = _Choice(cost.min(axis), cost.argmin(axis).astype(np.int64))
    return _back(tree, chosen)


def _cost(
    node: int, tree: Network, time: list[int], outside: list[int], limit: list[int | None],
    longest: list[int], weight: Matrix, chosen: list[_Choice | None],
) -> Matrix:  # fmt: skip
    """The cost of a stage and everything behind it, by SI (rows) and S (columns), or infinite."""
    served = np.arange(longest[node] - time[node] + 1)
    promised = np.arange(longest[node] + 1)
    cost: Matrix = max(weight[node], SMALLEST) * _roots(longest[node], time[node])
    cost[served < outside[node]] = np.inf
    most = limit[node]
    if most is not None:
        cost[:, promised > most] = np.inf
    for child in tree.children[node]:
        behind = chosen[child]
        if behind is None:
            continue
        if tree.supplies_parent[child]:
            # A supplier: it must serve within SI, so anything it promises up to SI will do.
            least = np.minimum.accumulate(behind.cost)
            cost += least[np.minimum(served, len(least) - 1)][:, None]
        else:
            # A customer: it is served no earlier than this stage promises.
            least = np.minimum.accumulate(behind.cost[::-1])[::-1]
            within = promised < len(least)
            cost += np.where(within, least[np.minimum(promised, len(least) - 1)], np.inf)
    return cost


def _roots(longest: int, time: int) -> Matrix:
    """sqrt(SI + T - S) by SI (rows) and S (columns), infinite where negative; a view on one line of roots."""
    line = np.concatenate([np.full(longest, np.inf), np.sqrt(np.arange(longest + 1))])
    rows = np.lib.stride_tricks.sliding_window_view(line, longest + 1)
    return cast("Matrix", rows[time:, ::-1])


def _back(tree: Network, chosen: list[_Choice | None]) -> tuple[Whole, Whole]:
    """The times that attain the least cost, from the root outwards."""
    served = np.zeros(len(chosen), dtype=np.int64)
    promised = np.zeros(len(chosen), dtype=np.int64)
    for node in reversed(tree.order):
        mine, parent = chosen[node], tree.parent[node]
        if mine is None:
            continue
        if parent < 0:
            promised[node] = int(mine.cost.argmin())
            served[node] = mine.other[promised[node]]
        elif tree.supplies_parent[node]:
            promised[node] = int(mine.cost[: served[parent] + 1].argmin())
            served[node] = mine.other[promised[node]]
        else:
            first = int(promised[parent])
            served[node] = first + int(mine.cost[first:].argmin())
            promised[node] = mine.other[served[node]]
        if not np.isfinite(mine.cost.min()):
            raise Impossible("No service times satisfy what is promised outside: promise more time.")
    return served, promised
