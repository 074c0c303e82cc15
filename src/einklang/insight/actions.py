"""What can be done about figures: set what they should reach, book what was spent to win customers."""

import math
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.engine.periods import month_of
from einklang.insight import registry
from einklang.insight.models import Spend, Target
from einklang.kernel import clock, journal
from einklang.kernel.errors import NotAllowed, Refused
from einklang.people import queries as people
from einklang.people.models import Team, Territory, User
from einklang.people.visibility import seen_territories, team_subtree


@transaction.atomic
def set_target(
    kpi_id: str,
    month: date,
    value: float,
    *,
    team: Team | None = None,
    territory: Territory | None = None,
    by: User,
) -> Target:
    """Say what a KPI is to reach in a month: of the company, or of one team or territory.

    The newest target holds; the former ones stay to be read.
    """
    by.must("manage targets")
    kpi = registry.find(kpi_id)
    if team and territory:
        raise Refused(_("A target is for a team or for a territory, not for both."), status=422)
    if (team and "team" not in kpi.by) or (territory and "territory" not in kpi.by):
        raise Refused(_("%(kpi)s is not measured by that.") % {"kpi": kpi.title}, status=422)
    if not math.isfinite(value) or value < 0:
        raise Refused(_("A target is a number of 0 or more."), status=422)
    if not _leads(by, team, territory):
        raise NotAllowed(_("You may set targets for your own teams and territories only."))
    target = Target.objects.create(
        kpi=kpi.id,
        period=month_of(month),
        value=value,
        team=team,
        territory=territory,
        set_by=by,
        set_at=clock.now(),
    )
    scope = {"team": team.code if team else "", "territory": territory.code if territory else ""}
    journal.record("target.set", about=target, by=by, kpi=kpi.id, month=target.period, value=value, **scope)
    return target


@transaction.atomic
def book_spend(month: date, kind: str, amount_cents: int, *, note: str = "", by: User) -> Spend:
    """Book what was spent on sales or marketing in a month; a correction may be negative."""
    by.must("set budget")
    if kind not in Spend.Kind.values:
        raise Refused(_("Spending is on sales or on marketing."), status=422)
    if not amount_cents:
        raise Refused(_("There is nothing to book."), status=422)
    spend = Spend.objects.create(
        period=month_of(month),
        kind=kind,
        amount_cents=amount_cents,
        currency=people.home_currency(),
        note=note,
        booked_by=by,
        booked_at=clock.now(),
    )
    journal.record(
        "spend.booked", about=spend, by=by, month=spend.period, kind=kind, amount_cents=amount_cents
    )
    return spend


def _leads(user: User, team: Team | None, territory: Territory | None) -> bool:
    """Whether what a target is for lies within what somebody sees."""
    if user.sees_all:
        return True
    if team:
        return bool(user.team_id) and team.pk in team_subtree(user.team_id or 0)
    return territory is not None and territory.pk in seen_territories(user)
