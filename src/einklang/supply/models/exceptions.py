"""What planners should look at in a plan, and what was done about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item, WorkCentre
from einklang.people.models import User
from einklang.supply.models.plans import SupplyRun


class PlanException(models.Model):
    """Something in a plan that a planner should look at; its figures, so that any language can say it."""

    class Kind(models.TextChoices):
        """What it is about, most pressing first."""

        LOST = "lost", _("Demand lost")
        LATE = "late", _("Demand late")
        TOO_SHORT = "lead_time_too_short", _("Lead time too short")
        DEMAND_LATE = "demand_late", _("Demand at risk")
        AT_RISK = "order_at_risk", _("Orders wait")
        SHORTAGE = "shortage", _("Shortage")
        BELOW_SAFETY = "below_safety_stock", _("Below safety stock")
        PAST_DUE = "past_due", _("Past due")
        IN = "reschedule_in", _("Bring forward")
        OUT = "reschedule_out", _("Put off")
        CANCEL = "cancel", _("Cancel the order")
        EXCESS = "excess", _("Excess")
        OVERLOAD = "overload", _("Bottleneck")

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="exceptions")
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="plan_exceptions")
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, null=True, related_name="plan_exceptions")
    kind = models.CharField(max_length=20, choices=Kind)
    rank = models.PositiveSmallIntegerField(default=9)
    period = models.DateField(null=True)
    until = models.DateField(null=True)
    months = models.PositiveIntegerField(null=True)
    quantity = models.FloatField(default=0)
    value_cents = models.BigIntegerField(default=0, help_text=_("What is at stake, to sort by."))
    reference = models.CharField(max_length=120, blank=True)
    waiting = models.CharField(max_length=400, blank=True, help_text=_("Planned orders that wait for it."))

    class Meta:
        ordering = ["run", "rank", "-value_cents", "id"]
        indexes = [models.Index(fields=["run", "rank", "-value_cents"], name="exception_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id or self.work_centre_id}"


class Handling(models.Model):
    """Somebody dealt with an exception, and says how."""

    exception = models.OneToOneField(PlanException, models.CASCADE, related_name="handling")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="handling_has_reason")]

    def __str__(self) -> str:
        return self.reason
