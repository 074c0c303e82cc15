"""What can be promised: from stock and the newest plan, less every order booked until today."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.engine.periods import month_end, month_of
from einklang.engine.supply.promise import FLOW, LINES, Position, position, promise
from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.runs import latest, plan_frame
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

    An item with neither stock nor a plan is ``unknown``.
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


def promises(asked: list[Asked], *, seen_by: User) -> list[Promise]:
    """What can be promised of each line, in the order given; the earlier lines take their units first."""
    seen_by.must("see supply")
    if not asked:
        return []
    names = catalog.items_frame().select("item", "name", "unit")
    known = {code: (name, unit) for code, name, unit in names.iter_rows()}
    stands = standing(_plan(), [line.item for line in asked])
    planned = set(stands.items)
    rows = [
        (str(place), line.item, month_of(line.wished_on), float(line.quantity))
        for place, line in enumerate(asked)
        if line.item in planned
    ]
    told = promise(stands, pl.DataFrame(rows, schema=LINES.empty().schema, orient="row"))
    answers = {row["line"]: row for row in told.iter_rows(named=True)}
    found = []
    for place, line in enumerate(asked):
        said = answers.get(str(place), {"in_time": 0.0, "promised": None, "then": 0.0})
        name, unit = known.get(line.item, (line.item, ""))
        wished = max(month_of(line.wished_on), stands.periods[0])
        free_by_then = said["in_time"], said["promised"], said["then"], stands.periods[-1]
        found.append(
            Promise(line.item, name, unit, line.quantity, wished, *free_by_then, line.item in planned)
        )
    return found


def promises_of_deal(code: str, *, seen_by: User) -> list[Promise]:
    """What can be promised of a deal's lines; a line without a wish is wished for with the decision."""
    deal = crm.deal(code, seen_by=seen_by)
    today = clock.today()
    lines = [
        Asked(line.item.code, line.quantity, max(line.wished_on or deal.expected_on or today, today))
        for line in deal.lines.select_related("item")
    ]
    return promises(lines, seen_by=seen_by)


def free(item: str, *, seen_by: User) -> pl.DataFrame:
    """One item by month: receipts, orders, balance, atp, free (units that can still be promised by then)."""
    seen_by.must("see supply")
    return standing(_plan(), [item]).table()


def standing(run: SupplyRun, items: list[str]) -> Position:
    """Stock, planned receipts and booked orders of some items over the months of a plan."""
    day = month_end(run.as_of)
    plan = plan_frame(run, parts=True)
    months = plan["period"].unique().sort().to_list()
    wanted = pl.Series(items, dtype=pl.String).implode()
    mine = plan.filter(pl.col("item").is_in(wanted))
    arriving = (pl.col("coming") + pl.col("make") + pl.col("buy") - pl.col("used")).alias("quantity")
    booked = orders.open_orders(day, booked_until=max(clock.today(), day))
    here = orders.on_hand(day).group_by("item").agg(pl.col("quantity").sum())
    return position(
        here.filter(pl.col("item").is_in(wanted)),
        mine.select("item", "period", arriving),
        booked.filter(pl.col("item").is_in(wanted)).select(*FLOW.columns),
        months,
    )


def _plan() -> SupplyRun:
    run = latest()
    if run is None:
        raise Refused(_("There is no supply plan yet to promise from: have supply planned first."))
    return run
