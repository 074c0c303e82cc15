"""Supply orders on their way: what is open, one order with its story, and the plan it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.orders.models import PurchaseOrderLine, SupplyChange, SupplyDecision
from einklang.people.models import User
from einklang.supply.models import Peg, PlannedOrder
from einklang.supply.queries.releases import origins, purposes
from einklang.supply.queries.stock import usual_day
from einklang.web import formats


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """One supply order as it stands, what was decided about it, and the planned order it comes from."""

    order: orders.SupplyOrder
    standing: orders.Standing
    supplier: str
    supplier_name: str
    placed_due: date
    decisions: list[SupplyDecision]
    planned: PlannedOrder | None
    purposes: list[Peg]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about one order, as a line of its own."""

    reference: str
    item: str
    name: str
    supplier: str
    quantity: Any
    due_on: date | None
    planned: PlannedOrder | None


def on_its_way(
    *, seen_by: User, kind: str = "", supplier: str = "", item: str = "", late: bool = False
) -> pl.DataFrame:
    """What is on its way, by due day; ``days_late`` says how long it is overdue."""
    seen_by.must("see supply")
    day = usual_day()
    found = orders.on_its_way(day, decided_until=clock.today()).with_columns(
        days_late=(pl.lit(day) - pl.col("due")).dt.total_days().clip(0)
    )
    found = found.filter(pl.col("kind") == kind) if kind else found
    found = found.filter(pl.col("supplier") == supplier) if supplier else found
    if item:
        found = found.filter(pl.col("item").str.to_lowercase().str.contains(item.lower(), literal=True))
    found = found.filter(pl.col("days_late") > 0) if late else found
    return found.sort("due", "reference", "item")


def open_order(reference: str, item: str, *, seen_by: User) -> OpenOrder:
    """One supply order with everything that was decided about it."""
    seen_by.must("see supply")
    order = orders.supply_order(reference, item)
    decisions = list(orders.decisions_about(order))
    changes = [change.pk for one in decisions for change in one.changes.all() if _concerns(change, order)]
    planned = next(iter(origins(changes).values()), None)
    seller = order.order.supplier if isinstance(order, PurchaseOrderLine) else None
    return OpenOrder(
        order=order,
        standing=orders.standing_of(order),
        supplier=seller.code if seller else "",
        supplier_name=seller.name if seller else "",
        placed_due=order.due_on,
        decisions=decisions,
        planned=planned,
        purposes=purposes(planned) if planned else [],
    )


def _concerns(change: SupplyChange, order: orders.SupplyOrder) -> bool:
    return order in (change.work_order, change.purchase_line)


def decided_lines(decision: SupplyDecision) -> list[Decided]:
    """The orders that a decision is about, each with the planned order it comes from."""
    of = decision.undoes or decision
    changes = list(orders.decision(of.pk).changes.all())
    from_plan = origins([change.pk for change in changes])
    return [_line(change, from_plan.get(change.pk)) for change in changes]


def _line(change: SupplyChange, planned: PlannedOrder | None) -> Decided:
    order = orders.order_of(change)
    bought = order.order if isinstance(order, PurchaseOrderLine) else None
    return Decided(
        reference=bought.number if bought else str(order),
        item=order.item.code,
        name=order.item.name,
        supplier=bought.supplier.name if bought else "",
        quantity=order.quantity,
        due_on=change.due_on,
        planned=planned,
    )


def decision_sentence(decision: SupplyDecision) -> str:
    """What was decided, as one would tell it."""
    changes = list((decision.undoes or decision).changes.all())
    said = {
        "orders": _listed(orders.named(change) for change in changes),
        "day": formats.day(changes[0].due_on) if changes and changes[0].due_on else "",
    }
    sentences = {
        "released": _("Released: %(orders)s."),
        "moved": _("Moved to %(day)s: %(orders)s."),
        "cancelled": _("Cancelled: %(orders)s."),
        "undone": _("Taken back: %(orders)s."),
    }
    return sentences[decision.kind] % said


def _listed(names: Iterable[str], most: int = 3) -> str:
    known = list(names)
    more = len(known) - most
    text = ", ".join(known[:most])
    return _("%(some)s and %(count)s more") % {"some": text, "count": more} if more > 0 else text
