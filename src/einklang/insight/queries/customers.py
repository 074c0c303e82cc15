"""What customers are worth and which may be gone, for what somebody may see.

What is learned (how often customers order, what an order brings, who stays away) rests on all orders of
the house; it is told of the orders the reader may see. Both are kept until something is done that could
change the orders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TypeVar

import polars as pl
from django.core.cache import cache

from einklang.crm import queries as crm
from einklang.engine import customers as engine
from einklang.engine.errors import Impossible
from einklang.engine.kpis import Span
from einklang.insight.queries.periods import default_span
from einklang.insight.sources import BEGINNING, Sources, changed_by
from einklang.kernel import clock, journal
from einklang.orders import queries as orders
from einklang.people.models import User

KEPT_SECONDS = 24 * 3600
MONTH_DAYS = 30.4375
END = date(9999, 12, 31)
MONTHS_AHEAD = 12
YEAR_DAYS = 365
GONE, WANING = 0.5, 0.25  # chances to be gone from which a customer counts as gone, as waning
Kept = TypeVar("Kept")

STATES = ("waning", "gone", "active")
SORTS = ("name", "last_on", "orders", "revenue", "value", "active", "risk", "at_stake")


@dataclass(frozen=True, slots=True)
class Learned:
    """What the orders of the whole house say; ``fitted`` is blank where they say nothing about value."""

    risk: engine.Learned
    fitted: engine.Fitted | None
    checked: engine.HeldBack | None
    customers: int


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers somebody may see, as known on a day; money in whole cents of the home currency.

    ``table``: account, name, city, owner, owner_name, territory, last_on, orders, quiet_days,
    interval_days, revenue (of the last 365 days), value (expected in twelve months), low, high, active
    (chance), risk (of no order in the next ``days``), at_stake (revenue * chance to be gone), missed
    (what a quiet customer would have bought in the last ``days``), state. ``reasons``: account, rank,
    reason, effect, now, usual.
    """

    as_of: date
    table: pl.DataFrame
    reasons: pl.DataFrame
    learned: Learned
    total: tuple[float, float, float] | None
    lost: tuple[float, float, float] | None
    left_out: int  # order lines without a rate into the home currency

    @property
    def days(self) -> int:
        """How many days ahead the risk is told for."""
        return self.learned.risk.days


def customer_list(*, seen_by: User, patient: bool = True) -> Customers | None:
    """Every customer somebody may see with value and risk; nothing before the first order.

    The impatient get it only if it is kept: see :func:`is_kept`.
    """
    span = default_span()
    everyone, mine = _asked(span, seen_by)
    if not patient and not is_kept(seen_by=seen_by):
        return None
    everything = _Once(span, seen_by)
    learned = _kept(everyone, lambda: _learned(span, everything.bought()))
    if learned is None:
        return None
    return _kept(mine, lambda: _told(learned, span, seen_by, everything))


def is_kept(*, seen_by: User) -> bool:
    """Whether the answer for somebody is at hand."""
    version = _version()
    return bool(version) and all(_key(version, one) in cache for one in _asked(default_span(), seen_by))


def customer(code: str, *, seen_by: User) -> tuple[Customers, dict[str, object]] | None:
    """One customer among those somebody may see; nothing before the first order of this customer."""
    crm.account(code, seen_by=seen_by)
    found = customer_list(seen_by=seen_by)
    row = found.table.filter(pl.col("account") == code) if found else pl.DataFrame()
    return (found, row.row(0, named=True)) if found and row.height else None


def chosen_customers(found: Customers, **where: str) -> pl.DataFrame:
    """The customers that fit ``search``, ``owner``, ``territory`` and ``state``, sorted by ``sort``."""
    rows = found.table
    if words := where.get("search", "").strip().lower():
        name = pl.col("name").str.to_lowercase().str.contains(words, literal=True)
        rows = rows.filter(name | (pl.col("account").str.to_lowercase() == words))
    for column in ("owner", "territory", "state"):
        if where.get(column):
            rows = rows.filter(pl.col(column) == where[column])
    sort = where.get("sort") or "-at_stake"
    column = sort.lstrip("-")
    if column not in SORTS:
        sort, column = "-at_stake", "at_stake"
    return rows.sort(column, "account", descending=[sort.startswith("-"), False], nulls_last=True)


def reasons_of(found: Customers, codes: list[str]) -> dict[str, list[dict[str, object]]]:
    """Why, for some customers: their reasons, the strongest first."""
    rows = found.reasons.filter(pl.col("account").is_in(codes)).sort("account", "rank")
    told: dict[str, list[dict[str, object]]] = {code: [] for code in codes}
    for row in rows.iter_rows(named=True):
        told[row["account"]].append(row)
    return told


def _asked(span: Span, user: User) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """What is kept for everybody, and what for those who see what somebody sees."""
    mine = ("seen", span.as_of, clock.today(), user.pk, user.role, user.team_id)
    return ("all", span.as_of), mine


def _version() -> str:
    """The last line of the journal that could have changed orders or who sees them."""
    heads = journal.heads()
    about = changed_by(("orders", "deals"))
    last = max((line for event, line in heads.items() if event.startswith(about)), default=0)
    return journal.digests({last}).get(last, "")


def _key(version: str, asked: tuple[object, ...]) -> str:
    return "customers-" + sha256(repr((version, asked)).encode()).hexdigest()


def _kept(asked: tuple[object, ...], work: Callable[[], Kept]) -> Kept:
    """What was worked out since that line, or is now; nothing is an answer too."""
    version = _version()
    if not version:
        return work()
    found: tuple[Kept] | None = cache.get(_key(version, asked))
    if found is None:
        found = (work(),)
        cache.set(_key(version, asked), found, KEPT_SECONDS)
    return found[0]


class _Once:
    """All order lines of the house, read when they are first needed."""

    def __init__(self, span: Span, user: User) -> None:
        self.source = Sources(user, span)
        self._lines: pl.DataFrame | None = None

    def bought(self) -> pl.DataFrame:
        """Everything that was bought of everybody."""
        if self._lines is None:
            self._lines = _bought(self.source, orders.orders_with_ids(self.source.as_of, seen_by=None))
        return self._lines


def _learned(span: Span, bought: pl.DataFrame) -> Learned | None:
    """From all orders of the house."""
    if bought.is_empty():
        return None
    risk, count = engine.learn(bought, span.as_of), bought["customer"].n_unique()
    days = round(MONTHS_AHEAD * MONTH_DAYS)
    try:
        fitted = engine.fit_value(engine.summarised(bought, span.as_of, MONTH_DAYS))
        checked = engine.held_back(bought, span.as_of, days, MONTH_DAYS)
    except Impossible:
        return Learned(risk, None, None, count)
    return Learned(risk, fitted, checked, count)


def _told(learned: Learned, span: Span, user: User, everything: _Once) -> Customers | None:
    """Of the orders and accounts somebody may see."""
    source = everything.source if user.sees_all else Sources(user, span)
    if user.sees_all:
        bought = everything.bought()
    else:
        bought = _bought(source, orders.orders_with_ids(span.as_of, seen_by=user))
    accounts = crm.accounts_frame(seen_by=user)
    bought = bought.join(accounts, left_on="customer", right_on="account", how="semi")
    if bought.is_empty():
        return None
    risk = engine.tell(learned.risk, bought, span.as_of)
    table = risk.table.rename({"customer": "account"}).join(accounts, on="account")
    table = table.join(_revenue(bought, span.as_of), on="account", how="left")
    total = lost = None
    if learned.fitted:
        summary = engine.summarised(bought, span.as_of, MONTH_DAYS)
        drift = learned.checked.drift if learned.checked else 0.0
        worth = engine.lifetime_value(summary, periods=MONTHS_AHEAD, drift=drift, fitted=learned.fitted)
        missing = engine.lost_to_silence(risk.table, summary, worth, learned.risk.days / MONTH_DAYS)
        total, lost = (worth.total, worth.low, worth.high), (missing.money, missing.low, missing.high)
        valued = worth.table.rename({"customer": "account", "lo-80": "low", "hi-80": "high"})
        table = table.join(valued.drop("orders", "order_value"), on="account", how="left")
        table = table.join(missing.table.rename({"customer": "account"}), on="account", how="left")
    return Customers(
        span.as_of,
        _with_state(table),
        risk.reasons.rename({"customer": "account"}),
        learned,
        total,
        lost,
        source.left_out.get("customers", pl.DataFrame()).height,
    )


def _with_state(table: pl.DataFrame) -> pl.DataFrame:
    """Chance to be active, revenue at stake and the state in a word; money in whole cents."""
    blank = [name for name in ("value", "low", "high", "missed") if name not in table.columns]
    table = table.with_columns(pl.lit(None, pl.Float64).alias(name) for name in blank)
    # Where no chance was learned, the plain rule answers.
    gone = pl.coalesce("gone", pl.when("lost").then(1.0).otherwise(0.0))
    state = pl.when(gone >= GONE).then(pl.lit("gone")).when(gone >= WANING).then(pl.lit("waning"))
    money = ("revenue", "value", "low", "high", "missed", "at_stake")
    return table.with_columns(
        (1 - gone).alias("active"),
        (pl.col("revenue").fill_null(0.0) * gone).alias("at_stake"),
        state.otherwise(pl.lit("active")).alias("state"),
        pl.col("revenue").fill_null(0.0),
    ).with_columns(pl.col(name).round().cast(pl.Int64) for name in money)


def _revenue(bought: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What each account bought in the last 365 days, less what came back."""
    lately = bought.filter(pl.col("day") > as_of - timedelta(days=YEAR_DAYS))
    return lately.group_by(pl.col("customer").alias("account")).agg(pl.col("amount").sum().alias("revenue"))


def _bought(source: Sources, booked: pl.DataFrame) -> pl.DataFrame:
    """Order lines in home cents as the engine reads them: customer, day, amount, item; returns below 0."""
    lines = orders.lines_with_ids(BEGINNING, END).filter(~pl.col("lost"))
    whose = booked.select("order_id", "order", "customer", "ordered_on", "currency")
    rows = lines.join(whose, on="order_id")
    priced = source.in_home("customers", rows, "amount_cents", "ordered_on")
    sold = priced.select("customer", pl.col("ordered_on").alias("day"), "amount", "item")
    back = orders.returns_frame(BEGINNING, source.as_of)
    if back.is_empty():
        return sold
    each = priced.select("order", "line", "customer", (pl.col("amount") / pl.col("quantity")).alias("each"))
    returned = back.join(each, on=["order", "line"]).select(
        "customer",
        pl.col("returned_on").alias("day"),
        (-pl.col("quantity") * pl.col("each")).alias("amount"),
        "item",
    )
    return pl.concat([sold, returned])
