"""Scenarios, and freezing what was planned under one of them as a plan version."""

from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.cycle import queries
from einklang.cycle.models import Cycle, PlanLine, PlanVersion, Scenario
from einklang.cycle.settings import PRICE, as_settings
from einklang.demand.models import Consensus
from einklang.kernel import clock, journal, tables
from einklang.kernel.errors import Refused
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply import actions as supply_actions
from einklang.supply import queries as supply
from einklang.supply.models import SupplyRun


@transaction.atomic
def copy_scenario(
    source: Scenario, name: str, *, settings: dict[str, Any] | None = None, note: str = "", by: User
) -> Scenario:
    """Copy a scenario under a new name, with some settings changed; the source stays as it is.

    What the supply review changes under the source's name is copied with it.
    """
    by.must("plan supply")
    cycle = queries.locked_cycle(source.cycle)
    if Scenario.objects.filter(cycle=cycle, name=name).exists():
        raise Refused(_("There is a scenario %(name)s already: choose another name.") % {"name": name})
    scenario = Scenario.objects.create(
        cycle=cycle,
        name=name,
        settings=as_settings({**source.settings, **(settings or {})}),
        copied_from=source,
        note=note.strip()[:300],
        created_by=by,
        created_at=clock.now(),
    )
    overlay = supply.overlay(cycle.month, source.name)
    if overlay is not None and supply.overlay(cycle.month, name) is None:
        supply_actions.copy_scenario(overlay, name, by=by)
    journal.record(
        "cycle.scenario_copied", about=scenario, by=by, source=source.name, settings=scenario.settings
    )
    return scenario


@transaction.atomic
def freeze(
    cycle: Cycle,
    consensus: Consensus,
    supply_run: SupplyRun,
    *,
    scenario: str = queries.BASE,
    note: str = "",
    by: User,
) -> PlanVersion:
    """Freeze what was agreed and what can be delivered as the cycle's next plan version.

    The same numbers under the same scenario give the version that exists already.
    """
    by.must("freeze plan")
    cycle = queries.locked_cycle(cycle)
    under = queries.scenario(cycle, scenario)
    if supply_run.consensus_id != consensus.pk:
        raise Refused(_("This supply plan was made for another demand plan: plan supply for the agreed one."))
    draft = queries.draft(consensus, supply_run, price_factor=under.settings.get(PRICE, 1.0))
    if draft.lines.is_empty():
        raise Refused(_("There is nothing to freeze: the agreed demand has no items."))
    kept = PlanVersion.objects.filter(cycle=cycle, scenario=under, fingerprint=draft.fingerprint).first()
    if kept is not None:
        return kept
    version = _version(cycle, under, consensus, supply_run, draft, note, by)
    _write_lines(version, draft.lines)
    journal.record(
        "plan.frozen",
        about=version,
        by=by,
        scenario=under.name,
        revenue_cents=version.revenue_cents,
        fingerprint=version.fingerprint,
    )
    return version


def _version(
    cycle: Cycle,
    scenario: Scenario,
    consensus: Consensus,
    supply_run: SupplyRun,
    draft: queries.Draft,
    note: str,
    by: User,
) -> PlanVersion:
    periods = draft.lines["period"].unique().sort()
    at_the_end = draft.lines.filter(pl.col("period") == periods[-1])
    last = PlanVersion.objects.filter(cycle=cycle).order_by("-number").first()
    return PlanVersion.objects.create(
        cycle=cycle,
        scenario=scenario,
        number=last.number + 1 if last else 1,
        consensus=consensus,
        supply_run=supply_run,
        start=periods[0],
        months=len(periods),
        currency=people.home_currency(),
        demand_cents=draft.total("demand_cents"),
        revenue_cents=draft.total("revenue_cents"),
        cost_cents=draft.total("cost_cents"),
        margin_cents=draft.total("margin_cents"),
        stock_cents=int(at_the_end["stock_cents"].sum()),
        unpriced=draft.unpriced,
        uncosted=draft.uncosted,
        bottlenecks=draft.bottlenecks,
        fingerprint=draft.fingerprint,
        frozen_at=clock.now(),
        frozen_by=by,
        note=note.strip()[:300],
    )


def _write_lines(version: PlanVersion, lines: pl.DataFrame) -> None:
    ids = catalog.item_ids(lines["item"].unique().to_list())
    rows = lines.with_columns(
        pl.col("item").replace_strict(ids, return_dtype=pl.Int64).alias("item_id"),
        pl.lit(version.pk).alias("version_id"),
    )
    tables.insert(PlanLine, rows.drop("item"))
