"""Supply plans as they were kept, and their numbers as frames."""

from datetime import date

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus
from einklang.kernel import tables
from einklang.kernel.errors import NotFound, Refused
from einklang.people.models import User
from einklang.supply.levers import BASE, SCENARIOS
from einklang.supply.models import (
    LoadPoint,
    PlanException,
    PlannedOrder,
    SupplierPoint,
    SupplyPoint,
    SupplyRun,
)


def runs(*, seen_by: User) -> QuerySet[SupplyRun]:
    """All supply plans, newest first."""
    seen_by.must("see supply")
    return SupplyRun.objects.select_related("consensus", "made_by")


def run(run_id: int) -> SupplyRun:
    """One supply plan."""
    found = SupplyRun.objects.select_related("consensus__run", "made_by").filter(pk=run_id).first()
    if found is None:
        raise NotFound(_("There is no such supply plan."))
    return found


def latest_run(consensus: Consensus, *, scenario: str = BASE) -> SupplyRun | None:
    """The newest plan for a consensus under a scenario."""
    found = SupplyRun.objects.filter(consensus=consensus, scenario=scenario).order_by("-number")
    return found.select_related("consensus__run", "made_by").first()


def latest(as_of: date | None = None) -> SupplyRun | None:
    """The newest plan as agreed, else the newest of any scenario; of one month, or of all."""
    found = SupplyRun.objects.select_related("consensus__run", "made_by")
    found = found.filter(as_of=as_of) if as_of else found
    newest = found.first()
    if newest is None:
        return None
    return found.filter(as_of=newest.as_of, scenario=BASE).first() or newest


def newest() -> SupplyRun:
    """The plan that is worked with now; refused where there is none."""
    found = latest()
    if found is None:
        raise Refused(_("There is no supply plan yet: have supply planned first."))
    return found


def scenarios() -> list[tuple[str, str]]:
    """The scenarios the house comes with."""
    return [(name, str(scenario.label)) for name, scenario in SCENARIOS.items()]


def kinds() -> list[tuple[str, str]]:
    """The kinds of exceptions, most pressing first."""
    return [(value, str(label)) for value, label in PlanException.Kind.choices]


def points(of: SupplyRun, *, item: str = "") -> QuerySet[SupplyPoint]:
    """Items by month in a plan; of one item, or of all."""
    found = SupplyPoint.objects.filter(run=of).select_related("item")
    return found.filter(item__code=item) if item else found


def loads(of: SupplyRun) -> QuerySet[LoadPoint]:
    """Work centres by month in a plan."""
    return LoadPoint.objects.filter(run=of).select_related("work_centre")


def orders(of: SupplyRun, *, item: str = "", kind: str = "") -> QuerySet[PlannedOrder]:
    """Planned orders; of one item or kind, or all."""
    found = PlannedOrder.objects.filter(run=of).select_related("item")
    found = found.filter(item__code=item) if item else found
    return found.filter(kind=kind) if kind else found


def exceptions(of: SupplyRun, *, kind: str = "", state: str = "", item: str = "") -> QuerySet[PlanException]:
    """What needs attention in a plan; of one kind, one item, open or handled."""
    found = PlanException.objects.filter(run=of).select_related("item", "work_centre", "handling__by")
    found = found.filter(kind=kind) if kind else found
    found = found.filter(item__code=item) if item else found
    if state == "open":
        return found.filter(handling=None)
    return found.filter(handling__isnull=False) if state == "handled" else found


def exception(exception_id: int) -> PlanException:
    """One exception."""
    found = PlanException.objects.select_related("run", "item", "work_centre", "handling__by").filter(
        pk=exception_id
    )
    if not (one := found.first()):
        raise NotFound(_("There is no such exception."))
    return one


def exceptions_frame(of: SupplyRun) -> pl.DataFrame:
    """All exceptions of a plan as a table, most pressing first."""
    return tables.read(
        exceptions(of).order_by("rank", "-value_cents", "id"),
        item="item__code",
        resource="work_centre__code",
        kind="kind",
        period="period",
        until="until",
        months="months",
        quantity="quantity",
        value_cents="value_cents",
        reference="reference",
        handled="handling__reason",
    )


def plan_frame(of: SupplyRun, *, parts: bool = False) -> pl.DataFrame:
    """What is sold, by item and month, with ``parts`` also what only goes into it.

    Columns: item, period, demand, make, buy (both when they arrive), started, coming, ship, used, stock,
    backlog, lost, short, expired, demand_price (money that serving one more unit would cost), fixed.
    """
    found = SupplyPoint.objects.filter(run=of)
    found = found if parts else found.filter(is_sold=True)
    names = (
        "period", "demand", "make", "buy", "started", "coming", "ship", "used", "stock", "backlog", "lost",
        "short", "expired", "demand_price", "fixed",
    )  # fmt: skip
    return tables.read(
        found.order_by("item__code", "period"), item="item__code", **{name: name for name in names}
    )


def load_frame(of: SupplyRun) -> pl.DataFrame:
    """Hours by work centre and month; ``shadow_price`` is money that one more hour would save.

    Columns: resource, name, period, regular, overtime, capacity, overtime_limit, load, shadow_price.
    """
    names = ("period", "regular", "overtime", "capacity", "overtime_limit", "load", "shadow_price")
    found = LoadPoint.objects.filter(run=of).order_by("work_centre__code", "period")
    return tables.read(found, resource="work_centre__code", name="work_centre__name", **{n: n for n in names})


def supplier_frame(of: SupplyRun) -> pl.DataFrame:
    """What limited suppliers give, by the month in which it is ordered.

    Columns: supplier, item, period, quantity, limit, shadow_price (money that one more unit would save).
    """
    names = ("period", "quantity", "limit", "shadow_price")
    found = SupplierPoint.objects.filter(run=of).order_by("supplier__code", "item__code", "period")
    return tables.read(found, supplier="supplier__code", item="item__code", **{n: n for n in names})


def sellable_frame(of: SupplyRun) -> pl.DataFrame:
    """What can be shipped, by item and month: item, period, quantity."""
    found = SupplyPoint.objects.filter(run=of, is_sold=True).order_by("item__code", "period")
    return tables.read(found, item="item__code", period="period", quantity="ship")
