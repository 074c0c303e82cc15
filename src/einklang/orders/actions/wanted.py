"""What is to be ordered, checked row by row: whom from, since when, due when, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.catalog.models import Supplier
from einklang.engine.periods import month_end
from einklang.kernel import clock
from einklang.orders.models import SupplyChange
from einklang.web import formats


@dataclass(frozen=True, slots=True)
class ToRelease:
    """One order to place; ``name`` is the caller's own and comes back with the answer.

    Without a ``supplier`` it is made in the house. ``start`` and ``due`` are the days the plan has in mind.
    """

    name: str
    item: str
    quantity: Decimal
    start: date
    due: date
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class Released:
    """What became of one row: the order it stands in, or the sentence that says why it was not placed."""

    name: str
    ok: bool
    sentence: str
    reference: str = ""
    change: SupplyChange | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Placing:
    """A row that can be placed: numbers of item and supplier, price, and the day it can be there."""

    wanted: ToRelease
    item_id: int
    start: date
    due: date
    supplier_id: int = 0
    supplier_name: str = ""
    price_cents: int = 0
    currency: str = ""
    minimum: float = 0.0

    @property
    def is_late(self) -> bool:
        """Whether it comes after the month in which the plan counts on it."""
        return self.due > month_end(self.wanted.due)

    def sentence(self, reference: str) -> str:
        """What was placed, as one would tell a colleague."""
        said = {
            "reference": reference,
            "supplier": self.supplier_name,
            "start": formats.day(self.start),
            "due": formats.day(self.due),
            "least": formats.quantity(self.minimum),
            "month": formats.month(self.wanted.due),
        }
        if self.wanted.supplier:
            told = _("Ordered from %(supplier)s with %(reference)s, due %(due)s.") % said
        else:
            told = _("Work order %(reference)s, from %(start)s to %(due)s.") % said
        if float(self.wanted.quantity) < self.minimum:
            told += " " + _("The supplier's minimum is %(least)s.") % said
        if self.is_late:
            told += " " + _("The plan counts on it in %(month)s already.") % said
        return told


def checked(wanted: Sequence[ToRelease]) -> list[Placing | Released]:
    """For each row how it can be placed, or the reason why not."""
    days = dict(catalog.items_frame().select("item", "lead_time_days").iter_rows())
    numbers = catalog.item_ids(sorted({one.item for one in wanted}))
    sellers = {supplier.code: supplier for supplier in catalog.suppliers()}
    terms = {
        (row["item"], row["supplier"]): row for row in catalog.supply_terms_frame().iter_rows(named=True)
    }
    found: list[Placing | Released] = []
    for one in wanted:
        term, start = terms.get((one.item, one.supplier)), max(one.start, clock.today())
        if one.item not in numbers:
            found.append(_not(one, _("There is no item %(code)s.") % {"code": one.item}))
        elif one.quantity <= 0:
            found.append(_not(one, _("There is nothing to order.")))
        elif not one.supplier:
            due = max(one.due, start + timedelta(days=days[one.item] or 0))
            found.append(Placing(one, numbers[one.item], start, due))
        elif term is None:
            named = sellers[one.supplier].name if one.supplier in sellers else one.supplier
            said = {"supplier": named, "item": one.item}
            found.append(
                _not(one, _("%(supplier)s does not sell %(item)s to us: enter the terms first.") % said)
            )
        else:
            found.append(_from_supplier(one, numbers[one.item], start, sellers[one.supplier], term))
    return found


def _from_supplier(
    one: ToRelease, item_id: int, start: date, supplier: Supplier, term: dict[str, Any]
) -> Placing:
    """A row on its supplier's terms: there no sooner than the supplier's lead time allows."""
    return Placing(
        wanted=one,
        item_id=item_id,
        start=start,
        due=max(one.due, start + timedelta(days=term["lead_time_days"])),
        supplier_id=supplier.pk,
        supplier_name=supplier.name,
        price_cents=term["price_cents"],
        currency=term["currency"],
        minimum=term["minimum"] or 0.0,
    )


def _not(one: ToRelease, why: str) -> Released:
    return Released(one.name, ok=False, sentence=why)
