"""What can be done about quotas: each action is one transaction and one journal line."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.cycle import queries as cycle
from einklang.cycle.models import PlanVersion
from einklang.engine.quota import QuotaPlan
from einklang.incentives import queries
from einklang.incentives.models import Quota, QuotaRound, SellerQuota
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User

SellerLine = tuple[User, date, date | None, int, str]


@transaction.atomic
def set_quotas(
    plan: PlanVersion, target_cents: int, *, month: date | None = None, weights: str = "potential", by: User
) -> QuotaPlan:
    """Share a month's target among territories, capped by what the signed plan can deliver.

    Setting quotas again is a new round that takes the place of the former, which stays to be read.
    """
    by.must("set quotas")
    plan = cycle.locked(plan)
    if not plan.is_signed:
        raise Refused(_("Quotas rest on signed supply: have this plan signed first."))
    if target_cents < 0:
        raise Refused(_("A target is zero or more."), status=422)
    if weights not in QuotaRound.Weights.values:
        raise Refused(_("Quotas are shared by potential or by history."), status=422)
    month = month or plan.start
    proposal = queries.propose(plan, target_cents, month=month, weights_by=weights)
    held = QuotaRound.objects.create(
        plan=plan,
        month=month,
        target_cents=target_cents,
        sellable_cents=proposal.sellable_cents,
        uncovered_cents=proposal.shared.uncovered,
        weights=weights,
        set_by=by,
        set_at=clock.now(),
    )
    territories = queries.selling_territories()
    Quota.objects.bulk_create(
        Quota(round=held, territory=territories[code], amount_cents=cents)
        for code, cents in proposal.shared.quotas.items()
    )
    journal.record(
        "quotas.set",
        about=plan,
        by=by,
        month=month,
        target_cents=target_cents,
        sellable_cents=proposal.sellable_cents,
        uncovered_cents=proposal.shared.uncovered,
        quotas=proposal.shared.quotas,
    )
    return proposal.shared


@transaction.atomic
def set_seller_quotas(lines: Sequence[SellerLine], *, by: User) -> int:
    """Set quotas of sellers (seller, first day, last day or none, cents, currency); one per first day."""
    by.must("set quotas")
    if any(cents < 0 for _seller, _start, _end, cents, _currency in lines):
        raise Refused(_("A quota is zero or more."), status=422)
    if not all(seller.sells for seller, *_rest in lines):
        raise Refused(_("Only sellers carry a quota."), status=422)
    SellerQuota.objects.bulk_create(
        [
            SellerQuota(user=seller, start=start, end=end, amount_cents=cents, currency=currency)
            for seller, start, end, cents, currency in lines
        ],
        update_conflicts=True,
        unique_fields=["user", "start"],
        update_fields=["end", "amount_cents", "currency"],
    )
    journal.record(
        "quotas.set_for_sellers",
        by=by,
        quotas=[[seller.username, start, cents, currency] for seller, start, _end, cents, currency in lines],
    )
    return len(lines)
