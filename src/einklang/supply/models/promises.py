"""What a plan became: orders that were released from it, and units that are kept for somebody."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from einklang.catalog.models import Item
from einklang.crm.models import Deal
from einklang.orders.models import OrderLine, SupplyChange
from einklang.people.models import User
from einklang.supply.models.plans import PlannedOrder, SupplyRun


class Release(models.Model):
    """A planned order that was placed, and as what: the way back from an order to the plan it comes from."""

    planned_order = models.ForeignKey(PlannedOrder, models.PROTECT, related_name="releases")
    change = models.OneToOneField(SupplyChange, models.PROTECT, related_name="release")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.planned_order_id} {self.change_id}"


class Reservation(models.Model):
    """Units of an item that are kept for a deal or for an order line, until a day."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="reservations")
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, related_name="reservations")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="reservations")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    period = models.DateField(help_text=_("The month in which all of it is there."))
    until = models.DateField(help_text=_("The last day on which it is kept."))
    run = models.ForeignKey(SupplyRun, models.PROTECT, related_name="reservations")
    made_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=True) ^ Q(order_line__isnull=True), name="reserved_for_one"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reserved_quantity_positive"),
            models.CheckConstraint(condition=Q(until__gte=F("made_on")), name="reserved_until_later"),
        ]
        indexes = [models.Index(fields=["until"], name="reserved_until")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity} {self.until}"


class ReservationEnd(models.Model):
    """Units let go before their day came."""

    reservation = models.OneToOneField(Reservation, models.CASCADE, related_name="end")
    ended_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reservation_id} {self.ended_on}"
