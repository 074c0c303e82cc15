"""Lean from the plan: takt against capacity, kanban loops, the levelled month, DDMRP buffers."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.lean import buffers, heijunka, kanban
from einklang.engine.periods import add_months, month_end, month_range
from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.policies import standing_frame
from einklang.supply.queries.runs import load_frame, plan_frame

MONTHS = 3
"""Usage is the mean of the first months of the plan."""
SHORT_DAYS, MEDIUM_DAYS = 10, 30
"""Lead times up to these are short and medium, beyond them long."""
VARIABILITY = {"X": "low", "Y": "medium", "Z": "high"}
A_WEEK, WORKED_DAYS = 7, 5


@dataclass(frozen=True)
class Floor:
    """What lean reads of a plan: usage by day, lead times, ways of making, of one family or all."""

    run: SupplyRun
    family: str

    @cached_property
    def months(self) -> list[date]:
        """The months whose usage counts."""
        return month_range(add_months(self.run.as_of, 1), MONTHS)

    @cached_property
    def days(self) -> int:
        """The calendar days of these months."""
        return (month_end(self.months[-1]) - self.months[0]).days + 1

    @cached_property
    def plan(self) -> pl.DataFrame:
        """The plan's months of all items."""
        return plan_frame(self.run, parts=True)

    @cached_property
    def family_items(self) -> pl.Series:
        """The items of the family and all families below it; of no family: every item."""
        goods = catalog.items_frame().select("item", "family")
        if not self.family:
            return goods["item"]
        above: dict[str, str | None] = dict(catalog.families().values_list("code", "parent__code"))
        within = [code for code in above if self.family in _line(code, above)]
        return goods.filter(pl.col("family").is_in(within))["item"]

    @cached_property
    def items(self) -> pl.DataFrame:
        """Items that are used: usage a calendar and a working day, lead time, lots, from where to where."""
        goods = catalog.items_frame()
        terms = catalog.supply_terms_frame().group_by("item", maintain_order=True).first()
        of_months = self.plan.filter(pl.col("period").is_in(self.months))
        usage = of_months.group_by("item").agg(usage=(pl.col("ship") + pl.col("used")).sum() / self.days)
        term = terms.select("item", "supplier_name", "minimum", "multiple", supplier_days="lead_time_days")
        is_bought = pl.col("kind") == "buy"
        return (
            goods.filter(pl.col("item").is_in(self.family_items.implode()))
            .join(usage.filter(pl.col("usage") > 0), on="item", maintain_order="left")
            .join(term, on="item", how="left", maintain_order="left")
            .with_columns(
                lead_days=pl.when(is_bought)
                .then(pl.coalesce("supplier_days", "lead_time_days"))
                .otherwise("lead_time_days")
                .cast(pl.Float64),
                minimum=pl.when(is_bought).then(pl.coalesce("minimum", "lot_min")).otherwise("lot_min"),
                multiple=pl.when(is_bought)
                .then(pl.coalesce("multiple", "lot_multiple"))
                .otherwise("lot_multiple"),
                daily=pl.col("usage") * A_WEEK / WORKED_DAYS,
            )
            .with_columns(pl.col("minimum", "multiple").fill_null(0.0))
            .sort("item")
        )

    @cached_property
    def steps(self) -> pl.DataFrame:
        """Routing steps with the names of their work centres."""
        names = {centre.code: centre.name for centre in catalog.work_centres()}
        steps = catalog.routing_steps_frame().sort("item", "step")
        return steps.with_columns(
            centre=pl.col("resource").replace_strict(names, default="", return_dtype=pl.String)
        )


def _line(code: str, above: dict[str, str | None]) -> list[str]:
    """A family and all above it."""
    found: list[str] = []
    at: str | None = code
    while at is not None and at not in found:
        found.append(at)
        at = above.get(at)
    return found


def floor(of: SupplyRun, *, family: str = "", seen_by: User) -> Floor:
    """The floor of a plan, of one family or of all."""
    seen_by.must("see supply")
    return Floor(of, family)


def takts(of: Floor, month: date) -> pl.DataFrame:
    """Per work centre: how long a unit may take, so that the month's units fit, and how long it takes.

    Columns: resource, name, units, hours (there are, less those of other families), needed, takt_minutes,
    minutes (a unit takes), share (of the takt). Only work centres the family visits.
    """
    made = of.plan.filter((pl.col("period") == month) & (pl.col("make") > 0)).select("item", "make")
    worked = (
        of.steps.join(made, on="item")
        .with_columns(
            own=pl.col("item").is_in(of.family_items.implode()), work=pl.col("hours") * pl.col("make")
        )
        .group_by("resource")
        .agg(
            pl.col("make").filter("own").sum().alias("units"),
            pl.col("work").filter("own").sum().alias("needed"),
            pl.col("work").filter(~pl.col("own")).sum().alias("others"),
        )
    )
    hours = load_frame(of.run).filter(pl.col("period") == month)
    there = hours.select("resource", "name", have=pl.col("capacity") + pl.col("overtime"))
    left = (pl.col("have") - pl.col("others")).clip(0)
    return (
        worked.filter(pl.col("units") > 0)
        .join(there, on="resource")
        .with_columns(hours=left)
        .with_columns(
            takt_minutes=pl.col("hours") / pl.col("units") * 60,
            minutes=pl.col("needed") / pl.col("units") * 60,
        )
        .with_columns(share=pl.when(pl.col("hours") > 0).then(pl.col("needed") / pl.col("hours")))
        .select("resource", "name", "units", "hours", "needed", "takt_minutes", "minutes", "share")
        .sort("share", "name", descending=[True, False], nulls_last=False)
    )


def loops(of: Floor, safety: float) -> pl.DataFrame:
    """Kanban loops: item, name, kind, unit, daily, days, container, cards, most_stock, source, target."""
    goods = _rounds(of)
    asked = ("item", "wait_days", "processing_days", "container")
    sized = kanban.loops(goods.select(*asked, daily_demand="daily", policy_variable=pl.lit(safety)))
    told = ("item", "name", "kind", "unit", "daily", "days", "container", "cards", "most_stock")
    return (
        goods.join(sized, on="item", maintain_order="left")
        .join(_places(of, goods), on="item", how="left", maintain_order="left")
        .filter(pl.col("cards") > 0)
        .with_columns(days=pl.col("wait_days") + pl.col("processing_days"))
        .select(*told, "source", "target")
    )


def _rounds(of: Floor) -> pl.DataFrame:
    """Items with their container (about a day's use, in whole lot multiples) and their days once round."""
    first = load_frame(of.run).filter(pl.col("period") == of.months[0])
    a_day = first.select("resource", day_hours=pl.col("capacity") / (365 / 12 * WORKED_DAYS / A_WEEK))
    work = (
        of.steps.join(a_day, on="resource", how="left")
        .filter(pl.col("day_hours") > 0)
        .group_by("item")
        .agg(
            unit_days=(pl.col("hours") / pl.col("day_hours")).sum(),
            setup_days=(pl.col("setup_hours") / pl.col("day_hours")).sum(),
        )
    )
    step = pl.col("multiple").clip(1)
    processing = pl.col("setup_days").fill_null(0.0) + pl.col("unit_days").fill_null(0.0) * pl.col(
        "container"
    )
    return (
        of.items.join(work, on="item", how="left", maintain_order="left")
        .with_columns(container=(pl.col("daily") / step).ceil().clip(1) * step)
        .with_columns(
            wait_days=pl.col("lead_days") * WORKED_DAYS / A_WEEK,
            processing_days=pl.when(pl.col("kind") == "make").then(processing).otherwise(0.0),
        )
    )


def _places(of: Floor, goods: pl.DataFrame) -> pl.DataFrame:
    """Where a card goes to and fro: supplier or last step, and the first step of what uses most of it."""
    last = of.steps.group_by("item", maintain_order=True).agg(made_at=pl.col("centre").last())
    first = of.steps.group_by("item", maintain_order=True).agg(used_at=pl.col("centre").first())
    bom = catalog.bom_frame(month_end(of.run.as_of)).select("parent", "component", "quantity")
    made = of.plan.filter(pl.col("period").is_in(of.months)).group_by("item").agg(pl.col("make").sum())
    users = (
        bom.join(made.rename({"item": "parent"}), on="parent")
        .join(first.rename({"item": "parent"}), on="parent")
        .with_columns(drawn=pl.col("quantity") * pl.col("make"))
        .sort("drawn", descending=True)
        .group_by("component", maintain_order=True)
        .agg(pl.col("used_at").first())
        .rename({"component": "item"})
    )
    return (
        goods.select("item", "kind", "supplier_name", "is_sold")
        .join(last, on="item", how="left")
        .join(users, on="item", how="left")
        .select(
            "item",
            source=pl.when(pl.col("kind") == "buy")
            .then(pl.coalesce("supplier_name", pl.lit(_("Supplier"))))
            .otherwise(pl.coalesce("made_at", pl.lit(_("Making")))),
            target=pl.coalesce(
                "used_at", pl.when("is_sold").then(pl.lit(_("Shipping"))).otherwise(pl.lit(_("Making")))
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Board:
    """A levelled month: its working days, and by item how much on each of them."""

    days: list[date]
    rows: list[tuple[str, str, float, list[float]]]
    totals: list[float]


def board(of: Floor, month: date) -> Board:
    """What is finished of each sold item on each working day: every day a little of everything."""
    end = month_end(month)
    hours = catalog.calendar_frame(month, end).group_by("day").agg(pl.col("hours").sum()).sort("day")
    days = hours.filter(pl.col("hours") > 0)["day"].to_list()
    sold = of.items.filter(pl.col("is_sold") & (pl.col("kind") == "make"))
    mix = (
        of.plan.filter((pl.col("period") == month) & (pl.col("make") >= 1))
        .join(sold.select("item", "name", "multiple"), on="item", maintain_order="left")
        .select("item", "name", pl.col("make").round(0).alias("quantity"), container="multiple")
    )
    cut = heijunka.board(mix.drop("name"), [1.0] * len(days))
    on = {(item, day): quantity for day, item, quantity in cut.select("day", "item", "quantity").iter_rows()}
    rows = [
        (item, name, quantity, [on.get((item, day), 0.0) for day in range(len(days))])
        for item, name, quantity in mix.sort("quantity", "item", descending=[True, False])
        .select("item", "name", "quantity")
        .iter_rows()
    ]
    totals = [sum(row[3][day] for row in rows) for day in range(len(days))]
    return Board(days, rows, totals)


def buffered(of: Floor) -> pl.DataFrame:
    """DDMRP buffers where they stand: zones, net flow, colour on hand, the order proposed; red first."""
    classes = standing_frame().select("item", "xyz")
    lead = pl.col("lead_days")
    goods = of.items.join(classes, on="item", how="left", maintain_order="left").with_columns(
        dlt=lead.clip(1),
        lead_time_factor=pl.when(lead <= SHORT_DAYS)
        .then(buffers.LEAD_TIME_FACTORS["short"])
        .when(lead <= MEDIUM_DAYS)
        .then(buffers.LEAD_TIME_FACTORS["medium"])
        .otherwise(buffers.LEAD_TIME_FACTORS["long"]),
        variability_factor=pl.col("xyz").replace_strict(
            {name: buffers.VARIABILITY_FACTORS[level] for name, level in VARIABILITY.items()},
            default=buffers.VARIABILITY_FACTORS["medium"],
            return_dtype=pl.Float64,
        ),
    )
    sized = buffers.buffers(
        goods.select("item", "dlt", "lead_time_factor", "variability_factor", "minimum", adu="usage")
    )
    facts = goods.select("item", "name", "kind", "unit", "multiple")
    found = buffers.net_flow(sized, _flow(of, goods, sized)).join(facts, on="item", maintain_order="left")
    step = pl.when(pl.col("multiple") > 0).then("multiple").otherwise(1.0)
    rank = pl.col("zone").replace_strict({"red": 0, "yellow": 1, "green": 2}, return_dtype=pl.Int64)
    return found.with_columns(order=(pl.col("order") / step - 1e-9).ceil() * step, rank=rank).sort(
        "rank", "share", "item", nulls_last=True
    )


def _flow(of: Floor, goods: pl.DataFrame, sized: pl.DataFrame) -> pl.DataFrame:
    """Stock, what comes within the lead time, and demand that counts today: orders; of parts a day's use."""
    counted, today = month_end(of.run.as_of), add_months(of.run.as_of, 1)
    stock = orders.on_hand(counted).group_by("item").agg(on_hand=pl.col("quantity").sum())
    coming = (
        orders.open_supply(counted, decided_until=clock.today())
        .join(goods.select("item", "dlt"), on="item")
        .filter((pl.col("due") - pl.lit(today)).dt.total_days() <= pl.col("dlt"))
        .group_by("item")
        .agg(incoming=pl.col("quantity").sum())
    )
    waiting = orders.open_orders(counted, booked_until=clock.today()).with_columns(
        due=pl.coalesce("due", pl.col("period").dt.month_end())
    )
    booked = waiting.select("item", day=(pl.col("due") - pl.lit(today)).dt.total_days(), quantity="quantity")
    parts = goods.filter(~pl.col("is_sold")).select(
        "item", pl.lit(0, dtype=pl.Int64).alias("day"), quantity="usage"
    )
    counts = buffers.qualified(pl.concat([booked, parts]), sized)
    return (
        counts.join(stock, on="item", how="left", maintain_order="left")
        .join(coming, on="item", how="left", maintain_order="left")
        .with_columns(pl.col("on_hand", "incoming").fill_null(0.0))
    )


def lean_months(of: SupplyRun) -> list[date]:
    """The months of a plan that can be levelled."""
    return month_range(add_months(of.as_of, 1), min(of.months, 2 * MONTHS))
