"""What a promise would displace: whose units it takes, and what the plan says they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.engine.supply.displace import displaced
from einklang.engine.supply.promise import LINES
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import LoadPoint, SupplyPoint, SupplyRun
from einklang.supply.queries.claims import NOBODY, Whom, claims, flows, forecast_left, standing
from einklang.supply.queries.promise import Promise, plan_in_force
from einklang.web import formats

FIRST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Displaced:
    """Units of somebody else that a promise takes; no cost where nothing is lost or costs are not seen.

    ``kind`` is expected (the forecast of its own month counts on it), forecast, reservation, order, missing.
    """

    item: str
    kind: str
    reference: str
    period: date
    quantity: float
    cost_cents: int | None

    @property
    def sentence(self) -> str:
        """What it means, as a planner would say it."""
        said = {
            "units": formats.quantity(round(self.quantity, 1)),
            "month": formats.month(self.period),
            "whom": self.reference,
        }
        if self.reference:
            known = {
                "reservation": _("%(units)s that are kept for %(whom)s for %(month)s."),
                "order": _("%(units)s of order %(whom)s, wished for in %(month)s, would be late."),
            }
            if self.kind in known:
                return known[self.kind] % said
        return {
            "expected": _("%(units)s that the forecast for %(month)s counts on selling anyway."),
            "forecast": _("%(units)s of the forecast for %(month)s would be short."),
            "reservation": _("%(units)s that are kept for somebody else for %(month)s."),
            "order": _("%(units)s of another customer's order for %(month)s would be late."),
            "missing": _("%(units)s that nobody has by %(month)s."),
        }[self.kind] % said


@dataclass(frozen=True, slots=True)
class Displacement:
    """Everything one promise takes from others, and what it costs in all."""

    month: date
    rows: list[Displaced]
    cost_cents: int | None
    is_possible: bool

    @property
    def more(self) -> int:
        """How many rows stand behind the first ones that are shown at once."""
        return max(0, len(self.rows) - FIRST_ROWS)

    @property
    def is_free(self) -> bool:
        """Whether nobody else is short of anything."""
        return all(row.kind == "expected" for row in self.rows)


def displacements(
    told: Sequence[Promise], *, seen_by: User, whom: Whom = NOBODY, at_wish: bool = False
) -> list[Displacement | None]:
    """What each promise takes from others if it is kept in its promised month, or ``at_wish`` all the same.

    None where an item is not planned, or nothing was promised.
    """
    seen_by.must("see supply")
    run = plan_in_force()
    months = [one.wished if at_wish else one.promised for one in told]
    asked = [
        (str(place), one.item, month, float(one.quantity))
        for place, (one, month) in enumerate(zip(told, months, strict=True))
        if one.is_planned and month is not None
    ]
    items = sorted({item for _line, item, _month, _quantity in asked})
    claimed = claims(run, whom).filter(pl.col("item").is_in(items))
    bare = standing(run, items, claimed=claimed.clear())
    whose = pl.concat([forecast_left(flows(run, items), claimed), claimed])
    found = displaced(bare, whose, pl.DataFrame(asked, schema=LINES.empty().schema, orient="row"))
    worth = _worth(run, items) if seen_by.may("see cost") else None
    names = _names(found, seen_by)
    rows: dict[str, list[Displaced]] = {line: [] for line, *_rest in asked}
    for row in found.iter_rows(named=True):
        rows[row["line"]].append(_row(row, worth, names))
    return [
        _summed(month, rows[str(place)], with_cost=worth is not None)
        if month and str(place) in rows
        else None
        for place, month in enumerate(months)
    ]


def _row(row: dict[str, Any], worth: dict[tuple[str, date], float] | None, names: set[str]) -> Displaced:
    """One claim that gives way, at what a unit of it is worth, named only to those who may see it."""
    loses = row["kind"] in ("forecast", "reservation", "order")
    cents = None
    if worth is not None and loses:
        cents = round(worth.get((row["item"], row["period"]), 0.0) * row["quantity"])
    return Displaced(
        item=row["item"],
        kind=row["kind"],
        reference=row["reference"] if row["reference"] in names else "",
        period=row["period"],
        quantity=row["quantity"],
        cost_cents=cents,
    )


def _summed(month: date, rows: list[Displaced], *, with_cost: bool) -> Displacement:
    cost = sum(row.cost_cents or 0 for row in rows) if with_cost else None
    return Displacement(month, rows, cost, is_possible=all(row.kind != "missing" for row in rows))


def _worth(run: SupplyRun, items: list[str]) -> dict[tuple[str, date], float]:
    """Cents that a displaced unit costs, by item and month.

    Its margin is lost at most; where the plan can serve one more unit for less (overtime, another month),
    it is what that costs beyond the unit's usual cost.
    """
    prices = dict(catalog.prices_frame(run.as_of, run.currency).select("item", "price_cents").iter_rows())
    costs = dict(catalog.costs_frame(run.as_of).select("item", "cost_cents").iter_rows())
    points = SupplyPoint.objects.filter(run=run, item__code__in=items)
    found = {}
    for item, period, price in points.values_list("item__code", "period", "demand_price"):
        cost = costs.get(item) or 0
        margin = max(0.0, (prices.get(item) or 0) - cost)
        found[item, period] = min(margin, max(0.0, price * 100 - cost)) if price else margin
    return found


def _names(found: pl.DataFrame, seen_by: User) -> set[str]:
    """The orders and deals among the claims that this reader may see."""
    numbers = found.filter(pl.col("reference") != "")["reference"].unique().to_list()
    seen = orders.orders(seen_by=seen_by).filter(number__in=numbers).values_list("number", flat=True)
    return {*seen, *crm.visible_codes(numbers, seen_by=seen_by)}


def hour_price(run: SupplyRun, centre: str, month: date) -> int:
    """Cents that one more hour of a work centre would save in a month of the plan."""
    found = LoadPoint.objects.filter(run=run, work_centre__code=centre, period=month)
    return round(100 * (found.values_list("shadow_price", flat=True).first() or 0.0))
