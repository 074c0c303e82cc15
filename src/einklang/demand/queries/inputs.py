"""Everything a forecast rests on, read once: orders, prices, promotions, events, life of items, repairs."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import Event
from einklang.demand.queries import places
from einklang.demand.queries import tree as trees
from einklang.demand.queries.events import repairs
from einklang.engine.forecast import fingerprint
from einklang.engine.forecast.calendar import EVENTS, holidays_of
from einklang.engine.forecast.causes import DRIVERS
from einklang.engine.forecast.successors import LIFECYCLE
from einklang.engine.periods import add_months, month_end, month_of, month_range, months_between
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people import queries as people

LEVELS = (80, 95)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a forecast rests on.

    ``history`` carries price and promotion where they are known; ``drivers`` the same for the months to
    come; ``uplifts`` are the shares that people expect of events (series, period, event, share); ``repair``
    the odd months that may be put right; ``without`` the effects that are switched off for this run.
    """

    history: pl.DataFrame
    tree: pl.DataFrame
    items: pl.DataFrame
    events: pl.DataFrame
    drivers: pl.DataFrame
    lifecycle: pl.DataFrame
    uplifts: pl.DataFrame
    repair: tuple[tuple[str, date], ...]
    without: tuple[str, ...]


def read(as_of: date, horizon: int, without: tuple[str, ...] = ()) -> Inputs:
    """Read what a forecast as of a month rests on; without orders there is nothing to forecast from."""
    history = orders.demand_history(as_of)
    if history.is_empty():
        raise Refused(
            _("There are no orders up to %(month)s to forecast from.") % {"month": f"{as_of:%Y-%m}"}
        )
    names = sorted(history["series"].unique())
    tree = trees.hierarchy(names)
    months = month_range(add_months(as_of, 1), horizon)
    items = catalog.items_frame().filter("is_sold")
    past = history.select("series", "period")
    ahead = pl.DataFrame({"series": names}).join(pl.DataFrame({"period": months}), how="cross")
    planned = list(Event.objects.current().order_by("number"))
    below = trees.ancestors(tree)
    known = _drivers(pl.concat([past, ahead]), planned, below)
    return Inputs(
        history=history.join(known, on=["series", "period"], how="left", maintain_order="left"),
        tree=tree,
        items=items.select("item", "launched_on", "ended_on").sort("item"),
        events=_events(planned, below, history["period"].min(), months[-1]),  # type: ignore[arg-type]
        drivers=DRIVERS.check(known.join(ahead, on=["series", "period"], how="semi")),
        lifecycle=_lifecycle(items, names, as_of),
        uplifts=_uplifts(planned, below, months, as_of),
        repair=tuple(place for place in repairs() if place[0] in names and place[1] <= as_of),
        without=tuple(sorted(without)),
    )


def named(given: Inputs, as_of: date, horizon: int, walked_back: int) -> str:
    """The name of a run's inputs: the same inputs, the same run."""
    return fingerprint(
        given.history,
        as_of=as_of,
        horizon=horizon,
        walked_back=walked_back,
        levels=LEVELS,
        tree=sorted(given.tree.rows()),
        items=given.items.rows(),
        events=sorted(given.events.rows(), key=str),
        drivers=sorted(given.drivers.rows(), key=str),
        lifecycle=sorted(given.lifecycle.rows(), key=str),
        uplifts=sorted(given.uplifts.rows(), key=str),
        repair=given.repair,
        without=given.without,
    )


def _drivers(places_in_time: pl.DataFrame, planned: list[Event], below: pl.DataFrame) -> pl.DataFrame:
    """Price and depth of promotion by item and month, past and to come: series, period, price, promotion."""
    asked = places_in_time.unique(maintain_order=True)
    table = asked.join(_prices(asked), on=["series", "period"], how="left", maintain_order="left")
    table = table.join(_promotions(asked), on=["series", "period"], how="left", maintain_order="left")
    table = _with_price_events(table, planned, below).with_columns(pl.col("promotion").fill_null(0.0))
    # What never changes explains nothing.
    prices = table.group_by("series").agg(pl.col("price").drop_nulls().n_unique().alias("levels"))["levels"]
    still = ["price"] if prices.max() in (None, 0, 1) else []
    return table.drop(still if (table["promotion"] > 0).any() else [*still, "promotion"])


def _prices(asked: pl.DataFrame) -> pl.DataFrame:
    """The list price that held at the end of each month, in the company's currency."""
    currency = people.home_currency()
    listed = catalog.price_history(currency).rename({"item": "series"}).sort("valid_from")
    ends = asked.with_columns(pl.col("period").dt.month_end().alias("day")).sort("day")
    found = ends.join_asof(listed, left_on="day", right_on="valid_from", by="series", check_sortedness=False)
    return found.select("series", "period", (pl.col("price_cents") / 100).alias("price"))


def _promotions(asked: pl.DataFrame) -> pl.DataFrame:
    """How deep the promotions of the catalog cut the price of each item, by the days they run in a month."""
    first, last = asked["period"].min(), asked["period"].max()
    rows = []
    for promotion in catalog.promotions(first, month_end(last)):  # type: ignore[arg-type]
        codes = [item.code for item in promotion.items.all()]
        for month, share in _months(promotion.start, promotion.end):
            rows += [(code, month, float(promotion.discount) * share) for code in codes]
    schema = {"series": pl.String, "period": pl.Date, "promotion": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.group_by("series", "period").agg(pl.col("promotion").max())


def _with_price_events(table: pl.DataFrame, planned: list[Event], below: pl.DataFrame) -> pl.DataFrame:
    """Prices with the changes that people plan, from the month they begin in to the one they end in."""
    for event in planned:
        if event.price_change is None or event.territory:
            continue
        items = _items_of(event, below)
        inside = pl.col("period").is_between(month_of(event.first), event.last) & pl.col("series").is_in(
            items
        )
        price = pl.when(inside).then(pl.col("price") * (1 + float(event.price_change)))
        table = table.with_columns(price.otherwise("price").alias("price"))
    return table


def _events(planned: list[Event], below: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Planned events and public holidays as the engine reads them (frame EVENTS).

    An event about a family is one of each of its items and of the families inside; one about a single
    territory is left to what people expect of it, since the history here knows no territories.
    """
    inside = below.group_by("above").agg(pl.col("series")).rows()
    items = {above: set(series) for above, series in inside}
    rows = []
    for event in planned:
        if event.territory or event.kind == Event.Kind.PRICE:
            continue
        if not event.series:
            rows.append((event.name, event.first, event.last, None, False))
            continue
        meant = items.get(event.series, set())
        rows += [
            (event.name, event.first, event.last, node, False)
            for node, under in sorted(items.items())
            if under <= meant
        ]
    schema = {
        "event": pl.String,
        "first": pl.Date,
        "last": pl.Date,
        "series": pl.String,
        "holiday": pl.Boolean,
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    country = _country(last)
    if country:
        days = holidays_of(country, first, month_end(last))
        table = pl.concat([table, days], how="diagonal")
    return EVENTS.check(table.with_columns(pl.col("holiday").fill_null(value=False)))


def _country(until: date) -> str:
    """The country most territories lie in; none where no territory names one."""
    named_countries = [place.country for place in places.known().values() if place.country]
    return max(sorted(set(named_countries)), key=named_countries.count, default="")


def _lifecycle(items: pl.DataFrame, names: list[str], as_of: date) -> pl.DataFrame:
    """When items begin and end, and what they succeed (frame LIFECYCLE); what is long past says nothing.

    An item without orders is in it where something says when it begins or what it succeeds.
    """
    known = pl.col("item").is_in(names)
    alive = pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)
    told = pl.col("launched_on").is_not_null() | pl.col("predecessor").is_not_null()
    found = items.filter((known | told) & alive & (told | pl.col("ended_on").is_not_null()))
    heir = pl.when(pl.col("predecessor").is_in(names)).then("predecessor").alias("predecessor")
    table = found.select(pl.col("item").alias("series"), heir, launched="launched_on", ends="ended_on")
    return LIFECYCLE.check(table.sort("series"))


def _uplifts(planned: list[Event], below: pl.DataFrame, months: list[date], as_of: date) -> pl.DataFrame:
    """What people expect of events: by item and month, the share of demand that is added."""
    rows = []
    for event in planned:
        if event.uplift is None:
            continue
        items = _items_of(event, below)
        part = (
            places.share_of(event.territory, items, as_of) if event.territory else dict.fromkeys(items, 1.0)
        )
        for month, share in _months(event.first, event.last):
            if month in months:
                rows += [
                    (item, month, event.name, float(event.uplift) * share * part.get(item, 0.0))
                    for item in items
                ]
    schema = {"series": pl.String, "period": pl.Date, "event": pl.String, "share": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return (
        table.group_by("series", "period", "event")
        .agg(pl.col("share").sum())
        .sort("series", "period", "event")
    )


def _items_of(event: Event, below: pl.DataFrame) -> list[str]:
    """The items an event is about."""
    if not event.series:
        return below["series"].unique().sort().to_list()
    return below.filter(pl.col("above") == event.series)["series"].unique().sort().to_list()


def _months(first: date, last: date) -> list[tuple[date, float]]:
    """The months a span of days touches, each with the share of its days inside."""
    found = []
    for month in month_range(month_of(first), months_between(month_of(first), month_of(last)) + 1):
        days = (month_end(month) - month).days + 1
        inside = (min(last, month_end(month)) - max(first, month) + timedelta(days=1)).days
        found.append((month, inside / days))
    return found
