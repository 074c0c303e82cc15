"""Keep another safety stock than the computed one, or let it be computed again."""

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.models import StockPolicy


@transaction.atomic
def set_policy(code: str, safety_stock: float, reason: str, *, by: User) -> StockPolicy:
    """Keep another safety stock than the computed one, and say why; it holds until it is let go."""
    by.must("plan supply")
    if not 0 <= safety_stock < 1e12:
        raise Refused(_("A safety stock is zero or more."), status=422)
    if not reason.strip():
        raise Refused(_("Say why: a stock set by hand outlives those who remember."), status=422)
    item = catalog.item(code)
    last = queries.policy_of(code)
    if last is None:
        raise Refused(_("This item has no policy yet: plan supply first."))
    more = safety_stock - last.safety_stock
    policy = StockPolicy.objects.create(
        item=item,
        as_of=last.as_of,
        abc=last.abc,
        xyz=last.xyz,
        service=last.service,
        demand=last.demand,
        error_sd=last.error_sd,
        lead_time_months=last.lead_time_months,
        safety_stock=safety_stock,
        reorder_point=max(0.0, last.reorder_point + more),
        order_up_to=max(0.0, last.order_up_to + more),
        origin=StockPolicy.Origin.HAND,
        reason=reason.strip()[:300],
        made_at=clock.now(),
        made_by=by,
    )
    journal.record(
        "supply.policy_set",
        about=policy,
        by=by,
        item=code,
        before=last.safety_stock,
        after=safety_stock,
        reason=policy.reason,
    )
    return policy


@transaction.atomic
def release_policy(code: str, *, by: User) -> StockPolicy:
    """Let a safety stock that was set by hand be computed again, from the next plan on."""
    by.must("plan supply")
    held = queries.by_hand(code)
    policy = StockPolicy.objects.create(
        item=held.item,
        as_of=held.as_of,
        abc=held.abc,
        xyz=held.xyz,
        service=held.service,
        demand=held.demand,
        error_sd=held.error_sd,
        lead_time_months=held.lead_time_months,
        safety_stock=held.safety_stock,
        reorder_point=held.reorder_point,
        order_up_to=held.order_up_to,
        origin=StockPolicy.Origin.COMPUTED,
        reason="",
        made_at=clock.now(),
        made_by=by,
    )
    journal.record("supply.policy_released", about=policy, by=by, item=code)
    return policy
