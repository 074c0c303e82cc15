"""What figures are held against: targets by month, and what was spent to win customers; only added to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.people.models import Team, Territory, User
from einklang.people.roles import ROLES
from einklang.people.visibility import seen_territories, team_subtree


class TargetSet(models.QuerySet["Target"]):
    """Targets, as far as someone may see them."""

    def visible_to(self, user: User) -> "TargetSet":
        """The company's, and those of own teams and territories; the wider roles see all."""
        if not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        teams = team_subtree(user.team_id) if user.team_id and ROLES[user.role].scope == "team" else set()
        company = Q(team__isnull=True, territory__isnull=True)
        own = Q(team_id__in=teams | ({user.team_id} if user.team_id else set()))
        return self.filter(company | own | Q(territory_id__in=seen_territories(user)))


class Target(models.Model):
    """The value a KPI is to reach in a month: of the company, a team or a territory. The newest holds."""

    kpi = models.CharField(max_length=40)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="targets")
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="targets")
    period = models.DateField(help_text=_("First day of the month."))
    value = models.FloatField(help_text=_("In the KPI's own unit; shares from 0 to 1, money in cents."))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = TargetSet.as_manager()

    class Meta:
        ordering = ["-set_at", "-id"]
        indexes = [models.Index(fields=["kpi", "period"], name="target_by_kpi")]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(territory__isnull=True), name="target_of_one_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.period:%Y-%m}"


class Spend(models.Model):
    """What was spent in a month to win customers; a correction is a line with the difference."""

    class Kind(models.TextChoices):
        """What it was spent on."""

        SALES = "sales", _("Sales")
        MARKETING = "marketing", _("Marketing")

    period = models.DateField(help_text=_("First day of the month."))
    kind = models.CharField(max_length=10, choices=Kind)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=200, blank=True)
    booked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["period", "id"]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m} {self.kind}"
