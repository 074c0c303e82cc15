"""What is missing in the catalog that plans rest on: prices, costs, bills, routings, suppliers."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from einklang.catalog.models import BomLine, Item, WorkCentre, valid_on
from einklang.kernel import clock


def footings() -> Iterator[str]:
    """Every item that would be made of itself: no plan can be exploded through it."""
    for path in _circles(clock.today()):
        yield _("%(path)s: an item cannot be made of itself.") % {"path": " > ".join(path)}


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


def _circles(day: date) -> Iterator[list[str]]:
    """Paths through the bills of material that come back to where they began, one for each circle."""
    parts: dict[str, list[str]] = {}
    for parent, part in BomLine.objects.filter(valid_on(day)).values_list("parent__code", "component__code"):
        parts.setdefault(parent, []).append(part)
    done: set[str] = set()
    for start in parts:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            item, depth = waiting.pop()
            del path[depth:]
            if item in path:
                yield [*path[path.index(item) :], item]
            elif item not in done:
                path.append(item)
                waiting += [(part, depth + 1) for part in parts.get(item, [])]
        done.add(start)
