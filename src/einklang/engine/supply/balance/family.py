"""The balance by family: small enough for a scenario in a second, spread back over items afterwards.

Items of one family on one level of the bills, supplied alike (made or bought, same lead time), become
one item of a smaller balance. Costs, hours and what goes in are averages by what the items need over the
horizon; quantities are sums. Stock counts when and as far as its own item will use it, so that one item's
plenty does not hide another's want. Set-ups count as hours by unit, at the lots an item would have by
itself. Resources, periods, suppliers and segments keep their names.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.balance import gathered
from einklang.engine.supply.balance.answer import Plan
from einklang.engine.supply.balance.flow import opening
from einklang.engine.supply.balance.frames import Tables
from einklang.engine.supply.balance.jit import JustInTime, just_in_time, ways
from einklang.engine.supply.balance.places import Ints
from einklang.engine.supply.balance.problem import Problem
from einklang.engine.supply.balance.read import read
from einklang.engine.supply.balance.run import balanced
from einklang.engine.supply.balance.settings import Settings
from einklang.engine.supply.balance.spread import spread
from einklang.engine.supply.bom import structure


@dataclass(frozen=True, slots=True)
class Families:
    """A balance by family: its ``tables``, the problem it came from, and the family of each place.

    ``waiting`` is what it costs to keep the stock there is until its items use it.
    """

    tables: Tables
    problem: Problem
    row: Ints
    names: list[str]
    waiting: float
    notes: tuple[str, ...]

    def balance(self, settings: Settings | None = None, **edited: pl.DataFrame) -> Plan:
        """The plan by family; ``edited`` tables (demand, resources, ...) replace the gathered ones."""
        chosen = settings or Settings()
        kept = tuple(word for word in chosen.integer if word == "workers")
        tables = replace(self.tables, **edited)
        plan = balanced(read(tables, replace(chosen, integer=kept)), dense=True)
        # Stock that waits for its own item is not in the smaller balance; what it costs to keep is.
        waits = -self.waiting if chosen.objective == "profit" else self.waiting
        held = pl.col("amount") + pl.when(pl.col("kind") == "holding").then(waits).otherwise(0.0)
        return replace(
            plan, objective=plan.objective + waits, bound=plan.bound + waits,
            cost=_with_kind(plan.cost, "holding").with_columns(held), notes=(*plan.notes, *self.notes),
        )  # fmt: skip

    def spread(self, plan: Plan) -> pl.DataFrame:
        """The plan by item: item[, site], period, make, subcontract, ship, stock, backlog, lost.

        Every item keeps its family's timing as far as its own need allows; bills and stock are those of
        the items, so material always suffices, and it is hours that averages may have hidden.
        """
        return spread(self.problem, self.row, plan)

    def load(self, items: pl.DataFrame) -> pl.DataFrame:
        """What a plan by item needs of each resource: resource, period, load, hours, overtime, over.

        ``over`` are the hours beyond both, which the averages of the families had hidden.
        """
        staff, routes = self.problem.staff, self.problem.routes
        make = items["make"].to_numpy().reshape(self.problem.shape)
        load = np.zeros(staff.hours.shape)
        np.add.at(load, routes.resource, make[routes.place] * routes.hours[:, None])
        at = np.repeat(np.arange(len(staff.names)), len(self.problem.periods))
        over = np.maximum(0.0, load - staff.hours - np.nan_to_num(staff.overtime))
        return pl.DataFrame(
            {
                "resource": pl.Series(staff.names, dtype=pl.String).gather(at),
                "period": pl.Series(self.problem.periods * len(staff.names), dtype=pl.String),
                "load": load.ravel(),
                "hours": staff.hours.ravel(),
                "overtime": staff.overtime.ravel(),
                "over": np.where(over > 1e-6, over, 0.0).ravel(),
            }
        )


def gather(tables: Tables, families: pl.DataFrame) -> Families:
    """The balance by family; ``families`` names the family of each item (item, family)."""
    problem = read(tables, Settings())
    plan = just_in_time(problem, keep=gathered.floor(problem))
    names = _names(tables, problem, families)
    keys = pl.DataFrame({"name": names, "site": problem.places.sites}).with_row_index("place")
    heads = keys.unique(["name", "site"], maintain_order=True).with_row_index("row")
    row = keys.join(heads.drop("place"), on=["name", "site"], maintain_order="left")["row"].to_numpy()
    head = gathered.Heads(
        row.astype(np.int64), heads["name"].to_list(), heads["site"].to_list(), problem, plan
    )
    smaller = Tables(
        periods=tables.periods,
        items=gathered.items(head),
        demand=gathered.demand(head),
        resources=tables.resources,
        routing=gathered.routing(head),
        bom=gathered.bom(head),
        receipts=gathered.receipts(head),
        segments=tables.segments,
        suppliers=gathered.suppliers(head),
        contracts=gathered.contracts(tables, dict(zip(problem.places.items, names, strict=True))),
        lanes=gathered.lanes(tables, dict(zip(problem.places.items, names, strict=True))),
        former=gathered.former(head) if tables.former is not None else None,
        targets=gathered.targets(head) if tables.targets is not None else None,
    )
    return Families(smaller, problem, head.row, head.names, _waiting(problem, plan), _notes(tables))


def _names(tables: Tables, problem: Problem, families: pl.DataFrame) -> list[str]:
    """The name of each place's row: the family, and what sets it apart within the family."""
    places = problem.places
    family = dict(families.select("item", "family").iter_rows())
    lacking = [name for name in dict.fromkeys(places.items) if family.get(name) is None]
    if lacking:
        raise BadTable(
            [Fault("families", None, "family", name, "a family for each item") for name in lacking]
        )
    tree = structure(tables.bom, list(dict.fromkeys(places.items)))
    level = dict(zip(tree.items, tree.level.tolist(), strict=True))
    way, _, lead, _ = ways(problem)
    supplied: dict[str, list[tuple[str, bool, int, int]]] = {}
    for place, name in enumerate(places.items):
        kind = (places.sites[place], bool(problem.bought[place]), int(way[place]), int(lead[place]))
        supplied.setdefault(name, []).append(kind)
    kinds = {name: (level[name], sorted(found)) for name, found in supplied.items()}
    seen: dict[str, dict[str, int]] = {}
    for name in sorted(kinds, key=lambda one: kinds[one]):
        mine = seen.setdefault(str(family[name]), {})
        mine.setdefault(str(kinds[name]), len(mine) + 1)
    numbers = [(str(family[name]), seen[str(family[name])][str(kinds[name])]) for name in places.items]
    return [head if number == 1 else f"{head}/{number}" for head, number in numbers]


def _with_kind(cost: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The cost table with a line of this kind."""
    if kind in cost["kind"]:
        return cost
    return pl.concat([cost, pl.DataFrame({"kind": [kind], "amount": [0.0]})])


def _waiting(problem: Problem, plan: JustInTime) -> float:
    """What keeping the present stock costs until its items use it; the balance does not count that."""
    given = opening(problem)
    given[:, 0] -= np.minimum(gathered.floor(problem), np.nan_to_num(problem.item["initial_stock"]))
    left = np.maximum(0.0, (given - plan.used).cumsum(axis=1))
    return float(np.nan_to_num(problem.item["holding_cost"]) @ left.sum(axis=1))


def _notes(tables: Tables) -> tuple[str, ...]:
    """What only items can have."""
    left = [name for name in ("markdowns", "fixed") if getattr(tables, name) is not None]
    if not left:
        return ()
    return (f"A plan by family leaves out {' and '.join(left)}: they are of single items.",)
