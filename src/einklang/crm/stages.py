"""The seven steps of a sale, and how one ends: the pipeline every new house starts with, as data."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PIPELINE = ("sales", "Sales")


class Step(NamedTuple):
    """One stage: what share of the deals here is won, what a deal needs to enter, when it counts as stale."""

    code: str
    name: str
    odds: float
    needs: tuple[str, ...] = ()
    ends: str = "open"
    stale_after_days: int = 30


STEPS: tuple[Step, ...] = (
    Step("prospect", "Prospect", 0.10, stale_after_days=30),
    Step("prepare", "Prepare", 0.15, ("next_step",), stale_after_days=21),
    Step("approach", "Approach", 0.25, ("next_step",), stale_after_days=21),
    Step("present", "Present", 0.45, ("amount_cents", "decision_maker"), stale_after_days=21),
    Step("objections", "Handle objections", 0.60, ("amount_cents", "decision_maker"), stale_after_days=14),
    Step("close", "Close", 0.80, ("amount_cents", "decision_maker", "expected_on"), stale_after_days=14),
    Step("follow-up", "Follow up", 1.0, ("amount_cents",), ends="won", stale_after_days=90),
    Step("lost", "Lost", 0.0, ("lost_reason",), ends="lost", stale_after_days=9999),
)

# The stages' names in the reader's language; a stage somebody adds keeps the name they gave it.
STAGE_NAMES: dict[str, str | Promise] = {
    "Prospect": pgettext_lazy("stage", "Prospect"),
    "Prepare": pgettext_lazy("stage", "Prepare"),
    "Approach": pgettext_lazy("stage", "Approach"),
    "Present": pgettext_lazy("stage", "Present"),
    "Handle objections": pgettext_lazy("stage", "Handle objections"),
    "Close": pgettext_lazy("stage", "Close"),
    "Follow up": pgettext_lazy("stage", "Follow up"),
    "Lost": pgettext_lazy("stage", "Lost"),
}

# Why a deal was lost; what is "late" or "out of stock" goes to the supply review.
LOST_REASONS: dict[str, str | Promise] = {
    "price": _("Price too high"),
    "competitor": _("Competitor preferred"),
    "late": _("Delivery too late"),
    "out_of_stock": _("Was out of stock"),
    "no_budget": _("No budget"),
    "no_decision": _("No decision taken"),
    "no_fit": _("Does not fit the need"),
    "other": _("Another reason"),
}

# What a stage's gate may ask for, as people call it.
NEEDED: dict[str, str | Promise] = {
    "amount_cents": _("Amount"),
    "decision_maker": _("Decision maker"),
    "expected_on": _("Expected decision"),
    "next_step": _("Next step"),
    "lost_reason": _("Reason for the loss"),
}
