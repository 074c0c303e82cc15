"""What can be done about items: added, changed, priced; their components and their ways of being made."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog.models import BomLine, CapacityChange, Cost, Family, Item, Price, WorkCentre, valid_on
from einklang.kernel import journal
from einklang.kernel.errors import Refused, Stale
from einklang.people.models import User

EDITABLE = (
    "name",
    "family",
    "unit",
    "is_sold",
    "launched_on",
    "ended_on",
    "predecessor",
    "lead_time_days",
    "safety_stock",
    "reorder_point",
    "lot_min",
    "lot_multiple",
)


@transaction.atomic
def add_item(code: str, name: str, *, by: User, family: Family | None = None, **facts: Any) -> Item:
    """Add an item."""
    by.must("edit catalog")
    if Item.objects.filter(code=code).exists():
        raise Refused(_("There is an item %(code)s already.") % {"code": code})
    item = Item.objects.create(code=code, name=name, family=family, **facts)
    journal.record("catalog.item_added", about=item, by=by)
    return item


@transaction.atomic
def change_item(item: Item, *, version: int, by: User, **facts: Any) -> Item:
    """Change an item's facts; whoever read an older version is shown both."""
    by.must("edit catalog")
    item = Item.objects.select_for_update().get(pk=item.pk)
    if item.version != version:
        raise Stale(_("Somebody changed this item meanwhile; look at it again."), yours=facts)
    changed = {
        name: value for name, value in facts.items() if name in EDITABLE and getattr(item, name) != value
    }
    for name, value in changed.items():
        setattr(item, name, value)
    if item.launched_on and item.ended_on and item.ended_on < item.launched_on:
        raise Refused(_("An item cannot end before it begins."))
    item.version += 1
    item.save()
    journal.record("catalog.item_changed", about=item, by=by, changed={k: str(v) for k, v in changed.items()})
    return item


@transaction.atomic
def set_price(item: Item, amount_cents: int, currency: str, valid_from: date, *, by: User) -> Price:
    """Set what an item is sold for from a day on; the price before ends the day before."""
    by.must("edit catalog")
    if amount_cents < 0:
        raise Refused(_("A price cannot be negative."))
    dated = Price.objects.select_for_update().filter(item=item, currency=currency)
    if dated.filter(valid_from__gte=valid_from).exists():
        raise Refused(_("There is a price from that day or later already; choose a later day."))
    dated.filter(valid_on(valid_from)).update(valid_to=valid_from - timedelta(days=1))
    price = Price.objects.create(
        item=item, currency=currency, amount_cents=amount_cents, valid_from=valid_from
    )
    journal.record("catalog.price_set", about=item, by=by, amount_cents=amount_cents, valid_from=valid_from)
    return price


@transaction.atomic
def set_cost(item: Item, amount_cents: int, currency: str, valid_from: date, *, by: User) -> Cost:
    """Set what a unit of an item costs from a day on; the cost before ends the day before."""
    by.must("edit catalog")
    if amount_cents < 0:
        raise Refused(_("A cost cannot be negative."))
    dated = Cost.objects.select_for_update().filter(item=item)
    if dated.filter(valid_from__gte=valid_from).exists():
        raise Refused(_("There is a cost from that day or later already; choose a later day."))
    dated.filter(valid_on(valid_from)).update(valid_to=valid_from - timedelta(days=1))
    cost = Cost.objects.create(item=item, currency=currency, amount_cents=amount_cents, valid_from=valid_from)
    journal.record("catalog.cost_set", about=item, by=by, amount_cents=amount_cents, valid_from=valid_from)
    return cost


@transaction.atomic
def put_into(
    parent: Item, component: Item, quantity: Decimal, *, by: User, scrap: Decimal = Decimal(0)
) -> BomLine:
    """Put a component into an item's bill of material; a circle is refused with its path."""
    by.must("edit catalog")
    if quantity <= 0 or not 0 <= scrap < 1:
        raise Refused(_("A component needs a quantity above zero and a scrap share below 1."))
    if circle := _path(component, parent):
        raise Refused(_("That would be a circle: %(path)s.") % {"path": " > ".join([parent.code, *circle])})
    line = BomLine.objects.create(parent=parent, component=component, quantity=quantity, scrap=scrap)
    journal.record(
        "catalog.component_added", about=parent, by=by, component=component.code, quantity=quantity
    )
    return line


@transaction.atomic
def change_capacity(
    centre: WorkCentre, start: date, end: date, hours_per_day: Decimal, reason: str, *, by: User
) -> CapacityChange:
    """Give a work centre other hours for a span of days: a shutdown, a holiday, an extra shift."""
    by.must("edit catalog")
    if end < start or hours_per_day < 0:
        raise Refused(_("The last day cannot lie before the first, and hours are not negative."))
    change = CapacityChange.objects.create(
        work_centre=centre, start=start, end=end, hours_per_day=hours_per_day, reason=reason
    )
    journal.record(
        "catalog.capacity_changed", about=centre, by=by, start=start, end=end, hours_per_day=hours_per_day
    )
    return change


def _path(start: Item, goal: Item) -> list[str] | None:
    """The way down the bills of material from one item to another, or nothing."""
    below: dict[int, list[int]] = {}
    for parent, component in BomLine.objects.values_list("parent_id", "component_id"):
        below.setdefault(parent, []).append(component)
    trail, stack = {start.pk: 0}, [start.pk]
    while stack:
        here = stack.pop()
        if here == goal.pk:
            way = [here]
            while trail[way[-1]]:
                way.append(trail[way[-1]])
            codes = dict(Item.objects.filter(pk__in=way).values_list("pk", "code"))
            return [codes[one] for one in reversed(way)]
        for component in below.get(here, []):
            if component not in trail:
                trail[component] = here
                stack.append(component)
    return None
