"""What was sold, in the home currency: the plan's prices, the actuals beside it, and what is not known."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.catalog.models import Family
from einklang.engine.periods import add_months, month_end, month_range
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.web import formats

PRICE_MONTHS = 12
SOLD, LISTED = "sold", "list"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a unit brings and costs: ``prices`` (item, price_cents, basis), ``costs`` (item, cost_cents).

    ``sold`` is what was sold in the months the prices come from.
    """

    prices: pl.DataFrame
    costs: pl.DataFrame
    gaps: list[str]
    sold: pl.DataFrame


def home() -> str:
    """The currency the plan is in."""
    return people.home_currency()


def in_home(sales: pl.DataFrame, currency: str) -> tuple[pl.DataFrame, list[str]]:
    """Sales with ``home_cents`` at the month's last rate, and a sentence for each rate that is missing.

    What has no rate stays in the table without home cents: it is said, not counted as zero.
    """
    abroad = sales.filter(pl.col("currency") != currency)
    if abroad.is_empty():
        return sales.with_columns(pl.col("amount_cents").alias("home_cents")), []
    first, last = abroad["period"].min(), abroad["period"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    rates = orders.rates_frame(add_months(first, -1), month_end(last), currency)
    wanted = (
        abroad.select("currency", "period")
        .unique()
        .with_columns(pl.col("period").dt.month_end().alias("day"))
        .sort("day")
    )
    known = wanted.join_asof(rates.sort("day"), on="day", by="currency", check_sortedness=False).select(
        "currency", "period", "rate"
    )
    joined = sales.join(known, on=["currency", "period"], how="left", maintain_order="left")
    rate = pl.when(pl.col("currency") == currency).then(1.0).otherwise(pl.col("rate"))
    missing = known.filter(pl.col("rate").is_null()).sort("currency", "period")
    gaps = [
        _("No rate for %(currency)s in %(month)s: its sales are left out.")
        % {"currency": abroad_currency, "month": formats.month(period)}
        for abroad_currency, period in missing.select("currency", "period").iter_rows()
    ]
    home_cents = (pl.col("amount_cents") * rate).round().cast(pl.Int64).alias("home_cents")
    return joined.with_columns(home_cents).drop("rate"), gaps


def prices(as_of: date) -> Prices:
    """What a plan made after a month values a unit at: last twelve months' average price, else the list's.

    A price list says what is asked; what was paid after discounts is what a plan can count on.
    """
    currency = home()
    since = add_months(as_of, 1 - PRICE_MONTHS)
    sold, gaps = in_home(orders.sales_frame(since, as_of, by=("item",)), currency)
    average = (
        sold.filter(pl.col("home_cents").is_not_null())
        .group_by("item")
        .agg(pl.col("home_cents").sum(), pl.col("quantity").sum())
        .filter(pl.col("quantity") > 0, pl.col("home_cents") > 0)
        .select(
            "item",
            (pl.col("home_cents") / pl.col("quantity")).round().cast(pl.Int64).alias("price_cents"),
            pl.lit(SOLD).alias("basis"),
        )
    )
    listed = catalog.prices_frame(month_end(as_of), currency).with_columns(pl.lit(LISTED).alias("basis"))
    listed = listed.join(average, on="item", how="anti").select("item", "price_cents", "basis")
    costs = catalog.costs_frame(month_end(as_of))
    foreign = costs.filter(pl.col("currency") != currency)["item"].to_list()
    if foreign:
        gaps.append(
            _("%(count)s items have their cost in another currency and count as without cost.")
            % {"count": len(foreign)}
        )
    at_home = costs.filter(pl.col("currency") == currency).select("item", "cost_cents")
    return Prices(pl.concat([average, listed]).sort("item"), at_home.sort("item"), gaps, sold)


def actuals(since: date, until: date) -> pl.DataFrame:
    """What was sold by item and month in the home currency: ``item, period, quantity, revenue_cents``."""
    sold, _gaps = in_home(orders.sales_frame(since, until, by=("item",)), home())
    return (
        sold.group_by("item", "period")
        .agg(pl.col("quantity").sum(), pl.col("home_cents").sum().alias("revenue_cents"))
        .sort("item", "period")
    )


def families() -> pl.DataFrame:
    """Each item with its family and the family at the top of it: ``item, name, family, top, top_name``."""
    parents = {family.code: family.parent.code if family.parent else None for family in catalog.families()}
    names = {family.code: family.name for family in catalog.families()}

    def top(code: str) -> str:
        above = parents[code]
        return code if above is None else top(above)

    tops = pl.DataFrame(
        [(code, top(code), names[top(code)]) for code in parents],
        schema={"family": pl.String, "top": pl.String, "top_name": pl.String},
        orient="row",
    )
    return (
        catalog.items_frame()
        .select("item", "name", "family")
        .join(tops, on="family", how="left")
        .with_columns(pl.col("top").fill_null(""), pl.col("top_name").fill_null(_("Without family")))
    )


def family_records() -> dict[str, Family]:
    """All families by code, for what is written down about one."""
    return {family.code: family for family in catalog.families()}


def family(code: str) -> Family:
    """One family by its code."""
    found = family_records().get(code)
    if found is None:
        raise NotFound(_("There is no family %(code)s.") % {"code": code})
    return found


def last_year(start: date, months: int) -> pl.DataFrame:
    """What was sold in the same months a year before, as if it were of this year."""
    before = month_range(add_months(start, -12), min(months, 12))
    return a_year_on(actuals(before[0], before[-1]))


def a_year_on(sold: pl.DataFrame) -> pl.DataFrame:
    """Sales as if they were of a year later."""
    return sold.with_columns(pl.col("period").dt.offset_by("12mo"))
