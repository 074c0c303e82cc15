"""Demand as pages: the review, runs, one item, voices, the consensus, accuracy."""

from datetime import date

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries
from einklang.demand.forms import RunForm, VoiceForm
from einklang.engine.errors import Impossible
from einklang.kernel import jobs
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, forecast_chart, lines
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

NOTABLE_BIAS = 0.05
KEPT = ("family", "search", "sort", "page")
"""What of the review's address a person comes back to."""


def _day(text: str | None) -> date | None:
    """A month from an address; nothing where none is named."""
    if not text:
        return None
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError as fault:
        raise NotFound(_("%(text)s is not a month.") % {"text": text}) from fault


def _month(text: str) -> date:
    """A month that an address must name."""
    found = _day(text)
    if found is None:
        raise NotFound(_("The address names no month."))
    return found


@login_required
def review(request: UserRequest) -> HttpResponse:
    """The demand review: the family tree, the forecast of one branch, its items in one month."""
    request.user.must("see demand")
    run = queries.latest_run(_day(request.GET.get("as_of")))
    if run is None:
        return _nothing_yet(request)
    asked = request.GET
    shown = queries.review(
        run,
        seen_by=request.user,
        node=asked.get("family", queries.TOTAL),
        month=_day(asked.get("month")),
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


def _nothing_yet(request: UserRequest) -> HttpResponse:
    """Before the first forecast: what is missing, and how to get it."""
    months = queries.months_known()
    return render(request, "demand/start.html", {"form": RunForm(months=months), "months": months})


@login_required
def run_list(request: UserRequest) -> HttpResponse:
    """All forecast runs, and the form that starts one."""
    form = RunForm(months=queries.months_known())
    found = paged(request, queries.runs(seen_by=request.user))
    return render(request, "demand/runs.html", {"page": found, "form": form})


@login_required
@require_POST
def start_run(request: UserRequest) -> HttpResponse:
    """Start a forecast in the background and show how far it is."""
    request.user.must("run forecast")
    form = RunForm(request.POST, months=queries.months_known())
    if not form.is_valid():
        found = paged(request, queries.runs(seen_by=request.user))
        return render(request, "demand/runs.html", {"page": found, "form": form})
    month = form.cleaned_data["as_of"].replace(day=1)
    job = jobs.enqueue(
        "demand.jobs.forecast",
        about=_("Forecast as of %(month)s") % {"month": formats.month(month)},
        by=request.user,
        as_of=month.isoformat(),
        horizon=form.cleaned_data["horizon"],
        username=request.user.username,
    )
    return redirect("job", job.pk)


@login_required
def run_page(request: UserRequest, run_id: int) -> HttpResponse:
    """One run: what it knew, what it rests on, how well it would have done."""
    request.user.must("see demand")
    run = queries.run(run_id)
    whole = queries.item_view(run, queries.TOTAL, seen_by=request.user)
    chart = forecast_chart(
        whole.actual,
        whole.forecast,
        whole.plan,
        title=queries.headline(whole.name, whole.actual, whole.forecast),
    )
    lags = [(lag, queries.snapshot(run, lag=lag)) for lag in (1, 2, 3)]
    context = {"run": run, "chart": chart, "lags": lags, "whole": whole}
    return render(request, "demand/run.html", context)


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item or family: history, forecast, voices, and why; also shown within other pages."""
    request.user.must("see demand")
    run = queries.latest_run(_day(request.GET.get("as_of")))
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    chart = None
    if shown:
        message = queries.headline(shown.name, shown.actual, shown.forecast)
        chart = forecast_chart(shown.actual, shown.forecast, shown.plan, title=message)
    return render(request, "demand/item.html", {"item": shown, "run": run, "chart": chart, "code": code})


@login_required
def voice(request: UserRequest, as_of: str, code: str, period: str) -> HttpResponse:
    """Say what you expect of one series in one month; what was said before stands beneath."""
    request.user.must("give voice")
    month, speaks_of = _month(period), _month(as_of)
    point = queries.place(speaks_of, code, month)
    kind = request.POST.get("kind") or request.GET.get("kind") or queries.kinds()[0][0]
    standing = queries.standing_voice(speaks_of, code, month, kind)
    start = {
        "kind": kind,
        "quantity": standing.quantity.normalize() if standing else round(point.mean),
        "seen": queries.seen(speaks_of, code, month),
    }
    form = VoiceForm(request.POST or None, initial=start)
    if form.is_valid() and _said(form, speaks_of, code, month, request):
        messages.success(request, _("Your voice is noted."))
        return redirect(_review_address(request.POST, speaks_of, month))
    context = {
        "form": form,
        "point": point,
        "as_of": speaks_of,
        "period": month,
        "code": code,
        "name": queries.names().get(code, code),
        "about": queries.about(speaks_of, code, month),
        "kept": {name: value for name, value in (request.POST or request.GET).items() if name in KEPT},
        "back": _review_address(request.POST or request.GET, speaks_of, month),
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
    actions.withdraw_voice(given, by=request.user)
    messages.success(request, _("The voice is withdrawn."))
    return redirect(_review_address(request.POST, given.as_of, given.period))


@login_required
@require_POST
def agree(request: UserRequest) -> HttpResponse:
    """Agree one demand plan for the month under review."""
    request.user.must("agree demand")
    month = _month(request.POST.get("as_of", ""))
    try:
        agreed = actions.agree(month, by=request.user)
    except Impossible as refusal:
        messages.error(request, str(refusal))
        return redirect(_review_address(request.POST, month, None))
    text = _("Agreed: %(consensus)s, from the forecast and %(voices)s voices.")
    messages.success(request, text % {"consensus": agreed, "voices": agreed.voices})
    return redirect(_review_address(request.POST, month, None))


@login_required
def consensus(request: UserRequest, consensus_id: int) -> HttpResponse:
    """One consensus, line by line, with why."""
    request.user.must("see demand")
    agreed = queries.agreed(consensus_id)
    moved = queries.moved_lines(agreed)
    rows = moved if request.GET.get("moved", "1") == "1" else queries.consensus_lines(agreed)
    context = {
        "consensus": agreed,
        "page": paged(request, rows),
        "moved": moved.count(),
        "kinds": dict(queries.kinds()),
        "lines": queries.consensus_lines(agreed).count(),
        "former": queries.agreed_list(seen_by=request.user).filter(as_of=agreed.as_of),
    }
    return render(request, "demand/consensus.html", context)


@login_required
def accuracy(request: UserRequest) -> HttpResponse:
    """How right the forecast was: by item or family and by month, error beside bias."""
    request.user.must("see demand")
    run = queries.latest_run(_day(request.GET.get("as_of")))
    if run is None:
        return _nothing_yet(request)
    lag = int(request.GET["lag"]) if request.GET.get("lag") in ("1", "2", "3") else 1
    level = request.GET["level"] if request.GET.get("level") in ("item", "family", "total") else "item"
    by_month = queries.accuracy_by_month(run, lag=lag)
    measured = queries.snapshot(run, lag=lag)
    context = {
        "run": run,
        "lag": lag,
        "level": level,
        "measured": measured,
        "chart": _error_chart(by_month, measured),
        "page": paged(request, queries.accuracy(run, level=level, lag=lag)),
        "added": _named(queries.voices_added(run.as_of)),
    }
    return render(request, "demand/accuracy.html", context)


def _named(added: pl.DataFrame) -> list[dict[str, object]]:
    """What voices added, each kind by its name for people."""
    labels = dict(queries.kinds())
    return [row | {"kind": labels[row["kind"]]} for row in added.iter_rows(named=True)]


def _error_chart(by_month: pl.DataFrame, measured: queries.Measured | None) -> Chart | None:
    """The engine's error by month beside that of no engine at all."""
    if measured is None or measured.wape is None:
        return None
    title = _("The forecast was off by %(wape)s of what came") % {"wape": formats.percent(measured.wape, 1)}
    both = pl.concat(
        [
            by_month.select("period", pl.lit(_("Forecast")).alias("who"), pl.col("wape").alias("error")),
            by_month.select(
                "period",
                pl.lit(_("Same month a year before")).alias("who"),
                pl.col("naive_wape").alias("error"),
            ),
        ]
    ).filter(pl.col("error").is_not_null())
    return lines(both, y="error", by="who", title=title, unit="percent")


def _review_address(asked: QueryDict, as_of: date, month: date | None) -> str:
    """The review as the person left it."""
    kept = {name: str(asked[name]) for name in KEPT if asked.get(name)}
    if month:
        kept["month"] = f"{month:%Y-%m}"
    return f"{reverse('demand')}?{urlencode({'as_of': f'{as_of:%Y-%m}', **kept})}"


urlpatterns = [
    path("demand/", review, name="demand"),
    path("demand/runs/", run_list, name="forecast-runs"),
    path("demand/runs/start/", start_run, name="start-forecast"),
    path("demand/runs/<int:run_id>/", run_page, name="forecast-run"),
    path("demand/items/<str:code>/", item, name="item-demand"),
    path("demand/voices/<str:as_of>/<str:code>/<str:period>/", voice, name="voice"),
    path("demand/voices/<int:voice_id>/withdraw/", withdraw, name="withdraw-voice"),
    path("demand/agree/", agree, name="agree-demand"),
    path("demand/consensus/<int:consensus_id>/", consensus, name="consensus"),
    path("demand/accuracy/", accuracy, name="accuracy"),
]
