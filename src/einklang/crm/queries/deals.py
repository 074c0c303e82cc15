"""Questions about deals: lists, the board, one deal with its way, what is at risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from einklang.crm.models import Deal, Stage
from einklang.kernel import clock
from einklang.kernel.errors import NotFound
from einklang.people.models import User

BOARD_DAYS = 60  # for how long a won deal stays on the board
CARDS = 40  # of a stage, on the board; the rest is in the list
AT_RISK = 8


@dataclass(frozen=True, slots=True)
class Card:
    """A deal as the board shows it: how long nobody touched it, and whether that is too long."""

    deal: Deal
    idle_days: int
    is_stale: bool
    is_overdue: bool

    @property
    def tone(self) -> str:
        """How the card is marked; the words say the same."""
        return "bad" if self.is_overdue else "warn" if self.is_stale else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One stage on the board: how many deals, what they add up to by currency, the first cards."""

    stage: Stage
    count: int
    sums: list[tuple[str, int]]
    cards: list[Card]

    @property
    def more(self) -> int:
        """Deals that the board does not show."""
        return self.count - len(self.cards)


@dataclass(frozen=True, slots=True)
class Passage:
    """A deal's time in one stage; ``left_at`` is empty while it is there."""

    stage: Stage
    entered_at: datetime
    left_at: datetime | None
    days: int
    by: User | None


def stages() -> list[Stage]:
    """All stages in their order; none in a house that has no deal yet."""
    return list(Stage.objects.select_related("pipeline"))


def stage(code: str) -> Stage:
    """One stage by its code."""
    found = Stage.objects.filter(code=code).order_by("pipeline_id").first()
    if found is None:
        raise NotFound(_("There is no stage %(code)s.") % {"code": code})
    return found


def deals(
    *,
    seen_by: User,
    stage: str = "",
    owner: str = "",
    territory: str = "",
    account: str = "",
    search: str = "",
) -> QuerySet[Deal]:
    """The deals somebody may see; ``stage`` is a stage's code, or open, won or lost."""
    found = Deal.objects.visible_to(seen_by).select_related("account__territory", "owner", "stage")
    if stage in Stage.Ends.values and not Stage.objects.filter(code=stage).exists():
        found = found.filter(stage__ends=stage)
    elif stage:
        found = found.filter(stage__code=stage)
    if owner:
        found = found.filter(owner__username=owner)
    if territory:
        found = found.filter(account__territory__code=territory)
    if account:
        found = found.filter(account__code=account)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(account__name__icontains=search) | Q(code__iexact=search)
        )
    return found


def sums(found: QuerySet[Deal]) -> list[tuple[str, int]]:
    """What deals add up to, one sum per currency: never a sum across currencies."""
    rows = found.order_by().filter(amount_cents__isnull=False).values("currency")
    return list(rows.annotate(total=Sum("amount_cents")).order_by("-total").values_list("currency", "total"))


def board(*, seen_by: User, owner: str = "", territory: str = "", search: str = "") -> list[Column]:
    """Deals by stage: the open ones, and those won lately. Lost deals are in the list."""
    today = clock.today()
    found = deals(seen_by=seen_by, owner=owner, territory=territory, search=search)
    lately = Q(stage__ends=Stage.Ends.OPEN) | Q(closed_on__gte=today - timedelta(days=BOARD_DAYS))
    found = found.filter(lately).exclude(stage__ends=Stage.Ends.LOST)
    counts = dict(found.order_by().values("stage").annotate(n=Count("pk")).values_list("stage", "n"))
    totals: dict[int, list[tuple[str, int]]] = {}
    by_currency = found.order_by().filter(amount_cents__isnull=False).values("stage", "currency")
    for row in by_currency.annotate(total=Sum("amount_cents")).order_by("-total"):
        totals.setdefault(row["stage"], []).append((row["currency"], row["total"]))
    return [
        Column(
            one,
            counts.get(one.pk, 0),
            totals.get(one.pk, []),
            [card(deal, today) for deal in found.filter(stage=one).order_by("touched_at")[:CARDS]],
        )
        for one in stages()
        if one.ends != Stage.Ends.LOST
    ]


def card(deal: Deal, today: date) -> Card:
    """A deal with its age: stale when nobody touched it for longer than its stage allows."""
    idle = (today - timezone.localtime(deal.touched_at).date()).days
    is_open = deal.stage.ends == Stage.Ends.OPEN
    overdue = bool(is_open and deal.expected_on and deal.expected_on < today)
    return Card(deal, idle, is_open and idle > deal.stage.stale_after_days, overdue)


def at_risk(*, seen_by: User, owner: str = "", limit: int = AT_RISK) -> list[Card]:
    """Open deals that were left alone too long or should have been decided, the largest first."""
    today = clock.today()
    stale = Q()
    for one in stages():
        stale |= Q(stage=one, touched_at__lt=clock.now() - timedelta(days=one.stale_after_days))
    found = deals(seen_by=seen_by, stage="open", owner=owner).filter(stale | Q(expected_on__lt=today))
    largest = found.order_by(F("amount_cents").desc(nulls_last=True), "pk")[:limit]
    return [card(deal, today) for deal in largest]


def deal(code: str, *, seen_by: User) -> Deal:
    """One deal, if it may be seen."""
    found = (
        Deal.objects.visible_to(seen_by)
        .filter(code=code)
        .select_related("account__territory", "account__owner", "owner", "stage", "decision_maker")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no deal %(code)s, or you may not see it.") % {"code": code})
    return found


def visible_codes(codes: list[str], *, seen_by: User) -> set[str]:
    """Those of some deals' codes that somebody may see."""
    return set(Deal.objects.visible_to(seen_by).filter(code__in=codes).values_list("code", flat=True))


def find_deal(code: str) -> Deal | None:
    """A deal by its code for rooms above, or nothing."""
    return Deal.objects.filter(code=code).first()


def locked(deal: Deal, *, by: User) -> Deal:
    """The deal as it stands now, held for the rest of the action, if the person may see it."""
    if not Deal.objects.visible_to(by).filter(pk=deal.pk).exists():
        raise NotFound(_("There is no deal %(code)s, or you may not see it.") % {"code": deal.code})
    held = Deal.objects.select_for_update(of=("self",)).select_related("stage", "account", "owner")
    return held.get(pk=deal.pk)


def missing(deal: Deal, stage: Stage) -> list[str]:
    """What a stage's gate asks for that the deal does not have; a loss always asks for its reason."""
    return [need for need in stage.needs if need == "lost_reason" or getattr(deal, need) in (None, "")]


def passages(deal: Deal) -> list[Passage]:
    """A deal's way through the stages, with the days in each."""
    entries = list(deal.stage_log.select_related("stage", "by").order_by("at", "id"))
    ends: Sequence[datetime | None] = [*(entry.at for entry in entries[1:]), None]
    return [
        Passage(entry.stage, entry.at, left, ((left or clock.now()) - entry.at).days, entry.by)
        for entry, left in zip(entries, ends, strict=True)
    ]
