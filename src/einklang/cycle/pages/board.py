"""The cycle board: a month's steps, who answers, what the gates say, and the signatures."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.cycle import actions, queries
from einklang.cycle.forms import OpenForm, SignForm, StepForm, month_name
from einklang.cycle.steps import kind_of
from einklang.engine.periods import parse_month
from einklang.kernel import jobs
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.forms import refusals_on


@login_required
def newest(request: UserRequest) -> HttpResponse:
    """The board of the newest cycle, or how to open the first."""
    request.user.must("see demand")
    found = queries.latest_cycle()
    if found is not None:
        return _board(request, month_name(found.month))
    form = OpenForm(initial={"month": month_name(queries.month_to_open())})
    return render(request, "cycle/none.html", {"form": form, "may_open": request.user.may("open cycle")})


@login_required
def month(request: UserRequest, month: str) -> HttpResponse:
    """The board of one month."""
    request.user.must("see demand")
    return _board(request, month)


def _board(request: UserRequest, month: str, form: SignForm | None = None, at: str = "") -> HttpResponse:
    cycle = queries.cycle(parse_month(month))
    steps = queries.board(cycle, seen_by=request.user)
    now = queries.standing(cycle)
    context = {
        "cycle": cycle,
        "months": [(found.month, month_name(found.month)) for found in queries.cycles()[:24]],
        "steps": steps,
        "done": sum(step.state == "done" for step in steps),
        "open_steps": queries.next_steps(steps),
        "version": now.version,
        "newer": [one for one in queries.versions(seen_by=request.user, of=cycle) if one != now.version],
        "gap": queries.gap(now.version) if now.version else None,
        "decisions": queries.decisions(cycle),
        "assumptions": queries.assumptions(cycle),
        "weighted": queries.risks_and_chances(cycle),
        "form": form or SignForm(),
        "refused_at": at,
        "may_run": request.user.may("freeze plan") and request.user.may("plan supply"),
        "may_open": request.user.may("open cycle"),
        "may_decide": request.user.may("decide"),
        "may_note": request.user.may("give voice"),
        "next_month": month_name(queries.month_to_open()),
    }
    return render(request, "cycle/board.html", context)


@login_required
@require_POST
def open_month(request: UserRequest) -> HttpResponse:
    """Open a month's cycle."""
    form = OpenForm(request.POST)
    if form.is_valid():
        cycle = actions.open_cycle(form.cleaned_data["month"], by=request.user)
        return redirect("cycle-month", month_name(cycle.month))
    return render(request, "cycle/none.html", {"form": form, "may_open": request.user.may("open cycle")})


@login_required
@require_POST
def sign(request: UserRequest, month: str, code: str) -> HttpResponse:
    """Sign one step with the words beside it."""
    cycle = queries.cycle(parse_month(month))
    form = SignForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            signature = actions.take_step(cycle, code, comment=form.cleaned_data["comment"], by=request.user)
            messages.success(request, _("%(step)s is signed.") % {"step": kind_of(signature.step).title})
            return redirect("cycle-month", month)
    return _board(request, month, form, code)


@login_required
@require_POST
def run(request: UserRequest, month: str) -> HttpResponse:
    """Plan the month in one go, in the background."""
    request.user.must("freeze plan")
    cycle = queries.cycle(parse_month(month))
    scenario = request.POST.get("scenario") or queries.BASE
    if scenario not in queries.waiting_scenarios(cycle, seen_by=request.user):
        scenario = queries.scenario(cycle, scenario).name
    job = jobs.enqueue(
        "cycle.jobs.run_month",
        about=_("Plan %(month)s, scenario %(scenario)s")
        % {"month": formats.month(cycle.month), "scenario": scenario},
        by=request.user,
        month=cycle.month.isoformat(),
        scenario=scenario,
        username=request.user.username,
    )
    return redirect("job", job.pk)


@login_required
def step(request: UserRequest, month: str, code: str) -> HttpResponse:
    """Who answers for a step, by when, and what is on its agenda."""
    cycle = queries.cycle(parse_month(month))
    kind = kind_of(code)
    row = queries.step_row(cycle, code)
    given = {
        "owner": row.owner.username if row.owner else "",
        "due_on": row.due_on,
        "participants": [person.username for person in row.participants.all()],
        "agenda": row.agenda,
    }
    form = StepForm(request.POST or None, initial=given, seen_by=request.user)
    if form.is_valid():
        chosen = form.cleaned_data
        owner = people.user(chosen["owner"]) if chosen["owner"] else None
        guests = [people.user(name) for name in chosen["participants"]]
        actions.assign_step(
            cycle, code, owner=owner, due=chosen["due_on"], agenda=chosen["agenda"], by=request.user
        )
        actions.invite(cycle, code, guests, by=request.user)
        return redirect("cycle-month", month)
    return render(request, "cycle/step.html", {"cycle": cycle, "kind": kind, "row": row, "form": form})


urlpatterns = [
    path("cycle/", newest, name="cycle"),
    path("cycle/open/", open_month, name="cycle-open"),
    path("cycle/<str:month>/", month, name="cycle-month"),
    path("cycle/<str:month>/run/", run, name="cycle-run"),
    path("cycle/<str:month>/<str:code>/sign/", sign, name="cycle-sign"),
    path("cycle/<str:month>/<str:code>/step/", step, name="cycle-step"),
]
