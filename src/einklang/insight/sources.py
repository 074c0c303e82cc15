"""The records that KPIs are measured from, as one person may see them; each table is read once.

Money is turned into the home currency at the rate of the day of the event; what has no rate is taken
out and kept in ``left_out``, so that it can be listed.
"""

from collections.abc import Callable
from datetime import date
from functools import cached_property

import polars as pl
from django.conf import settings

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.demand import queries as demand
from einklang.engine import kpis
from einklang.engine.kpis import Span
from einklang.engine.periods import add_months, month_range
from einklang.incentives import queries as incentives
from einklang.insight.models import Spend
from einklang.kernel import tables
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User
from einklang.people.roles import ROLES
from einklang.people.visibility import seen_territories, team_subtree

BEGINNING = date(1900, 1, 1)
RATE_HOLDS_DAYS = 7  # over weekends and holidays the last rate holds
ANSWERS = ("call", "meeting", "mail")


class Sources:
    """Tables by name, read at the first asking and kept for the request."""

    def __init__(self, seen_by: User, span: Span, months: int = 12) -> None:
        """Ready to read what ``months`` months up to the period's end need."""
        self.seen_by = seen_by
        self.until = span.end
        self.as_of = span.as_of
        self.since = min(span.start, span.trend(months)[0].start)
        self.left_out: dict[str, pl.DataFrame] = {}
        self._read: dict[str, pl.DataFrame] = {}

    @cached_property
    def home(self) -> str:
        """The currency everything is turned into."""
        return people.home_currency()

    def table(self, name: str) -> pl.DataFrame:
        """One table."""
        if name not in self._read:
            self._read[name] = READERS[name](self)
        return self._read[name]

    def tables(self, names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
        """Several tables."""
        return {name: self.table(name) for name in names}

    def in_home(self, name: str, rows: pl.DataFrame, amount: str, day: str) -> pl.DataFrame:
        """Rows with ``amount`` in home cents at the day's rate; those without one go to ``left_out``."""
        cents = pl.col(amount).cast(pl.Float64)
        foreign = rows.filter(pl.col("currency") != self.home)
        if foreign.is_empty():
            return rows.with_columns(cents.alias("amount"))
        rates = self.table("rates").sort("day")
        joined = rows.sort(day).join_asof(
            rates.rename({"day": "rate_day"}),
            left_on=day,
            right_on="rate_day",
            by="currency",
            tolerance=f"{RATE_HOLDS_DAYS}d",
            check_sortedness=False,
        )
        rate = pl.when(pl.col("currency") == self.home).then(1.0).otherwise("rate")
        priced = joined.with_columns((cents * rate).alias("amount")).drop("rate", "rate_day")
        known = priced["amount"].is_not_null() | priced[amount].is_null()
        self.left_out[name] = priced.filter(~known)
        return priced.filter(known)

    def colleagues(self) -> pl.Expr | None:
        """Which sellers somebody sees, as a condition on ``rep`` and ``team``; nothing where all."""
        if self.seen_by.sees_all:
            return None
        own = pl.col("rep") == self.seen_by.username
        if ROLES[self.seen_by.role].scope != "team" or not self.seen_by.team_id:
            return own
        teams = team_subtree(self.seen_by.team_id)
        codes = [team.code for team in people.teams() if team.pk in teams]
        return own | pl.col("team").is_in(codes)


def _rates(source: Sources) -> pl.DataFrame:
    return orders.rates_frame(BEGINNING, source.as_of, source.home)


def _booked(source: Sources) -> pl.DataFrame:
    return orders.orders_with_ids(source.until, seen_by=source.seen_by)


def _orders(source: Sources) -> pl.DataFrame:
    rows = source.table("booked").drop("order_id")
    return source.in_home("orders", rows, "subtotal_cents", "ordered_on").drop("subtotal_cents")


def _wished(source: Sources) -> pl.DataFrame:
    """Order lines, from three months earlier on: what was promised for a month may be ordered before it."""
    lines = orders.lines_with_ids(add_months(source.since, -3), source.until)
    whose = source.table("booked").drop("subtotal_cents").rename({"shipped_on": "order_shipped_on"})
    return lines.join(whose, on="order_id").drop("order_id")


def _lines(source: Sources) -> pl.DataFrame:
    rows = source.table("wished").filter(~pl.col("lost") & (pl.col("period") >= source.since))
    rows = rows.drop("line_id", "wished_on", "promised_on", "order_shipped_on", "lost")
    return source.in_home("lines", rows, "amount_cents", "ordered_on").drop("amount_cents")


def _costed(source: Sources) -> pl.DataFrame:
    """Lines with what they cost, at the cost of the day they were ordered."""
    each = source.table("costs")
    lines = source.table("lines").sort("ordered_on")
    joined = lines.join_asof(
        each, left_on="ordered_on", right_on="valid_from", by="item", check_sortedness=False
    )
    return joined.with_columns((pl.col("cost") * pl.col("quantity")).alias("cost")).drop("valid_from")


def _costs(source: Sources) -> pl.DataFrame:
    rows = source.in_home("costs", catalog.cost_history(), "cost_cents", "valid_from")
    return rows.select("item", "valid_from", pl.col("amount").alias("cost")).sort("valid_from")


def _delivered(source: Sources) -> pl.DataFrame:
    """Lines with what was shipped of them; where nothing was promised, the wished day is the promise."""
    promised = pl.coalesce("promised_on", "wished_on").alias("promised_on")
    lines = source.table("wished").drop("amount_cents", "currency").with_columns(promised).drop("wished_on")
    sent = orders.shipments_with_ids(add_months(source.since, -3), max(source.until, source.as_of))
    return kpis.delivered(lines, sent).drop("line_id", "quantity", "order_shipped_on")


def _deals(source: Sources) -> pl.DataFrame:
    rows = source.in_home("deals", crm.deals_frame(seen_by=source.seen_by), "amount_cents", "created_on")
    log = source.table("stage_log").group_by("deal", maintain_order=True)
    qualified = log.agg(_left_first().first().dt.date().alias("qualified_on"))
    return rows.drop("amount_cents").join(qualified, on="deal", how="left")


def _stage_log(source: Sources) -> pl.DataFrame:
    """The way through the stages in local time."""
    rows = crm.stage_log_frame(seen_by=source.seen_by)
    return rows.with_columns(_local("at"))


def _leads(source: Sources) -> pl.DataFrame:
    """Every deal begins as a lead; it is converted when it leaves its first stage for a further one."""
    log = (
        source.table("stage_log")
        .group_by("deal", maintain_order=True)
        .agg(pl.col("at").first().alias("created_at"), _left_first().first().dt.date().alias("converted_on"))
    )
    whose = source.table("deals").select("deal", "name", "account", "rep", "team", "territory", "created_on")
    joined = whose.join(log, on="deal", how="left")
    midnight = pl.col("created_on").cast(pl.Datetime("us"))
    return joined.with_columns(pl.col("created_at").fill_null(midnight), pl.col("deal").alias("lead")).drop(
        "created_on"
    )


def _touches(source: Sources) -> pl.DataFrame:
    rows = crm.activities_frame(source.since, seen_by=source.seen_by)
    kept = rows.filter(pl.col("kind").is_in(ANSWERS))
    return kept.with_columns(_local("at")).rename({"deal": "lead"})


def _spend(source: Sources) -> pl.DataFrame:
    rows = tables.read(
        Spend.objects.filter(period__lte=source.until),
        period="period",
        kind="kind",
        currency="currency",
        amount_cents="amount_cents",
    )
    return source.in_home("spend", rows, "amount_cents", "period").drop("amount_cents")


def _people(source: Sources) -> pl.DataFrame:
    rows = source.table("employment")
    seen = source.colleagues()
    return rows if seen is None else rows.filter(seen)


def _employment(_source: Sources) -> pl.DataFrame:
    return people.employment_frame().drop("team").rename({"user": "rep", "team_code": "team"})


def _work_orders(source: Sources) -> pl.DataFrame:
    return orders.work_orders_frame(source.since, source.until)


def _moves(source: Sources) -> pl.DataFrame:
    return orders.stock_moves_frame(BEGINNING, min(source.until, source.as_of))


def _levels(source: Sources) -> pl.DataFrame:
    moves = source.table("moves")
    first = add_months(source.since, -11)
    months = month_range(
        first, 12 + (source.until.year - source.since.year) * 12 + source.until.month - source.since.month
    )
    if moves.is_empty():
        return kpis.stock_levels(moves, source.table("costs"), NOTHING_SOLD, months)
    sold = orders.sales_frame(first, source.until).select("item", "period", "quantity")
    return kpis.stock_levels(moves, source.table("costs"), sold, months).join(
        _family_of(source), on="item", how="left"
    )


def _days_out(source: Sources) -> pl.DataFrame:
    sold = source.table("items").filter(pl.col("is_sold")).select("item", "family")
    moves = source.table("moves").join(sold.select("item"), on="item", how="semi")
    found = kpis.days_out(moves, min(source.until, source.as_of))
    return found.filter(pl.col("period") >= source.since).join(sold, on="item", how="left")


def _pairs(source: Sources) -> pl.DataFrame:
    """What the newest forecast's walk back said one month ahead, beside what came."""
    run = demand.latest_run()
    if run is None:
        return NO_PAIRS
    rows = demand.walk_back_frame(run).filter(pl.col("lag") == 1)
    rows = rows.select("series", "period", pl.col("mean").alias("forecast"), "actual")
    return rows.join(_family_of(source).rename({"item": "series"}), on="series", how="left")


def _items(_source: Sources) -> pl.DataFrame:
    return catalog.items_frame().select("item", "family", "is_sold")


def _family_of(source: Sources) -> pl.DataFrame:
    return source.table("items").select("item", "family")


def _quotas(source: Sources) -> pl.DataFrame:
    """Quotas of sellers and of territories: ``holder, rep, team, territory, start, end, amount``."""
    first = add_months(source.since, -11)
    asked = incentives.quota_frame(first, source.until).rename({"seller": "rep"})
    next_start = pl.col("start").shift(-1).over("rep") - pl.duration(days=1)
    asked = asked.sort("rep", "start").with_columns(
        pl.coalesce("end", next_start, pl.col("start").dt.offset_by("3mo") - pl.duration(days=1)).alias("end")
    )
    asked = asked.join(source.table("employment").select("rep", "team"), on="rep", how="left")
    seen = source.colleagues()
    asked = asked if seen is None else asked.filter(seen)
    sellers = source.in_home("quotas", asked, "amount_cents", "start").with_columns(
        pl.lit(None, pl.String).alias("territory"), ("rep:" + pl.col("rep")).alias("holder")
    )
    columns = ["holder", "rep", "team", "territory", "start", "end", "amount"]
    return pl.concat([sellers.select(columns), _territory_quotas(source).select(columns)])


def _territory_quotas(source: Sources) -> pl.DataFrame:
    """The quotas of the round that holds for each month."""
    given = incentives.rounds().filter(month__gte=source.since, month__lte=source.until, quotas__isnull=False)
    rows = tables.read(
        given.order_by("pk"),
        round="pk",
        start="month",
        territory="quotas__territory__code",
        amount="quotas__amount_cents",
    )
    rows = rows.filter(pl.col("round") == pl.col("round").max().over("start"))
    if not source.seen_by.sees_all:
        seen = seen_territories(source.seen_by)
        rows = rows.filter(
            pl.col("territory").is_in([code for code, one in people.territories().items() if one.pk in seen])
        )
    return rows.with_columns(
        pl.col("start").dt.month_end().alias("end"),
        pl.col("amount").cast(pl.Float64),
        pl.lit(None, pl.String).alias("rep"),
        pl.lit(None, pl.String).alias("team"),
        ("territory:" + pl.col("territory")).alias("holder"),
    )


def _sold(source: Sources) -> pl.DataFrame:
    """What each holder of a quota sold: ``holder, rep, team, territory, period, amount``."""
    lines = source.table("lines").select("rep", "team", "territory", "period", "amount")
    reps = lines.filter(pl.col("rep").is_not_null()).with_columns(
        ("rep:" + pl.col("rep")).alias("holder"), pl.lit(None, pl.String).alias("territory")
    )
    places = lines.filter(pl.col("territory").is_not_null()).with_columns(
        ("territory:" + pl.col("territory")).alias("holder"),
        pl.lit(None, pl.String).alias("rep"),
        pl.lit(None, pl.String).alias("team"),
    )
    keys = ["holder", "rep", "team", "territory", "period"]
    return pl.concat([reps, places], how="diagonal").group_by(keys).agg(pl.col("amount").sum())


def _left_first() -> pl.Expr:
    """The moments at which a deal stood in a stage beyond its first one, and not as lost."""
    further = (pl.col("sequence") > pl.col("sequence").first()) & (pl.col("ends") != "lost")
    return pl.col("at").filter(further)


def _local(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(settings.TIME_ZONE).dt.replace_time_zone(None)


NOTHING_SOLD = pl.DataFrame(schema={"item": pl.String, "period": pl.Date, "quantity": pl.Float64})
NO_PAIRS = pl.DataFrame(
    schema={
        "series": pl.String,
        "period": pl.Date,
        "forecast": pl.Float64,
        "actual": pl.Float64,
        "family": pl.String,
    }
)
READERS: dict[str, Callable[[Sources], pl.DataFrame]] = {
    "rates": _rates,
    "booked": _booked,
    "orders": _orders,
    "wished": _wished,
    "lines": _lines,
    "costed": _costed,
    "costs": _costs,
    "delivered": _delivered,
    "deals": _deals,
    "stage_log": _stage_log,
    "leads": _leads,
    "touches": _touches,
    "spend": _spend,
    "employment": _employment,
    "people": _people,
    "items": _items,
    "work_orders": _work_orders,
    "moves": _moves,
    "levels": _levels,
    "days_out": _days_out,
    "pairs": _pairs,
    "quotas": _quotas,
    "sold": _sold,
}

# Which rooms' doings can change a table, by the beginnings of their journal events. What imports and the
# demo do can change every table.
ALL_ROOMS = ("transfer.", "demo.", "people.team", "people.territory", "people.user", "people.company")
SALES = ("orders.", "catalog.")
CHANGED_BY: dict[str, tuple[str, ...]] = {
    "deals": ("crm.", "deal.", "orders.", "people."),
    "leads": ("crm.", "deal.", "orders."),
    "touches": ("crm.", "deal.", "orders."),
    "spend": ("spend.",),
    "people": ("people.",),
    "pairs": ("demand.", "catalog."),
    "quotas": ("quotas.", "plan."),
}


def changed_by(names: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of the journal events that can change some tables."""
    found = {event for name in names for event in CHANGED_BY.get(name, SALES)}
    return tuple(sorted(found | set(ALL_ROOMS)))
