"""Exceptions, bottlenecks and assumptions said in the reader's language, from their figures."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.supply.models import PlanException, SupplyRun
from einklang.web import formats

Kind = PlanException.Kind
SENTENCES: dict[str, Callable[[], str]] = {
    Kind.LOST: lambda: _("%(quantity)s %(item)s cannot be delivered %(span)s: add hours, or agree less."),
    Kind.LATE: lambda: _("Up to %(quantity)s %(item)s are delivered late %(span)s."),
    Kind.OVERLOAD: lambda: _("%(centre)s is full %(full)s; its dearest hour would save %(value)s."),
    Kind.SHORTAGE: lambda: _(
        "%(item)s runs short by %(quantity)s in %(period)s when late orders arrive late: "
        "expedite, substitute or move the demand."
    ),
    Kind.DEMAND_LATE: lambda: _(
        "%(reference)s rests on a late order of %(item)s: "
        "up to %(months)s late unless that order is expedited."
    ),
    Kind.AT_RISK: lambda: _(
        "Order %(reference)s of %(quantity)s %(item)s comes too late in %(period)s: planned orders that "
        "wait for it (%(waiting)s) come up to %(months)s late. Expedite it, or accept them later."
    ),
    Kind.TOO_SHORT: lambda: _(
        "Order %(reference)s of %(quantity)s %(item)s must start %(months)s before the plan "
        "to be due in %(period)s: expedite it, or accept it later."
    ),
    Kind.PAST_DUE: lambda: _(
        "Open order %(reference)s of %(quantity)s %(item)s was due by %(period)s: "
        "it is counted in the first month; confirm a new date."
    ),
    Kind.IN: lambda: _(
        "Bring open order %(reference)s of %(quantity)s %(item)s forward "
        "from %(until)s to %(period)s, where it is needed."
    ),
    Kind.BELOW_SAFETY: lambda: _("%(item)s falls %(quantity)s below its safety stock in %(period)s."),
    Kind.OUT: lambda: _(
        "Open order %(reference)s of %(quantity)s %(item)s in %(period)s "
        "is not needed before %(until)s: put it off."
    ),
    Kind.CANCEL: lambda: _(
        "Open order %(reference)s of %(quantity)s %(item)s in %(period)s "
        "is not needed within the plan: cancel it."
    ),
    Kind.EXCESS: lambda: _("%(quantity)s %(item)s of the stock on hand are not needed within the plan."),
}


def months_text(count: int) -> str:
    """A number of months in words."""
    return ngettext("%(count)s month", "%(count)s months", count) % {"count": count}


def span_text(first: date | None, last: date | None) -> str:
    """One month, or from one to another, as it stands within a sentence."""
    if first == last:
        return _("in %(month)s") % {"month": formats.month(first)}
    return _("between %(first)s and %(last)s") % {"first": formats.month(first), "last": formats.month(last)}


def full_text(count: int, first: date | None, last: date | None) -> str:
    """In how many months, and within which, as it stands within a sentence."""
    if count == 1:
        return span_text(first, first)
    said = {"months": months_text(count), "first": formats.month(first), "last": formats.month(last)}
    return _("in %(months)s (%(first)s to %(last)s)") % said


def exception_sentence(of: PlanException, *, with_money: bool = True) -> str:
    """One exception as a sentence that names the order it concerns and what would mend it."""
    told = SENTENCES[of.kind]()
    if of.kind == Kind.OVERLOAD and not with_money:
        told = _("%(centre)s is full %(full)s.")
    return told % {
        "item": of.item.code if of.item else "",
        "centre": of.work_centre.name if of.work_centre else "",
        "quantity": formats.quantity(of.quantity, 0 if of.quantity >= 10 else 1),
        "period": formats.month(of.period),
        "until": formats.month(of.until),
        "span": span_text(of.period, of.until),
        "full": full_text(of.months or 1, of.period, of.until),
        "months": months_text(of.months or 0),
        "value": formats.money(of.value_cents),
        "reference": of.reference,
        "waiting": of.waiting,
    }


def bottleneck_sentences(of: SupplyRun, *, with_money: bool = True) -> list[str]:
    """What holds a plan back, dearest first."""
    return [bottleneck_sentence(row, with_money=with_money) for row in of.bottlenecks]


def bottleneck_sentence(row: dict[str, Any], *, with_money: bool) -> str:
    """One bottleneck as a plan keeps it: when it is full, and what its dearest hour would save."""
    months = [date.fromisoformat(month) for month in row["full"]]
    facts = {
        "centre": row["name"],
        "full": full_text(len(months), months[0], months[-1]),
        "dearest": formats.month(date.fromisoformat(row["dearest"])),
        "value": formats.money(round(row["price"] * 100)),
    }
    where = _("%(centre)s is full %(full)s.") % facts
    if not with_money:
        return where
    return where + " " + _("One more hour in %(dearest)s would save %(value)s.") % facts


def assumed_sentences(of: SupplyRun) -> list[str]:
    """Where data was missing, what the plan took instead."""
    said = []
    for row in of.assumed:
        names = ", ".join(row["items"]) + (" …" if row["count"] > len(row["items"]) else "")
        said.append(
            ngettext(
                "%(count)s item has no cost; its price stands in for it: %(names)s.",
                "%(count)s items have no cost; their price stands in for it: %(names)s.",
                row["count"],
            )
            % {"count": row["count"], "names": names}
        )
    return said
