"""The schedule of a plan's first weeks: what runs where when, what comes late, why, and who waits for it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.engine.supply.schedule import Schedule, schedule
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.scheduling import Tables, tables_of
from einklang.web import formats

DEALS_SHOWN = 3
RANKS = ("priority", "throughput")


@dataclass(frozen=True, slots=True)
class Late:
    """One delivery that comes late or not at all: what makes it so, and who waits."""

    order: str
    kind: str
    item: str
    name: str
    quantity: float
    due: date
    end: date | None
    days_late: int | None
    reason: str
    centre: str
    since: date | None
    number: str
    account: str
    deals: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule with the tables it was made of."""

    run: SupplyRun
    rank: str
    tables: Tables
    plan: Schedule
    needs: pl.DataFrame = field(repr=False)

    @property
    def late(self) -> pl.DataFrame:
        """Late deliveries with what they are: customers' orders first, then the latest."""
        missed = pl.col("end").is_null() | (pl.col("days_late") > 0)
        by = ["priority", "days_late", "order"]
        return self.needs.filter(missed).sort(by, descending=[False, True, False], nulls_last=False)

    @property
    def weeks(self) -> pl.DataFrame:
        """Hours and load by work centre and week: resource, name, period (its Monday), hours, load."""
        within = self.plan.load.filter(pl.col("day") <= self.tables.end)
        return (
            within.with_columns(period=pl.col("day").dt.truncate("1w"))
            .group_by("resource", "period")
            .agg(pl.col("hours", "load").sum())
            .with_columns(name=pl.col("resource").replace_strict(self.tables.centres, default=""))
            .sort("name", "period")
        )


def scheduled(of: SupplyRun, *, rank: str = "priority", seen_by: User) -> Scheduled:
    """Schedule the first weeks of a plan, over the hours of each day and the parts there are."""
    seen_by.must("see supply")
    chosen = rank if rank in RANKS else RANKS[0]
    read = tables_of(of)
    items, needs = read.items, read.needs
    if chosen == "throughput":
        prices = catalog.prices_frame(of.as_of, of.currency)
        costs = catalog.costs_frame(of.as_of).filter(pl.col("currency") == of.currency)
        items = items.join(
            costs.select("item", material_cost=pl.col("cost_cents") / 100), on="item", how="left"
        )
        needs = needs.join(
            prices.select("item", price=pl.col("price_cents") / 100),
            on="item",
            how="left",
            maintain_order="left",
        ).with_columns(pl.col("price").fill_null(0.0))
    plan = schedule(
        read.start,
        items,
        needs,
        bom=read.bom,
        routing=read.routing,
        resources=read.resources,
        calendar=read.calendar,
        receipts=read.receipts,
        under_way=read.under_way,
        rank=chosen,
        days=read.days,
    )
    facts = read.needs.select("order", "kind", "priority", "period", "number").rename({"kind": "what"})
    return Scheduled(
        of, chosen, read, plan, plan.orders.join(facts, on="order", how="left", maintain_order="left")
    )


def lates(of: Scheduled, rows: pl.DataFrame, *, seen_by: User) -> list[Late]:
    """Late deliveries told in full: the reason in words, the customer and the deals behind."""
    numbers = rows["number"].drop_nulls().unique().to_list()
    seen = tables.read(
        orders.orders(seen_by=seen_by).filter(number__in=numbers), number="number", account="account__name"
    )
    accounts = dict(seen.iter_rows())
    deals = _deals(rows, seen_by)
    return [
        Late(
            row["order"], row["what"], row["item"], of.tables.names.get(row["item"], ""), row["quantity"],
            row["due"], row["end"], row["days_late"], reason(of.tables, row),
            row["at"] if row["kind"] in ("full", "never") else "", row["since"],
            row["number"] if row["number"] in accounts else "", accounts.get(row["number"], ""),
            deals.get((row["item"], row["period"]), []),
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


def _deals(rows: pl.DataFrame, reader: User) -> dict[tuple[str, date], list[tuple[str, str]]]:
    """Open deals by item and month that the reader may see, the largest first: code and name."""
    wanted = rows.filter(pl.col("what") != "stock").select("item", "period").unique()
    facts = crm.deals_frame(seen_by=reader).filter(pl.col("outcome") == "open")
    lines = (
        crm.deal_lines_frame(seen_by=reader)
        .join(facts.select("deal", "name", "expected_on"), on="deal")
        .with_columns(period=pl.coalesce("wished_on", "expected_on").dt.truncate("1mo"))
        .join(wanted, on=["item", "period"])
        .sort("quantity", "deal", descending=[True, False])
    )
    found: dict[tuple[str, date], list[tuple[str, str]]] = {}
    for item, period, code, name in lines.select("item", "period", "deal", "name").iter_rows():
        named = found.setdefault((item, period), [])
        if len(named) < DEALS_SHOWN and (code, name) not in named:
            named.append((code, name))
    return found


def reason(read: Tables, row: dict[str, Any]) -> str:
    """Why a delivery is late, in the reader's language."""
    at, since, until = row["at"], row["since"], row["until"]
    days = (until - since).days
    words = {
        "at": at,
        "item": f"{at} {read.names.get(at, '')}".strip(),
        "centre": read.centres.get(at, at),
        "since": formats.day(since),
        "until": formats.day(until),
        "days": ngettext("%(count)s day", "%(count)s days", days) % {"count": formats.quantity(days)},
        "due": formats.day(row["due"]),
    }
    sentences = {
        "full": _("%(centre)s is full from %(since)s to %(until)s."),
        "purchase": _("%(item)s is bought and takes %(days)s: it is there on %(until)s at the earliest."),
        "receipt": _("It waits for open order %(at)s, which is there on %(until)s."),
        "work": _("The work on %(item)s alone takes from %(since)s to %(until)s."),
        "lead_time": _("Making %(item)s takes %(days)s, until %(until)s."),
        "past": _("It was due on %(due)s, before the schedule begins."),
        "never": _("%(centre)s has no hours left before %(until)s, when its calendar ends."),
        "source": _("Nobody makes or buys %(item)s: it has no parts, no steps and no lead time."),
    }
    if row["kind"] == "past" and row["end"] == read.start:
        return _("It was due on %(due)s, before the schedule begins; it can go at once.") % words
    return sentences[row["kind"]] % words


@dataclass(frozen=True, slots=True)
class CentreWeek:
    """One work centre in one week: its days, and what runs on it."""

    code: str
    name: str
    monday: date
    days: list[tuple[date, float, float]]
    work: pl.DataFrame
    earlier: date | None
    later: date | None


def centre_week(of: Scheduled, code: str, monday: date | None) -> CentreWeek:
    """What runs at a work centre in a week: lot, item, hours, from when to when, for which delivery."""
    if code not in of.tables.centres:
        raise NotFound(_("There is no work centre %(code)s.") % {"code": code})
    first = of.tables.start - timedelta(days=of.tables.start.weekday())
    last = of.tables.end - timedelta(days=of.tables.end.weekday())
    wanted = monday or _first_work(of, code) or first
    chosen = min(max(wanted - timedelta(days=wanted.weekday()), first), last)
    until = chosen + timedelta(days=7)
    load = of.plan.load.filter(
        (pl.col("resource") == code) & pl.col("day").is_between(chosen, until, closed="left")
    )
    here = (
        (pl.col("resource") == code)
        & (pl.col("start").dt.date() < until)
        & (pl.col("end").dt.date() >= chosen)
    )
    # Shared hours are taken in pieces: what one lot's step takes is shown as one bar.
    work = (
        of.plan.operations.filter(here)
        .group_by("lot", "item", "step", "order", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max(), pl.col("hours").sum(), pl.col("quantity").first())
        .join(
            of.needs.select("order", "due", "days_late", "what", "number"),
            on="order",
            how="left",
            maintain_order="left",
        )
        .with_columns(name=pl.col("item").replace_strict(of.tables.names, default=""))
        .sort("start", "end", "lot")
    )
    step = timedelta(days=7)
    return CentreWeek(
        code, of.tables.centres[code], chosen,
        [(day, hours, booked) for day, hours, booked in load.select("day", "hours", "load").iter_rows()],
        work, chosen - step if chosen > first else None, chosen + step if chosen < last else None,
    )  # fmt: skip


def _first_work(of: Scheduled, code: str) -> date | None:
    """The first day on which a work centre has something to do."""
    busy = of.plan.load.filter((pl.col("resource") == code) & (pl.col("load") > 0))
    return busy["day"][0] if busy.height else None
