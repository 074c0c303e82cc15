"""The review list: which items need a person this month, and why the others need nobody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.demand import actions, queries
from einklang.demand.forms import RuleForm
from einklang.demand.pages.places import day_named, nothing_yet
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@login_required
def review_list(request: UserRequest) -> HttpResponse:
    """What needs a person, the most valuable first; narrowed to one reason, or what needs nobody."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    found = queries.touchless(run, seen_by=request.user)
    why = request.GET.get("why", "")
    rows = found.untouched if why == "none" else found.review
    if why and why != "none":
        rows = [row for row in rows if any(reason.key == why for reason in row.reasons)]
    form = RuleForm.of(found.rule, request.POST or None)
    if request.method == "POST":
        request.user.must("agree demand")
        if form.is_valid():
            with refusals_on(form):
                actions.set_review_rule(**form.shares(), by=request.user)
                messages.success(request, _("The limits are set; the list follows them."))
                return redirect("review-list")
    context = {
        "run": run,
        "found": found,
        "page": paged(request, rows, 50),
        "why": why,
        "reasons": [(key, _reasons()[key], count) for key, count in found.counts.items()],
        "needing": len(found.review),
        "untouched": len(found.untouched),
        "form": form,
        "month_of_run": f"{run.as_of:%Y-%m}",
    }
    return render(request, "demand/notable.html", context, status=422 if form.errors else 200)


def _reasons() -> dict[str, str]:
    """Each reason in a word or two."""
    return {
        "failure": _("Stand-in forecast"),
        "outlier": _("Odd month"),
        "voice": _("Voice"),
        "event": _("Event ahead"),
        "launch": _("New"),
        "end": _("Ends soon"),
        "successor": _("Successor"),
        "unmeasured": _("Not measurable"),
        "error": _("Large error"),
        "bias": _("Bias"),
        "change": _("Large change"),
        "value": _("Most valuable"),
    }


urlpatterns = [path("demand/review-list/", review_list, name="review-list")]
