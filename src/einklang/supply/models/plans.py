"""Supply plans as they were made: months of items, hours, what suppliers give, orders and their reasons."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item, Supplier, WorkCentre
from einklang.demand.models import Consensus
from einklang.people.models import User


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
    edits = models.JSONField(
        default=list, help_text=_("What the scenario changes, as it stood when the plan was made.")
    )
    conflicts = models.JSONField(
        default=list, help_text=_("Quantities fixed by planners or the fence that the plan could not keep.")
    )
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
    started = models.FloatField(default=0, help_text=_("Units whose orders start in this month."))
    coming = models.FloatField(default=0, help_text=_("Open orders that arrive."))
    ship = models.FloatField(default=0)
    used = models.FloatField(default=0, help_text=_("Drawn by orders of other items."))
    stock = models.FloatField(default=0)
    backlog = models.FloatField(default=0)
    lost = models.FloatField(default=0)
    short = models.FloatField(default=0, help_text=_("Below safety stock."))
    expired = models.FloatField(default=0, help_text=_("Past its shelf life."))
    demand_price = models.FloatField(
        default=0, help_text=_("What serving one more unit would cost, in the company's currency.")
    )
    fixed = models.BooleanField(default=False, help_text=_("Fixed by a planner or by the frozen fence."))

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


class SupplierPoint(models.Model):
    """What one supplier gives of one item in one month of a plan, where the supplier has a limit."""

    run = models.ForeignKey(SupplyRun, models.CASCADE, related_name="supplier_points")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    period = models.DateField(help_text=_("The month in which it is ordered."))
    quantity = models.FloatField()
    limit = models.FloatField(null=True)
    shadow_price = models.FloatField(help_text=_("Money that one more unit would save."))

    class Meta:
        ordering = ["run", "supplier", "item", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "supplier", "item", "period"], name="one_supplier_point_per_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.item_id} {self.period:%Y-%m}"


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
