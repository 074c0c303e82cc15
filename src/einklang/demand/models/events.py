"""What happens in the calendar and moves demand, and which odd months the forecast may put right."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.people.models import User


class EventSet(models.QuerySet["Event"]):
    """Events in all their versions."""

    def current(self) -> "EventSet":
        """The newest version of each that nobody withdrew."""
        return self.filter(replaced_by__isnull=True, is_withdrawn=False)


class Event(models.Model):
    """Something planned or past that moves demand: a promotion, a campaign, a price, a closed week.

    A change is a new version; a withdrawn event is a last version that says so.
    """

    class Kind(models.TextChoices):
        """What happens."""

        PROMOTION = "promotion", _("Promotion")
        CAMPAIGN = "campaign", _("Campaign")
        PRICE = "price", _("Price change")
        HOLIDAY = "holiday", _("Holiday or closed days")
        OTHER = "other", _("Other")

    number = models.PositiveIntegerField(help_text=_("The same in all versions of an event."))
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=100, help_text=_("Events of one name are learned from together."))
    first = models.DateField()
    last = models.DateField()
    series = models.CharField(max_length=80, blank=True, help_text=_("Item or family; empty: everything."))
    territory = models.CharField(max_length=60, blank=True, help_text=_("Empty: everywhere."))
    uplift = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_(
            "Expected change of demand as a share: 0.2 is a fifth more. Used until it can be learned."
        ),
    )
    price_change = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("As a share: -0.1 is a tenth less."),
    )
    note = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    objects = EventSet.as_manager()

    class Meta:
        ordering = ["first", "name", "number", "version"]
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="one_event_per_version"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="event_dates"),
            models.CheckConstraint(
                condition=Q(uplift__isnull=True) | Q(uplift__gte=-1), name="uplift_not_below_nothing"
            ),
            models.CheckConstraint(
                condition=Q(price_change__isnull=True) | Q(price_change__gt=-1), name="price_stays_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first:%Y-%m-%d}"


class Repair(models.Model):
    """Somebody's word on one odd month: the forecast may put it right, or must leave it. The newest holds."""

    series = models.CharField(max_length=80)
    period = models.DateField()
    is_agreed = models.BooleanField(help_text=_("Whether the month may be put right."))
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["series", "period", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="repair_has_reason")]

    def __str__(self) -> str:
        return f"{self.series} {self.period:%Y-%m}"
