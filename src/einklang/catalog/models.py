"""Items and what they are made of, where, from whom, and what they cost."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def valid_on(day: date) -> Q:
    """The condition under which a dated row (price, cost, BOM line) holds on a day."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    return begun & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


class Family(models.Model):
    """A family of items, inside another one or at the top."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "families"

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """Something that is made, bought or sold."""

    class Kind(models.TextChoices):
        """Where it comes from."""

        MAKE = "make", _("Made")
        BUY = "buy", _("Bought")

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="items")
    unit = models.CharField(max_length=20, default="pcs")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.MAKE)
    is_sold = models.BooleanField(default=True, help_text=_("Sold to customers, not only used inside."))
    is_phantom = models.BooleanField(default=False)
    launched_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    predecessor = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="successors")
    lead_time_days = models.PositiveIntegerField(default=0)
    safety_stock = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    reorder_point = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    lot_min = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    lot_multiple = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["family", "is_sold"], name="item_family")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Price(models.Model):
    """What an item is sold for, from a day on."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["item", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["item", "currency", "valid_from"], name="one_price_per_day"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.amount_cents} {self.currency}"


class Cost(models.Model):
    """What one unit of an item costs the company, from a day on."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="costs")
    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["item", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["item", "valid_from"], name="one_cost_per_day"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.amount_cents} {self.currency}"


class BomLine(models.Model):
    """How much of a component goes into one unit of an item."""

    parent = models.ForeignKey(Item, models.CASCADE, related_name="components")
    component = models.ForeignKey(Item, models.PROTECT, related_name="used_in")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    scrap = models.DecimalField(max_digits=7, decimal_places=6, default=0, help_text=_("Share lost."))
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["parent", "component", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "component", "valid_from"], name="one_bom_line_a_day"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bom_quantity_positive"),
            models.CheckConstraint(condition=Q(scrap__gte=0) & Q(scrap__lt=1), name="bom_scrap_is_a_share"),
            models.CheckConstraint(condition=~Q(parent=F("component")), name="bom_not_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id}: {self.quantity} {self.component_id}"


class WorkCentre(models.Model):
    """Where work is done, and how many hours it has on a working day."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    hours_per_day = models.DecimalField(max_digits=9, decimal_places=2)
    efficiency = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    cost_per_hour_cents = models.BigIntegerField(default=0)
    overtime_share = models.DecimalField(
        max_digits=5, decimal_places=4, default=0, help_text=_("Of regular hours.")
    )
    overtime_premium = models.DecimalField(max_digits=5, decimal_places=4, default="0.25")
    working_days = models.CharField(max_length=7, default="1111100", help_text=_("Monday first."))

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CapacityChange(models.Model):
    """Days on which a work centre has other hours: a holiday, a shutdown, an extra shift."""

    work_centre = models.ForeignKey(WorkCentre, models.CASCADE, related_name="changes")
    start = models.DateField()
    end = models.DateField()
    hours_per_day = models.DecimalField(max_digits=9, decimal_places=2)
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["work_centre", "start"]
        constraints = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="capacity_change_dates")]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.start} {self.reason}"


class RoutingStep(models.Model):
    """One step of making an item: where, set-up hours for a lot, hours for a unit."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="routing")
    sequence = models.PositiveIntegerField()
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, related_name="steps")
    setup_hours = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    hours_per_unit = models.DecimalField(max_digits=14, decimal_places=8)

    class Meta:
        ordering = ["item", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["item", "sequence"], name="one_routing_step_per_sequence"),
            models.CheckConstraint(condition=Q(hours_per_unit__gte=0), name="routing_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.sequence}"


class Supplier(models.Model):
    """A company that items are bought from."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("1 best to 5 worst."))
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SupplyTerm(models.Model):
    """What a supplier asks for an item: lead time, price, minimum and multiple."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="supply_terms")
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="supply_terms")
    lead_time_days = models.PositiveIntegerField()
    lead_time_deviation_days = models.DecimalField(max_digits=7, decimal_places=2, default=0)
    minimum = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    maximum = models.DecimalField(
        max_digits=18, decimal_places=4, null=True, blank=True, help_text=_("The largest single order.")
    )
    month_limit = models.DecimalField(
        max_digits=18, decimal_places=4, null=True, blank=True, help_text=_("The most that comes in a month.")
    )
    multiple = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    currency = models.CharField(max_length=3)
    price_cents = models.BigIntegerField()
    unit = models.CharField(max_length=20, blank=True, help_text=_("The supplier's, where another."))

    class Meta:
        ordering = ["item", "supplier"]
        constraints = [models.UniqueConstraint(fields=["item", "supplier"], name="one_term_per_supplier")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.supplier_id}"


class Location(models.Model):
    """A place where stock lies."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Promotion(models.Model):
    """A discount for a while: on named items, or on all where none is named."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=255)
    discount = models.DecimalField(max_digits=6, decimal_places=4, help_text=_("Share of the price, 0 to 1."))
    kind = models.CharField(max_length=60, blank=True)
    start = models.DateField()
    end = models.DateField()
    minimum = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField(null=True, blank=True)
    items = models.ManyToManyField(Item, related_name="promotions", blank=True)

    class Meta:
        ordering = ["start", "code"]
        constraints = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="promotion_dates")]

    def __str__(self) -> str:
        return self.name
