"""The home page: what each role comes for, on one page, from the rooms' own questions.

Each part is one function: what it needs to be shown, or nothing where there is nothing to say. What
takes longer to count is asked for by a second request, so that the page itself is there at once.
"""

from collections.abc import Callable
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.config import quality
from einklang.crm import queries as crm
from einklang.cycle import queries as cycle
from einklang.engine.periods import add_months, month_of
from einklang.incentives import queries as incentives
from einklang.insight import queries as insight
from einklang.insight.present import Writer
from einklang.kernel import clock, jobs, journal
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.people.models import User
from einklang.supply import queries as supply
from einklang.web.charts import forecast_chart

Shown = dict[str, Any] | None
FEW = 6
YEARS_SHOWN = 2

# The parts each role comes for, in the order they stand.
PARTS: dict[str, tuple[str, ...]] = {
    "rep": ("tasks", "deals", "quotas", "latest_orders"),
    "manager": ("cycle", "deals", "quotas", "tasks"),
    "vp": ("money", "cycle", "deals", "decisions"),
    "planner": ("exceptions", "cycle", "bottlenecks", "jobs"),
    "finance": ("money", "cycle", "decisions", "bottlenecks"),
    "analyst": ("cycle", "gaps_in_data", "exceptions", "jobs"),
    "specialist": ("tasks", "gaps_in_data", "latest_orders", "jobs"),
    "admin": ("gaps_in_data", "jobs", "latest_doings"),
}


def tasks(user: User) -> Shown:
    """One's own open tasks, the most urgent first."""
    return {"tasks": list(crm.tasks(seen_by=user, owner=user.username)[:FEW])}


def deals(user: User) -> Shown:
    """Open deals left alone too long or overdue, the largest first."""
    owner = user.username if user.role == "rep" else ""
    return {"cards": crm.at_risk(seen_by=user, owner=owner)[:FEW]}


def quotas(user: User) -> Shown:
    """What was asked and what was sold, of the months that have a quota."""
    found = incentives.seller_attainment(seen_by=user, seller=user.username)[:3] if user.sells else []
    month = month_of(clock.today())
    territories = next(
        (
            rows
            for back in range(13)
            if (rows := incentives.territory_attainment(add_months(month, -back), seen_by=user))
        ),
        [],
    )
    return {"attainments": [*found, *territories][:FEW]} if found or territories else None


def cycle_steps(user: User) -> Shown:
    """Where this month's cycle stands and what is next."""
    found = cycle.latest_cycle()
    if found is None:
        return {"cycle": None}
    steps = cycle.board(found, seen_by=user)
    return {"cycle": found, "steps": steps, "next": cycle.next_steps(steps)}


def decisions(user: User) -> Shown:
    """The latest decisions of the cycle."""
    found = list(cycle.decisions()[:FEW])
    return {"decisions": found} if found else None


def money(user: User) -> Shown:
    """What was sold, what the plan in force will bring, and the budget, month by month."""
    found = cycle.latest_cycle()
    version = cycle.in_force(found) if found else None
    if found is None or version is None:
        return None
    plan = cycle.by_month(cycle.lines(version)).select("period", mean="revenue_cents")
    sold = cycle.actuals(add_months(found.month, -YEARS_SHOWN * 12 + 1), found.month)
    actual = sold.group_by("period").agg(quantity=pl.col("revenue_cents").sum()).sort("period")
    whole, cents = pl.col("top").is_null(), pl.col("amount_cents")
    said = pl.when(whole.any()).then(cents.filter(whole).sum()).otherwise(cents.sum())
    budget = cycle.budget(version).group_by("period").agg(quantity=said).sort("period")
    chart = forecast_chart(
        actual,
        plan,
        None if budget.is_empty() else budget,
        title=cycle.gap_sentence(cycle.gap(version), version.currency),
        unit="money",
        names=(_("Sold"), _("Plan in force"), _("Budget")),
    )
    return {"version": version, "chart": chart}


def exceptions(user: User) -> Shown:
    """What the latest supply plan asks a planner to look at, the most pressing first."""
    run = supply.latest()
    if run is None:
        return {"run": None}
    found = supply.exceptions(run, state="open")
    sees_cost = user.may("see cost")
    sentences = [(one, supply.exception_sentence(one, with_money=sees_cost)) for one in found[:FEW]]
    return {"run": run, "count": found.count(), "sentences": sentences}


def bottlenecks(user: User) -> Shown:
    """Where capacity holds the plan back, and what an hour more would bring."""
    run = supply.latest()
    sentences = supply.bottleneck_sentences(run, with_money=user.may("see cost")) if run else []
    return {"run": run, "sentences": sentences[:FEW]} if sentences else None


def gaps_in_data(user: User) -> Shown:
    """What is missing in the data that plans rest on."""
    return {"gaps": quality.gaps()}


def latest_orders(user: User) -> Shown:
    """The latest orders one may see."""
    return {"orders": list(orders.orders(seen_by=user)[:FEW])}


def latest_jobs(user: User) -> Shown:
    """The latest work in the background."""
    return {"jobs": list(jobs.listed(by=None if user.may("run jobs") else user)[:FEW])}


def latest_doings(user: User) -> Shown:
    """The latest lines of the journal."""
    return {"lines": list(journal.entries()[:FEW])} if user.may("see journal") else None


MAKE: dict[str, Callable[[User], Shown]] = {
    "tasks": tasks,
    "deals": deals,
    "quotas": quotas,
    "cycle": cycle_steps,
    "decisions": decisions,
    "money": money,
    "exceptions": exceptions,
    "bottlenecks": bottlenecks,
    "gaps_in_data": gaps_in_data,
    "latest_orders": latest_orders,
    "jobs": latest_jobs,
    "latest_doings": latest_doings,
}


LATER = {"gaps_in_data", "money"}


@login_required
def home(request: UserRequest) -> HttpResponse:
    """What the reader's role comes for."""
    parts = []
    for name in PARTS[request.user.role]:
        shown = {"name": name} if name in LATER else MAKE[name](request.user)
        if shown is not None:
            parts.append(("config/home/later.html" if name in LATER else f"config/home/{name}.html", shown))
    context = {"parts": parts, "today": clock.today(), "span": orders.months()}
    return render(request, "config/home.html", context)


@login_required
def later(request: UserRequest, name: str) -> HttpResponse:
    """One part of the home page that takes longer to count."""
    if name not in LATER or name not in PARTS[request.user.role]:
        raise NotFound(_("There is no such part of the home page."))
    template = f"config/home/{name}.html"
    shown = MAKE[name](request.user)
    return render(request, "config/part.html", {"template": template if shown else "", "part": shown})


@login_required
def figures(request: UserRequest) -> HttpResponse:
    """The few figures the reader's role watches, each with its definition one click away."""
    write = Writer()
    cards = [
        {
            "kpi": card.kpi,
            "value": write.value(card.kpi, card.answer.figure.value, short=True),
            "change": write.change(card.answer),
            "tone": {True: "good", False: "bad", None: ""}[card.answer.better],
        }
        for card in insight.home_cards(request.user)
        if card.answer
    ]
    return render(request, "config/figures.html", {"cards": cards})


urlpatterns = [
    path("", home, name="home"),
    path("figures/", figures, name="figures"),
    path("start/<slug:name>/", later, name="home-part"),
]
