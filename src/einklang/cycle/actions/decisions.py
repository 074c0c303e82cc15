"""What is written down in a cycle: decisions with their figures, how they turned out, assumptions, budget."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog.models import Family
from einklang.cycle import queries
from einklang.cycle.models import Assumption, Budget, Cycle, Decision, DecisionResult, PlanVersion
from einklang.engine.money import cents
from einklang.engine.periods import month_of
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User

BudgetLine = tuple[Family | None, date, int, Decimal | None]


@transaction.atomic
def record_decision(
    cycle: Cycle,
    title: str,
    *,
    reason: str = "",
    version: PlanVersion | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    by: User,
) -> Decision:
    """Record what was decided, with the plan's figures as they stand now."""
    by.must("decide")
    if not title.strip():
        raise Refused(_("Say what was decided."), status=422)
    about = version or queries.in_force(cycle)
    decision = Decision.objects.create(
        cycle=cycle,
        version=about,
        title=title.strip()[:200],
        reason=reason.strip(),
        owner=owner,
        due_on=due_on,
        figures=_figures(about),
        decided_by=by,
        decided_at=clock.now(),
    )
    journal.record("cycle.decided", about=decision, by=by, figures=decision.figures, reason=decision.reason)
    return decision


@transaction.atomic
def note_result(decision: Decision, text: str, *, by: User) -> DecisionResult:
    """Add how a decision turned out, beside what was sold since against what the plan said then."""
    by.must("decide")
    if not text.strip():
        raise Refused(_("Say how it turned out."), status=422)
    result = DecisionResult.objects.create(
        decision=decision,
        text=text.strip(),
        figures=_since(decision.version),
        noted_by=by,
        noted_at=clock.now(),
    )
    journal.record("cycle.result_noted", about=decision, by=by, text=result.text, figures=result.figures)
    return result


@transaction.atomic
def note_assumption(
    cycle: Cycle,
    text: str,
    *,
    kind: str = Assumption.Kind.ASSUMPTION,
    family: Family | None = None,
    amount_cents: int | None = None,
    probability: Decimal | None = None,
    by: User,
) -> Assumption:
    """Write down what the plan takes for granted, or a risk or chance that is not in its numbers."""
    by.must("give voice")
    if not text.strip():
        raise Refused(_("Say what is assumed."), status=422)
    if kind not in Assumption.Kind.values:
        raise Refused(_("There is no kind of assumption %(kind)s.") % {"kind": kind}, status=422)
    if probability is not None and not 0 <= probability <= 1:
        raise Refused(_("A probability lies between 0 and 1."), status=422)
    assumption = Assumption.objects.create(
        cycle=cycle,
        kind=kind,
        text=text.strip(),
        family=family,
        amount_cents=amount_cents,
        probability=probability,
        noted_by=by,
        noted_at=clock.now(),
    )
    journal.record("cycle.assumption_noted", about=assumption, by=by, kind=kind, amount_cents=amount_cents)
    return assumption


@transaction.atomic
def set_budget(lines: Sequence[BudgetLine], *, note: str = "", by: User) -> int:
    """Set budget figures (family or none for the whole company, month, whole cents, quantity if known).

    A later figure takes the place of the earlier one, which stays to be read.
    """
    by.must("set budget")
    if any(amount < 0 or (quantity is not None and quantity < 0) for _f, _p, amount, quantity in lines):
        raise Refused(_("A budget is zero or more."), status=422)
    now = clock.now()
    Budget.objects.bulk_create(
        Budget(
            family=family,
            period=month_of(period),
            amount_cents=amount,
            quantity=quantity,
            note=note.strip()[:200],
            set_by=by,
            set_at=now,
        )
        for family, period, amount, quantity in lines
    )
    total = sum(amount for _f, _p, amount, _q in lines)
    journal.record("budget.set", by=by, lines=len(lines), total_cents=total, note=note)
    return len(lines)


@transaction.atomic
def budget_from_last_year(start: date, months: int, growth: Decimal, *, by: User) -> int:
    """Set a budget of what was sold in the same months a year before, raised by a growth rate."""
    by.must("set budget")
    sold = queries.last_year(start, months).join(queries.families(), on="item", how="left")
    if sold.is_empty():
        raise Refused(_("Nothing was sold in the same months a year before."))
    homeless = sold.filter(pl.col("top") == "")["item"].unique().sort().to_list()
    if homeless:
        raise Refused(
            _("A budget goes by family, and these items have none: %(items)s.")
            % {"items": ", ".join(homeless[:10])}
        )
    by_family = (
        sold.group_by("top", "period").agg(pl.col("revenue_cents", "quantity").sum()).sort("top", "period")
    )
    known = queries.family_records()
    lines = [
        (
            known[row["top"]],
            row["period"],
            cents(Decimal(row["revenue_cents"]) * (1 + growth) / 100),
            (Decimal(str(row["quantity"])) * (1 + growth)).quantize(Decimal("0.0001")),
        )
        for row in by_family.iter_rows(named=True)
    ]
    return set_budget(
        lines, note=_("Last year's sales, raised by %(growth)s %%") % {"growth": growth * 100}, by=by
    )


def _figures(version: PlanVersion | None) -> dict[str, Any]:
    """The figures a decision was taken on."""
    if version is None:
        return {}
    gap = queries.gap(version)
    return {
        "version": str(version),
        "demand_cents": version.demand_cents,
        "revenue_cents": version.revenue_cents,
        "margin_cents": version.margin_cents,
        "stock_cents": version.stock_cents,
        "budget_cents": gap.budget_cents,
        "currency": version.currency,
    }


def _since(version: PlanVersion | None) -> dict[str, Any]:
    """What the plan said of the months that are over, and what was sold in them."""
    if version is None:
        return {}
    over = [month for month in queries.months(version) if month < month_of(clock.today())]
    if not over:
        return {"months": 0}
    planned = queries.by_month(queries.lines(version)).filter(pl.col("period") <= over[-1])
    sold = queries.actuals(over[0], over[-1])
    return {
        "months": len(over),
        "planned_cents": int(planned["revenue_cents"].sum()),
        "sold_cents": int(sold["revenue_cents"].sum()),
        "currency": version.currency,
    }
