"""Keep another safety stock than the computed one, or let it be computed again."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.models import StockPolicy


@transaction.atomic
def set_policy(
    code: str,
    safety_stock: float,
    reason: str,
    *,
    service: float | None = None,
    target: str = "",
    by: User,
) -> StockPolicy:
    """Keep another safety stock than the computed one, and say why; it holds until it is let go.

    ``service`` and ``target`` say what the stock was chosen for, where it was chosen for a service.
    """
    by.must("plan supply")
    if not 0 <= safety_stock < 1e12:
        raise Refused(_("A safety stock is zero or more."), status=422)
    if not reason.strip():
        raise Refused(_("Say why: a stock set by hand outlives those who remember."), status=422)
    if service is not None and not 0 < service < 1:
        raise Refused(_("A service target lies between 0 and 100 %, without either."), status=422)
    if target and target not in StockPolicy.Target.values:
        raise Refused(_("A service target counts cycles, units or time."), status=422)
    catalog.item(code)
    last = queries.policy_of(code)
    if last is None:
        raise Refused(_("This item has no policy yet: plan supply first."))
    policy = _with_stock(
        last,
        safety_stock,
        by,
        service=service or last.service,
        target=target or last.target,
        fill_rate=None,
        reason=reason.strip()[:300],
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
def set_policies(levels: Mapping[str, float], reason: str, *, by: User) -> list[StockPolicy]:
    """Keep other safety stocks of many items at once, by hand, with one reason; equal ones stay as they are.

    ``release_policies`` with the same reason takes all of them back.
    """
    by.must("plan supply")
    if not reason.strip():
        raise Refused(_("Say why: a stock set by hand outlives those who remember."), status=422)
    if not all(0 <= level < 1e12 for level in levels.values()):
        raise Refused(_("A safety stock is zero or more."), status=422)
    held = {policy.item.code: policy for policy in queries.standing()}
    if unknown := sorted(set(levels) - set(held)):
        raise Refused(_("No policy is known for %(items)s.") % {"items": ", ".join(unknown[:5])})
    made = [
        _with_stock(held[code], level, by, reason=reason.strip()[:300], fill_rate=None)
        for code, level in levels.items()
        if level != held[code].safety_stock
    ]
    if not made:
        raise Refused(_("These safety stocks are kept already."))
    journal.record("supply.policies_set", about=made[0], by=by, items=len(made), reason=made[0].reason)
    return made


@transaction.atomic
def release_policies(reason: str, *, by: User) -> list[StockPolicy]:
    """Let all safety stocks that were set by hand for one reason be computed again, from the next plan on."""
    by.must("plan supply")
    held = queries.standing().filter(origin=StockPolicy.Origin.HAND, reason=reason)
    made = [_after(policy, by, origin=StockPolicy.Origin.COMPUTED, reason="") for policy in held]
    if not made:
        raise Refused(_("No safety stock is kept by hand for this reason."))
    journal.record("supply.policies_released", about=made[0], by=by, items=len(made), reason=reason)
    return made


@transaction.atomic
def release_policy(code: str, *, by: User) -> StockPolicy:
    """Let a safety stock that was set by hand be computed again, from the next plan on."""
    by.must("plan supply")
    policy = _after(queries.by_hand(code), by, origin=StockPolicy.Origin.COMPUTED, reason="")
    journal.record("supply.policy_released", about=policy, by=by, item=code)
    return policy


@transaction.atomic
def restore_policy(policy: StockPolicy, *, by: User) -> StockPolicy:
    """Put back what stood before a policy, as long as no later one stands on it."""
    by.must("plan supply")
    newest, *former = queries.history(policy.item.code)[:2]
    if newest.pk != policy.pk:
        raise Refused(_("This safety stock was set again since, so it stays."))
    if not former:
        raise Refused(_("There was no policy before this one."))
    last = former[0]
    restored = _after(last, by, origin=last.origin, reason=last.reason)
    journal.record(
        "supply.policy_restored",
        about=restored,
        by=by,
        item=policy.item.code,
        before=policy.safety_stock,
        after=restored.safety_stock,
    )
    return restored


KEPT = ("item", "as_of", "abc", "xyz", "service", "target", "law", "fill_rate", "demand", "error_sd",
        "lead_time_months", "safety_stock", "reorder_point", "order_up_to")  # fmt: skip


def _with_stock(last: StockPolicy, safety_stock: float, by: User, **changed: object) -> StockPolicy:
    """A policy set by hand: order point and level move with the safety stock."""
    more = safety_stock - last.safety_stock
    return _after(
        last,
        by,
        safety_stock=safety_stock,
        reorder_point=max(0.0, last.reorder_point + more),
        order_up_to=max(0.0, last.order_up_to + more),
        origin=StockPolicy.Origin.HAND,
        **changed,
    )


def _after(last: StockPolicy, by: User, **changed: object) -> StockPolicy:
    """A new policy like the last one but for what changed: policies are added, never edited."""
    facts = {name: getattr(last, name) for name in KEPT}
    return StockPolicy.objects.create(**{**facts, **changed}, made_at=clock.now(), made_by=by)
