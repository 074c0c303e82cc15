"""Questions about quotas: who is asked for what, how much of it was sold, and what stands in the way."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.cycle import queries as cycle
from einklang.cycle.models import PlanVersion
from einklang.cycle.queries import sales
from einklang.engine.periods import add_months, month_end, month_of
from einklang.engine.quota import QuotaPlan, plan_quotas
from einklang.incentives.models import Quota, QuotaRound, SellerQuota
from einklang.kernel import clock, tables
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import Territory, User
from einklang.web import formats

HISTORY_MONTHS = 12
MIDDLE = 15  # of a month: the quota that holds on this day is the one its sales count for


@dataclass(frozen=True, slots=True)
class Attainment:
    """What was asked, what was sold, and the share, of one territory or seller in one span of time."""

    code: str
    name: str
    start: date
    end: date
    quota_cents: int
    sold_cents: int
    currency: str

    @property
    def share(self) -> float | None:
        """Sold as a share of the quota; a quota of nothing has no share."""
        return self.sold_cents / self.quota_cents if self.quota_cents else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A target shared among territories before it is set: the share, and what stands behind a shortfall."""

    target_cents: int
    sellable_cents: int
    weights: dict[str, int]
    shared: QuotaPlan
    bottlenecks: list[dict[str, Any]]


def selling_territories() -> dict[str, Territory]:
    """The territories quotas are given to: those that no other territory lies in."""
    every = people.territories()
    parents = {territory.parent_id for territory in every.values()}
    return {code: territory for code, territory in every.items() if territory.pk not in parents}


def weights(plan: PlanVersion, by: str) -> dict[str, int]:
    """What each territory's share goes by: its potential, or what it sold in the last twelve months."""
    territories = selling_territories()
    if by == QuotaRound.Weights.POTENTIAL:
        return {code: territory.potential_cents for code, territory in territories.items()}
    month = plan.cycle.month
    sold = _sold("territory", add_months(month, 1 - HISTORY_MONTHS), month)
    return {code: max(0, sold.get(code, 0)) for code in territories}


def propose(
    plan: PlanVersion, target_cents: int, *, month: date | None = None, weights_by: str = "potential"
) -> Proposal:
    """Share a target as setting it would, and keep nothing."""
    month = month or plan.start
    sellable = cycle.sellable_cents(plan, month)
    shares = weights(plan, weights_by)
    return Proposal(
        target_cents,
        sellable,
        shares,
        plan_quotas(target_cents, sellable, shares),
        cycle.bottlenecks_in(plan, month),
    )


def usual_target(plan: PlanVersion, month: date) -> int:
    """The target to start from: the month's budget where there is one, else what the market wishes."""
    budget = cycle.budget(plan).filter(pl.col("period") == month)
    whole = budget.filter(pl.col("top").is_null())
    if budget.is_empty():
        return cycle.demand_cents(plan, month)
    return int((whole if whole.height else budget)["amount_cents"].sum())


def usual_weights(plan: PlanVersion) -> str:
    """What to share by: potential where territories have one, else history; empty where there is neither."""
    for name in QuotaRound.Weights.values:
        if sum(weights(plan, name).values()) > 0:
            return str(name)
    return ""


def rounds(plan: PlanVersion | None = None) -> QuerySet[QuotaRound]:
    """How targets were shared, the newest first."""
    found = QuotaRound.objects.select_related("plan__cycle", "plan__scenario", "set_by")
    return found if plan is None else found.filter(plan=plan)


def standing_rounds(plan: PlanVersion | None = None) -> list[QuotaRound]:
    """The rounds that hold: the last of each month, whatever plan it rests on; the newest month first."""
    last: dict[date, QuotaRound] = {}
    for found in rounds(plan):
        last.setdefault(found.month, found)
    return list(last.values())


def round_of(month: date) -> QuotaRound | None:
    """The round that holds for a month."""
    return rounds().filter(month=month).first()


def quotas(plan: PlanVersion, *, seen_by: User, month: date | None = None) -> QuerySet[Quota]:
    """The quotas of a plan that somebody may see: of one month, or of all."""
    held = [found.pk for found in standing_rounds(plan) if month in (None, found.month)]
    return (
        Quota.objects.visible_to(seen_by)
        .filter(round__in=held)
        .select_related("territory", "round")
        .order_by("round__month", "territory__code")
    )


def territory_attainment(month: date, *, seen_by: User) -> list[Attainment]:
    """Each territory's quota of a month and what was sold in it, as far as somebody may see."""
    held = round_of(month)
    if held is None:
        return []
    sold = _sold("territory", month, month)
    currency = people.home_currency()
    asked = Quota.objects.visible_to(seen_by).filter(round=held).select_related("territory")
    return [
        Attainment(
            quota.territory.code,
            quota.territory.name,
            month,
            month_end(month),
            quota.amount_cents,
            sold.get(quota.territory.code, 0),
            currency,
        )
        for quota in asked
    ]


def seller_attainment(*, seen_by: User, seller: str = "") -> list[Attainment]:
    """Each seller's quotas and what was sold in their time, the newest first."""
    asked = SellerQuota.objects.visible_to(seen_by).select_related("user").order_by("-start", "user__name")
    if seller:
        asked = asked.filter(user__username=seller)
    found = list(asked)
    if not found:
        return []
    known = orders.months()
    until = min(month_of(clock.today()), known[1]) if known else month_of(clock.today())
    by_month = _sold_by_month(min(month_of(quota.start) for quota in found), until)
    ends = _ends(found, month_end(until))
    return [
        Attainment(
            quota.user.username,
            quota.user.name,
            quota.start,
            ends[quota.pk],
            quota.amount_cents,
            sum(
                by_month.get((quota.user.username, month), 0)
                for month in _months(quota.start, ends[quota.pk], until)
            ),
            quota.currency,
        )
        for quota in found
    ]


def _ends(found: list[SellerQuota], latest: date) -> dict[int, date]:
    """The last day of each quota: its own, else the day before the seller's next one starts."""
    ends: dict[int, date] = {}
    following: dict[int, date] = {}
    for quota in sorted(found, key=lambda one: one.start, reverse=True):
        after = following.get(quota.user_id)
        ends[quota.pk] = quota.end or (after - timedelta(days=1) if after else latest)
        following[quota.user_id] = quota.start
    return ends


def sellers_with_quota(*, seen_by: User) -> QuerySet[User]:
    """The sellers who have or had a quota that somebody may see."""
    known = SellerQuota.objects.visible_to(seen_by).values("user")
    return people.users(seen_by=seen_by).filter(pk__in=known)


def quota_frame(since: date, until: date) -> pl.DataFrame:
    """Sellers' quotas that begin in a span: ``seller, start, end, amount_cents, currency``."""
    return tables.read(
        SellerQuota.objects.filter(start__gte=since, start__lte=until).order_by("user", "start"),
        seller="user__username",
        start="start",
        end="end",
        amount_cents="amount_cents",
        currency="currency",
    )


def obstacle(row: dict[str, Any], currency: str) -> str:
    """What one more hour of a bottleneck would earn, as a sentence."""
    return _("%(name)s is full in %(month)s (%(load)s): one more hour there would earn %(price)s.") % {
        "name": row["name"],
        "month": formats.month(date.fromisoformat(row["period"])),
        "load": formats.percent(row["load"]),
        "price": formats.money(row["shadow_price_cents"], currency),
    }


def _sold(key: str, since: date, until: date) -> dict[str, int]:
    """What was sold by territory or seller in home cents."""
    sold, _gaps = sales.in_home(orders.sales_frame(since, until, by=(key,)), people.home_currency())
    sums = sold.drop_nulls(key).group_by(key).agg(pl.col("home_cents").sum())
    return {str(code): int(cents) for code, cents in sums.iter_rows()}


def _sold_by_month(since: date, until: date) -> dict[tuple[str, date], int]:
    sold, _gaps = sales.in_home(orders.sales_frame(since, until, by=("seller",)), people.home_currency())
    sums = sold.drop_nulls("seller").group_by("seller", "period").agg(pl.col("home_cents").sum())
    return {(seller, period): int(cents) for seller, period, cents in sums.iter_rows()}


def _months(start: date, end: date, until: date) -> list[date]:
    """The months of a quota that are reached: those in whose middle it holds."""
    months, month = [], month_of(start)
    while month <= until:
        if start <= month.replace(day=MIDDLE) <= end:
            months.append(month)
        month = add_months(month, 1)
    return months
