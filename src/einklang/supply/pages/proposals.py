"""Planned orders to release, as pages: the list by supplier or work centre, releasing, and the file."""

from datetime import date

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months, month_end, parse_month
from einklang.kernel.errors import NotFound, Refused
from einklang.orders.actions import Released
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.web import formats
from einklang.web.files import table_file
from einklang.web.paging import paged

FILTERS = ("kind", "supplier", "centre", "item", "state", "until")
SHOWN_FAULTS = 5


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; where it is silent, what is to be released in the plan's first month."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    run = queries.latest()
    first = f"{add_months(run.as_of, 1):%Y-%m}" if run else ""
    state = asked["state"] or "open"
    silent = first if state == "open" and "until" not in request.GET else "any"
    return asked | {"state": state, "until": asked["until"] or silent}


def _found(request: UserRequest, asked: dict[str, str]) -> pl.DataFrame:
    """The proposals of the newest plan that fit what was asked."""
    run = queries.latest()
    if run is None:
        raise NotFound(_("There is no such supply plan."))
    narrowed = {name: value for name, value in asked.items() if name != "until"}
    narrowed["state"] = "" if asked["state"] == "all" else asked["state"]
    return queries.proposals(run, seen_by=request.user, until=_until(asked["until"]), **narrowed)


def _until(text: str) -> date | None:
    """The last day of a month in an address; one that is none narrows nothing."""
    try:
        return month_end(parse_month(text)) if text and text != "any" else None
    except Impossible:
        return None


@login_required
def proposals(request: UserRequest) -> HttpResponse:
    """What the newest plan asks to order, by the month it starts; chosen ones are released."""
    request.user.must("see supply")
    run = queries.latest()
    if run is None:
        return render(request, "supply/proposals.html", {"run": None})
    asked = _asked(request)
    found, whole = _found(request, asked), queries.proposals(run, seen_by=request.user)
    context = {
        "run": run,
        "page": paged(request, list(found.iter_rows(named=True)), 100),
        "asked": asked,
        "totals": _totals(found),
        "suppliers": _choices(whole, "supplier", "supplier_name"),
        "centres": _choices(whole, "centre", "centre_name", kind="make"),
        "months": whole["release"].unique().sort().to_list(),
    }
    return render(request, "supply/proposals.html", context)


def _totals(found: pl.DataFrame) -> dict[str, object]:
    """How many there are, how many start too late, and what the bought ones come to by currency."""
    late = found.filter(pl.col("late_months") > 0).height
    worth = []
    if "value_cents" in found.columns:
        bought = found.filter(pl.col("currency").is_not_null())
        worth = bought.group_by("currency").agg(pl.col("value_cents").sum()).sort("currency").rows()
    return {"count": found.height, "late": late, "worth": worth}


def _choices(rows: pl.DataFrame, code: str, name: str, *, kind: str = "") -> list[tuple[str, str]]:
    rows = rows.filter(pl.col("kind") == kind) if kind else rows
    return rows.select(code, name).drop_nulls().unique().sort(name).rows()


@login_required
@require_POST
def release(request: UserRequest) -> HttpResponse:
    """Release the chosen planned orders, or all that fit the filters; then show what was placed."""
    request.user.must("release orders")
    run = queries.run(int(request.POST["run"])) if request.POST.get("run", "").isdigit() else queries.latest()
    if run is None:
        raise NotFound(_("There is no such supply plan."))
    names = request.POST.getlist("order")
    if request.POST.get("all"):
        names = _found(request, _asked(request) | {"state": "open"})["order"].to_list()
    try:
        told = actions.release(run, names, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request))
    _say(request, told)
    placed = next(one.change for one in told if one.change)
    return redirect("supply-decision", placed.decision_id)


def _back(request: HttpRequest) -> str:
    """Where the chosen proposals stood; never another site."""
    back = request.POST.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else reverse("order-proposals")


def _say(request: HttpRequest, told: list[Released]) -> None:
    placed, faults = [one for one in told if one.ok], [one for one in told if not one.ok]
    said = {"count": formats.quantity(len(placed))}
    text = ngettext("%(count)s order was released.", "%(count)s orders were released.", len(placed)) % said
    messages.success(request, text)
    for one in faults[:SHOWN_FAULTS]:
        messages.error(request, one.sentence)
    if (more := len(faults) - SHOWN_FAULTS) > 0:
        rest = {"count": formats.quantity(more)}
        messages.error(request, _("%(count)s more could not be released.") % rest)
    late = [one for one in placed if one.is_late]
    if late:
        text = ngettext(
            "%(count)s of them comes later than the plan counts on it.",
            "%(count)s of them come later than the plan counts on them.",
            len(late),
        )
        messages.warning(request, text % {"count": formats.quantity(len(late))})


@login_required
def proposals_file(request: UserRequest, ending: str) -> HttpResponse:
    """The proposals that fit, as a table to keep or to send."""
    request.user.must("export data")
    found = _found(request, _asked(request))
    if "value_cents" in found.columns:
        found = found.with_columns((pl.col("price_cents", "value_cents") / 100).round(2)).rename(
            {"price_cents": "price", "value_cents": "value"}
        )
    return table_file(found.drop("decision"), "order-proposals", ending)


urlpatterns = [
    path("supply/proposals/", proposals, name="order-proposals"),
    path("supply/proposals/release/", release, name="release-orders"),
    path("supply/proposals/file/<str:ending>/", proposals_file, name="proposals-file"),
]
