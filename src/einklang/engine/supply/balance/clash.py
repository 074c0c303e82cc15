"""Why no plan exists: which limits clash, and what each of them would have to give for a plan to exist.

Every limit is made elastic at a price a unit. What the cheapest elastic plan has to stretch proves that
no plan exists, and its prices name the limits that cannot hold together: those, and no others, carry one
(a Farkas certificate). Then each of them alone is let go: how much it must give is a way to mend it.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from einklang.engine.linear import OutOfTime, Solution
from einklang.engine.supply.balance.blocks import Blocks, Limit, put, some_columns, values_at
from einklang.engine.supply.balance.model import build
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-6
SHOWN = 3
LARGE = 3000
"""Rows from which a model is called large."""
CALLED = {
    "demand": "the demand for {who}",
    "hours": "the hours of {who}",
    "backlog": "the ban on backlog of {who}",
    "safety stock": "the safety stock of {who}",
    "policy stock": "the policy stock of {who}",
    "maximum stock": "the maximum stock of {who}",
    "final stock": "the final stock of {who}",
    "shelf life": "the shelf life of {who}",
    "subcontracting": "the limit of subcontracting {who}",
    "supplier maximum": "the most that can come of {who}",
    "supplier minimum": "the least that must come of {who}",
    "contract maximum": "the most the contract with {who} allows",
    "contract minimum": "the least the contract with {who} asks for",
    "lane maximum": "the most the lane {who} carries",
    "frozen orders": "the frozen or fixed orders of {who}",
    "lot multiple": "the lot multiple of {who}",
    "lot minimum": "the lot minimum of {who}",
}
MENDS = {
    "demand": ("{sum} less demand or as much in lost sales", "for "),
    "hours": ("{sum} more hours", "on "),
    "backlog": ("a backlog of {sum} allowed", "for "),
    "safety stock": ("{sum} less safety stock", "of "),
    "policy stock": ("{sum} more stock than the policy wants", "of "),
    "maximum stock": ("room for {sum} more in stock", "for "),
    "final stock": ("{sum} less final stock", "of "),
    "shelf life": ("{sum} that keep longer", "of "),
    "subcontracting": ("{sum} more from subcontractors", "for "),
    "supplier maximum": ("{sum} more from suppliers", "of "),
    "supplier minimum": ("{sum} less that must be bought", "of "),
    "contract maximum": ("{sum} more in the contract", "with "),
    "contract minimum": ("{sum} less in the contract", "with "),
    "lane maximum": ("{sum} more on lanes", "on "),
    "frozen orders": ("{sum} of the frozen or fixed orders changed", "of "),
    "lot multiple": ("{sum} outside the lot multiple", "of "),
    "lot minimum": ("a lot {sum} below its minimum", "of "),
}


@dataclass(frozen=True, slots=True)
class _Give:
    """How far one limit gives way, by row."""

    limit: Limit
    more: Ints
    less: Ints

    def stretched(self, x: Floats) -> Floats:
        """By how much each row is left."""
        return values_at(x, self.more) + values_at(x, self.less)


@dataclass(frozen=True, slots=True)
class _Stretched:
    """The plan that stretches its limits the least."""

    found: Solution
    gives: list[_Give]

    @property
    def kept(self) -> bool:
        """Whether nothing had to give."""
        return all(give.stretched(self.found.values).max(initial=0.0) < NOTHING for give in self.gives)

    def carrying(self, give: _Give) -> Floats:
        """How much each row has to do with the clash: its price."""
        return np.abs(values_at(self.found.prices, give.limit.rows))


def clash(problem: Problem) -> str:
    """The limits that clash and what would mend it, as sentences."""
    relaxed = replace(problem, settings=replace(problem.settings, integer=()))
    try:
        least = _stretch(relaxed)
    except OutOfTime:
        return (
            "No plan keeps all limits; which of them clash could not be found in "
            f"{problem.settings.seconds:,.0f} seconds.{_by_rough_count(problem)}"
            " Allow more time, or plan fewer items at once."
        )
    if least is None:
        return "No plan satisfies these limits, whichever of them gives way: they contradict each other."
    if least.kept:
        # Only whole numbers make it impossible, and those have no prices: who alone could mend it, clashes.
        limits = build(problem, elastic=True).limits
        alone = [pair for kind in _kinds(limits) for pair in _alone(problem, kind)]
        carried = [(give, give.stretched(one.found.values)) for give, one in alone]
    else:
        carried = [(give, least.carrying(give)) for give in _clashing(relaxed, least)]
        limits = [give.limit for give, _ in carried]
        alone = [pair for kind in _kinds(limits) for pair in _alone(relaxed, kind)]
    head = "No plan keeps all limits."
    if carried:
        head += f" These clash: {_and([_named(problem, give.limit, of) for give, of in carried])}."
    mends = [told for give, one in alone if (told := _told(problem, give, one.found.values))]
    if not mends:
        together = [_told(problem, give, least.found.values) for give in least.gives]
        return f"{head} All of this together would mend it: {_and([one for one in together if one])}."
    ways = "This would mend it" if len(mends) == 1 else "Any one of these would mend it"
    return f"{head} {ways}: {'; '.join(mends)}.{_closed(problem, carried)}"


def _by_rough_count(problem: Problem) -> str:
    """The resource whose hours are furthest from what all demand needs, stock not counted."""
    staff, routes = problem.staff, problem.routes
    need = np.zeros(len(staff.names))
    np.add.at(need, routes.resource, problem.needed().sum(axis=1)[routes.place] * routes.hours)
    have = np.where(staff.has_crew, np.inf, (staff.hours + staff.overtime).sum(axis=1))
    lacking = need - have
    if lacking.max(initial=0.0) <= 0:
        return ""
    worst = int(lacking.argmax())
    return (
        f" By a rough count {staff.names[worst]} lacks most: all demand needs {need[worst]:,.0f} hours, "
        f"and there are {have[worst]:,.0f} with overtime."
    )


def _kinds(limits: list[Limit]) -> list[str]:
    return list(dict.fromkeys(limit.kind for limit in limits))


def _clashing(problem: Problem, least: _Stretched) -> list[_Give]:
    """Limits that carry a price, without kinds that change nothing when they are let go altogether."""
    carriers = [give for give in least.gives if least.carrying(give).max(initial=0.0) > NOTHING]
    needed = []
    for give in carriers:
        with suppress(OutOfTime):
            without = _stretch(problem, free=give.limit.kind)
            if without is None or without.found.objective < least.found.objective - NOTHING:
                needed.append(give)
    return needed or carriers


def _stretch(problem: Problem, only: str | None = None, free: str | None = None) -> _Stretched | None:
    """Let every limit (or those of one kind alone) give way, and stretch them as little as can be.

    What the kind ``free`` gives counts nothing.
    """
    blocks = build(problem, elastic=only in (None, "backlog"))
    gives, weights = [], []
    for limit in blocks.limits:
        if only in (None, limit.kind):
            gives.append(_elastic(blocks, limit))
            weight = _units_an_hour(problem) if limit.kind == "hours" else np.ones((1, 1))
            weights.append(weight * (limit.kind != free))
    cost = np.zeros(blocks.model.width)
    for give, weight in zip(gives, weights, strict=True):
        for columns in (give.more, give.less):
            cost[columns[columns >= 0]] = np.broadcast_to(weight, columns.shape)[columns >= 0]
    # Where everything may give way many plans are equally good: inner points do not wander among them.
    method: Literal["choose", "ipm"] = "ipm" if blocks.model.height > LARGE else "choose"
    found = blocks.model.solve(cost=cost, seconds=problem.settings.seconds, method=method)
    return None if found is None else _Stretched(found, gives)


def _elastic(blocks: Blocks, limit: Limit) -> _Give:
    """Columns that take up what the rows of a limit cannot; demand gives way downwards alone."""
    there = limit.rows >= 0
    more = some_columns(blocks.model, there & (limit.side >= 0) & (limit.kind != "demand"), "more")
    less = some_columns(blocks.model, there & (limit.side <= 0), "less")
    put(blocks.model, limit.rows, more, -1.0)
    put(blocks.model, limit.rows, less, 1.0)
    return _Give(limit, more, less)


def _units_an_hour(problem: Problem) -> Floats:
    """What an hour makes on each resource, so that hours weigh as much as the units they make."""
    routes, count = problem.routes, len(problem.staff.names)
    hours = np.bincount(routes.resource, weights=routes.hours, minlength=count)
    items = np.bincount(routes.resource, weights=routes.hours > 0, minlength=count)
    return np.where(hours > 0, items / np.maximum(hours, 1e-9), 1.0)[:, None]


def _alone(problem: Problem, kind: str) -> list[tuple[_Give, _Stretched]]:
    """What limits of one kind would have to give if no other did; nothing if they alone cannot."""
    try:
        least = _stretch(problem, kind)
    except OutOfTime:
        least = None
    if least is None:
        return []
    return [
        (give, least) for give in least.gives if give.stretched(least.found.values).max(initial=0.0) > NOTHING
    ]


def _told(problem: Problem, give: _Give, x: Floats) -> str:
    """How much a limit gives in all, and where most of it."""
    amount = give.stretched(x)
    if amount.max(initial=0.0) < NOTHING:
        return ""
    phrase, before = MENDS[give.limit.kind]
    row, column = np.unravel_index(int(amount.argmax()), amount.shape)
    period = give.limit.span[column]
    when = f" in {problem.periods[period]}" if period >= 0 and give.limit.kind != "final stock" else ""
    where = f"{before}{give.limit.name(int(row))}{when}"
    said = phrase.format(sum=f"{amount.sum():,.1f}")
    if (amount > NOTHING).sum() == 1:
        return f"{said} {where}"
    return f"{said}, most of it {where} ({amount[row, column]:,.1f})"


def _named(problem: Problem, limit: Limit, carried: Floats) -> str:
    """A limit, whose it is and when, the heaviest first."""
    heaviest = np.argsort(-carried.sum(axis=1), kind="stable")
    rows = heaviest[carried.sum(axis=1)[heaviest] > NOTHING]
    who = [limit.name(int(row)) for row in rows[:SHOWN]]
    more = [f"{rows.size - SHOWN} more"] if rows.size > SHOWN else []
    named = CALLED[limit.kind].format(who=_and([*who, *more]))
    when = limit.span[np.flatnonzero((carried > NOTHING).any(axis=0))]
    when = when[when >= 0]
    if not when.size or limit.kind == "final stock":
        return named
    first, last = problem.periods[when[0]], problem.periods[when[-1]]
    return f"{named} in {first}" if first == last else f"{named} in {first} to {last}"


def _closed(problem: Problem, carried: list[tuple[_Give, Floats]]) -> str:
    """Ways that are closed to what is asked for, since their cost is blank."""
    asked = [amount for give, amount in carried if give.limit.kind == "demand"]
    if not asked:
        return ""
    line = int(asked[0].sum(axis=1).argmax())
    lines, item = problem.lines, problem.item
    place = int(lines.place[line])
    ways = {
        "making or buying": np.isnan(item["material_cost"][place]) and not problem.bought[place],
        "subcontracting": np.isnan(item["subcontract_cost"][place]),
        "backlog": np.isnan(lines.backorder_cost[line]),
        "lost sales": np.isnan(lines.lost_cost[line]),
        "stock": np.isnan(item["holding_cost"][place]),
    }
    closed = [way for way, shut in ways.items() if shut]
    if not closed:
        return ""
    return f" Not allowed for {problem.places.label(place)}, since the cost is blank: {_and(closed)}."


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
