"""Deals as a board by stage and as a list; new deals; moving through the stages."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from einklang.crm import actions, queries
from einklang.crm.forms import DealFactsForm, DealForm
from einklang.crm.templatetags.crm import stage_name
from einklang.kernel.errors import NotFound
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

FILTERS = ("search", "owner", "territory")
SORTS = ("name", "account__name", "owner__name", "amount_cents", "expected_on", "created_on", "closed_on")


@login_required
def deals(request: UserRequest) -> HttpResponse:
    """The pipeline: deals by stage with what they add up to, or all deals as a list."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    context: dict[str, Any] = {
        "asked": asked,
        "filtered": any(asked.values()),
        "owners": queries.owners(),
        "territories": people.territories().values(),
        "stages": queries.stages(),
        "may_edit": request.user.may("edit deals"),
        "here": request.get_full_path(),
    }
    if request.GET.get("view") == "list":
        return render(request, "crm/deals.html", context | _listed(request, asked))
    columns = queries.board(seen_by=request.user, **asked)
    context |= {
        "columns": columns,
        "open_count": sum(column.count for column in columns if column.stage.ends == "open"),
        "open_sums": queries.sums(queries.deals(seen_by=request.user, stage="open", **asked)),
        "days": queries.BOARD_DAYS,
    }
    return render(request, "crm/board.html", context)


def _listed(request: UserRequest, asked: dict[str, str]) -> dict[str, Any]:
    stage = request.GET.get("stage", "")
    found = queries.deals(seen_by=request.user, stage=stage, **asked)
    sort = request.GET.get("sort", "-created_on")
    sort = sort if sort.lstrip("-") in SORTS else "-created_on"
    page = paged(request, found.order_by(sort, "code"))
    return {
        "page": page,
        "stage": stage,
        "sums": queries.sums(found),
        "filtered": any(asked.values()) or bool(stage),
    }


@login_required
def add_deal(request: UserRequest) -> HttpResponse:
    """A new deal, at an account that the address may name."""
    request.user.must("edit deals")
    form = DealForm(request.POST or None, initial={"account": request.GET.get("account", "")})
    if form.is_valid():
        facts = dict(form.cleaned_data)
        with refusals_on(form):
            try:
                account = queries.find_account(facts.pop("account"), seen_by=request.user)
            except NotFound as no:
                form.add_error("account", str(no))
                return render(request, "crm/add_deal.html", {"form": form})
            made = actions.add_deal(account, facts.pop("name"), by=request.user, **facts)
            messages.success(request, _("%(deal)s was added.") % {"deal": made})
            return redirect("deal", made.code)
    return render(request, "crm/add_deal.html", {"form": form})


@login_required
def move(request: UserRequest, code: str) -> HttpResponse:
    """Move a deal to a stage; where the stage's gate asks for more, ask for it."""
    request.user.must("edit deals")
    deal = queries.deal(code, seen_by=request.user)
    asked = request.POST or request.GET
    stage = queries.stage(asked.get("to", ""))
    back = _back(request, asked.get("back", ""), code)
    needs = queries.missing(deal, stage)
    passing = request.method == "POST"
    if passing and needs and "at_the_gate" not in request.POST:
        address = f"{reverse('move-deal', args=[code])}?{urlencode({'to': stage.code, 'back': back})}"
        return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)
    form = DealFactsForm(deal, needs, request.POST if passing else None, by=request.user, required=True)
    if passing and form.is_valid():
        with refusals_on(form):
            actions.move_deal(
                deal, stage, version=form.cleaned_data["version"], by=request.user, **form.facts()
            )
            name = stage_name(stage)
            messages.success(
                request, _("%(deal)s is now in “%(stage)s”.") % {"deal": deal.name, "stage": name}
            )
            return redirect(back)
    return render(request, "crm/gate.html", {"deal": deal, "stage": stage, "form": form, "back": back})


def _back(request: UserRequest, address: str, code: str) -> str:
    """Where the person came from, if that is a page of this house; else the deal."""
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        return address
    return reverse("deal", args=[code])


urlpatterns = [
    path("deals/", deals, name="deals"),
    path("deals/new/", add_deal, name="add-deal"),
    path("deals/<str:code>/move/", move, name="move-deal"),
]
