"""Scenarios: named overlays on a month's agreed demand and supply, of which only the changes are kept."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Family, Item, Supplier, WorkCentre
from einklang.demand.models import Consensus
from einklang.people.models import User


class Scenario(models.Model):
    """A set of changes to what a plan rests on. The one named ``base`` holds what the plan as agreed adds."""

    class State(models.TextChoices):
        """What became of it."""

        DRAFT = "draft", _("Draft")
        PROMOTED = "promoted", _("Promoted")
        DISCARDED = "discarded", _("Discarded")

    consensus = models.ForeignKey(Consensus, models.PROTECT, related_name="supply_scenarios")
    as_of = models.DateField()
    name = models.CharField(max_length=60)
    note = models.CharField(max_length=300, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["as_of", "name"], name="one_supply_scenario_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="supply_scenario_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class EditSet(models.QuerySet["ScenarioEdit"]):
    """Changes, taken back or not."""

    def standing(self) -> "EditSet":
        """Those nobody took back."""
        return self.filter(undo=None)


class ScenarioEdit(models.Model):
    """One change of a scenario: a factor on, or an amount added to, what stands in some months."""

    class Kind(models.TextChoices):
        """What it changes."""

        DEMAND = "demand", _("Demand")
        HOURS = "hours", _("Hours")
        OVERTIME = "overtime", _("Overtime allowed")
        SUPPLIER = "supplier", _("Supplier's limit")
        PRICE = "price", _("Price")

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="edits")
    kind = models.CharField(max_length=8, choices=Kind)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="+")
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, null=True, blank=True, related_name="+")
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="+")
    start = models.DateField(null=True, blank=True, help_text=_("First month; empty: from the beginning."))
    end = models.DateField(null=True, blank=True, help_text=_("Last month; empty: to the end."))
    factor = models.FloatField(null=True, blank=True, help_text=_("1 changes nothing."))
    amount = models.FloatField(
        null=True,
        blank=True,
        help_text=_("Added each month (units, hours); of a limit or a price: what it is from now on."),
    )
    reason = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = EditSet.as_manager()

    class Meta:
        ordering = ["scenario", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(factor__isnull=True) ^ Q(amount__isnull=True), name="edit_is_factor_or_amount"
            ),
            models.CheckConstraint(
                condition=Q(factor__isnull=True) | Q(factor__gte=0), name="edit_factor_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(start__isnull=True) | Q(end__isnull=True) | Q(end__gte=F("start")),
                name="edit_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id} {self.kind}"


class ScenarioUndo(models.Model):
    """Somebody took a change of a scenario back."""

    edit = models.OneToOneField(ScenarioEdit, models.CASCADE, related_name="undo")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.edit_id}"
