"""What is said about the pipeline: its message, why a deal has its chance, what it all rests on."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from einklang.demand.queries import Outlook
from einklang.web import formats

MONTHS_TOLD = 3
COLUMNS: Mapping[str, str | Promise] = {
    "amount_cents": gettext_lazy("Amount"),
    "source": gettext_lazy("Source"),
    "next_step": gettext_lazy("Next step"),
    "decision_maker": gettext_lazy("Decision maker"),
    "expected_on": gettext_lazy("Expected decision"),
    "industry": gettext_lazy("Industry"),
    "owner": gettext_lazy("Owner"),
}


def short(cents: Any) -> str:
    """Cents as money, as short as a card must be."""
    return formats.money_short(round(float(cents or 0)))


def headline(found: Outlook) -> str:
    """What the next months bring, in a sentence."""
    near = found.months.head(MONTHS_TOLD)
    what = {
        "sum": short(near["mean"].sum()),
        "month": formats.month(near["period"][-1]),
        "rolled": short(near["roll_up"].sum()),
    }
    if found.is_whole:
        return _("Deals bring %(sum)s up to %(month)s; the roll-up by stage odds says %(rolled)s") % what
    return _("Your open deals bring %(sum)s up to %(month)s; the roll-up says %(rolled)s") % what


def why(row: Mapping[str, Any]) -> str:
    """Why a deal has its chance."""
    count, won = row["comparable"], row["comparable_won"]
    if row["basis"] == "stated odds":
        return _("Too few deals are decided: the stated odds of its stage count for most.")
    if row["basis"] == "base rate":
        return _("Too few deals are decided: the share won of all deals counts for most.")
    if row["basis"] == "all deals":
        return _("Few deals came through this stage: all decided deals count too.")
    if not count:
        return _("%(days)s days in this stage, longer than any decided deal: the last ones count.") % {
            "days": formats.quantity(row["age_days"])
        }
    return _("%(won)s of %(count)s decided deals that stood this long in this stage were won.") % {
        "won": formats.quantity(won),
        "count": formats.quantity(count),
    }


def rests_on(found: Outlook) -> list[str]:
    """What chances and ranges rest on, in sentences."""
    known = found.known
    counts = {"won": known.won, "decided": known.decided}
    if not known.decided:
        told = [_("No deal is decided yet: there is nothing but the stated odds to go by.")]
    elif known.basis != "history":
        few = _(
            "%(won)s of %(decided)s decided deals were won: too few for chances of their own, so the "
            "stated odds of the stages count for most."
        )
        told = [few % counts]
    else:
        learned = _(
            "Learned from %(decided)s decided deals, %(won)s of them won: how long deals stay in a stage, "
            "and how they leave it."
        )
        told = [learned % counts]
    if known.replays:
        shared = _(
            "Looked at from %(count)s earlier days, months missed by about %(spread)s that all deals "
            "share, beyond the luck of single deals; the ranges allow for that."
        )
        told.append(shared % {"count": known.replays, "spread": formats.percent(known.shock)})
    elif known.decided:
        told.append(_("No earlier day can be looked at yet, so the ranges assume what is usual elsewhere."))
    if known.calibrated:
        told.append(_("The chances were set right by what came of them on these days."))
    if not found.is_whole:
        told.append(_("You see your own part: deals not yet created are told for the whole company only."))
    return told


def alarm(row: Mapping[str, Any]) -> str:
    """What a column gives away, in a sentence."""
    name = str(COLUMNS.get(row["feature"], row["feature"]))
    if row["alarm"] == "tells the outcome":
        sentence = _(
            "“%(name)s” alone tells won from lost in %(auc)s of all pairs: it was most likely filled in "
            "after the fact. No chance rests on it."
        )
        return sentence % {"name": name, "auc": formats.percent(max(row["auc"], 1 - row["auc"]))}
    if row["alarm"] == "blank by outcome":
        sentence = _(
            "“%(name)s” is blank for %(won)s of won and %(lost)s of lost deals: whether it is filled in "
            "gives the end away. No chance rests on it."
        )
        shares = {"won": formats.percent(row["blank_won"]), "lost": formats.percent(row["blank_lost"])}
        return sentence % {"name": name, **shares}
    sentence = _(
        "“%(name)s” is filled in when a deal is decided, so it says nothing about open ones. No chance "
        "rests on it."
    )
    return sentence % {"name": name}
