"""What is planned to be made and bought, what that leaves in stock, and what planners should look at."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item, WorkCentre
from einklang.demand.models import Consensus
from einklang.people.models import User


class StockPolicy(models.Model):
    """What is kept of an item and why, from a month on; the newest row of an item holds."""

    class Origin(models.TextChoices):
        """Who set it."""

        COMPUTED = "computed", _("Computed")
        HAND = "hand", _("Set by hand")

    item = models.ForeignKey(Item, models.PROTECT, related_name="stock_policies")
    as_of = models.DateField(help_text=_("The last month whose orders it knows."))
    abc = models.CharField(max_length=1, help_text=_("By value: A, B or C."))
    xyz = models.CharField(max_length=1, help_text=_("By how much demand varies: X, Y or Z."))
    service = models.FloatField(help_text=_("Share of months without a stock-out that is aimed at."))
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


class SupplyRun(models.Model):
    """One supply plan as it was made: on which demand, under which settings, how good, and what limits it."""

    consensus = models.ForeignKey(Consensus, models.PROTECT, related_name="supply_runs")
    as_of = models.DateField()
    number = models.PositiveIntegerField()
    scenario = models.CharField(max_length=60)
    settings = models.JSONField(default=dict, help_text=_("Factors on demand, capacity and overtime."))
    fingerprint = models.CharField(max_length=32, help_text=_("Of everything the plan rests on."))
    months = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    is_proven = models.BooleanField(help_text=_("No better plan exists under these assumptions."))
    objective_cents = models.BigIntegerField(
        help_text=_("Cost of the plan, with what lost sales would have paid.")
    )
    bound_cents = models.BigIntegerField(help_text=_("No plan can cost less."))
    gap = models.FloatField()
    costs = models.JSONField(default=list, help_text=_("Kinds of cost in cents; they sum to the objective."))
    bottlenecks = models.JSONField(default=list)
    assumed = models.JSONField(
        default=list, help_text=_("Where data was missing, what the plan took instead.")
    )
    counts = models.JSONField(default=dict)
    seconds = models.FloatField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-as_of", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["as_of", "number"], name="one_supply_run_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m} {self.scenario} #{self.number}"


class SupplyPoint(models.Model):
    """One item in one month of a plan: what comes in, what goes out, what lies at the end."""

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="points")
    item = models.ForeignKey(Item, models.PROTECT, related_name="supply_points")
    period = models.DateField()
    is_sold = models.BooleanField(help_text=_("Planned against demand; the others are their parts."))
    demand = models.FloatField(default=0)
    make = models.FloatField(default=0)
    buy = models.FloatField(default=0)
    coming = models.FloatField(default=0, help_text=_("Open orders that arrive."))
    ship = models.FloatField(default=0)
    used = models.FloatField(default=0, help_text=_("Drawn by orders of other items."))
    stock = models.FloatField(default=0)
    backlog = models.FloatField(default=0)
    lost = models.FloatField(default=0)
    short = models.FloatField(default=0, help_text=_("Below safety stock."))

    class Meta:
        ordering = ["run", "item", "period"]
        constraints = [
            models.UniqueConstraint(fields=["run", "item", "period"], name="one_supply_point_per_month"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.period:%Y-%m}"


class LoadPoint(models.Model):
    """One work centre in one month of a plan: hours it has, hours it works, what one more would be worth."""

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="loads")
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, related_name="supply_loads")
    period = models.DateField()
    capacity = models.FloatField(help_text=_("Regular hours."))
    overtime_limit = models.FloatField(help_text=_("Hours of overtime there may be."))
    regular = models.FloatField()
    overtime = models.FloatField()
    load = models.FloatField()
    shadow_price = models.FloatField(help_text=_("Money that one more hour would save."))

    class Meta:
        ordering = ["run", "work_centre", "period"]
        constraints = [
            models.UniqueConstraint(fields=["run", "work_centre", "period"], name="one_load_per_month"),
        ]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.period:%Y-%m}"


class PlannedOrder(models.Model):
    """An order to release: to make or to buy, when to start, when it is due."""

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="orders")
    item = models.ForeignKey(Item, models.PROTECT, related_name="planned_orders")
    order = models.CharField(max_length=100)
    kind = models.CharField(max_length=4, choices=Item.Kind)
    release = models.DateField()
    due = models.DateField()
    quantity = models.FloatField(help_text=_("To start; scrap still in it."))
    good = models.FloatField(help_text=_("To arrive."))
    late_months = models.PositiveIntegerField(
        default=0, help_text=_("Months it would have to start before today.")
    )

    class Meta:
        ordering = ["run", "release", "item", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "order"], name="one_planned_order_per_name")]
        indexes = [models.Index(fields=["run", "item"], name="planned_order_item")]

    def __str__(self) -> str:
        return self.order


class Peg(models.Model):
    """One link from a supply (stock, open order, planned order) to what draws it."""

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="pegs")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    supply = models.CharField(max_length=120)
    demand = models.CharField(max_length=120)
    kind = models.CharField(max_length=5, help_text=_("order, end or stock"))
    for_item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    period = models.DateField(null=True)
    quantity = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["run", "item"], name="peg_item"),
            models.Index(fields=["run", "for_item"], name="peg_for_item"),
        ]

    def __str__(self) -> str:
        return f"{self.supply} > {self.demand}"


class PlanException(models.Model):
    """Something in a plan that a planner should look at; its figures, so that any language can say it."""

    class Kind(models.TextChoices):
        """What it is about, most pressing first."""

        LOST = "lost", _("Demand lost")
        LATE = "late", _("Demand late")
        TOO_SHORT = "lead_time_too_short", _("Lead time too short")
        DEMAND_LATE = "demand_late", _("Demand at risk")
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
