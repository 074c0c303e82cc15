"""What is said about customers: why they are at risk, what the risk rests on, how sure the value is."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from einklang.insight.queries import Customers
from einklang.web import formats

Written = Callable[[float], str]
FEW_AGAIN = 50  # customers who ordered again

STATE_NAMES: Mapping[str, str | Promise] = {
    "active": gettext_lazy("Active"),
    "waning": gettext_lazy("Waning"),
    "gone": gettext_lazy("Probably gone"),
}
TONES = {"active": "good", "waning": "warn", "gone": "bad"}
WAYS: Mapping[str, str | Promise] = {
    "rhythm": gettext_lazy("Pause by the own rhythm alone"),
    "orders": gettext_lazy("Order model (BG/NBD)"),
    "learned": gettext_lazy("Learned from your customers"),
}


def whole(value: float) -> str:
    """A number without a fraction."""
    return formats.quantity(round(value))


def one_place(value: float) -> str:
    """A number with one digit behind the point."""
    return formats.quantity(round(value, 1))


def money(value: float) -> str:
    """Cents as money."""
    return formats.money_whole(round(value))


REASONS: Mapping[str, tuple[str | Promise, Written]] = {
    "silence": (
        gettext_lazy("No order for %(now)s days; between orders %(usual)s days are usual here."),
        whole,
    ),
    "orders": (gettext_lazy("Orders a year: %(now)s; the middle customer %(usual)s."), one_place),
    "trend": (
        gettext_lazy("Orders in the last %(days)s days: %(now)s; in the %(days)s before: %(usual)s."),
        whole,
    ),
    "spend": (
        gettext_lazy("Bought in the last %(days)s days: %(now)s; in the %(days)s before: %(usual)s."),
        money,
    ),
    "size": (gettext_lazy("A mean order brings %(now)s; the middle customer's %(usual)s."), money),
    "rhythm": (
        gettext_lazy(
            "Pauses between orders vary by %(now)s of their mean; the middle customer's by %(usual)s."
        ),
        formats.percent,
    ),
    "returns": (
        gettext_lazy("Sent %(now)s of the money's worth back; the middle customer %(usual)s."),
        formats.percent,
    ),
    "breadth": (gettext_lazy("Items an order: %(now)s; the middle customer %(usual)s."), one_place),
}


def reason(row: Mapping[str, Any], days: int) -> str:
    """One reason with its numbers."""
    sentence, written = REASONS[row["reason"]]
    return str(sentence) % {"now": written(row["now"]), "usual": written(row["usual"]), "days": days}


def effect(row: Mapping[str, Any]) -> str:
    """By how many points a reason moves the risk; nothing where no chance is told."""
    if row["effect"] is None:
        return ""
    points = formats.quantity(round(abs(row["effect"]) * 100))
    return (_("+%(points)s points") if row["effect"] > 0 else _("−%(points)s points")) % {"points": points}


def rests_on(found: Customers) -> str:
    """What the risk rests on, in a sentence."""
    learned = found.learned.risk
    if learned.way == "rule" and learned.measured:
        return _(
            "On %(dates)s later dates nothing told who stays away better than chance would. So the plain "
            "rule answers: a customer counts as gone after three own order intervals without an order."
        ) % {"dates": learned.dates}
    if learned.way == "rule":
        return _(
            "The history is too short, or the customers too few, to learn a risk from. So the plain rule "
            "answers: a customer counts as gone after three own order intervals without an order."
        )
    best = learned.measured[learned.way]
    return _(
        "The risk is the chance of no order in the next %(days)s days. On %(dates)s dates later than it had "
        "learned from, it put a customer who stayed away above one who ordered in %(auc)s of all pairs; the "
        "plain rule of the own rhythm did so in %(rule)s."
    ) % {
        "days": learned.days,
        "dates": learned.dates,
        "auc": formats.percent(best.auc),
        "rule": formats.percent(learned.measured["rhythm"].auc),
    }


def measures(found: Customers) -> list[dict[str, str | bool]]:
    """Each way's figures on later dates, the kept one marked."""
    learned = found.learned.risk
    return [
        {
            "name": str(WAYS[name]),
            "auc": formats.quantity(round(one.auc, 3)),
            "skill": formats.percent(one.brier_skill, 1),
            "ece": formats.percent(one.ece, 1),
            "lift": formats.quantity(round(one.lift, 2)),
            "kept": name == learned.way,
        }
        for name, one in learned.measured.items()
    ]


def checked(found: Customers) -> str:
    """How the value would have fared a while ago, in a sentence; blank where the history is too short."""
    past = found.learned.checked
    if past is None:
        return ""
    return _(
        "Asked as of %(day)s, %(expected)s orders would have been expected of all customers in the %(days)s "
        "days since; %(came)s came. The range of the sum allows for an error like that."
    ) % {
        "day": formats.day(past.on),
        "days": past.days,
        "expected": whole(past.orders_expected),
        "came": whole(past.orders_came),
    }


def caution(found: Customers) -> str:
    """What must be known before the values are trusted; blank where there is nothing to say."""
    fitted = found.learned.fitted
    if fitted is None:
        return _(
            "There are too few repeat orders to value customers: at least ten customers, some of whom "
            "ordered again, are needed."
        )
    if fitted.again >= FEW_AGAIN:
        return ""
    return _("Only %(count)s customers have ordered more than once: take the values as a rough guide.") % {
        "count": fitted.again
    }
