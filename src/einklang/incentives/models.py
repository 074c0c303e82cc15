"""Quotas: what each territory is asked to sell of a signed plan, and what each seller was asked before."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.people.models import User
from einklang.people.visibility import within


class QuotaRound(models.Model):
    """One sharing of a month's target: the target, what can be made of it, and what stays uncovered.

    A later sharing of the same plan and month takes its place; the former ones stay to be read.
    """

    class Weights(models.TextChoices):
        """What the target is shared by."""

        POTENTIAL = "potential", _("Market potential")
        HISTORY = "history", _("Sales of the last twelve months")

    plan = models.ForeignKey("cycle.PlanVersion", models.PROTECT, related_name="quota_rounds")
    month = models.DateField(help_text=_("First day of the month the quotas are for."))
    target_cents = models.BigIntegerField(
        help_text=_("What was asked for, whole cents of the home currency.")
    )
    sellable_cents = models.BigIntegerField(help_text=_("What the plan can deliver in that month."))
    uncovered_cents = models.BigIntegerField(help_text=_("Target that has no supply behind it."))
    weights = models.CharField(max_length=10, choices=Weights, default=Weights.POTENTIAL)
    set_by = models.ForeignKey("people.User", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target_cents__gte=0) & Q(sellable_cents__gte=0) & Q(uncovered_cents__gte=0),
                name="quota_round_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class QuotaQuerySet(models.QuerySet["Quota"]):
    """Quotas, as far as someone may see them."""

    def visible_to(self, user: User) -> "QuotaQuerySet":
        """Those of the territories somebody works or leads; the wider roles see all."""
        return self.filter(within(user, owner="round__set_by", territory="territory"))


class Quota(models.Model):
    """What one territory is asked to sell in one month."""

    round = models.ForeignKey(QuotaRound, models.CASCADE, related_name="quotas")
    territory = models.ForeignKey("people.Territory", models.PROTECT, related_name="quotas")
    amount_cents = models.BigIntegerField(help_text=_("In the company's currency, whole cents."))

    objects = QuotaQuerySet.as_manager()

    class Meta:
        ordering = ["round", "territory__code"]
        constraints = [
            models.UniqueConstraint(fields=["round", "territory"], name="one_quota_per_territory"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="quota_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.territory}"


class SellerQuotaQuerySet(models.QuerySet["SellerQuota"]):
    """Sellers' quotas, as far as someone may see them."""

    def visible_to(self, user: User) -> "SellerQuotaQuerySet":
        """One's own and those of one's team; the wider roles see all."""
        return self.filter(within(user, owner="user"))

    def on(self, day: date) -> "SellerQuotaQuerySet":
        """Those that hold on a day."""
        return self.filter(start__lte=day).filter(Q(end__isnull=True) | Q(end__gte=day))


class SellerQuota(models.Model):
    """What one seller is asked to sell in one period, as it was set or imported."""

    user = models.ForeignKey("people.User", models.CASCADE, related_name="quotas")
    start = models.DateField()
    end = models.DateField(null=True, blank=True, help_text=_("Last day; open until the next quota starts."))
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    objects = SellerQuotaQuerySet.as_manager()

    class Meta:
        ordering = ["user", "start"]
        constraints = [
            models.UniqueConstraint(fields=["user", "start"], name="one_seller_quota_per_start"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="seller_quota_not_negative"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="seller_quota_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.start}"
