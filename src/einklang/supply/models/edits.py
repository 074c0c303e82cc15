"""What people fix in a plan by hand, which plan is approved, and how far ahead an approved plan is frozen."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item
from einklang.people.models import User
from einklang.supply.models.plans import SupplyRun


class EditBatch(models.Model):
    """Quantities that were fixed together; another batch can take them all back."""

    as_of = models.DateField()
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "edit batches"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="edit_batch_has_reason")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m}/{self.pk}"


class PlanEdit(models.Model):
    """What a planner fixed for an item and month of arrival; the newest row holds, an empty one lets go."""

    batch = models.ForeignKey(EditBatch, models.PROTECT, related_name="edits")
    as_of = models.DateField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="plan_edits")
    period = models.DateField(help_text=_("The month in which it arrives."))
    quantity = models.FloatField(null=True, help_text=_("Empty: the plan decides again."))
    before = models.FloatField(null=True, help_text=_("What was fixed before; empty: nothing."))
    version = models.PositiveIntegerField()

    class Meta:
        ordering = ["item", "period", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "item", "period", "version"], name="one_plan_edit_per_version"
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gte=0), name="plan_edit_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.period:%Y-%m} {self.quantity}"


class PlanApproval(models.Model):
    """Somebody approved a plan: it is the one to keep to, until another is approved."""

    run = models.ForeignKey(SupplyRun, models.PROTECT, related_name="approvals")
    comment = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.run}"


class FenceOpening(models.Model):
    """Somebody opened the frozen months of an approved plan, so that it can be changed and approved anew."""

    approval = models.OneToOneField(PlanApproval, models.PROTECT, related_name="opening")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="fence_opening_has_reason")]

    def __str__(self) -> str:
        return self.reason


class PlanRules(models.Model):
    """How steady plans are kept in this company; the newest row holds."""

    frozen_months = models.PositiveSmallIntegerField(
        help_text=_("First months of a plan that keep to the approved one.")
    )
    change_share = models.FloatField(
        help_text=_("Price of changing a planned unit after the fence, as a share of its cost.")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "plan rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen_months__lte=12) & Q(change_share__gte=0) & Q(change_share__lte=1),
                name="plan_rules_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frozen_months}"
