"""Questions about items, what they are made of, and what makes them."""

from calendar import monthrange
from datetime import date, timedelta

import polars as pl
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.catalog.models import (
    BomLine,
    CapacityChange,
    Cost,
    Family,
    Item,
    Location,
    Price,
    Promotion,
    RoutingStep,
    Supplier,
    SupplyTerm,
    WorkCentre,
    valid_on,
)
from einklang.engine.frames import TREE
from einklang.engine.periods import month_end
from einklang.kernel import tables
from einklang.kernel.errors import NotFound

TOTAL = "total"  # the top of the tree of families


def items(*, search: str = "", family: str = "", sold_only: bool = False) -> QuerySet[Item]:
    """Items with their families; found by code or name, within a family and all below it."""
    found = Item.objects.select_related("family", "family__parent")
    if search:
        found = found.filter(Q(code__icontains=search) | Q(name__icontains=search))
    if family:
        found = found.filter(Q(family__code=family) | Q(family__parent__code=family))
    return found.filter(is_sold=True) if sold_only else found


def item(code: str) -> Item:
    """One item by its code."""
    found = Item.objects.select_related("family", "predecessor").filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no item %(code)s.") % {"code": code})
    return found


def item_ids(codes: list[str]) -> dict[str, int]:
    """The row numbers of items by code."""
    return dict(Item.objects.filter(code__in=codes).values_list("code", "pk"))


def families() -> QuerySet[Family]:
    """All families with the one above."""
    return Family.objects.select_related("parent")


def locations() -> QuerySet[Location]:
    """All places where stock lies."""
    return Location.objects.all()


def suppliers() -> QuerySet[Supplier]:
    """All suppliers."""
    return Supplier.objects.all()


def work_centres() -> QuerySet[WorkCentre]:
    """All work centres."""
    return WorkCentre.objects.all()


def family(code: str) -> Family:
    """One family by its code."""
    found = Family.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no family %(code)s.") % {"code": code})
    return found


def supplier(code: str) -> Supplier:
    """One supplier by its code."""
    found = Supplier.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no supplier %(code)s.") % {"code": code})
    return found


def work_centre(code: str) -> WorkCentre:
    """One work centre by its code."""
    found = WorkCentre.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no work centre %(code)s.") % {"code": code})
    return found


def prices(of: Item) -> QuerySet[Price]:
    """An item's prices, newest first."""
    return Price.objects.filter(item=of).order_by("-valid_from")


def costs(of: Item) -> QuerySet[Cost]:
    """An item's costs, newest first."""
    return Cost.objects.filter(item=of).order_by("-valid_from")


def components(of: Item, as_of: date) -> QuerySet[BomLine]:
    """What goes into an item on a day."""
    return BomLine.objects.filter(valid_on(as_of)).filter(parent=of).select_related("component")


def where_used(of: Item, as_of: date) -> QuerySet[BomLine]:
    """What an item goes into on a day."""
    return BomLine.objects.filter(valid_on(as_of)).filter(component=of).select_related("parent")


def routing(of: Item) -> QuerySet[RoutingStep]:
    """How an item is made."""
    return RoutingStep.objects.filter(item=of).select_related("work_centre")


def routing_steps(items: list[int]) -> QuerySet[RoutingStep]:
    """The steps of making several items, by their row numbers, with the work centres."""
    return RoutingStep.objects.filter(item_id__in=items).select_related("work_centre")


def supply_terms(of: Item) -> QuerySet[SupplyTerm]:
    """Who sells an item to us, and how."""
    return SupplyTerm.objects.filter(item=of).select_related("supplier")


def promotions(start: date, end: date) -> QuerySet[Promotion]:
    """Promotions that run in a span of days, with their items."""
    named = Prefetch("items", Item.objects.only("code"))
    return Promotion.objects.filter(start__lte=end, end__gte=start).prefetch_related(named)


def items_frame() -> pl.DataFrame:
    """Every item, one row: the facts planning needs. ``family`` is the family's code, or null."""
    return tables.read(
        Item.objects.all(),
        item="code",
        name="name",
        family="family__code",
        kind="kind",
        is_sold="is_sold",
        is_phantom="is_phantom",
        unit="unit",
        lead_time_days="lead_time_days",
        safety_stock="safety_stock",
        reorder_point="reorder_point",
        lot_min="lot_min",
        lot_multiple="lot_multiple",
        shelf_life_days="shelf_life_days",
        launched_on="launched_on",
        ended_on="ended_on",
        predecessor="predecessor__code",
    )


def family_tree() -> pl.DataFrame:
    """Item -> family -> family above -> ``total``: the tree along which demand adds up (frame TREE).

    Families are named ``family:CODE``, so that none can be taken for an item.
    """
    leaves = tables.read(Item.objects.filter(is_sold=True), series="code", parent="family__code")
    upper = tables.read(Family.objects.all(), series="code", parent="parent__code")
    above = (pl.lit("family:") + pl.col("parent")).fill_null(TOTAL).alias("parent")
    named = pl.concat(
        [
            leaves.select("series", above),
            upper.select((pl.lit("family:") + pl.col("series")).alias("series"), above),
        ]
    )
    return TREE.check(_with_leaves_only(named))


def bom_frame(as_of: date) -> pl.DataFrame:
    """What goes into what on a day: ``parent, component, quantity, scrap``; lines of one pair are added."""
    lines = tables.read(
        BomLine.objects.filter(valid_on(as_of)),
        parent="parent__code",
        component="component__code",
        quantity="quantity",
        scrap="scrap",
    )
    return lines.group_by("parent", "component", maintain_order=True).agg(
        pl.col("quantity").sum(), pl.col("scrap").max()
    )


def routing_frame() -> pl.DataFrame:
    """Hours by item and work centre: ``item, resource, hours`` a unit and ``setup_hours`` a lot."""
    steps = tables.read(
        RoutingStep.objects.all(),
        item="item__code",
        resource="work_centre__code",
        hours="hours_per_unit",
        setup_hours="setup_hours",
    )
    return steps.group_by("item", "resource", maintain_order=True).agg(
        pl.col("hours").sum(), pl.col("setup_hours").sum()
    )


def routing_steps_frame() -> pl.DataFrame:
    """How items are made, step by step: ``item, step, resource, hours`` a unit and ``setup_hours`` a lot."""
    return tables.read(
        RoutingStep.objects.all(),
        item="item__code",
        step="sequence",
        resource="work_centre__code",
        hours="hours_per_unit",
        setup_hours="setup_hours",
    )


def calendar_frame(start: date, end: date) -> pl.DataFrame:
    """Usable hours of each work centre on each day from one to another: ``resource, name, day, hours``."""
    changes: dict[int, list[CapacityChange]] = {}
    for change in CapacityChange.objects.filter(start__lte=end, end__gte=start):
        changes.setdefault(change.work_centre_id, []).append(change)
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    rows = [
        (
            centre.code,
            centre.name,
            day,
            _day_hours(centre, day, changes.get(centre.pk, [])) * float(centre.efficiency),
        )
        for centre in WorkCentre.objects.all()
        for day in days
    ]
    schema = {"resource": pl.String, "name": pl.String, "day": pl.Date, "hours": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def capacity_frame(months: list[date]) -> pl.DataFrame:
    """What each work centre can do in each month (columns: ``CAPACITY_SCHEMA``).

    Hours are those of working days times efficiency, less or more on days with a capacity change;
    costs are per hour.
    """
    changes: dict[int, list[CapacityChange]] = {}
    for change in CapacityChange.objects.filter(start__lte=month_end(months[-1]), end__gte=months[0]):
        changes.setdefault(change.work_centre_id, []).append(change)
    rows = []
    for centre in WorkCentre.objects.all():
        for month in months:
            days, hours = _month_hours(centre, month, changes.get(centre.pk, []))
            usable = hours * float(centre.efficiency)
            rows.append(
                {
                    "resource": centre.code,
                    "name": centre.name,
                    "period": month,
                    "working_days": days,
                    "hours": usable,
                    "overtime_hours": usable * float(centre.overtime_share),
                    "cost_cents": centre.cost_per_hour_cents,
                    "overtime_cost_cents": round(
                        centre.cost_per_hour_cents * (1 + float(centre.overtime_premium))
                    ),
                }
            )
    return pl.DataFrame(rows, schema=CAPACITY_SCHEMA)


def costs_frame(as_of: date) -> pl.DataFrame:
    """What a unit of each item costs on a day, in its currency: ``item, currency, cost_cents``."""
    dated = tables.read(
        Cost.objects.filter(valid_from__lte=as_of).order_by("item_id", "valid_from"),
        item="item__code",
        currency="currency",
        cost_cents="amount_cents",
    )
    return dated.unique("item", keep="last", maintain_order=True)


def cost_history() -> pl.DataFrame:
    """Every cost of every item with the day it holds from: ``item, currency, cost_cents, valid_from``."""
    return tables.read(
        Cost.objects.order_by("valid_from"),
        item="item__code",
        currency="currency",
        cost_cents="amount_cents",
        valid_from="valid_from",
    )


def prices_frame(as_of: date, currency: str) -> pl.DataFrame:
    """What each item is sold for on a day: ``item, price_cents``; the last known price holds on."""
    dated = tables.read(
        Price.objects.filter(valid_from__lte=as_of, currency=currency).order_by("item_id", "valid_from"),
        item="item__code",
        price_cents="amount_cents",
    )
    return dated.unique("item", keep="last", maintain_order=True)


def price_history(currency: str) -> pl.DataFrame:
    """Every price in a currency with the day it holds from: ``item, price_cents, valid_from``."""
    return tables.read(
        Price.objects.filter(currency=currency).order_by("item_id", "valid_from"),
        item="item__code",
        price_cents="amount_cents",
        valid_from="valid_from",
    )


def supply_terms_frame() -> pl.DataFrame:
    """Who sells what to us: one row per item and supplier, cheapest first within an item."""
    return tables.read(
        SupplyTerm.objects.filter(supplier__is_active=True).order_by("item_id", "price_cents"),
        item="item__code",
        supplier="supplier__code",
        supplier_name="supplier__name",
        lead_time_days="lead_time_days",
        lead_time_deviation_days="lead_time_deviation_days",
        minimum="minimum",
        maximum="maximum",
        month_limit="month_limit",
        multiple="multiple",
        price_cents="price_cents",
        currency="currency",
    )


CAPACITY_SCHEMA = {
    "resource": pl.String,
    "name": pl.String,
    "period": pl.Date,
    "working_days": pl.Int64,
    "hours": pl.Float64,
    "overtime_hours": pl.Float64,
    "cost_cents": pl.Int64,
    "overtime_cost_cents": pl.Int64,
}


def _month_hours(centre: WorkCentre, month: date, changes: list[CapacityChange]) -> tuple[int, float]:
    days, hours = 0, 0.0
    for offset in range(monthrange(month.year, month.month)[1]):
        today = _day_hours(centre, month + timedelta(days=offset), changes)
        days, hours = days + (today > 0), hours + today
    return days, hours


def _day_hours(centre: WorkCentre, day: date, changes: list[CapacityChange]) -> float:
    """Clock hours of one day: the usual ones, or those of a change; nothing on a free day."""
    change = next((one for one in changes if one.start <= day <= one.end), None)
    works = centre.working_days[day.weekday()] == "1"
    if change and (works or change.hours_per_day > 0):
        return float(change.hours_per_day)
    return float(centre.hours_per_day) if works else 0.0


def _with_leaves_only(tree: pl.DataFrame) -> pl.DataFrame:
    """Families under which nothing is sold carry no demand; they leave the tree, from the bottom up."""
    while True:
        childless = tree.filter(
            pl.col("series").str.starts_with("family:")
            & ~pl.col("series").is_in(tree["parent"].unique().to_list())
        )
        if childless.is_empty():
            return tree
        tree = tree.join(childless.select("series"), on="series", how="anti")


def codes_below(family: str) -> tuple[str, ...]:
    """A family's code and those of all families below it."""
    below: dict[str | None, list[str]] = {}
    for code, parent in Family.objects.values_list("code", "parent__code"):
        below.setdefault(parent, []).append(code)
    found = [family]
    for code in found:
        found += below.get(code, [])
    return tuple(found)
