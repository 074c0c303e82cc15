"""Exceptions as a list to work through: what needs attention, what would mend it, what was done."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.web.paging import paged

ROWS = 30
LATELY = 3
NARROWING = ("kind", "item", "family", "buyer", "centre")


def _asked(request: UserRequest) -> queries.Narrowed:
    given = {name: request.GET.get(name, "").strip() for name in NARROWING}
    state, sort = request.GET.get("state", "open"), request.GET.get("sort", "value")
    return queries.Narrowed(**given, state=state, sort=sort)


@login_required
def exception_list(request: UserRequest, run_id: int) -> HttpResponse:
    """What needs attention in a plan, each with what would mend it, the dearest first."""
    request.user.must("see supply")
    run, asked = queries.run(run_id), _asked(request)
    found = paged(request, queries.worklist(run, asked, seen_by=request.user), ROWS)
    mine = queries.remedies(run, seen_by=request.user).filter(by=request.user, undo=None)
    context = {
        "run": run,
        "page": found,
        "rows": queries.rows(run, list(found), seen_by=request.user),
        "asked": asked,
        "choices": queries.choices(run),
        "is_worked": queries.is_worked(run),
        "newest": queries.latest(),
        "lately": [(one, queries.remedy_sentence(one)) for one in mine[:LATELY]],
    }
    return render(request, "supply/exceptions.html", context)


@login_required
@require_POST
def mend(request: UserRequest, run_id: int) -> HttpResponse:
    """Do what a button of the list says: one mend of one exception, or the first of all that are ticked."""
    request.user.must("handle exceptions")
    run = queries.run(run_id)
    number, _colon, kind = request.POST.get("do", "").partition(":")
    if number == "several":
        _mend_several(request, "" if kind == "first" else kind)
    elif number.isdigit():
        _mend_one(request, int(number), kind)
    else:
        messages.error(request, _("Nothing was chosen."))
    back = reverse("supply-exceptions", args=[run.pk])
    return redirect(f"{back}?{request.GET.urlencode()}" if request.GET else back)


def _mend_one(request: UserRequest, number: int, kind: str) -> None:
    one, reason = queries.exception(number), request.POST.get(f"reason-{number}", "")
    try:
        remedy = actions.mend(one, kind, reason, by=request.user)
    except NotAllowed:
        raise
    except (Refused, NotFound) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, queries.remedy_sentence(remedy) or _("Done."))


def _mend_several(request: UserRequest, kind: str) -> None:
    """Each of the ticked is answered: what was done is counted, what was not says why."""
    ticked = [int(one) for one in request.POST.getlist("chosen") if one.isdigit()]
    try:
        told = actions.mend_several(
            [(one, kind) for one in ticked], request.POST.get("reason", ""), by=request.user
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return
    done = sum(one.ok for one in told)
    if done:
        text = ngettext("%(count)s exception is done.", "%(count)s exceptions are done.", done)
        messages.success(request, text % {"count": done})
    for one in told:
        if not one.ok:
            about = queries.exception_sentence(queries.exception(one.exception), with_money=False)
            messages.warning(request, f"{about} {one.sentence}")


@login_required
@require_POST
def undo(request: UserRequest, remedy_id: int) -> HttpResponse:
    """Take back what was done about an exception."""
    request.user.must("handle exceptions")
    remedy = queries.remedy(remedy_id)
    try:
        actions.undo_remedy(remedy, by=request.user)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back; the exception is open again."))
    back = reverse("supply-exceptions", args=[remedy.exception.run_id])
    return redirect(f"{back}?{request.GET.urlencode()}" if request.GET else back)


urlpatterns = [
    path("supply/runs/<int:run_id>/exceptions/", exception_list, name="supply-exceptions"),
    path("supply/runs/<int:run_id>/exceptions/mend/", mend, name="mend-exceptions"),
    path("supply/remedies/<int:remedy_id>/undo/", undo, name="undo-remedy"),
]
