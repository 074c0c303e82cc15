"""What is kept of an item, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item
from einklang.people.models import User


class StockPolicy(models.Model):
    """What is kept of an item and why, from a month on; the newest row of an item holds."""

    class Origin(models.TextChoices):
        """Who set it."""

        COMPUTED = "computed", _("Computed")
        HAND = "hand", _("Set by hand")

    class Target(models.TextChoices):
        """What the service target counts."""

        CYCLE = "cycle", _("Cycles without a stock-out")
        FILL = "fill", _("Units from stock")
        READY = "ready", _("Time with stock")

    class Law(models.TextChoices):
        """The law of demand that the safety stock rests on."""

        NORMAL = "normal", _("Normal")
        GAMMA = "gamma", _("Gamma")
        LUMPS = "negative binomial", _("Negative binomial")
        SINGLES = "poisson", _("Poisson")
        DRAWN = "empirical", _("Its own history")
        CERTAIN = "certain", _("Certain")

    item = models.ForeignKey(Item, models.PROTECT, related_name="stock_policies")
    as_of = models.DateField(help_text=_("The last month whose orders it knows."))
    abc = models.CharField(max_length=1, help_text=_("By value: A, B or C."))
    xyz = models.CharField(max_length=1, help_text=_("By how much demand varies: X, Y or Z."))
    service = models.FloatField(help_text=_("The share that is aimed at."))
    target = models.CharField(max_length=5, choices=Target, default=Target.CYCLE)
    law = models.CharField(max_length=17, choices=Law, default=Law.NORMAL)
    fill_rate = models.FloatField(null=True, help_text=_("Share of units expected to come from stock."))
    demand = models.FloatField(help_text=_("Mean demand a month."))
    error_sd = models.FloatField(help_text=_("Standard deviation of the forecast error a month."))
    lead_time_months = models.FloatField()
    safety_stock = models.FloatField()
    reorder_point = models.FloatField()
    order_up_to = models.FloatField()
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.COMPUTED)
    reason = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["item", "-id"]
        verbose_name_plural = "stock policies"
        constraints = [
            models.CheckConstraint(condition=Q(service__gt=0) & Q(service__lt=1), name="service_is_a_share"),
            models.CheckConstraint(condition=Q(safety_stock__gte=0), name="safety_stock_not_negative"),
        ]
        indexes = [models.Index(fields=["item", "-id"], name="policy_newest")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.as_of:%Y-%m}"
