"""From one number of a plan back to its sources: supply plan, agreed demand, forecast, order lines."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanLine, PlanVersion
from einklang.cycle.queries import plan_versions, sales
from einklang.demand import queries as demand
from einklang.demand.models import ConsensusLine, Voice
from einklang.engine.periods import add_months
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.orders.models import OrderLine
from einklang.people.models import User
from einklang.supply import queries as supply


@dataclass(frozen=True, slots=True)
class Walk:
    """One number of a plan and every step behind it."""

    line: PlanLine
    price_basis: str
    supply: dict[str, Any]
    agreed: ConsensusLine | None
    voices: list[Voice]
    forecast: dict[str, Any]
    expected: pl.DataFrame
    history: pl.DataFrame
    order_lines: QuerySet[OrderLine]
    same_month: QuerySet[OrderLine]


def walk_back(version: PlanVersion, item: str, period: date, *, seen_by: User) -> Walk:
    """Everything one plan line grew from; order lines only as far as somebody may see them."""
    line = (
        PlanLine.objects.filter(version=version, item__code=item, period=period)
        .select_related("item", "item__family")
        .first()
    )
    if line is None:
        raise NotFound(_("This plan has no line for that item and month."))
    as_of, agreed_run = version.cycle.month, version.consensus.run
    expected = demand.points(agreed_run, item)
    made = supply.plan_frame(version.supply_run)
    past = demand.actuals(as_of)
    seen = (
        orders.order_lines(seen_by=seen_by)
        .filter(item__code=item, period__lte=as_of)
        .select_related("order", "order__account", "item")
        .order_by("-period", "-order__ordered_on", "order__number")
    )
    return Walk(
        line,
        _basis(line, as_of),
        _one(made.filter(pl.col("item") == item, pl.col("period") == period)),
        demand.consensus_lines(version.consensus, item).filter(period=period).first(),
        [one for one in demand.about(as_of, item, period) if one.given_at <= version.consensus.agreed_at],
        _one(expected.filter(pl.col("period") == period)),
        expected,
        past.filter(pl.col("series") == item).select("period", "quantity"),
        seen,
        seen.filter(period=add_months(period, -12)),
    )


def line_sums(rows: QuerySet[PlanLine]) -> dict[str, Any]:
    """What some plan lines add up to."""
    return rows.order_by().aggregate(
        **{name: Sum(name) for name in (*plan_versions.UNITS, *plan_versions.MONEY)}
    )


def top_families() -> list[tuple[str, str]]:
    """The families at the top, by code and name."""
    tops = sales.families().select("top", "top_name").unique().sort("top")
    return [(str(code), str(name)) for code, name in tops.iter_rows() if code]


def _basis(line: PlanLine, as_of: date) -> str:
    if line.price_cents is None:
        return ""
    known = sales.prices(as_of).prices.filter(pl.col("item") == line.item.code)
    return str(known["basis"][0]) if known.height else ""


def _one(rows: pl.DataFrame) -> dict[str, Any]:
    """The first row with names a template can say (``lo_80`` for ``lo-80``)."""
    if rows.is_empty():
        return {}
    return {name.replace("-", "_"): value for name, value in rows.row(0, named=True).items()}
