"""The monthly cycle: its steps, scenarios, plan versions, signatures, decisions, assumptions and budget."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Family, Item
from einklang.demand.models import Consensus
from einklang.people.models import User
from einklang.supply.models import SupplyRun

QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class Cycle(models.Model):
    """One month in which sales, operations and finance agree one plan."""

    month = models.DateField(
        unique=True,
        help_text=_("First day of the last month whose orders it knows; the plan starts after it."),
    )
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    data = models.JSONField(default=dict, help_text=_("The data cut: counts and a fingerprint."))
    data_frozen_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Step(models.Model):
    """One step of one cycle: who answers for it and by when; what the step is stands in ``steps.py``."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="steps")
    code = models.CharField(max_length=20)
    due_on = models.DateField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    participants = models.ManyToManyField(User, related_name="+", blank=True)
    agenda = models.TextField(blank=True)

    class Meta:
        ordering = ["cycle", "due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["cycle", "code"], name="one_step_per_cycle")]

    def __str__(self) -> str:
        return f"{self.cycle} {self.code}"


class Scenario(models.Model):
    """One set of assumptions about demand and capacity that a plan is made under."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="scenarios")
    name = models.SlugField(max_length=60)
    settings = models.JSONField(default=dict, help_text=_("Factors on demand, capacity, overtime and price."))
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "id"]
        constraints = [models.UniqueConstraint(fields=["cycle", "name"], name="one_scenario_per_name")]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """A plan as it stood when it was frozen; its numbers never change, it can only be signed."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="versions")
    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    consensus = models.ForeignKey(Consensus, models.PROTECT, related_name="+")
    supply_run = models.ForeignKey(SupplyRun, models.PROTECT, related_name="+")
    start = models.DateField(help_text=_("First month of the plan."))
    months = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    demand_cents = models.BigIntegerField(help_text=_("What the market wishes, at the plan's prices."))
    revenue_cents = models.BigIntegerField(help_text=_("What can be delivered, at the plan's prices."))
    cost_cents = models.BigIntegerField()
    margin_cents = models.BigIntegerField(help_text=_("Of items whose price and cost are known."))
    stock_cents = models.BigIntegerField(help_text=_("Stock at cost at the end of the plan."))
    unpriced = models.JSONField(default=list, help_text=_("Items with demand and no price."))
    uncosted = models.JSONField(default=list, help_text=_("Items with demand and no cost."))
    bottlenecks = models.JSONField(default=list, help_text=_("What limits the plan, with its shadow price."))
    fingerprint = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-cycle__month", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["cycle", "scenario", "fingerprint"], name="one_version_per_content"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} {self.scenario} v{self.number}"

    @property
    def is_signed(self) -> bool:
        """Whether the executive review has signed it."""
        return self.signed_at is not None


class PlanLine(models.Model):
    """One item in one month of a plan, in units and in money; no price means no money, never zero."""

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="plan_lines")
    period = models.DateField()
    demand = models.DecimalField(**QUANTITY, help_text=_("What is wished."))
    sellable = models.DecimalField(**QUANTITY, help_text=_("What can be delivered."))
    make = models.DecimalField(**QUANTITY, default=0)
    buy = models.DecimalField(**QUANTITY, default=0)
    stock = models.DecimalField(**QUANTITY, default=0)
    short = models.DecimalField(**QUANTITY, default=0, help_text=_("Not delivered by the end."))
    price_cents = models.BigIntegerField(null=True)
    unit_cost_cents = models.BigIntegerField(null=True)
    demand_cents = models.BigIntegerField(null=True)
    revenue_cents = models.BigIntegerField(null=True)
    cost_cents = models.BigIntegerField(null=True)
    margin_cents = models.BigIntegerField(null=True)
    stock_cents = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["version", "item", "period"]
        constraints = [
            models.UniqueConstraint(fields=["version", "item", "period"], name="one_plan_line_per_month"),
        ]
        indexes = [models.Index(fields=["version", "period"], name="plan_line_period")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.item_id} {self.period:%Y-%m}"


class Signature(models.Model):
    """Somebody took a step: on what exactly (by fingerprint), when, and with which words."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="signatures")
    step = models.CharField(max_length=20)
    version = models.ForeignKey(PlanVersion, models.PROTECT, null=True, related_name="signatures")
    fingerprint = models.CharField(max_length=64, help_text=_("Of what was signed."))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    comment = models.CharField(max_length=500, blank=True)
    findings = models.JSONField(default=list, help_text=_("What the gate said then."))

    class Meta:
        ordering = ["cycle", "id"]

    def __str__(self) -> str:
        return f"{self.cycle} {self.step}"


class Decision(models.Model):
    """What was decided, with the figures as they stood then; how it turned out is added later."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="decisions")
    version = models.ForeignKey(PlanVersion, models.PROTECT, null=True, blank=True, related_name="decisions")
    title = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    figures = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return self.title


class DecisionResult(models.Model):
    """How a decision turned out, with the figures as they stand now."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="results")
    text = models.TextField()
    figures = models.JSONField(default=dict)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["noted_at", "id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.noted_at:%Y-%m-%d}"


class Assumption(models.Model):
    """What the plan takes for granted, risks or hopes; risks and opportunities are not in the numbers."""

    class Kind(models.TextChoices):
        """Whether it is in the plan's numbers."""

        ASSUMPTION = "assumption", _("Assumption")
        RISK = "risk", _("Risk")
        OPPORTUNITY = "opportunity", _("Opportunity")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="assumptions")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ASSUMPTION)
    text = models.TextField()
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="+")
    amount_cents = models.BigIntegerField(
        null=True, blank=True, help_text=_("What it is worth if it happens.")
    )
    probability = models.DecimalField(
        max_digits=4, decimal_places=3, null=True, blank=True, help_text=_("From 0 to 1.")
    )
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | (Q(probability__gte=0) & Q(probability__lte=1)),
                name="probability_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class BudgetSet(models.QuerySet["Budget"]):
    """Budget figures; a later one for the same family and month takes the place of the earlier."""

    def standing(self) -> "BudgetSet":
        """The latest figure of each family and month."""
        latest = self.values("family", "period").annotate(last=models.Max("id")).values("last")
        return self.filter(id__in=latest)


class Budget(models.Model):
    """What the year's budget says for a family (or the whole company) in a month."""

    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="budgets")
    period = models.DateField()
    amount_cents = models.BigIntegerField()
    quantity = models.DecimalField(**QUANTITY, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = BudgetSet.as_manager()

    class Meta:
        ordering = ["period", "family", "id"]
        indexes = [models.Index(fields=["period", "family"], name="budget_period")]
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gte=0), name="budget_not_negative")]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m} {self.family_id or 'total'}"
