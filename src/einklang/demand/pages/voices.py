"""One voice: said about one series in one month, and taken back."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries
from einklang.demand.forms import VoiceForm
from einklang.demand.pages.places import KEPT, expiries, month_named, review_address
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on


@login_required
def voice(request: UserRequest, as_of: str, code: str, period: str) -> HttpResponse:
    """Say what you expect of one series in one month; what was said before stands beneath."""
    request.user.must("give voice")
    month, speaks_of = month_named(period), month_named(as_of)
    point = queries.place(speaks_of, code, month)
    kind = request.POST.get("kind") or request.GET.get("kind") or queries.kinds()[0][0]
    standing = queries.standing_voice(speaks_of, code, month, kind)
    start = {
        "kind": kind,
        "quantity": standing.quantity.normalize() if standing else round(point.mean),
        "expires": standing.expires if standing else None,
        "seen": queries.seen(speaks_of, code, month),
    }
    form = VoiceForm(request.POST or None, initial=start, until=expiries(speaks_of))
    if form.is_valid() and _said(form, speaks_of, code, month, request):
        messages.success(request, _("Your voice is noted."))
        return redirect(review_address(request.POST, speaks_of, month))
    context = {
        "form": form,
        "point": point,
        "as_of": speaks_of,
        "period": month,
        "code": code,
        "name": queries.names().get(code, code),
        "about": queries.about(speaks_of, code, month),
        "kept": {name: value for name, value in (request.POST or request.GET).items() if name in KEPT},
        "back": review_address(request.POST or request.GET, speaks_of, month),
    }
    response = render(request, "demand/voice.html", context)
    if request.method == "POST":
        # Within the review the form stands in the table: a refusal is shown in the form's place.
        response["HX-Retarget"] = response["HX-Reselect"] = "#voice"
    return response


def _said(form: VoiceForm, as_of: date, code: str, month: date, request: UserRequest) -> bool:
    """Whether the voice was taken; a refusal, and what stands now, are put on the form."""
    said = form.cleaned_data
    with refusals_on(form):
        actions.give_voice(
            as_of,
            code,
            month,
            said["quantity"],
            kind=said["kind"],
            reason=said["reason"],
            seen_version=form.seen_version(),
            expires=said["expires"] or None,
            by=request.user,
        )
    if form.errors:
        # The next attempt answers to what stands now, which the page shows beneath.
        form.data = {**request.POST.dict(), "seen": queries.seen(as_of, code, month)}
    return not form.errors


@login_required
@require_POST
def withdraw(request: UserRequest, voice_id: int) -> HttpResponse:
    """Take a voice back."""
    given = queries.voice(voice_id)
    run = queries.latest_run()
    # A voice carried on from an earlier review is taken back from the present one on.
    actions.withdraw_voice(given, by=request.user, as_of=run.as_of if run else None)
    messages.success(request, _("The voice is withdrawn."))
    return redirect(review_address(request.POST, given.as_of, given.period))


urlpatterns = [
    path("demand/voices/<str:as_of>/<str:code>/<str:period>/", voice, name="voice"),
    path("demand/voices/<int:voice_id>/withdraw/", withdraw, name="withdraw-voice"),
]
