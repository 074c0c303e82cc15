"""What is expected: forecast runs, the voices of people, and the consensus; all facts, none is edited."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.people.models import User


class Level(models.TextChoices):
    """Where in the tree a series stands."""

    ITEM = "item", _("Item")
    FAMILY = "family", _("Family")
    TOTAL = "total", _("Total")


class ForecastRun(models.Model):
    """One forecast of everything that is sold, as it was made; the same inputs give the same run."""

    as_of = models.DateField(help_text=_("The last month whose orders it knows."))
    horizon = models.PositiveIntegerField(help_text=_("Months ahead."))
    fingerprint = models.CharField(max_length=32, help_text=_("Of the history, the tree and the settings."))
    engine = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    weights = models.JSONField(default=dict, help_text=_("What each method counts for, by kind of history."))
    kinds = models.JSONField(default=dict, help_text=_("How many series have which kind of history."))
    walked_back = models.PositiveIntegerField(default=0, help_text=_("Past months it was tried on."))
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-as_of", "-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["as_of", "fingerprint"], name="one_run_per_fingerprint"),
            models.CheckConstraint(condition=Q(horizon__gte=1), name="forecast_horizon_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m}/{self.pk}"


class ForecastPoint(models.Model):
    """What a run expects of one series in one month, with its 80 % and 95 % intervals."""

    run = models.ForeignKey(ForecastRun, models.CASCADE, related_name="points")
    series = models.CharField(max_length=80)
    level = models.CharField(max_length=6, choices=Level)
    period = models.DateField()
    mean = models.FloatField()
    low_80 = models.FloatField()
    high_80 = models.FloatField()
    low_95 = models.FloatField()
    high_95 = models.FloatField()
    method = models.CharField(max_length=120)

    class Meta:
        ordering = ["run", "series", "period"]
        constraints = [
            models.UniqueConstraint(fields=["run", "series", "period"], name="one_point_per_month"),
            models.CheckConstraint(
                condition=Q(low_80__lte=F("mean")) & Q(mean__lte=F("high_80")), name="interval_holds_mean"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m}: {self.mean:.1f}"


class WalkBackPoint(models.Model):
    """What the engine would have said of a month at an earlier one, beside what came."""

    run = models.ForeignKey(ForecastRun, models.CASCADE, related_name="walk_back")
    origin = models.DateField(help_text=_("The last month that was known then."))
    series = models.CharField(max_length=80)
    level = models.CharField(max_length=6, choices=Level)
    period = models.DateField()
    lag = models.PositiveSmallIntegerField(help_text=_("Months ahead."))
    mean = models.FloatField()
    actual = models.FloatField()
    naive = models.FloatField(help_text=_("The same month a year before: what no engine would have said."))

    class Meta:
        ordering = ["run", "series", "period", "lag"]
        constraints = [
            models.UniqueConstraint(fields=["run", "series", "period", "lag"], name="one_walk_back_per_lag"),
        ]
        indexes = [models.Index(fields=["run", "level", "lag"], name="walk_back_level")]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m} lag {self.lag}"


class VoiceSet(models.QuerySet["Voice"]):
    """Voices, standing or not."""

    def standing(self) -> "VoiceSet":
        """Those that no later voice replaced and nobody withdrew."""
        return self.filter(replaced_by__isnull=True, withdrawal__isnull=True)


class Voice(models.Model):
    """What somebody expects of an item or a family in one month, and why.

    A change is a new voice that replaces the former one; each kind has one standing voice a month.
    """

    class Kind(models.TextChoices):
        """Whose view it is."""

        SALES = "sales", _("Sales")
        MARKETING = "marketing", _("Marketing")
        KEY_ACCOUNT = "key account", _("Key account")
        FINANCE = "finance", _("Finance")

    as_of = models.DateField(help_text=_("The month whose forecast it speaks about."))
    series = models.CharField(max_length=80)
    level = models.CharField(max_length=6, choices=Level)
    period = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(User, models.PROTECT, related_name="voices")
    given_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    objects = VoiceSet.as_manager()

    class Meta:
        ordering = ["series", "period", "kind", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "series", "period", "kind", "version"], name="one_voice_per_version"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="voice_not_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="voice_has_reason"),
        ]
        indexes = [models.Index(fields=["as_of", "period"], name="voice_as_of")]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m} {self.kind}: {self.quantity:g}"


class Withdrawal(models.Model):
    """Somebody took a voice back."""

    voice = models.OneToOneField(Voice, models.PROTECT, related_name="withdrawal")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.voice_id}"


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
    statistical = models.FloatField()
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
