"""Stock and what is on its way: moves, work orders, purchase orders, and what was decided about them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item, Location, Supplier, WorkCentre
from einklang.orders.models.sales import units
from einklang.people.models import User


class StockMove(models.Model):
    """Stock that came to a location or left it; the sum of all moves is what lies there."""

    class Kind(models.TextChoices):
        """Why it moved."""

        COUNT = "count", _("Counted")
        RECEIPT = "receipt", _("Received")
        MADE = "made", _("Made")
        USED = "used", _("Used")
        SHIPPED = "shipped", _("Shipped")
        RETURNED = "returned", _("Returned")
        SCRAPPED = "scrapped", _("Scrapped")
        TRANSFER = "transfer", _("Transferred")

    item = models.ForeignKey(Item, models.PROTECT, related_name="stock_moves")
    location = models.ForeignKey(Location, models.PROTECT, related_name="stock_moves")
    moved_on = models.DateField()
    quantity = units(help_text=_("Negative when it leaves."))
    kind = models.CharField(max_length=10, choices=Kind)
    received_on = models.DateField(help_text=_("When this stock first came into the house."))
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["moved_on", "id"]
        indexes = [models.Index(fields=["item", "moved_on"], name="stock_by_item")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity} {self.moved_on}"


class WorkOrder(models.Model):
    """An order to make an item."""

    number = models.CharField(max_length=60, unique=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="work_orders")
    quantity = units()
    stocked = units(default=0)
    scrapped = units(default=0)
    scrap_reason = models.CharField(max_length=120, blank=True)
    starts_on = models.DateField(db_index=True)
    ended_on = models.DateField(null=True, blank=True)
    due_on = models.DateField()

    class Meta:
        ordering = ["-starts_on", "number"]
        indexes = [models.Index(fields=["item", "due_on"], name="work_order_due")]

    def __str__(self) -> str:
        return self.number


class WorkOrderStep(models.Model):
    """One step of a work order: where, when planned and when done, hours and cost."""

    work_order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="steps")
    sequence = models.PositiveIntegerField()
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, related_name="work_order_steps")
    planned_start = models.DateField()
    planned_end = models.DateField()
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    hours = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    planned_cost_cents = models.BigIntegerField(default=0)
    cost_cents = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["work_order", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["work_order", "sequence"], name="one_step_per_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.work_order_id}/{self.sequence}"


class PurchaseOrder(models.Model):
    """An order to a supplier."""

    class State(models.TextChoices):
        """Where the order stands."""

        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        COMPLETE = "complete", _("Complete")

    number = models.CharField(max_length=60, unique=True)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="purchase_orders")
    buyer = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="purchase_orders")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    ordered_on = models.DateField(db_index=True)
    shipped_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    subtotal_cents = models.BigIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    freight_cents = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-ordered_on", "-number"]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """One line of a purchase order, with what came and what was sent back."""

    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines")
    line_number = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="purchase_lines")
    quantity = units()
    received = units(default=0)
    rejected = units(default=0)
    due_on = models.DateField()
    received_on = models.DateField(null=True, blank=True)
    price_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()

    class Meta:
        ordering = ["order", "line_number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "line_number"], name="one_purchase_line_per_number")
        ]
        indexes = [models.Index(fields=["item", "due_on"], name="purchase_line_due")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_number}"


class SupplyDecision(models.Model):
    """Something decided about supply orders: placed, moved, cancelled, or one of these taken back.

    The orders themselves stay as they were placed; what holds now is the order read with its decisions.
    """

    class Kind(models.TextChoices):
        """What was decided."""

        RELEASED = "released", _("Released")
        MOVED = "moved", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Taken back")

    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    made_on = models.DateField(db_index=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="undone", undoes__isnull=False)
                | (~Q(kind="undone") & Q(undoes__isnull=True)),
                name="only_taking_back_undoes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_on}"


class SupplyChange(models.Model):
    """What one decision means for one order: when it is due from then on, or that it no longer comes."""

    decision = models.ForeignKey(SupplyDecision, models.CASCADE, related_name="changes")
    work_order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, related_name="changes")
    purchase_line = models.ForeignKey(PurchaseOrderLine, models.PROTECT, null=True, related_name="changes")
    due_on = models.DateField(null=True, help_text=_("Empty: it no longer comes."))
    arrived = units(default=0, help_text=_("What had come of it when this was decided."))

    class Meta:
        ordering = ["decision", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(work_order__isnull=True) ^ Q(purchase_line__isnull=True),
                name="change_of_one_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.work_order_id or self.purchase_line_id} {self.due_on}"
