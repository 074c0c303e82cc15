"""Suppliers as the plan sees them: what they will be asked for, their limits, and how they kept to it."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.catalog.models import Supplier
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.open_orders import on_its_way
from einklang.supply.queries.releases import proposals
from einklang.supply.queries.runs import latest
from einklang.supply.queries.stock import usual_day

JUDGED_DAYS = 365
FULL = 0.999


@dataclass(frozen=True, slots=True)
class Record:
    """How a supplier kept to the days agreed: lines judged, those in time, and days late on average.

    A line is judged once it came or its day is past; what came before its day is early, and in time.
    """

    judged: int
    in_time: int
    days_late: float | None
    received: float
    rejected: float

    @property
    def share(self) -> float | None:
        """The share of lines in time; none while nothing was due."""
        return self.in_time / self.judged if self.judged else None

    @property
    def days_early(self) -> float:
        """Days early on average, where what came was early."""
        return -min(0.0, self.days_late or 0.0)

    @property
    def rejected_share(self) -> float | None:
        """The share of what came that was sent back."""
        return self.rejected / self.received if self.received else None


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """One supplier in the list."""

    code: str
    name: str
    items: int
    planned: int
    planned_cents: list[tuple[str, int]]
    open: int
    overdue: int
    record: Record


@dataclass(frozen=True, slots=True)
class Outlook:
    """One supplier: what is planned by month against its limits, what is open, terms and record."""

    supplier: Supplier
    run: SupplyRun | None
    months: pl.DataFrame
    limits: pl.DataFrame
    proposals: pl.DataFrame
    open: pl.DataFrame
    terms: pl.DataFrame
    record: Record
    since: date


def suppliers(*, seen_by: User) -> list[SupplierLine]:
    """All suppliers that sell something to us or still have to deliver, by name."""
    seen_by.must("see supply")
    run, terms = latest(), catalog.supply_terms_frame()
    planned = proposals(run, seen_by=seen_by, kind="buy", state="open") if run else _NOTHING
    coming, records = on_its_way(seen_by=seen_by, kind="buy"), _records()
    names = dict(terms.select("supplier", "supplier_name").unique().iter_rows())
    names |= dict(coming.select("supplier", "supplier_name").unique().iter_rows())
    items = dict(terms.group_by("supplier").agg(pl.col("item").n_unique()).iter_rows())
    asked = dict(planned.group_by("supplier").len().iter_rows())
    open_ = dict(coming.group_by("supplier").len().iter_rows())
    late = dict(coming.filter(pl.col("days_late") > 0).group_by("supplier").len().iter_rows())
    return [
        SupplierLine(
            code, name, items.get(code, 0), asked.get(code, 0), _worth(planned.filter(supplier=code)),
            open_.get(code, 0), late.get(code, 0), records.get(code, _UNJUDGED),
        )
        for code, name in sorted(names.items(), key=lambda one: one[1])
    ]  # fmt: skip


def outlook(code: str, *, seen_by: User) -> Outlook:
    """What one supplier will be asked for, by month, and how it kept to what was asked before."""
    seen_by.must("see supply")
    supplier = catalog.suppliers().filter(code=code).first()
    if supplier is None:
        raise NotFound(_("There is no supplier %(code)s.") % {"code": code})
    run = latest()
    planned = proposals(run, seen_by=seen_by, supplier=code, state="open") if run else _NOTHING
    terms = catalog.supply_terms_frame().filter(supplier=code)
    if not seen_by.may("see cost"):
        terms = terms.drop("price_cents", "currency")
    return Outlook(
        supplier=supplier,
        run=run,
        months=_by_month(planned),
        limits=_against_limits(planned, terms),
        proposals=planned,
        open=on_its_way(seen_by=seen_by, supplier=code),
        terms=terms,
        record=_records().get(code, _UNJUDGED),
        since=usual_day() - timedelta(days=JUDGED_DAYS),
    )


def outlook_table(of: Outlook) -> pl.DataFrame:
    """What the supplier is told: orders that stand and what is planned to follow, without inner figures."""
    columns = [pl.col("reference", "item", "name", "quantity", "unit"), pl.col("due").alias("day")]
    planned = of.proposals.with_columns(reference=pl.lit(""))
    said = [
        of.open.select(*columns, state=pl.lit(_("ordered"))),
        planned.select(*columns, state=pl.lit(_("planned"))),
    ]
    return pl.concat(said).sort("state", "day", "item")


def _by_month(planned: pl.DataFrame) -> pl.DataFrame:
    """Orders by the month in which they are placed: period, orders, quantity, and value where it is seen."""
    sums = [pl.len().alias("orders"), pl.col("quantity").sum()]
    if "value_cents" in planned.columns:
        sums.append(pl.col("value_cents").sum())
    return planned.group_by(pl.col("release").alias("period")).agg(sums).sort("period")


def _against_limits(planned: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Items with a limit, by month: item, name, period, quantity, month_limit, share, is_full."""
    capped = terms.filter(pl.col("month_limit") > 0).select("item", "month_limit")
    return (
        planned.group_by("item", "name", pl.col("due").alias("period"))
        .agg(pl.col("quantity").sum())
        .join(capped, on="item")
        .with_columns(share=pl.col("quantity") / pl.col("month_limit"))
        .with_columns(is_full=pl.col("share") >= FULL)
        .sort("period", "item")
    )


def _worth(planned: pl.DataFrame) -> list[tuple[str, int]]:
    if "value_cents" not in planned.columns:
        return []
    return planned.group_by("currency").agg(pl.col("value_cents").sum()).sort("currency").rows()


def _records() -> dict[str, Record]:
    """How each supplier kept to the days of the last year."""
    day = usual_day()
    lines = orders.purchase_lines_frame(day - timedelta(days=JUDGED_DAYS), day)
    came = pl.col("received_on").is_not_null() & (pl.col("received_on") <= day)
    in_time = came & (pl.col("received_on") <= pl.col("due_on"))
    late = (pl.col("received_on") - pl.col("due_on")).dt.total_days().filter(came)
    sums = lines.group_by("supplier").agg(
        judged=pl.len(),
        in_time=in_time.sum(),
        days_late=late.mean(),
        received=pl.col("received").sum(),
        rejected=pl.col("rejected").sum(),
    )
    return {row.pop("supplier"): Record(**row) for row in sums.iter_rows(named=True)}


_UNJUDGED = Record(0, 0, None, 0.0, 0.0)
_NOTHING = pl.DataFrame(
    schema={
        "order": pl.String, "item": pl.String, "name": pl.String, "unit": pl.String, "supplier": pl.String,
        "release": pl.Date, "due": pl.Date, "quantity": pl.Float64, "late_months": pl.Int64,
        "value_cents": pl.Int64, "currency": pl.String,
    }
)  # fmt: skip
