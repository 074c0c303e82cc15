"""Customers as pages: what they are worth, which may be gone, and why."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.crm import queries as crm
from einklang.insight import queries, told
from einklang.insight.queries import Customers
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.paging import paged

FILTERS = ("search", "owner", "territory", "state", "sort")


@dataclass(frozen=True, slots=True)
class Rows:
    """The chosen customers, written only for the page that is shown."""

    found: Customers
    chosen: pl.DataFrame

    def __len__(self) -> int:
        """How many there are."""
        return self.chosen.height

    def __getitem__(self, some: slice) -> list[dict[str, Any]]:
        """The customers of one page, each with its strongest reason."""
        part = self.chosen[some]
        why = queries.reasons_of(self.found, part["account"].to_list())
        return [written(self.found, row, why[row["account"]]) for row in part.iter_rows(named=True)]


@login_required
def customers(request: UserRequest) -> HttpResponse:
    """Every customer one may see, by revenue at stake; worked out at once if the address says so."""
    patient = request.GET.get("now") == "1"
    if not patient and not queries.is_kept(seen_by=request.user):
        return render(request, "insight/no_customers.html", {"is_coming": True})
    found = queries.customer_list(seen_by=request.user)
    if found is None:
        return render(request, "insight/no_customers.html")
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    chosen = queries.chosen_customers(found, **asked)
    context = {
        "found": found,
        "page": paged(request, Rows(found, chosen), 25),
        "asked": asked,
        "states": [(state, told.STATE_NAMES[state]) for state in queries.STATES],
        "owners": crm.owners(),
        "territories": people.territories().values(),
        "cards": _cards(found),
        **_known(found),
    }
    return render(request, "insight/customers.html", context)


@login_required
def customer(request: UserRequest, code: str) -> HttpResponse:
    """One customer: value and risk with all reasons; also shown within the account's page."""
    account = crm.account(code, seen_by=request.user)
    answer = queries.customer(code, seen_by=request.user)
    context: dict[str, Any] = {"account": account}
    if answer:
        found, row = answer
        why = queries.reasons_of(found, [code])[code]
        context |= {"found": found, "one": written(found, row, why), **_known(found)}
    return render(request, "insight/customer.html", context)


def written(found: Customers, row: dict[str, Any], why: list[dict[str, Any]]) -> dict[str, Any]:
    """A customer as it is shown."""
    return {
        **row,
        "state_name": told.STATE_NAMES[row["state"]],
        "tone": told.TONES[row["state"]],
        "reasons": [{"text": told.reason(one, found.days), "effect": told.effect(one)} for one in why],
    }


def _known(found: Customers) -> dict[str, Any]:
    """What the figures rest on."""
    return {
        "rests_on": told.rests_on(found),
        "measures": told.measures(found),
        "checked": told.checked(found),
        "caution": told.caution(found),
    }


def _cards(found: Customers) -> list[dict[str, str]]:
    """The sums over everything the reader sees."""
    table = found.table
    counts = dict(table.group_by("state").len().iter_rows())
    cards = [
        {
            "label": _("Customers"),
            "value": formats.quantity(table.height),
            "hint": _("%(active)s active, %(waning)s waning, %(gone)s probably gone")
            % {state: formats.quantity(counts.get(state, 0)) for state in queries.STATES},
        },
        {
            "label": _("Revenue at stake"),
            "value": formats.money_short(int(table["at_stake"].sum())),
            "hint": _("Of the last 365 days, by the chance that a customer is gone"),
        },
    ]
    if found.total:
        cards.append(_ranged(_("Expected in twelve months"), found.total))
    if found.lost:
        label = _("Lost to silence in %(days)s days") % {"days": found.days}
        cards.append(_ranged(label, found.lost))
    return cards


def _ranged(label: str, amount: tuple[float, float, float]) -> dict[str, str]:
    value, low, high = (formats.money_short(round(one)) for one in amount)
    hint = _("With 80 %% certainty between %(low)s and %(high)s") % {"low": low, "high": high}
    return {"label": label, "value": value, "hint": hint}


urlpatterns = [
    path("customers/", customers, name="customers"),
    path("customers/<str:code>/", customer, name="customer"),
]
