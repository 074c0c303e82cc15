"""The plan as a grid: the page, its figures, the one way in which quantities are fixed, and the fence."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from einklang.catalog import queries as catalog
from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.actions import Fixed, FixOutcome
from einklang.supply.forms import FenceForm, RulesForm
from einklang.supply.pages.scenarios import work_out
from einklang.web import formats
from einklang.web.forms import refusals_on

KIND = "fixed"
FIGURES = {"forecast": "planned", "agreed": "demand", "pipeline": "stock", "year_ago": "approved"}


@login_required
def plan_grid(request: UserRequest) -> HttpResponse:
    """The grid of the newest plan, what it could not keep, and what is frozen."""
    request.user.must("see supply")
    run = queries.latest()
    if run is None:
        return redirect("supply")
    fence = queries.fence(run.as_of)
    context = {
        "run": run,
        "families": [("", _("All")), *((one.code, one.name) for one in catalog.families())],
        "family": request.GET.get("family", ""),
        "parts": request.GET.get("parts", ""),
        "figures": f"{reverse('plan-grid-figures')}?{request.GET.urlencode()}",
        "layers": _layers(),
        "words": _words(),
        "batches": queries.batches(run.as_of),
        "conflicts": queries.conflict_rows(run),
        "fence": fence,
        "fence_form": FenceForm(),
        "rules_form": RulesForm(
            initial={"frozen_months": fence.frozen_months, "change_percent": 100 * fence.change_share}
        ),
        "approved": queries.approval_of(run),
    }
    return render(request, "supply/plan_grid.html", context)


def _layers() -> list[tuple[str, str, bool]]:
    """The lines an item can have: key, label, shown from the start."""
    return [
        ("year_ago", _("Approved"), False),
        ("forecast", _("Planned"), True),
        ("mine", _("Fixed"), True),
        ("agreed", _("Wished"), False),
        ("pipeline", _("Stock at the end"), True),
    ]


def _words() -> dict[str, object]:
    """Every sentence the grid's own code shows."""
    return {
        "layers": {key: label for key, label, _shown in _layers()} | {"outlook": ""},
        "item": _("Item"),
        "sum": _("Sum"),
        "allShown": _("All items shown"),
        "nothingFits": _("Nothing fits this choice."),
        "keys": _("Figures by item and month. Arrows walk, Enter or a digit edits, Escape leaves."),
        "openItem": _("To the item"),
        "until": _("until"),
        "undo": _("Undo"),
        "close": _("Close"),
        "oneChange": _("1 quantity not fixed yet"),
        "changes": _("{count} quantities not fixed yet"),
        "open": _("({count} to look at)"),
        "noNumber": _("“{text}” is no number."),
        "notHere": _("Figures can be pasted where you may plan: choose a cell of an item."),
        "pasted": _("{count} figures pasted. Say why, then fix them."),
        "pastedSome": _("{count} figures pasted. Left, because they are no numbers: {faulty}."),
        "leaveTheirs": _("Leave {theirs}"),
        "sayMine": _("Fix {mine} anyway"),
        "noAnswer": _("The server does not answer. Your changes are still here."),
        "notTaken": _("That was not taken. Your changes are still here."),
        "signedOut": _("You are signed out. Sign in in another window, then try again."),
    }


@login_required
@gzip_page
def figures(request: UserRequest) -> JsonResponse:
    """All figures of a family, column by column, as the grid reads them."""
    request.user.must("see supply")
    run = queries.latest()
    if run is None:
        return JsonResponse({"items": [], "months": []})
    told = queries.plan_grid(
        run,
        seen_by=request.user,
        family=request.GET.get("family", ""),
        parts=bool(request.GET.get("parts")),
    )
    return JsonResponse(
        {
            "asOf": run.as_of.isoformat(),
            "kind": KIND,
            "kinds": {KIND: _("Fixed")},
            "territory": "",
            "maySpeak": told.editable,
            "months": [{"key": day.isoformat(), "label": formats.month(day)} for day in told.months],
            "items": _items(told),
        }
    )


def _items(told: queries.PlanGrid) -> list[dict[str, Any]]:
    """One entry an item, each figure a list along the months."""
    shown = list(FIGURES.values())
    fixed = pl.struct("quantity", "version", "reason", "author").alias("voice")
    lists = (
        told.frame.with_columns([pl.col(name).cast(pl.Float64).round(1) for name in shown])
        .with_columns(fixed)
        .group_by("item", maintain_order=True)
        .agg(*shown, "voice")
    )
    by_item = {row["item"]: row for row in lists.iter_rows(named=True)}
    return [
        {
            "series": item,
            "name": told.names.get(item, item),
            "level": "item",
            "href": f"{reverse('item-supply', args=[item])}?run={told.run.pk}",
            **{key: by_item[item][name] for key, name in FIGURES.items()},
            "others": {},
            "voice": [_standing(one) for one in by_item[item]["voice"]],
        }
        for item in told.items
    ]


def _standing(one: dict[str, Any]) -> dict[str, Any] | None:
    """A fixed quantity as the grid shows it; of one let go only its version counts."""
    return {**one, "expires": ""} if one["version"] else None


def answers_json(view: Callable[[UserRequest], JsonResponse]) -> Callable[[UserRequest], HttpResponse]:
    """A refusal comes back as JSON with its sentence, for the grid to show where the person is."""

    @wraps(view)
    def answer(request: UserRequest) -> HttpResponse:
        try:
            return view(request)
        except Refused as refusal:
            return JsonResponse({"detail": str(refusal)}, status=refusal.status)

    return answer


@login_required
@require_POST
@answers_json
def fix(request: UserRequest) -> JsonResponse:
    """Fix many quantities at once: each is taken or refused by itself, and nothing is overwritten."""
    request.user.must("plan supply")
    told, run = _body(request), queries.newest()
    cells = told.get("cells")
    if not isinstance(cells, list) or not cells:
        raise Refused(_("There is nothing to fix."), status=422)
    rows = [_fixed(cell) for cell in cells]
    outcomes = actions.fix_quantities(run, rows, str(told.get("reason", "")), by=request.user)
    return _answer(request, run, outcomes)


@login_required
@require_POST
@answers_json
def undo(request: UserRequest) -> JsonResponse:
    """Take a batch back; what somebody fixed since stays."""
    request.user.must("plan supply")
    batch, run = _body(request).get("batch"), queries.newest()
    if not isinstance(batch, int):
        raise Refused(_("There are no such fixed quantities."), status=422)
    return _answer(request, run, actions.undo_fixed(batch, by=request.user), undone=True)


def _answer(
    request: UserRequest, run: queries.SupplyRun, outcomes: Sequence[FixOutcome], *, undone: bool = False
) -> JsonResponse:
    """What became of each cell, a sentence for all of them, and the history as it stands now."""
    taken = sum(one.state in ("given", "withdrawn") for one in outcomes)
    left = sum(one.state in ("stale", "refused") for one in outcomes)
    history = {"batches": queries.batches(run.as_of)}
    return JsonResponse(
        {
            "batch": next((one.batch for one in outcomes if one.batch), None),
            "sentence": _sentence(taken, left, undone=undone),
            "open": left,
            "outcomes": [_outcome(one) for one in outcomes],
            "history": render_to_string("supply/_fixed.html", history, request),
        }
    )


def _sentence(taken: int, left: int, *, undone: bool) -> str:
    said = (
        ngettext("%(count)s quantity taken back.", "%(count)s quantities taken back.", taken)
        if undone
        else ngettext("%(count)s quantity fixed.", "%(count)s quantities fixed.", taken)
    ) % {"count": taken}
    more = ngettext(
        "%(count)s needs your look: it was not taken.", "%(count)s need your look: they were not taken.", left
    ) % {"count": left}
    then = _("The next plan keeps to it.")
    return f"{said} {more}" if left else f"{said} {then}"


def _outcome(one: FixOutcome) -> dict[str, Any]:
    """One cell's answer; ``standing`` is what stands in it from now on."""
    edit = one.standing
    return {
        "series": one.fixed.item,
        "period": one.fixed.period.isoformat(),
        "state": one.state,
        "sentence": one.sentence,
        "standing": edit
        and {
            "quantity": edit.quantity,
            "version": edit.version,
            "reason": edit.batch.reason,
            "author": edit.batch.author.name,
            "expires": "",
        },
    }


def _fixed(cell: object) -> Fixed:
    """One cell as it was sent."""
    if not isinstance(cell, dict):
        raise Refused(_("A cell names its item, month and figure."), status=422)
    quantity, seen = cell.get("quantity"), cell.get("seen")
    try:
        figure = None if quantity is None else float(quantity)
        period = date.fromisoformat(str(cell.get("period", "")))
    except ValueError as fault:
        raise Refused(_("A cell names its item, month and figure."), status=422) from fault
    return Fixed(str(cell.get("series", "")), period, figure, seen if isinstance(seen, int) else 0)


def _body(request: UserRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.body)
    except ValueError as fault:
        raise Refused(_("This is not understood."), status=422) from fault
    if not isinstance(told, dict):
        raise Refused(_("This is not understood."), status=422)
    return told


@login_required
@require_POST
def plan_anew(request: UserRequest) -> HttpResponse:
    """Plan anew with what is fixed, in the background."""
    request.user.must("plan supply")
    return work_out(request, queries.newest().consensus_id, queries.BASE)


@login_required
@require_POST
def approve(request: UserRequest, run_id: int) -> HttpResponse:
    """Approve a plan."""
    actions.approve_plan(queries.run(run_id), request.POST.get("comment", ""), by=request.user)
    messages.success(request, _("Approved: the next plans keep to its frozen months."))
    return redirect("plan-grid")


@login_required
@require_POST
def open_fence(request: UserRequest) -> HttpResponse:
    """Open the frozen months, with a reason."""
    form = FenceForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            actions.open_fence(form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("The frozen months are open until a plan is approved anew."))
    return _back(request, form.errors.values())


@login_required
@require_POST
def set_rules(request: UserRequest) -> HttpResponse:
    """Say how many months are frozen, and what later changes cost."""
    form = RulesForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            share = form.cleaned_data["change_percent"] / 100
            actions.set_plan_rules(form.cleaned_data["frozen_months"], share, by=request.user)
            messages.success(request, _("Kept: the next plan goes by it."))
    return _back(request, form.errors.values())


def _back(request: UserRequest, faults: Any) -> HttpResponse:
    for fault in [text for texts in faults for text in texts]:
        messages.error(request, str(fault))
    return redirect("plan-grid")


urlpatterns = [
    path("supply/grid/", plan_grid, name="plan-grid"),
    path("supply/grid/figures/", figures, name="plan-grid-figures"),
    path("supply/grid/fix/", fix, name="plan-grid-fix"),
    path("supply/grid/undo/", undo, name="plan-grid-undo"),
    path("supply/grid/plan/", plan_anew, name="plan-grid-plan"),
    path("supply/runs/<int:run_id>/approve/", approve, name="approve-supply"),
    path("supply/fence/open/", open_fence, name="open-fence"),
    path("supply/fence/rules/", set_rules, name="set-plan-rules"),
]
