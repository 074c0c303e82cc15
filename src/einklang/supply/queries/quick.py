"""A fast answer to a scenario: the balance alone, without orders and pegging; by family where it is large."""

import time
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus
from einklang.engine.supply.balance import Plan
from einklang.engine.supply.balance.family import gather
from einklang.people.models import User
from einklang.supply.models import Scenario
from einklang.supply.queries import inputs as reading
from einklang.supply.queries import overlays
from einklang.supply.queries.balancing import in_money, settings, solve, tables
from einklang.supply.queries.comparing import Outcome, outcome
from einklang.supply.queries.inputs import Inputs
from einklang.supply.queries.policies import policies

SMALL = 4500  # items by months: so few are answered item by item in a second
PARTS = "-"  # what belongs to no family


def quick(consensus: Consensus, asked: Sequence[Scenario | None], *, seen_by: User) -> list[Outcome]:
    """What each scenario would bring, in the order asked; ``None`` is the plan as agreed.

    Everything is read once; each scenario only lays its changes over it.
    """
    seen_by.must("see supply")
    base = [overlays.as_change(row) for row in overlays.base_edits(consensus.as_of)]
    plain = reading.read(consensus, base)
    kept = policies(plain)
    return [_answer(plain, kept, scenario, seen_by) for scenario in asked]


def _answer(plain: Inputs, kept: pl.DataFrame, scenario: Scenario | None, seen_by: User) -> Outcome:
    start = time.perf_counter()
    own = [overlays.as_change(row) for row in overlays.edits(scenario)] if scenario else []
    inputs = reading.overlaid(plain, own)
    plan, rows = _balanced(inputs, kept)
    wanted = inputs.demand.select("item", "period", demand="quantity")
    points = (
        rows.with_columns(pl.col("period").str.to_date())
        .filter(pl.col("item").is_in(pl.Series(inputs.ends, dtype=pl.String).implode()))
        .join(wanted, on=["item", "period"], how="left")
        .with_columns(pl.col("demand").fill_null(0.0))
        .select("item", "period", "demand", "ship", "lost", "backlog", "stock")
    )
    worth = inputs.prices.join(inputs.items.select("item", "cost_cents"), on="item", how="left")
    names = dict(inputs.capacity.select("resource", "name").unique().iter_rows())
    return outcome(
        scenario.name if scenario else _("As agreed"),
        points,
        plan.resources.select(pl.col("period").str.to_date(), "overtime"),
        [names[one.resource] for one in plan.bottlenecks if one.kind == "hours"],
        [(kind, round(amount * 100)) for kind, amount in in_money(plan.cost).iter_rows()],
        worth,
        scenario=scenario,
        seconds=time.perf_counter() - start,
        seen_by=seen_by,
    )


def _balanced(inputs: Inputs, kept: pl.DataFrame) -> tuple[Plan, pl.DataFrame]:
    """The balance and its rows by item; of many items it is made by family, and shared among them."""
    given = tables(inputs, kept)
    if given.items.height * len(inputs.months) <= SMALL:
        plan = solve(inputs, kept)
        return plan, plan.plan
    # What is frozen or fixed is of single items; by family it would only be missed.
    free = replace(given, former=None, fixed=None)
    families = gather(free, inputs.items.select("item", family=pl.col("family").fill_null(PARTS)))
    plan = families.balance(settings(inputs, given.items))
    return plan, families.spread(plan)
