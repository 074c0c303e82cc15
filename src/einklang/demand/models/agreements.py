"""What was agreed, line by line with what moved it, and which items need no review."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.demand.models.runs import ForecastRun
from einklang.people.models import User


class Consensus(models.Model):
    """One agreed demand plan: from which forecast and which voices, by whom; later ones do not change it."""

    as_of = models.DateField()
    number = models.PositiveIntegerField()
    run = models.ForeignKey(ForecastRun, models.PROTECT, related_name="consensuses")
    trust = models.JSONField(
        default=dict, help_text=_("What each kind of voice counted for beside the forecast.")
    )
    voices = models.PositiveIntegerField(default=0, help_text=_("Voices that were heard."))
    fingerprint = models.CharField(max_length=32)
    agreed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-as_of", "-number"]
        verbose_name_plural = "consensuses"
        constraints = [
            models.UniqueConstraint(fields=["as_of", "number"], name="one_consensus_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m} v{self.number}"


class ConsensusLine(models.Model):
    """The agreed quantity of one item in one month, its range, and the forecast and voices behind it."""

    consensus = models.ForeignKey(Consensus, models.CASCADE, related_name="lines")
    series = models.CharField(max_length=80)
    period = models.DateField()
    quantity = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    statistical = models.FloatField(help_text=_("The forecast, its effects included."))
    naive = models.FloatField(null=True, help_text=_("The same month a year before."))
    effects = models.FloatField(default=0, help_text=_("What events, prices and promotions are in it."))
    pipeline = models.FloatField(default=0, help_text=_("What open deals add beyond the forecast."))
    heard = models.JSONField(default=list, help_text=_("Voices by kind: quantity, weight and reason."))

    class Meta:
        ordering = ["consensus", "series", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["consensus", "series", "period"], name="one_agreed_line_per_month"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="agreed_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m}: {self.quantity:g}"


class ReviewRule(models.Model):
    """When an item needs nobody's review. The newest holds; without any, the house's own figures do."""

    error_limit = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.35"),
        help_text=_("Usual error, as a share of demand."),
    )
    bias_limit = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.15"),
        help_text=_("How far it may lean, as a share."),
    )
    change_limit = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.2"),
        help_text=_("Change against the run of last month."),
    )
    top_share = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.2"),
        help_text=_("The largest items that make up this share of the value are always looked at."),
    )
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(error_limit__gte=0) & Q(bias_limit__gte=0) & Q(change_limit__gte=0),
                name="review_limits_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(top_share__gte=0) & Q(top_share__lte=1), name="top_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.error_limit} {self.bias_limit}"
