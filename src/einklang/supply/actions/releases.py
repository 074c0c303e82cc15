"""Planned orders become orders: to suppliers and to the own work centres."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.kernel import journal, locks
from einklang.kernel.errors import Refused
from einklang.orders import actions as order_actions
from einklang.orders.actions import Released, ToRelease
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.models import PlannedOrder, Release, SupplyRun


@transaction.atomic
def release(
    run: SupplyRun, names: Sequence[str], *, by: User, suppliers: Mapping[str, str] | None = None
) -> list[Released]:
    """Order what the newest plan asks for, by the names of its planned orders; each is answered.

    Bought items come from their cheapest supplier, or from the one that ``suppliers`` names for the planned
    order. What was released already is not released again. If nothing can be released it is refused.
    """
    by.must("release orders")
    names = list(dict.fromkeys(names))
    if not names:
        raise Refused(_("Choose at least one order to release."), status=422)
    locks.one_at_a_time("supply.release")
    newest = queries.latest()
    if newest is None or newest.pk != run.pk:
        raise Refused(_("There is a newer plan: release from that one, or things are ordered twice."))
    rows = queries.proposals(run, seen_by=by).filter(pl.col("order").is_in(names))
    known = {row["order"]: row for row in rows.iter_rows(named=True)}
    planned = queries.planned_orders(run, names)
    answers: dict[str, Released] = {}
    wanted = []
    for name in names:
        row, chosen = known.get(name), (suppliers or {}).get(name, "")
        if why := _obstacle(name, row, chosen):
            answers[name] = Released(name, ok=False, sentence=why)
        elif row is not None:
            wanted.append(_wanted(planned[name], chosen or row["supplier"] or ""))
    if not wanted:
        raise Refused(answers[names[0]].sentence)
    placed = order_actions.release(wanted, by=by)
    answers |= {one.name: one for one in placed}
    Release.objects.bulk_create(
        Release(planned_order=planned[one.name], change=one.change) for one in placed if one.change
    )
    journal.record(
        "supply.released",
        about=run,
        by=by,
        orders=[one.name for one in placed if one.ok],
        refused=[one.name for one in answers.values() if not one.ok],
    )
    return [answers[name] for name in names]


def _obstacle(name: str, row: dict[str, object] | None, chosen: str) -> str:
    """Why a planned order cannot be released; empty where it can."""
    if row is None:
        return _("This plan has no order %(order)s.") % {"order": name}
    if row["reference"]:
        said = {"order": name, "reference": row["reference"]}
        return _("%(order)s was released already, with %(reference)s.") % said
    if row["kind"] == "buy" and not (chosen or row["supplier"]):
        return _("Nobody sells %(item)s to us: enter a supplier first.") % {"item": row["item"]}
    return ""


def _wanted(planned: PlannedOrder, supplier: str) -> ToRelease:
    return ToRelease(
        name=planned.order,
        item=planned.item.code,
        quantity=Decimal(str(round(planned.quantity, 4))),
        start=planned.release,
        due=planned.due,
        supplier=supplier if planned.kind == "buy" else "",
    )
