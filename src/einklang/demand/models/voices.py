"""Voices: what people expect of a part of the demand, why, and until when they want to be heard."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.demand.models.runs import Level
from einklang.people.models import User


class VoiceBatch(models.Model):
    """Voices that were given together, as from a spreadsheet; another batch can take them all back."""

    as_of = models.DateField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "voice batches"

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m}/{self.pk}"


class VoiceSet(models.QuerySet["Voice"]):
    """Voices, standing or not."""

    def standing(self) -> "VoiceSet":
        """Those that stood at the end of the review in which they were given."""
        return self._left(F("as_of"))

    def heard_in(self, as_of: date) -> "VoiceSet":
        """Those that count in one review: given in it, or given earlier and not expired.

        A voice from an earlier review counts until it expires, or somebody speaks about the same place.
        """
        carried = Q(as_of__lt=as_of, expires__gte=as_of, period__gt=as_of)
        return self._left(as_of).filter(Q(as_of=as_of) | carried)

    def _left(self, as_of: "date | F") -> "VoiceSet":
        """Those that nobody had replaced or withdrawn by a review."""
        return self.filter(
            Q(replaced_by__isnull=True) | Q(replaced_by__as_of__gt=as_of),
            Q(withdrawal__isnull=True) | Q(withdrawal__as_of__gt=as_of),
        )


class Voice(models.Model):
    """What somebody expects of an item, a family or everything in one month, everywhere or in a territory.

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
    territory = models.CharField(max_length=60, blank=True, help_text=_("Empty: everywhere."))
    period = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    reason = models.CharField(max_length=300)
    expires = models.DateField(
        null=True, blank=True, help_text=_("The last review in which it is heard; empty: only this one.")
    )
    author = models.ForeignKey(User, models.PROTECT, related_name="voices")
    given_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    batch = models.ForeignKey(VoiceBatch, models.PROTECT, null=True, blank=True, related_name="voices")

    objects = VoiceSet.as_manager()

    class Meta:
        ordering = ["series", "territory", "period", "kind", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "series", "territory", "period", "kind", "version"],
                name="one_voice_per_place_and_version",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="voice_not_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="voice_has_reason"),
            models.CheckConstraint(
                condition=Q(expires__isnull=True) | Q(expires__gte=F("as_of")), name="voice_expires_later"
            ),
        ]
        indexes = [models.Index(fields=["as_of", "period"], name="voice_as_of")]

    def __str__(self) -> str:
        where = f"{self.series} {self.territory}".strip()
        return f"{where} {self.period:%Y-%m} {self.kind}: {self.quantity:g}"


class Withdrawal(models.Model):
    """Somebody took a voice back, from one review on."""

    voice = models.OneToOneField(Voice, models.PROTECT, related_name="withdrawal")
    as_of = models.DateField(
        null=True, blank=True, help_text=_("The first review in which it stands no more; empty: its own.")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    batch = models.ForeignKey(VoiceBatch, models.PROTECT, null=True, blank=True, related_name="withdrawals")

    def __str__(self) -> str:
        return f"{self.voice_id}"
