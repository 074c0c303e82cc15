"""Stock as pages: its health, what is too much, lost or misplaced, what money buys, what comes together."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.forms_stock import BudgetForm, KeepBudgetForm, SpareForm, TogetherForm
from einklang.supply.holding_charts import ages_chart, budget_chart
from einklang.supply.queries import holding
from einklang.web import formats
from einklang.web.paging import paged


@login_required
def stock(request: UserRequest) -> HttpResponse:
    """Stock health: classes, cover, overstock and age, each figure with its rows."""
    day = queries.usual_day()
    asked = {name: request.GET.get(name, "") for name in ("search", "state", "abc", "xyz")}
    lines = queries.health(day, seen_by=request.user, **asked)
    whole = lines if not any(asked.values()) else queries.health(day, seen_by=request.user)
    context = {
        "day": day,
        "page": paged(request, lines),
        "chart": ages_chart(queries.ageing(day), money=request.user.may("see cost")),
        "grid": holding.grid(whole),
        "asked": asked,
        "totals": queries.totals(whole),
        "counted_text": _("%(count)s items") % {"count": formats.quantity(len(whole))},
        "states": [
            ("out", _("Out of stock")),
            ("low", _("Low")),
            ("over", _("Overstock")),
            ("old", _("Old")),
            ("fine", _("Fine")),
        ],
    }
    return render(request, "supply/stock.html", context)


@login_required
def stock_classes(request: UserRequest) -> HttpResponse:
    """Which items changed their class in the last year."""
    day = queries.usual_day()
    found = holding.class_changes(day, seen_by=request.user)
    context = {"day": day, "page": paged(request, list(found.iter_rows(named=True)))}
    return render(request, "supply/stock_classes.html", context)


@login_required
def stock_spare(request: UserRequest) -> HttpResponse:
    """What is too much and too old: what to provide for it, and the markdown that still pays."""
    day, form = queries.usual_day(), SpareForm(request.GET or None)
    found = holding.spare(day, **form.assumed(), seen_by=request.user)
    context = {
        "day": day,
        "form": form,
        "found": found,
        "page": paged(request, found.lines),
        "ages": list(found.ages.iter_rows(named=True)),
    }
    return render(request, "supply/stock_spare.html", context)


@login_required
def stock_lost(request: UserRequest) -> HttpResponse:
    """What was probably lost for want of stock."""
    day = queries.usual_day()
    lines = holding.lost(day, seen_by=request.user)
    money = request.user.may("see cost")
    context = {
        "day": day,
        "page": paged(request, lines),
        "units": sum(line.lost for line in lines),
        "value_cents": sum(line.value_cents or 0 for line in lines) if money else None,
        "count": len(lines),
    }
    return render(request, "supply/stock_lost.html", context)


@login_required
def stock_moves(request: UserRequest) -> HttpResponse:
    """Moves between places that save more than they cost."""
    day = queries.usual_day()
    moves = holding.rebalancing(day, seen_by=request.user)
    money = request.user.may("see cost")
    context = {
        "day": day,
        "page": paged(request, moves),
        "count": len(moves),
        "saves_cents": sum(move.saves_cents or 0 for move in moves) if money else None,
    }
    return render(request, "supply/stock_moves.html", context)


@login_required
def stock_budget(request: UserRequest) -> HttpResponse:
    """What a sum of money in safety stock serves, and how to spread it."""
    day, form = queries.usual_day(), BudgetForm(request.GET or None)
    found = holding.budget_mix(day, form.cents(), seen_by=request.user)
    context = {
        "day": day,
        "found": found,
        "form": form,
        "chart": budget_chart(found) if found else None,
        "page": paged(request, list(found.lines.iter_rows(named=True))) if found else None,
        "exact": f"{found.cents / 100:.2f}" if found else "",
        "kept": queries.reasons_of_many(),
        "at": found.cents // 100 if found else 0,
        "most": found.most_cents // 100 if found else 0,
        "step": max(1, found.most_cents // 20000) if found else 1,
    }
    return render(request, "supply/stock_budget.html", context)


@login_required
@require_POST
def keep_budget(request: UserRequest) -> HttpResponse:
    """Keep the best mix for a sum of money, by hand and with a reason."""
    form = KeepBudgetForm(request.POST)
    cents = form.cents()
    request.user.must("plan supply")
    if not form.is_valid():
        messages.error(request, _("Say why: a stock set by hand outlives those who remember."))
        return redirect("stock-budget")
    found = holding.budget_mix(queries.usual_day(), cents, seen_by=request.user)
    levels = dict(found.lines.select("item", "proposed").iter_rows()) if found else {}
    made = actions.set_policies(levels, form.cleaned_data["reason"], by=request.user)
    text = _("%(count)s safety stocks are kept by hand from now on; the next plan uses them.")
    messages.success(request, text % {"count": formats.quantity(len(made))})
    return redirect("stock-budget")


@login_required
@require_POST
def release_budget(request: UserRequest) -> HttpResponse:
    """Let all safety stocks that were kept for one reason be computed again."""
    made = actions.release_policies(request.POST.get("reason", ""), by=request.user)
    text = _("The next plan computes %(count)s safety stocks again.")
    messages.success(request, text % {"count": formats.quantity(len(made))})
    return redirect("stock-budget")


@login_required
def stock_together(request: UserRequest) -> HttpResponse:
    """Items of one supplier ordered together."""
    day, form = queries.usual_day(), TogetherForm(request.GET or None)
    found = holding.together(day, **form.costs(), seen_by=request.user)
    context = {
        "day": day,
        "form": form,
        "found": found,
        "saves_cents": sum(one.saves_cents for one in found),
    }
    return render(request, "supply/stock_together.html", context)


urlpatterns = [
    path("supply/stock/", stock, name="stock-health"),
    path("supply/stock/classes/", stock_classes, name="stock-classes"),
    path("supply/stock/spare/", stock_spare, name="stock-spare"),
    path("supply/stock/lost/", stock_lost, name="stock-lost"),
    path("supply/stock/moves/", stock_moves, name="stock-moves"),
    path("supply/stock/budget/", stock_budget, name="stock-budget"),
    path("supply/stock/budget/keep/", keep_budget, name="keep-budget"),
    path("supply/stock/budget/release/", release_budget, name="release-budget"),
    path("supply/stock/together/", stock_together, name="stock-together"),
]
