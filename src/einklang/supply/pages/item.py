"""One item in the plan as a page: its record, its orders, what they are for and draw, its policy."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.charts import item_chart
from einklang.supply.forms import PolicyForm
from einklang.supply.pages.loading import bar_of
from einklang.web.forms import refusals_on


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item in the plan: stock by month, orders, what they are for; also a part of the item's own page."""
    request.user.must("see supply")
    asked = request.GET.get("run", "")
    run = queries.run(int(asked)) if asked.isdigit() else queries.latest()
    return _item_page(request, code, run, PolicyForm())


def _item_page(
    request: UserRequest, code: str, run: queries.SupplyRun | None, form: PolicyForm
) -> HttpResponse:
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    money = request.user.may("see cost")
    context: dict[str, object] = {"code": code, "run": run, "item": shown, "form": form}
    if shown:
        context |= {
            "chart": item_chart(shown),
            "months": shown.record["period"].to_list(),
            "record": _record(shown),
            "parts": bar_of(shown.behind),
            "exceptions": [
                (one, queries.exception_sentence(one, with_money=money)) for one in shown.exceptions
            ],
            "history": list(queries.history(code)[1:6]),
        }
    return render(request, "supply/item.html", context)


def _record(shown: queries.ItemView) -> list[tuple[str, str, list[float]]]:
    """The rows of the record, each with its name and its figure a month; rows that are empty stay out."""
    record = shown.record.join(shown.months.select("period", "lost", "backlog"), on="period", how="left")
    rows = (
        ("gross", _("Gross need")),
        ("scheduled", _("On its way")),
        ("net", _("Net need")),
        ("planned", _("Planned to arrive")),
        ("released", _("Planned to start")),
        ("stock", _("Stock at the end")),
        ("backlog", _("Late")),
        ("lost", _("Lost")),
    )
    found = [(name, str(label), record[name].to_list()) for name, label in rows]
    return [row for row in found if row[0] not in ("backlog", "lost") or max(row[2]) >= 0.5]


@login_required
@require_POST
def set_policy(request: UserRequest, code: str) -> HttpResponse:
    """Set a safety stock by hand."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            actions.set_policy(
                code, form.cleaned_data["safety_stock"], form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("Kept by hand from now on; the next plan uses it."))
            return redirect("item-supply", code)
    return _item_page(request, code, queries.latest(), form)


@login_required
@require_POST
def release_policy(request: UserRequest, code: str) -> HttpResponse:
    """Let a safety stock be computed again."""
    actions.release_policy(code, by=request.user)
    messages.success(request, _("The next plan computes it again."))
    return redirect("item-supply", code)


urlpatterns = [
    path("supply/items/<str:code>/", item, name="item-supply"),
    path("supply/items/<str:code>/policy/", set_policy, name="set-policy"),
    path("supply/items/<str:code>/policy/release/", release_policy, name="release-policy"),
]
