"""Who counts on which units: customers' orders, what is kept for deals, and the forecast that is left."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.db.models import Q, QuerySet

from einklang.crm.models import Stage
from einklang.engine.periods import add_months, month_end, month_range
from einklang.engine.supply.promise import FLOW, Position, position
from einklang.kernel import clock, tables
from einklang.orders import queries as orders
from einklang.supply.models import Reservation, SupplyPoint, SupplyRun

CLAIM = ("item", "period", "quantity", "kind", "reference")


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom somebody asks: what is booked or kept for them already does not stand in their own way.

    A deal by its code, or an order by its number with the numbers of its lines (none: all of them).
    """

    deal: str = ""
    order: str = ""
    lines: tuple[int, ...] = ()


NOBODY = Whom()


def live_reservations(day: date | None = None) -> QuerySet[Reservation]:
    """What is kept on a day: not past its last day, not let go, and not for a deal that was lost."""
    on = day or clock.today()
    found = Reservation.objects.filter(made_on__lte=on, until__gte=on)
    ended = Q(end__ended_on__lte=on) | Q(deal__stage__ends=Stage.Ends.LOST)
    return found.exclude(ended).select_related("item", "deal__account", "order_line__order", "made_by")


def claims(run: SupplyRun, whom: Whom = NOBODY) -> pl.DataFrame:
    """Orders and what is kept: ``item, period, quantity, kind`` (order or reservation), ``reference``.

    What is kept for an order line is claimed when it is kept for, the rest of the line when it was wished
    for; what is kept for a deal shrinks by what was booked on the deal's orders.
    """
    day = month_end(run.as_of)
    booked = orders.open_orders(day, booked_until=max(clock.today(), day))
    kept = tables.read(
        live_reservations().order_by("id"),
        item="item__code",
        deal="deal__code",
        order="order_line__order__number",
        line="order_line__line_number",
        kept="quantity",
        kept_for="period",
    )
    for_orders = kept.filter(pl.col("order").is_not_null()).select("order", "line", "kept", "kept_for")
    if whom.order:
        own = pl.col("order") == whom.order
        own = own & pl.col("line").is_in(whom.lines) if whom.lines else own
        booked = booked.filter(~own)
    lines = booked.join(for_orders, on=["order", "line"], how="left").with_columns(
        kept=pl.min_horizontal("quantity", pl.col("kept").fill_null(0.0))
    )
    waiting = lines.with_columns(quantity=pl.col("quantity") - pl.col("kept"))
    parts = [
        _as_claims(waiting, "order", "order"),
        _as_claims(lines.with_columns(quantity="kept", period="kept_for"), "reservation", "order"),
        _as_claims(_kept_for_deals(kept, whom), "reservation", "deal"),
    ]
    return pl.concat(parts).filter(pl.col("quantity") > 0)


def _kept_for_deals(kept: pl.DataFrame, whom: Whom) -> pl.DataFrame:
    """What is kept for deals and was not booked yet."""
    found = kept.filter(pl.col("deal").is_not_null() & (pl.col("deal") != whom.deal))
    booked = orders.booked_of_deals(found["deal"].unique().to_list())
    return found.join(booked, on=["deal", "item"], how="left").select(
        "item",
        "deal",
        period="kept_for",
        quantity=(pl.col("kept") - pl.col("quantity").fill_null(0.0)).clip(0),
    )


def _as_claims(rows: pl.DataFrame, kind: str, reference: str) -> pl.DataFrame:
    named = rows.with_columns(kind=pl.lit(kind), reference=pl.col(reference).cast(pl.String))
    return named.select(CLAIM).with_columns(pl.col("quantity").cast(pl.Float64))


def forecast_left(plan: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    """What the plan ships beyond all orders and reservations of the month: the forecast that is left."""
    sums = claimed.group_by("item", "period").agg(claimed=pl.col("quantity").sum())
    left = plan.join(sums, on=["item", "period"], how="left", maintain_order="left")
    return left.select(
        "item",
        "period",
        quantity=(pl.col("ship") - pl.col("claimed").fill_null(0.0)).clip(0),
        kind=pl.lit("forecast"),
        reference=pl.lit(""),
    ).filter(pl.col("quantity") > 0)


def standing(
    run: SupplyRun,
    items: list[str] | None = None,
    *,
    whom: Whom = NOBODY,
    claimed: pl.DataFrame | None = None,
) -> Position:
    """Stock, planned receipts and everything claimed of some items (or all) over the months of a plan."""
    taken = claims(run, whom) if claimed is None else claimed
    plan = flows(run, items)
    here = orders.on_hand(month_end(run.as_of)).group_by("item").agg(pl.col("quantity").sum())
    chosen = pl.lit(value=True) if items is None else pl.col("item").is_in(items)
    arriving = (pl.col("coming") + pl.col("make") + pl.col("buy") - pl.col("used")).alias("quantity")
    return position(
        here.filter(chosen),
        plan.select("item", "period", arriving),
        taken.filter(chosen).select(*FLOW.columns),
        month_range(add_months(run.as_of, 1), run.months),
    )


def flows(run: SupplyRun, items: list[str] | None = None) -> pl.DataFrame:
    """What comes and goes by item and month of a plan, of some items or all."""
    found = SupplyPoint.objects.filter(run=run)
    found = found if items is None else found.filter(item__code__in=items)
    names = ("period", "make", "buy", "coming", "ship", "used")
    return tables.read(found.order_by("item__code", "period"), item="item__code", **{n: n for n in names})
