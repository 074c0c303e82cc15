"""What customers ordered, what was shipped to them and what came back; rates of the day."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item, Location, Promotion
from einklang.crm.models import Account, Deal
from einklang.people.models import Territory, User
from einklang.people.visibility import within


def units(**more: Any) -> "models.DecimalField[Any, Any]":
    """A field for a quantity in the item's own unit."""
    return models.DecimalField(max_digits=18, decimal_places=4, **more)


class CurrencyRate(models.Model):
    """How much of one currency one unit of another was worth on a day."""

    day = models.DateField()
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    average = models.DecimalField(max_digits=20, decimal_places=8)
    closing = models.DecimalField(max_digits=20, decimal_places=8)

    class Meta:
        ordering = ["base", "quote", "day"]
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "day"], name="one_rate_per_day"),
            models.CheckConstraint(condition=Q(average__gt=0) & Q(closing__gt=0), name="rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.base}/{self.quote} {self.closing}"


class SalesOrderSet(models.QuerySet["SalesOrder"]):
    """Orders, as far as someone may see them."""

    def visible_to(self, user: User) -> "SalesOrderSet":
        """Own orders and those of own territories; the wider roles see all."""
        return self.filter(within(user, owner="seller", territory="territory"))


class SalesOrder(models.Model):
    """A customer's order: who, when, through which channel, and its totals as booked."""

    class Channel(models.TextChoices):
        """How the order came."""

        DIRECT = "direct", _("Sales team")
        ONLINE = "online", _("Online")

    class State(models.TextChoices):
        """Where the order stands."""

        OPEN = "open", _("Open")
        SHIPPED = "shipped", _("Shipped")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=60, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="orders")
    seller = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="orders")
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="orders")
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, blank=True, related_name="orders")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.DIRECT)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    customer_reference = models.CharField(max_length=60, blank=True)
    ordered_on = models.DateField(db_index=True)
    due_on = models.DateField(null=True, blank=True)
    shipped_on = models.DateField(null=True, blank=True)
    period = models.DateField(db_index=True, help_text=_("First day of the month the sale belongs to."))
    currency = models.CharField(max_length=3)
    subtotal_cents = models.BigIntegerField()
    tax_cents = models.BigIntegerField(default=0)
    freight_cents = models.BigIntegerField(default=0)
    subtotal_exact = models.DecimalField(
        max_digits=21, decimal_places=6, help_text=_("As the source booked it.")
    )
    tax_exact = models.DecimalField(max_digits=21, decimal_places=6, default=0)
    freight_exact = models.DecimalField(max_digits=21, decimal_places=6, default=0)

    objects = SalesOrderSet.as_manager()

    class Meta:
        ordering = ["-ordered_on", "-number"]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order. Its cents are shares of the order's cents, so that lines foot to the order."""

    order = models.ForeignKey(SalesOrder, models.CASCADE, related_name="lines")
    line_number = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="order_lines")
    quantity = units()
    unit_price_exact = models.DecimalField(max_digits=21, decimal_places=6)
    discount = models.DecimalField(max_digits=7, decimal_places=6, default=0, help_text=_("Share, 0 to 1."))
    amount_cents = models.BigIntegerField()
    amount_exact = models.DecimalField(max_digits=21, decimal_places=6)
    promotion = models.ForeignKey(
        Promotion, models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    wished_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    period = models.DateField(help_text=_("First day of the month whose demand this is."))
    is_lost = models.BooleanField(default=False, help_text=_("Wished for and not sold for want of stock."))

    class Meta:
        ordering = ["order", "line_number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "line_number"], name="one_order_line_per_number"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_positive"),
        ]
        indexes = [models.Index(fields=["item", "period"], name="order_line_demand")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_number}"


class Shipment(models.Model):
    """What left the house for an order line."""

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipments")
    shipped_on = models.DateField(db_index=True)
    quantity = units()
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="shipments")

    class Meta:
        ordering = ["shipped_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.shipped_on}"


class Return(models.Model):
    """What came back for an order line."""

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns")
    returned_on = models.DateField(db_index=True)
    quantity = units()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["returned_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="return_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.returned_on}"
