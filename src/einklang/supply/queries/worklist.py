"""Exceptions as a list to work through: narrowed, the dearest first, each with what could mend it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars as pl
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import PlanException, Remedy, SupplyRun
from einklang.supply.queries.mending import Mend, change_sentence, mends
from einklang.supply.queries.runs import exceptions
from einklang.supply.queries.sentences import exception_sentence


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list of exceptions is narrowed to; what is empty narrows nothing."""

    kind: str = ""
    item: str = ""
    family: str = ""
    buyer: str = ""
    centre: str = ""
    state: str = "open"
    sort: str = "value"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out but the other state."""
        return not any(getattr(self, one.name) for one in fields(self)[:5])


@dataclass(frozen=True, slots=True)
class Row:
    """One exception as it stands in the list."""

    exception: PlanException
    sentence: str
    mends: list[Mend]
    remedy: Remedy | None
    remedy_sentence: str

    @property
    def about(self) -> str:
        """The item or the work centre it concerns."""
        if self.exception.item:
            return self.exception.item.code
        return self.exception.work_centre.name if self.exception.work_centre else ""


def worklist(of: SupplyRun, asked: Narrowed, *, seen_by: User) -> QuerySet[PlanException]:
    """The exceptions of a plan that fit, the dearest first; most pressing first for who sees no costs."""
    seen_by.must("see supply")
    found = exceptions(of, kind=asked.kind, state=asked.state, item=asked.item)
    if asked.family:
        inside = Q(item__family__code=asked.family) | Q(item__family__parent__code=asked.family)
        found = found.filter(inside)
    if asked.buyer:
        buyers = orders.buyers_frame()
        codes = buyers.filter(pl.col("buyer") == asked.buyer)["item"].to_list()
        found = found.filter(item__code__in=codes)
    if asked.centre:
        made_here = catalog.routing_frame().filter(pl.col("resource") == asked.centre)["item"].to_list()
        found = found.filter(Q(work_centre__code=asked.centre) | Q(item__code__in=made_here))
    if asked.sort == "value" and seen_by.may("see cost"):
        return found.order_by("-value_cents", "rank", "id")
    return found.order_by("rank", "id")


def rows(of: SupplyRun, found: Sequence[PlanException], *, seen_by: User) -> list[Row]:
    """These exceptions with their sentences, what could be done, and what was done."""
    money = seen_by.may("see cost")
    can = mends(of, [one for one in found if not hasattr(one, "handling")])
    done = {
        one.exception_id: one for one in Remedy.objects.filter(exception__in=found, undo=None).order_by("id")
    }
    return [
        Row(
            one,
            exception_sentence(one, with_money=money),
            can.get(one.pk, []),
            done.get(one.pk),
            remedy_sentence(done[one.pk]) if one.pk in done else "",
        )
        for one in found
    ]


def choices(of: SupplyRun) -> dict[str, list[tuple[str, str]]]:
    """What a list can be narrowed by: kinds with how many are open, families, buyers, work centres."""
    open_ones = exceptions(of, state="open").order_by()
    counts = dict(open_ones.values_list("kind").annotate(count=Count("pk")))
    families = {family.code: str(family) for family in catalog.families()}
    used = open_ones.filter(item__family__isnull=False).values_list(
        "item__family__code", "item__family__parent__code"
    )
    codes = {code for pair in used.distinct() for code in pair if code}
    buyers = dict(orders.buyers_frame().select("buyer", "name").unique().sort("name").iter_rows())
    labels = PlanException.Kind.choices
    return {
        "kinds": [(value, f"{label} ({counts[value]})") for value, label in labels if value in counts],
        "families": sorted(((code, families[code]) for code in codes), key=lambda pair: pair[1]),
        "buyers": list(buyers.items()),
        "centres": [(centre.code, centre.name) for centre in catalog.work_centres()],
    }


def remedies(of: SupplyRun, *, seen_by: User) -> QuerySet[Remedy]:
    """What was done about the exceptions of a plan, newest first, taken back or not."""
    seen_by.must("see supply")
    return Remedy.objects.filter(exception__run=of).select_related(
        "by", "undo__by", "exception__item", "exception__work_centre"
    )


def remedy(remedy_id: int) -> Remedy:
    """One remedy."""
    found = (
        Remedy.objects.select_related("exception__run", "exception__item", "decision", "edit", "policy", "by")
        .filter(pk=remedy_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such remedy."))
    return found


def remedy_sentence(of: Remedy) -> str:
    """What a remedy changed, and the reason given."""
    return " ".join(part for part in (change_sentence(of.kind, of.changed), of.reason) if part)
