"""The grid as an Excel workbook: out, in again, checked cell by cell, taken, undone."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries, sheets
from einklang.demand.actions import Outcome
from einklang.demand.forms import SheetForm
from einklang.demand.pages.places import day_named, kind_named, nothing_yet
from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "demand.sheet"
HOURS = 12
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of a workbook and what becomes of it."""

    series: str
    name: str
    period: date
    state: str
    before: object
    after: object
    sentence: str


@login_required
def sheet_out(request: UserRequest) -> HttpResponse:
    """The grid as it is chosen, as a workbook to fill in."""
    request.user.must("give voice")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    kind = kind_named(request.GET.get("kind"))
    told = queries.grid(
        run,
        seen_by=request.user,
        family=request.GET.get("family", queries.TOTAL),
        territory=request.GET.get("territory", ""),
        kind=kind,
    )
    response = HttpResponse(sheets.workbook(told, kind), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="demand-{run.as_of:%Y-%m}-{kind}.xlsx"'
    return response


@login_required
def sheet_in(request: UserRequest) -> HttpResponse:
    """Bring a workbook back: first it is only checked, and says what would become of each cell."""
    request.user.must("give voice")
    form = SheetForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            said = form.cleaned_data
            brought = sheets.read(said["workbook"], reason=said["reason"].strip())
            outcomes = sheets.rehearse(brought, by=request.user)
            context |= _report(outcomes, brought)
            context["carried"] = signing.dumps(
                [request.user.pk, brought.as_of.isoformat(), sheets.carried(brought)],
                salt=SALT,
                compress=True,
            )
    return render(request, "demand/sheet.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def sheet_take(request: UserRequest) -> HttpResponse:
    """Take what was checked; what changed meanwhile is judged anew."""
    request.user.must("give voice")
    who, day, rows = _carried(request.POST.get("carried", ""))
    if who != request.user.pk:
        raise Refused(_("Somebody else checked this workbook: bring it in yourself."), status=403)
    as_of = date.fromisoformat(day)
    outcomes = actions.give_voices(as_of, sheets.uncarried(rows), by=request.user)
    context = _report(outcomes, None) | {"taken": True, "as_of": as_of}
    return render(request, "demand/sheet.html", context)


@login_required
@require_POST
def undo_batch(request: UserRequest, batch: int) -> HttpResponse:
    """Take back what was said in one go."""
    outcomes = actions.take_back(batch, by=request.user)
    back = sum(outcome.state in ("given", "withdrawn") for outcome in outcomes)
    text = ngettext("%(count)s figure taken back.", "%(count)s figures taken back.", back)
    messages.success(request, text % {"count": back})
    return redirect("demand-grid")


def _carried(text: str) -> tuple[int, str, list[list[object]]]:
    try:
        who, day, rows = signing.loads(text, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature as fault:
        raise Refused(_("That check is too old: bring the workbook in again."), status=422) from fault
    return who, day, rows


def _report(outcomes: list[Outcome], brought: sheets.Brought | None) -> dict[str, object]:
    """Counts by state and the cells, those that need a look first."""
    known = queries.names()
    lines = [
        Line(
            outcome.said.series,
            known.get(outcome.said.series, outcome.said.series),
            outcome.said.period,
            outcome.state,
            outcome.standing.quantity if outcome.standing else None,
            outcome.said.quantity,
            outcome.sentence or outcome.said.reason,
        )
        for outcome in outcomes
    ]
    unread = brought.unread if brought else []
    lines += [
        Line(one.series, known.get(one.series, one.series), one.period, "refused", None, None, one.sentence)
        for one in unread
    ]
    order = {"refused": 0, "stale": 1, "given": 2, "withdrawn": 3, "unchanged": 4}
    lines.sort(key=lambda line: order[line.state])
    counts = {state: sum(line.state == state for line in lines) for state in order}
    if brought:
        counts["unchanged"] += brought.unchanged
    return {
        "checked": True,
        "counts": counts,
        "lines": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "to_take": counts["given"] + counts["withdrawn"],
        "batch": next((outcome.batch for outcome in outcomes if outcome.batch), None),
    }


urlpatterns = [
    path("demand/grid/excel/", sheet_out, name="demand-sheet"),
    path("demand/grid/excel/in/", sheet_in, name="demand-sheet-in"),
    path("demand/grid/excel/take/", sheet_take, name="demand-sheet-take"),
    path("demand/batches/<int:batch>/undo/", undo_batch, name="undo-voices"),
]
