"""What the market wishes for, by item and month: season, trend, promotions, launches and ends."""

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.demo.items import Thing
from einklang.demo.times import AHEAD, HISTORY, Times
from einklang.engine.periods import month_end, month_of, months_between

MONTHS = HISTORY + AHEAD
SEASONS: dict[str, tuple[float, ...]] = {
    "bau": (0.70, 0.78, 1.02, 1.18, 1.24, 1.22, 1.12, 0.98, 1.08, 1.04, 0.92, 0.72),
    "sommer": (0.62, 0.68, 0.90, 1.15, 1.35, 1.48, 1.42, 1.18, 0.95, 0.82, 0.75, 0.70),
    "heizung": (1.02, 0.92, 0.85, 0.78, 0.74, 0.72, 0.80, 1.02, 1.32, 1.42, 1.30, 1.11),
    "gleich": (1.00, 1.00, 1.04, 1.02, 1.02, 1.00, 0.98, 0.92, 1.03, 1.04, 1.03, 0.92),
}


class Action(NamedTuple):
    """A promotion that comes back every year."""

    code: str
    name: str
    family: str
    month: int
    discount: float
    uplift: float
    dip: float  # the month after, when customers have stocked up


ACTIONS: tuple[Action, ...] = (
    Action("FRUEHJAHR", "Frühjahrsaktion Kugelhähne", "kugelhaehne", 4, 0.12, 1.45, 0.84),
    Action("HEIZSTART", "Heizungsstart Umwälzpumpen", "umwaelzpumpen", 8, 0.08, 1.30, 0.92),
    Action("WASSERWOCHEN", "Wasserwochen Tauchpumpen", "tauchpumpen", 9, 0.10, 1.50, 0.88),
)
# Trades that buy more of a family than others do.
LIKES: dict[str, tuple[str, ...]] = {
    "Wasserversorgung": ("kreiselpumpen", "absperrklappen", "rueckschlagventile"),
    "Abwasser": ("tauchpumpen", "absperrklappen"),
    "Haustechnik": ("umwaelzpumpen", "kugelhaehne"),
    "Anlagenbau": ("kreiselpumpen", "dosierpumpen", "absperrklappen"),
    "Handel": ("kugelhaehne", "rueckschlagventile", "ersatzteile"),
    "Chemie": ("dosierpumpen", "kugelhaehne"),
    "Lebensmittel": ("dosierpumpen", "kreiselpumpen"),
    "Landwirtschaft": ("tauchpumpen", "rueckschlagventile"),
    "Bau": ("tauchpumpen",),
}


def promotions(times: Times) -> list[tuple[str, str, str, float, date, date]]:
    """Every year's promotions as ``code, name, family, discount, start, end``, the coming year's included."""
    found = []
    for action in ACTIONS:
        for year in range(times.first.year, times.month.year + 2):
            start = date(year, action.month, 1)
            if times.first <= start <= times.at(MONTHS + 5):
                name = f"{action.name} {year}"
                found.append(
                    (f"{action.code}-{year}", name, action.family, action.discount, start, month_end(start))
                )
    return found


def wished(times: Times, things: list[Thing]) -> NDArray[np.float64]:
    """Units the market wishes for on average, a row for each thing and a column for each month."""
    months = [times.at(index) for index in range(MONTHS)]
    table = np.array([_one(thing, months) for thing in things])
    places = {thing.code: row for row, thing in enumerate(things)}
    for row, thing in enumerate(things):
        if thing.predecessor:
            # The old one loses what the new one takes; the two together keep the market.
            old = places[thing.predecessor]
            taken = np.minimum(table[old] * 0.75, table[row] * 0.6)
            table[old] -= taken
    return table


def _one(thing: Thing, months: list[date]) -> NDArray[np.float64]:
    season = np.array(SEASONS[thing.season])
    season = season / season.mean()
    now = months[HISTORY - 1]
    values = []
    for month in months:
        value = (
            thing.monthly * season[month.month - 1] * (1 + thing.trend) ** (months_between(now, month) / 12)
        )
        value *= _lift(thing.family, month) * _life(thing, month)
        values.append(value)
    return np.array(values)


def _lift(family: str, month: date) -> float:
    for action in ACTIONS:
        if action.family == family and month.month == action.month:
            return action.uplift
        if action.family == family and month.month == action.month % 12 + 1:
            return action.dip
    return 1.0


def _life(thing: Thing, month: date) -> float:
    """A new thing grows over half a year; one that ends fades over the year before."""
    share = 1.0
    if thing.launched:
        age = months_between(month_of(thing.launched), month)
        share = 0.0 if age < 0 else min(1.0, 0.25 + age / 6)
    if thing.ended:
        left = months_between(month, month_of(thing.ended))
        share *= 0.0 if left < 0 else min(1.0, 0.15 + left / 14)
    return share


def lines(
    times: Times, things: list[Thing], means: NDArray[np.float64], customers: pl.DataFrame
) -> pl.DataFrame:
    """What each customer wishes for: ``item, month, account, quantity``, a row for each line of an order."""
    dice = times.dice("wishes")
    usual = np.array([thing.line for thing in things])[:, None]
    mood = dice.gamma(14, 1 / 14, means.shape)
    counts = dice.poisson(means / usual * mood)
    families = sorted({thing.family for thing in things})
    parts = []
    for family in families:
        rows = np.array([row for row, thing in enumerate(things) if thing.family == family])
        for month in range(MONTHS):
            many = counts[rows, month]
            if not many.sum():
                continue
            buyers = dice.choice(customers.height, size=int(many.sum()), p=_buyers(customers, family, month))
            parts.append(
                pl.DataFrame({"thing": np.repeat(rows, many), "buyer": buyers}).with_columns(
                    pl.lit(month).alias("month")
                )
            )
    found = pl.concat(parts)
    means_of = usual[found["thing"].to_numpy(), 0]
    raw = means_of * dice.lognormal(-0.125, 0.5, found.height)
    whole = np.maximum(1, np.where(means_of > 20, np.round(raw / 10) * 10, np.round(raw)))
    whole = np.where(means_of > 20, np.maximum(whole, 10), whole)
    return found.select(
        pl.Series("item", [thing.code for thing in things])[found["thing"].to_numpy()],
        pl.col("month").cast(pl.Int64),
        customers["code"][found["buyer"].to_numpy()].alias("account"),
        pl.Series("quantity", whole),
    )


def _buyers(customers: pl.DataFrame, family: str, month: int) -> NDArray[np.float64]:
    """How likely each customer is the one who orders something of a family in a month."""
    likes = np.array([3.0 if family in LIKES[trade] else 0.5 for trade in customers["industry"]])
    alive = (customers["first"].to_numpy() <= month) & (month <= customers["last"].to_numpy())
    grown = (1 + customers["growth"].to_numpy()) ** (month / 12)
    share = customers["weight"].to_numpy() * likes * alive * grown
    return np.asarray(share / share.sum())
