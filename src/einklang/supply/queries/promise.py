"""What can be promised: from stock and the newest plan, less every order and what is kept for others."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.engine.periods import month_end, month_of
from einklang.engine.supply.capable import capable
from einklang.engine.supply.promise import LINES, Position, promise
from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.claims import NOBODY, Whom, standing
from einklang.supply.queries.runs import latest, load_frame
from einklang.supply.queries.work import lead_months
from einklang.web import formats


@dataclass(frozen=True, slots=True)
class Asked:
    """One line somebody wants to promise: which item, how many, by which day."""

    item: str
    quantity: Decimal
    wished_on: date


@dataclass(frozen=True, slots=True)
class Promise:
    """What can be said about one line: units in time, and the month with all of them (none: beyond the plan).

    An item with neither stock nor a plan is ``unknown``. ``could`` is the month in which all of it could be
    had if ``made`` units were made or bought beyond the plan; ``obstacle`` and ``at`` say what stood in the
    way of the wish.
    """

    item: str
    name: str
    unit: str
    quantity: Decimal
    wished: date
    in_time: float
    promised: date | None
    at_last: float
    until: date
    is_planned: bool = True
    could: date | None = None
    made: float = 0.0
    obstacle: str = ""
    at: str = ""

    @property
    def state(self) -> str:
        """``in_time``, ``later``, ``never`` (not within the plan) or ``unknown``."""
        if not self.is_planned:
            return "unknown"
        if self.promised is None:
            return "never"
        return "in_time" if self.promised == self.wished else "later"

    @property
    def sentence(self) -> str:
        """The answer as one would give it on the telephone."""
        if not self.is_planned:
            return _("It has neither stock nor a plan, so nothing can be promised: ask planning.")
        said = {
            "all": f"{formats.quantity(self.quantity)} {self.unit}",
            "some": formats.quantity(self.in_time),
            "wished": formats.month(self.wished),
            "promised": formats.month(self.promised) if self.promised else "",
            "most": formats.quantity(self.at_last),
            "until": formats.month(self.until),
        }
        if self.state == "in_time":
            return _("All %(all)s can be delivered in %(wished)s.") % said
        if self.state == "never":
            return _("%(some)s in %(wished)s; the plan has %(most)s of %(all)s free by %(until)s.") % said
        return _("%(some)s in %(wished)s, all %(all)s in %(promised)s.") % said

    @property
    def in_addition(self) -> str:
        """What could be done beyond the plan, and what limits it; empty where the plan is enough."""
        if self.state == "in_time" or not self.is_planned:
            return ""
        limit = self._limit()
        if self.could is None or (self.promised is not None and self.could >= self.promised):
            return limit
        said = {
            "made": formats.quantity(round(self.made, 1)),
            "month": formats.month(self.could),
            "all": formats.quantity(self.quantity),
        }
        more = _("With %(made)s made or bought beyond the plan, all %(all)s in %(month)s.") % said
        return f"{more} {limit}".strip()

    def _limit(self) -> str:
        """What stood in the way of the wish."""
        sentences = {
            "time": _("Sooner is not possible: %(at)s takes its lead time."),
            "hours": _("Sooner is not possible: %(at)s has no hours left."),
            "source": _("More is not possible: nobody makes or buys %(at)s."),
        }
        return sentences[self.obstacle] % {"at": self.at} if self.obstacle else ""


def promises(asked: list[Asked], *, seen_by: User, whom: Whom = NOBODY) -> list[Promise]:
    """What can be promised of each line, in the order given; the earlier lines take their units first.

    What is booked or kept for others is not free; what is kept for ``whom`` is.
    """
    seen_by.must("see supply")
    if not asked:
        return []
    run = plan_in_force()
    items = catalog.items_frame()
    known = {code: (name, unit) for code, name, unit in items.select("item", "name", "unit").iter_rows()}
    stands = standing(run, whom=whom)
    planned = set(stands.items)
    rows = [
        (str(place), line.item, month_of(line.wished_on), float(line.quantity))
        for place, line in enumerate(asked)
        if line.item in planned
    ]
    lines = pl.DataFrame(rows, schema=LINES.empty().schema, orient="row")
    could = _could(run, stands, lines, items).drop("item", "quantity", "wished")
    told = promise(stands, lines).join(could, on="line", how="left")
    answers = {row["line"]: row for row in told.iter_rows(named=True)}
    return [
        _answer(line, known.get(line.item, (line.item, "")), answers.get(str(place)), stands.periods)
        for place, line in enumerate(asked)
    ]


def _answer(
    line: Asked, called: tuple[str, str], said: dict[str, Any] | None, periods: list[date]
) -> Promise:
    """The engines' answers about one line; none where it is not planned."""
    told = said or {"in_time": 0.0, "promised": None, "then": 0.0, "capable": None, "made": 0.0}
    name, unit = called
    return Promise(
        item=line.item,
        name=name,
        unit=unit,
        quantity=line.quantity,
        wished=max(month_of(line.wished_on), periods[0]),
        in_time=told["in_time"],
        promised=told["promised"],
        at_last=told["then"],
        until=periods[-1],
        is_planned=said is not None,
        could=told["capable"],
        made=told["made"],
        obstacle=told.get("obstacle", ""),
        at=told.get("at", ""),
    )


def _could(run: SupplyRun, stands: Position, lines: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What could be made or bought beyond the plan, within the hours it leaves free."""
    free = pl.col("capacity") + pl.col("overtime_limit") - pl.col("load")
    return capable(
        stands,
        lines,
        making=items.select("item", "kind", lead_time=lead_months(pl.col("lead_time_days").fill_null(0))),
        bom=catalog.bom_frame(month_end(run.as_of)),
        hours=catalog.routing_frame().select("item", "resource", "hours"),
        spare=load_frame(run).select("resource", "period", hours=free.clip(0)),
    )


def promises_of_deal(code: str, *, seen_by: User) -> list[Promise]:
    """What can be promised of a deal's lines; a line without a wish is wished for with the decision."""
    deal = crm.deal(code, seen_by=seen_by)
    today = clock.today()
    lines = [
        Asked(line.item.code, line.quantity, max(line.wished_on or deal.expected_on or today, today))
        for line in deal.lines.select_related("item")
    ]
    return promises(lines, seen_by=seen_by, whom=Whom(deal=code))


def promises_of_order(number: str, *, seen_by: User) -> list[tuple[int, Promise]]:
    """What can be promised of an order's lines that are not shipped yet, by the number of the line."""
    order = orders.order(number, seen_by=seen_by)
    today = clock.today()
    waiting = orders.waiting_lines(order)
    lines = [Asked(line.item.code, left, max(line.wished_on or today, today)) for line, left in waiting]
    told = promises(lines, seen_by=seen_by, whom=Whom(order=number))
    return [(line.line_number, one) for (line, _left), one in zip(waiting, told, strict=True)]


def together(told: list[Promise]) -> str:
    """When all lines can be delivered at once, in a sentence; empty for less than two lines."""
    if len(told) < 2:
        return ""
    if all(one.promised for one in told):
        last = max(one.promised for one in told if one.promised)
        return _("All lines together: %(month)s.") % {"month": formats.month(last)}
    late = ", ".join(one.item for one in told if not one.promised)
    return _("Not all together within the plan: %(items)s is missing.") % {"items": late}


def free(item: str, *, seen_by: User) -> pl.DataFrame:
    """One item by month: receipts, orders, balance, atp, free (units that can still be promised by then)."""
    seen_by.must("see supply")
    return standing(plan_in_force(), [item]).table()


def plan_in_force() -> SupplyRun:
    """The plan that promises rest on; without one nothing can be promised."""
    run = latest()
    if run is None:
        raise Refused(_("There is no supply plan yet to promise from: have supply planned first."))
    return run
