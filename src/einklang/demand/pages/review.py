"""The demand review: the family tree, the forecast of one branch, its items, and the agreement."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries
from einklang.demand.pages.places import day_named, month_named, nothing_yet, review_address
from einklang.engine.errors import Impossible
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import forecast_chart
from einklang.web.paging import paged

NOTABLE_BIAS = 0.05


@login_required
def review(request: UserRequest) -> HttpResponse:
    """The demand review: the family tree, the forecast of one branch, its items in one month."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    asked = request.GET
    shown = queries.review(
        run,
        seen_by=request.user,
        node=asked.get("family", queries.TOTAL),
        month=day_named(asked.get("month")),
        search=asked.get("search", ""),
        sort=asked.get("sort", ""),
    )
    chart = forecast_chart(
        shown.actual,
        shown.forecast,
        shown.plan,
        title=queries.headline(shown.name, shown.actual, shown.forecast),
    )
    context = {
        "review": shown,
        "run": run,
        "chart": chart,
        "page": paged(request, shown.rows, 25),
        "month_of_run": f"{run.as_of:%Y-%m}",
        "month_shown": f"{shown.month:%Y-%m}",
        "now_text": formats.month(run.as_of),
        "accuracy_href": reverse("accuracy"),
        "consensus_href": reverse("consensus", args=[shown.consensus.pk]) if shown.consensus else "",
        "consensus_text": str(shown.consensus or ""),
        **_cards(shown),
    }
    return render(request, "demand/review.html", context)


def _cards(shown: queries.Review) -> dict[str, str]:
    """The words on the review's cards."""
    measured = shown.measured
    if measured is None or measured.wape is None or measured.bias is None:
        return {}
    right = max(0.0, 1 - measured.wape)
    naive = formats.percent(measured.naive_wape)
    sign = "+" if measured.bias > 0 else ""
    return {
        "accuracy_text": formats.percent(right),
        "accuracy_hint": _("Naive error %(naive)s, ours %(ours)s")
        % {"naive": naive, "ours": formats.percent(measured.wape)},
        "bias_text": f"{sign}{formats.percent(measured.bias, 1)}",
        "bias_hint": _("forecast too high") if measured.bias > 0 else _("forecast too low"),
        "bias_tone": "warn" if abs(measured.bias) > NOTABLE_BIAS else "good",
    }


@login_required
@require_POST
def agree(request: UserRequest) -> HttpResponse:
    """Agree one demand plan for the month under review."""
    request.user.must("agree demand")
    month = month_named(request.POST.get("as_of", ""))
    try:
        agreed = actions.agree(month, by=request.user)
    except Impossible as refusal:
        messages.error(request, str(refusal))
        return redirect(review_address(request.POST, month, None))
    text = _("Agreed: %(consensus)s, from the forecast and %(voices)s voices.")
    messages.success(request, text % {"consensus": agreed, "voices": agreed.voices})
    return redirect(review_address(request.POST, month, None))


urlpatterns = [
    path("demand/", review, name="demand"),
    path("demand/agree/", agree, name="agree-demand"),
]
