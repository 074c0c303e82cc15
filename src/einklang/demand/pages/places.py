"""What the addresses of the demand pages say: months, and the way back to the review."""

from datetime import date

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand import queries
from einklang.demand.forms import RunForm
from einklang.demand.queries.tree import FAMILY
from einklang.engine.periods import add_months
from einklang.kernel.errors import NotFound
from einklang.people import queries as people
from einklang.people.http import UserRequest

STANDS_FOR = (3, 6, 12)
KEPT = ("family", "search", "sort", "page")
"""What of the review's address a person comes back to."""


def day_named(text: str | None) -> date | None:
    """A month from an address; nothing where none is named."""
    if not text:
        return None
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError as fault:
        raise NotFound(_("%(text)s is not a month.") % {"text": text}) from fault


def month_named(text: str) -> date:
    """A month that an address must name."""
    found = day_named(text)
    if found is None:
        raise NotFound(_("The address names no month."))
    return found


def review_address(asked: QueryDict, as_of: date, month: date | None) -> str:
    """The review as the person left it."""
    kept = {name: str(asked[name]) for name in KEPT if asked.get(name)}
    if month:
        kept["month"] = f"{month:%Y-%m}"
    return f"{reverse('demand')}?{urlencode({'as_of': f'{as_of:%Y-%m}', **kept})}"


def nothing_yet(request: UserRequest) -> HttpResponse:
    """Before the first forecast: what is missing, and how to get it."""
    months = queries.months_known()
    return render(request, "demand/start.html", {"form": RunForm(months=months), "months": months})


def kind_named(name: str | None) -> str:
    """The kind of voice an address names, else the first."""
    known = [kind for kind, _label in queries.kinds()]
    return name if name in known else known[0]


def expiries(as_of: date) -> list[date]:
    """The reviews until which a voice can be heard, beyond the one it is given in."""
    return [add_months(as_of, months) for months in STANDS_FOR]


def family_choices() -> list[tuple[str, str]]:
    """Everything, and each family under the one above it, as data and for people."""
    families = list(catalog.families())
    found = [(queries.TOTAL, queries.names()[queries.TOTAL])]

    def walk(above: int | None, depth: int) -> None:
        for family in sorted((one for one in families if one.parent_id == above), key=lambda one: one.name):
            found.append((f"{FAMILY}{family.code}", "\u2003" * depth + family.name))
            walk(family.pk, depth + 1)

    walk(None, 0)
    return found


def territory_choices() -> list[tuple[str, str]]:
    """Each territory under the one above it, as data and for people."""
    known = people.territories()
    above = {code: place.parent.code if place.parent else "" for code, place in known.items()}
    found: list[tuple[str, str]] = []

    def walk(parent: str, depth: int) -> None:
        for code in sorted(code for code, one in above.items() if one == parent):
            found.append((code, "\u2003" * depth + known[code].name))
            walk(code, depth + 1)

    walk("", 0)
    return found
