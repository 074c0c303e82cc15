"""Planned orders as proposals to release: whom from, where made, and what was released of them."""

from collections.abc import Collection
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.kernel import clock, tables
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import Peg, PlannedOrder, Release, SupplyRun


def proposals(
    of: SupplyRun,
    *,
    seen_by: User,
    kind: str = "",
    supplier: str = "",
    centre: str = "",
    item: str = "",
    until: date | None = None,
    state: str = "",
) -> pl.DataFrame:
    """Planned orders by the month they start, with supplier or work centre, and the order each became.

    Columns: order, item, name, unit, kind, release, due, quantity, late_months, supplier, supplier_name,
    lead_time_days, price_cents, currency, centre, centre_name, reference, decision, value_cents, state (open
    or released). Money is left out for those who do not see costs.
    """
    seen_by.must("see supply")
    found = _planned(of)
    for name, wanted in (("kind", kind), ("supplier", supplier), ("centre", centre), ("state", state)):
        found = found.filter(pl.col(name) == wanted) if wanted else found
    if item:
        found = found.filter(pl.col("item").str.to_lowercase().str.contains(item.lower(), literal=True))
    if until:
        found = found.filter(pl.col("release") <= until)
    if not seen_by.may("see cost"):
        found = found.drop("price_cents", "currency", "value_cents")
    return found


def _planned(of: SupplyRun) -> pl.DataFrame:
    rows = tables.read(
        PlannedOrder.objects.filter(run=of).order_by("release", "item__code", "id"),
        planned_order="pk",
        order="order",
        item="item__code",
        name="item__name",
        unit="item__unit",
        kind="kind",
        release="release",
        due="due",
        quantity="quantity",
        late_months="late_months",
    )
    sellers, is_bought = _sellers(), pl.col("kind") == "buy"
    return (
        rows.join(sellers, on="item", how="left", maintain_order="left")
        .with_columns(pl.when(is_bought).then(name).alias(name) for name in sellers.columns if name != "item")
        .join(_centres(), on="item", how="left", maintain_order="left")
        .join(released(of), on="planned_order", how="left", maintain_order="left")
        .with_columns(
            value_cents=(pl.col("quantity") * pl.col("price_cents")).round(0).cast(pl.Int64),
            state=pl.when(pl.col("reference").is_null()).then(pl.lit("open")).otherwise(pl.lit("released")),
        )
        .drop("planned_order")
    )


def _sellers() -> pl.DataFrame:
    """The supplier that planning buys an item from: the cheapest."""
    names = ("supplier", "supplier_name", "price_cents", "currency", "lead_time_days")
    return catalog.supply_terms_frame().group_by("item", maintain_order=True).first().select("item", *names)


def _centres() -> pl.DataFrame:
    """The work centre in which the work on an item begins."""
    first = catalog.routing_frame().group_by("item", maintain_order=True).first()
    names = {centre.code: centre.name for centre in catalog.work_centres()}
    return first.select(
        "item",
        centre="resource",
        centre_name=pl.col("resource").replace_strict(names, default=None, return_dtype=pl.String),
    )


def released(of: SupplyRun) -> pl.DataFrame:
    """What was released of a plan and still holds: ``planned_order, reference, decision``."""
    rows = tables.read(
        Release.objects.filter(planned_order__run=of).order_by("id"),
        planned_order="planned_order_id",
        decision="change__decision_id",
        work_order="change__work_order_id",
        line="change__purchase_line_id",
        made="change__work_order__number",
        bought="change__purchase_line__order__number",
    )
    is_made = pl.col("work_order").is_not_null()
    gone = orders.decided(clock.today()).select("kind", "order_id", "gone")
    return (
        rows.with_columns(
            kind=pl.when(is_made).then(pl.lit("make")).otherwise(pl.lit("buy")),
            order_id=pl.coalesce("work_order", "line"),
            reference=pl.coalesce("made", "bought"),
        )
        .join(gone, on=["kind", "order_id"], how="left", maintain_order="left")
        .filter(~pl.col("gone").fill_null(value=False))
        .select("planned_order", "reference", "decision")
    )


def planned_orders(of: SupplyRun, names: Collection[str]) -> dict[str, PlannedOrder]:
    """Some planned orders of a plan by their names."""
    found = PlannedOrder.objects.filter(run=of, order__in=set(names)).select_related("item")
    return {one.order: one for one in found}


def origins(change_ids: Collection[int]) -> dict[int, PlannedOrder]:
    """The planned orders that released orders come from, by the number of the change that released them."""
    found = Release.objects.filter(change__in=change_ids)
    return {
        one.change_id: one.planned_order
        for one in found.select_related("planned_order__run", "planned_order__item")
    }


def purposes(of: PlannedOrder) -> list[Peg]:
    """What a planned order is for: the orders that draw on it, and the demand at the end."""
    found = Peg.objects.filter(run=of.run, supply=of.order).select_related("for_item")
    return list(found.order_by("period", "for_item__code"))
