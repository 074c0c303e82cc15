"""The words every chart is made of: axes, measures, tooltips, and the table beneath.

A spec is Vega-Lite. Its colours are names ("@forecast") that the theme fills in, so one spec serves
the light page, the dark page and the printed one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl
from django.utils.translation import gettext as _

from einklang.web import formats

Unit = Literal["quantity", "money", "percent"]
Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MEASURES = {"value", "low", "high", "limit", "start", "end", "top"}
SMALL_ENOUGH_TO_SPELL_OUT = 100_000


@dataclass(frozen=True, slots=True)
class Chart:
    """A message, its drawing, and its numbers; money comes in as cents, shares as 0 to 1."""

    title: str
    spec: Spec = field(repr=False)
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]] = field(repr=False)
    unit: str = ""
    height: int = 260
    least_width: int = 0


def framed(data: pl.DataFrame, unit: Unit, drawing: Spec, height: int = 260) -> Spec:
    """A drawing over its rows, as wide as the place it stands in."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": records(data, unit)},
        **drawing,
    }


def records(data: pl.DataFrame, unit: Unit) -> list[dict[str, Any]]:
    """Rows as JSON takes them: days as text, cents as currency, what is missing left out."""
    if unit == "money":
        data = data.with_columns(pl.col(name) / 100 for name in data.columns if name in MEASURES)
    return [
        {
            key: value.isoformat() if isinstance(value, dt.date) else value
            for key, value in row.items()
            if value is not None
        }
        for row in data.iter_rows(named=True)
    ]


def along(data: pl.DataFrame, name: str) -> Spec:
    """The axis a chart runs along: months in time, names in the order they come."""
    if data.schema[name] == pl.Date:
        axis = {
            "format": "%b %Y",
            "title": None,
            "labelOverlap": "greedy",
            "labelSeparation": 14,
            "tickCount": "month",
        }
        return {"field": name, "type": "temporal", "timeUnit": "utcyearmonth", "axis": axis}
    return {
        "field": name,
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelAngle": 0, "labelLimit": 170},
    }


def measure(name: str, unit: Unit, largest: float) -> Spec:
    """The axis a chart measures on, with the unit's own way to write numbers."""
    scale = largest / 100 if unit == "money" else largest
    axis: Spec = {"title": None, "format": ".0%" if unit == "percent" else axis_format(scale)}
    return {"field": name, "type": "quantitative", "axis": axis}


def axis_format(largest: float) -> str:
    """Numbers in full while they are short; thousands and millions by letter when they are not."""
    if largest >= SMALL_ENOUGH_TO_SPELL_OUT:
        return "~s"
    return ",.0f" if largest >= 5 else ",.2~f"


def tip(name: str, title: str, unit: Unit | None = None) -> Spec:
    """One line of a tooltip; without a unit the value is a name, or a month."""
    if unit is None:
        return {"field": name, "type": "nominal", "title": title}
    number = {"percent": ".1%", "money": ",.2f", "quantity": ",.1~f"}[unit]
    return {"field": name, "type": "quantitative", "format": number, "title": title}


def tip_along(data: pl.DataFrame, name: str) -> Spec:
    """The tooltip's first line: which month, or which name."""
    if data.schema[name] == pl.Date:
        return {
            "field": name,
            "type": "temporal",
            "timeUnit": "utcyearmonth",
            "format": "%B %Y",
            "title": _("Month"),
        }
    return tip(name, _("Name"))


def told(name: str, domain: Sequence[Any], target: Sequence[Any]) -> Spec:
    """A channel whose values are told one by one."""
    scale = {"domain": list(domain), "range": list(target)}
    return {"field": name, "type": "nominal", "scale": scale, "title": None}


def unit_title(unit: Unit) -> str:
    """What an axis in this unit is called."""
    return {
        "quantity": _("Quantity"),
        "money": _("Amount in %(currency)s") % {"currency": formats.home_currency()},
        "percent": _("Share"),
    }[unit]


def written(value: float | None, unit: Unit) -> str:
    """A number of the table, in the reader's language."""
    if unit == "money":
        return formats.money(None if value is None else round(value))
    return formats.percent(value, 1) if unit == "percent" else formats.quantity(value)


def name_of(value: Any) -> str:
    """A month or a name, as the table says it."""
    return formats.month(value) if isinstance(value, dt.date) else str(value)


def pivoted(data: pl.DataFrame, x: str, unit: Unit) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Rows (x, kind, value) as a table: a line for each x, a column for each kind."""
    kinds = data["kind"].unique(maintain_order=True).to_list()
    known = {(row[0], row[1]): row[2] for row in data.select(x, "kind", "value").iter_rows()}
    places = data[x].unique(maintain_order=True)
    places = places.sort() if data.schema[x] == pl.Date else places
    first = _("Month") if data.schema[x] == pl.Date else _("Name")
    rows = [
        (name_of(place), *(written(known.get((place, kind)), unit) for kind in kinds)) for place in places
    ]
    return (first, *kinds), rows


def largest(data: pl.DataFrame, *names: str) -> float:
    """The largest number in these columns, to choose how the axis writes them."""
    found = [data[name].abs().max() for name in names if name in data.columns]
    return max((float(value) for value in found if isinstance(value, int | float)), default=0.0)
