"""Plan supply and keep the plan; approve it, and open its frozen months."""

import polars as pl
from django.db import transaction

from einklang.catalog import queries as catalog
from einklang.demand.models import Consensus
from einklang.kernel import clock, journal, tables
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.levers import BASE, Levers
from einklang.supply.models import (
    LoadPoint,
    Peg,
    PlanException,
    PlannedOrder,
    StockPolicy,
    SupplierPoint,
    SupplyPoint,
    SupplyRun,
)


@transaction.atomic
def plan_supply(
    consensus: Consensus,
    *,
    scenario: str = BASE,
    demand_factor: float = 1.0,
    capacity_factor: float = 1.0,
    overtime_factor: float = 1.0,
    by: User,
    worked_out: queries.WorkedOut | None = None,
) -> SupplyRun:
    """Plan what to make and buy for an agreed demand, within the hours there are, and keep it.

    If the newest plan rests on the same inputs, it is the answer. ``worked_out`` hands in a plan that was
    computed beforehand (a job computes without keeping others from writing).
    """
    by.must("plan supply")
    levers = Levers(demand_factor, capacity_factor, overtime_factor)
    told = worked_out or queries.work_out(consensus, scenario=scenario, levers=levers)
    standing = queries.latest_run(consensus, scenario=told.scenario)
    if standing and standing.fingerprint == told.fingerprint:
        return standing
    newest = SupplyRun.objects.select_for_update().filter(as_of=consensus.as_of).order_by("-number").first()
    run = _run(consensus, told, newest.number + 1 if newest else 1, by)
    _keep(run, told)
    if told.scenario == BASE:
        _keep_policies(told, by)
    journal.record(
        "supply.planned",
        about=run,
        by=by,
        scenario=run.scenario,
        settings=run.settings,
        objective=run.objective_cents,
        gap=run.gap,
        bottlenecks=[row["resource"] for row in run.bottlenecks],
        fingerprint=run.fingerprint,
    )
    return run


def _run(consensus: Consensus, told: queries.WorkedOut, number: int, by: User) -> SupplyRun:
    money = queries.in_money(told.balance.cost)
    paid = float(money["amount"].sum())
    plan, names = told.balance, {centre.code: centre.name for centre in catalog.work_centres()}
    return SupplyRun.objects.create(
        consensus=consensus,
        as_of=consensus.as_of,
        number=number,
        scenario=told.scenario,
        settings=told.levers.changed(),
        fingerprint=told.fingerprint,
        months=len(told.inputs.months),
        currency=told.inputs.currency,
        is_proven=plan.proven,
        objective_cents=round(paid * 100),
        bound_cents=round((plan.bound - plan.objective + paid) * 100),
        gap=plan.gap,
        costs=[{"kind": kind, "cents": round(amount * 100)} for kind, amount in money.iter_rows()],
        bottlenecks=[
            {
                "resource": one.resource,
                "name": names.get(one.resource, one.resource),
                "full": list(one.full),
                "dearest": one.dearest,
                "price": round(one.price, 4),
            }
            for one in plan.bottlenecks
            if one.kind == "hours"
        ],
        assumed=told.inputs.assumed,
        edits=[change.told() for change in told.inputs.changes],
        conflicts=told.conflicts,
        counts={"orders": told.orders.height, "pegs": told.pegs.height, "exceptions": told.exceptions.height},
        seconds=round(told.seconds, 2),
        made_at=clock.now(),
        made_by=by,
    )


def _keep(run: SupplyRun, told: queries.WorkedOut) -> None:
    """The plan's tables, with row numbers in place of codes."""
    codes = sorted({*told.points["item"].to_list(), *told.pegs["item"].to_list(), *told.inputs.ends})
    items = _numbers(catalog.item_ids(codes), "item")
    others = items.rename({"item": "for_item", "item_id": "for_item_id"})
    centres = _numbers({centre.code: centre.pk for centre in catalog.work_centres()}, "resource").rename(
        {"resource_id": "work_centre_id"}
    )
    of = pl.lit(run.pk).alias("run_id")
    tables.insert(
        SupplyPoint, told.points.join(items, on="item", maintain_order="left").drop("item").with_columns(of)
    )
    tables.insert(
        LoadPoint,
        told.loads.join(centres, on="resource", maintain_order="left").drop("resource").with_columns(of),
    )
    givers = _numbers({one.code: one.pk for one in catalog.suppliers()}, "supplier")
    tables.insert(
        SupplierPoint,
        told.suppliers.join(items, on="item", maintain_order="left")
        .join(givers, on="supplier", maintain_order="left")
        .drop("item", "supplier")
        .with_columns(of),
    )
    tables.insert(
        PlannedOrder, told.orders.join(items, on="item", maintain_order="left").drop("item").with_columns(of)
    )
    pegs = told.pegs.join(items, on="item", maintain_order="left").join(
        others, on="for_item", maintain_order="left"
    )
    tables.insert(Peg, pegs.drop("item", "for_item").with_columns(of))
    seen = told.exceptions.join(items, on="item", how="left", maintain_order="left").join(
        centres, on="resource", how="left", maintain_order="left"
    )
    tables.insert(PlanException, seen.drop("item", "resource").with_columns(of))


def _numbers(known: dict[str, int], name: str) -> pl.DataFrame:
    return pl.DataFrame(
        {name: list(known), f"{name}_id": list(known.values())},
        schema={name: pl.String, f"{name}_id": pl.Int64},
    )


def _keep_policies(told: queries.WorkedOut, by: User) -> None:
    """New policies where they changed; what was set by hand stays."""
    standing = queries.standing_frame()
    computed = told.policies.filter(pl.col("origin") == StockPolicy.Origin.COMPUTED.value)
    changed = computed.join(standing, on=list(computed.columns), how="anti", nulls_equal=True)
    items = _numbers(catalog.item_ids(changed["item"].to_list()), "item")
    tables.insert(
        StockPolicy,
        changed.join(items, on="item", maintain_order="left")
        .drop("item")
        .with_columns(as_of=pl.lit(told.inputs.as_of), made_at=pl.lit(clock.now()), made_by_id=pl.lit(by.pk)),
    )
