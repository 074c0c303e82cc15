"""What is missing in the catalog that plans rest on: prices, costs, bills, routings, suppliers."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from django.utils.translation import gettext as _

from einklang.catalog.models import BomLine, Item, WorkCentre, valid_on
from einklang.kernel import clock


def footings() -> Iterator[str]:
    """An item that would be made of itself, with the path: no plan can be exploded through it."""
    parts: dict[str, list[str]] = {}
    lines = BomLine.objects.filter(valid_on(clock.today()))
    for parent, part in lines.values_list("parent__code", "component__code"):
        parts.setdefault(parent, []).append(part)
    try:
        TopologicalSorter(parts).prepare()
    except CycleError as circle:
        path = " > ".join(reversed(circle.args[1]))
        yield _("%(path)s: an item cannot be made of itself.") % {"path": path}


def gaps() -> Iterator[tuple[int, str]]:
    """How many items lack what, and what that means for the plan."""
    living = Item.objects.filter(ended_on=None)
    yield (
        living.filter(is_sold=True, prices=None).count(),
        _("sold items have no price: no revenue is planned."),
    )
    yield living.filter(costs=None).count(), _("items have no cost: no margin and no value of stock.")
    made = living.filter(kind=Item.Kind.MAKE)
    yield made.filter(components=None).count(), _("made items have no bill of material.")
    yield made.filter(routing=None).count(), _("made items have no routing: they need no capacity.")
    bought = living.filter(kind=Item.Kind.BUY, supply_terms=None)
    yield bought.count(), _("bought items have no supplier.")
    yield living.filter(is_sold=True, family=None).count(), _("sold items are in no family.")
    yield WorkCentre.objects.filter(steps=None).count(), _("work centres have no work.")
