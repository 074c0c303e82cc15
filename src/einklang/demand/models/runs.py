"""Forecast runs as they were made: points, walk-back, effects, outliers, and what is needed to refit less."""

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
    steps = models.JSONField(default=list, help_text=_("Which steps were kept, and by how much they won."))
    failures = models.JSONField(default=list, help_text=_("Series, step and what went wrong."))
    former = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The run whose unchanged series were kept."),
    )
    refitted = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Series that were forecast anew.")
    )
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


class ForecastSeries(models.Model):
    """What a run found out about one series: its kind of history, its usual miss, its explanation."""

    run = models.ForeignKey(ForecastRun, models.CASCADE, related_name="series")
    series = models.CharField(max_length=80)
    level = models.CharField(max_length=6, choices=Level)
    kind = models.CharField(max_length=20)
    scale = models.FloatField(help_text=_("Its usual miss one month ahead, in units."))
    known = models.PositiveIntegerField(help_text=_("Months of history."))
    fallback = models.CharField(max_length=300, blank=True, help_text=_("Why a simpler method stood in."))
    facts = models.JSONField(default=dict, help_text=_("Level, trend, season and what changed."))

    class Meta:
        ordering = ["run", "series"]
        constraints = [models.UniqueConstraint(fields=["run", "series"], name="one_series_per_run")]

    def __str__(self) -> str:
        return f"{self.series}: {self.kind}"


class ForecastEffect(models.Model):
    """What one event, price or promotion adds to a series in one month; it is part of the mean."""

    run = models.ForeignKey(ForecastRun, models.CASCADE, related_name="effects")
    series = models.CharField(max_length=80)
    level = models.CharField(max_length=6, choices=Level)
    period = models.DateField()
    effect = models.CharField(max_length=120)
    quantity = models.FloatField()

    class Meta:
        ordering = ["run", "series", "period", "effect"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "series", "period", "effect"], name="one_line_per_effect_and_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m} {self.effect}: {self.quantity:+.1f}"


class Outlier(models.Model):
    """A month whose orders do not fit the rest of their series; it is only shown, unless somebody agrees."""

    run = models.ForeignKey(ForecastRun, models.CASCADE, related_name="outliers")
    series = models.CharField(max_length=80)
    period = models.DateField()
    quantity = models.FloatField(help_text=_("What was ordered."))
    usual = models.FloatField(help_text=_("What would have been usual."))
    is_repaired = models.BooleanField(default=False, help_text=_("This run used the usual figure."))

    class Meta:
        ordering = ["run", "series", "period"]
        constraints = [
            models.UniqueConstraint(fields=["run", "series", "period"], name="one_outlier_per_month"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m}: {self.quantity:g}"


class ForecastMemory(models.Model):
    """What the engine learned, so that the next run forecasts only the series that changed."""

    run = models.OneToOneField(ForecastRun, models.CASCADE, related_name="memory")
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.run_id}"


class DeepTier(models.Model):
    """What the slow models of the night said of the most valuable items; the newest of a month counts."""

    as_of = models.DateField()
    horizon = models.PositiveIntegerField()
    content = models.BinaryField()
    series = models.PositiveIntegerField(help_text=_("Items they spoke about."))
    failures = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-as_of", "-pk"]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m}"
