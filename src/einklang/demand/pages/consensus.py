"""What was agreed: the way from last year to the number, and one consensus line by line."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.pages.places import day_named, family_choices
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, Step, waterfall
from einklang.web.paging import paged

WHOLE = ("naive", "agreed")
SILENT = 0.5
LARGE = 100


@login_required
def consensus(request: UserRequest, consensus_id: int) -> HttpResponse:
    """One consensus: what each step changed, then line by line with why."""
    request.user.must("see demand")
    agreed = queries.agreed(consensus_id)
    node = request.GET.get("series", queries.TOTAL)
    month = day_named(request.GET.get("month"))
    moved = queries.moved_lines(agreed)
    rows = moved if request.GET.get("moved", "1") == "1" else queries.consensus_lines(agreed)
    why = queries.steps(agreed, node, month)
    months = sorted({line.period for line in queries.consensus_lines(agreed, _first_series(agreed))})
    context = {
        "consensus": agreed,
        "page": paged(request, rows),
        "moved": moved.count(),
        "kinds": dict(queries.kinds()),
        "lines": queries.consensus_lines(agreed).count(),
        "former": queries.agreed_list(seen_by=request.user).filter(as_of=agreed.as_of),
        "why": why,
        "chart": steps_chart(why, queries.names().get(node, node)),
        "node": node,
        "month": month,
        "months": months,
        "families": family_choices(),
    }
    return render(request, "demand/consensus.html", context)


def steps_chart(why: queries.Why, name: str) -> Chart:
    """The steps of one number as a waterfall; steps that changed nothing are left out."""
    digits = 0 if abs(why.steps[-1].quantity) >= LARGE else 2
    shown = [
        Step(
            step.label,
            round(step.quantity if step.name in WHOLE else step.change, digits),
            total=step.name in WHOLE,
        )
        for step in why.steps
        if step.name in (*WHOLE, "statistical") or abs(step.change) >= SILENT
    ]
    first, last = why.steps[0].quantity, why.steps[-1].quantity
    facts = {
        "name": name,
        "first": formats.quantity(round(first)),
        "last": formats.quantity(round(last)),
        "when": formats.month(why.period) if why.period else _("all months"),
    }
    title = _("%(name)s, %(when)s: from %(first)s a year before to %(last)s agreed") % facts
    return waterfall(shown, title=title, unit="quantity")


def _first_series(agreed: object) -> str:
    line = queries.consensus_lines(agreed).first()  # type: ignore[arg-type]
    return line.series if line else ""


urlpatterns = [path("demand/consensus/<int:consensus_id>/", consensus, name="consensus")]
