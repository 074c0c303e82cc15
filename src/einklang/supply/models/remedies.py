"""What planners did about exceptions: each remedy with what it changed, and whether it was taken back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from einklang.orders.models import SupplyDecision
from einklang.people.models import User
from einklang.supply.models.exceptions import PlanException
from einklang.supply.models.policies import StockPolicy
from einklang.supply.models.scenarios import ScenarioEdit


class Remedy(models.Model):
    """One thing done about one exception; what it set off is linked, so that it can be taken back."""

    class Kind(models.TextChoices):
        """What can be done."""

        SOONER = "sooner", _("Bring forward")
        LATER = "later", _("Put off")
        EXPECT = "expect", _("Confirm the date")
        CANCEL = "cancel", _("Cancel the order")
        RELEASE = "release", _("Release now")
        HOURS = "hours", _("Allow overtime")
        MORE_SAFETY = "more_safety", _("Raise the safety stock")
        LESS_SAFETY = "less_safety", _("Lower the safety stock")
        ACCEPT = "accept", _("Accept")

    exception = models.ForeignKey(PlanException, models.CASCADE, related_name="remedies")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    changed = models.JSONField(default=dict, help_text=_("The figures before and after, to say it in words."))
    decision = models.OneToOneField(SupplyDecision, models.PROTECT, null=True, related_name="remedy")
    edit = models.OneToOneField(ScenarioEdit, models.PROTECT, null=True, related_name="remedy")
    policy = models.OneToOneField(StockPolicy, models.PROTECT, null=True, related_name="remedy")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "remedies"

    def __str__(self) -> str:
        return f"{self.exception_id} {self.kind}"


class RemedyUndo(models.Model):
    """Somebody took a remedy back; the exception is open again."""

    remedy = models.OneToOneField(Remedy, models.CASCADE, related_name="undo")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.remedy_id}"
