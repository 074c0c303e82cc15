"""The kinds of charts: forecast, courses, bars, stacks, heat of load, and the waterfall."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.web import formats
from einklang.web.charts.grammar import (
    Chart,
    Spec,
    Unit,
    along,
    framed,
    largest,
    measure,
    name_of,
    pivoted,
    tip,
    tip_along,
    told,
    unit_title,
    written,
)
from einklang.web.charts.marks import mark_layers

DASHES = [[1, 0], [6, 4], [2, 3], [8, 3, 2, 3]]
OVER_CAPACITY = 1.0001


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall: a total standing on the ground, or a change from the step before."""

    label: str
    value: float
    total: bool = False


def forecast_chart(
    actual: pl.DataFrame,
    forecast: pl.DataFrame,
    plan: pl.DataFrame | None = None,
    *,
    title: str,
    unit: Unit = "quantity",
    level: int = 80,
    names: tuple[str, str, str] | None = None,
    marks: pl.DataFrame | None = None,
) -> Chart:
    """What was and what is expected, by month; `names` says other words for actual, forecast and plan.

    `actual` and `plan` are (period, quantity); `forecast` is (period, mean), its band in `lo-80`, `hi-80`;
    `marks` (period, value, mark, text) are pointed at: see :mod:`einklang.web.charts.marks`.
    """
    banded = f"lo-{level}" in forecast.columns
    expected = _("Forecast with %(level)s %% band") % {"level": level} if banded else _("Forecast")
    was, expected, planned = names or (_("Actual"), expected, _("Plan"))
    forecast = forecast.rename(
        {"mean": "value", f"lo-{level}": "low", f"hi-{level}": "high"} if banded else {"mean": "value"}
    )
    parts = [course(actual, was), course(forecast, expected)]
    parts += [course(plan, planned)] if plan is not None else []
    data = pl.concat(parts, how="diagonal_relaxed")
    kinds = [was, expected, planned][: len(parts)]
    y = measure("value", unit, largest(data, "value", "high"))
    legend = {"symbolType": "stroke", "symbolOpacity": 1, "symbolSize": 400}
    colour = told("kind", kinds, ["@actual", "@forecast", "@plan"][: len(kinds)]) | {"legend": legend}
    dash = told("kind", kinds, [[1, 0], [5, 4], [1, 0]][: len(kinds)]) | {"legend": legend}
    tips = [tip_along(data, "period"), tip("kind", _("Kind")), tip("value", _("Value"), unit)]
    if banded:
        tips += [tip("low", _("At least"), unit), tip("high", _("At most"), unit)]
    layers = [band(y)] if banded else []
    layers += [outline(planned, y, colour)] if plan is not None else []
    layers += [courses([was, expected], y, colour, dash), touch_points(y, colour, tips)]
    layers += mark_layers(marks, y, unit)
    spec = framed(data, unit, {"encoding": {"x": along(data, "period")}, "layer": layers})
    return Chart(title, spec, *pivoted(data, "period", unit), unit_title(unit))


def course(part: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One course of a forecast chart with its name beside it."""
    part = part.rename({"quantity": "value"}) if "quantity" in part.columns else part
    kept = [name for name in ("period", "value", "low", "high") if name in part.columns]
    return part.select(*kept, pl.lit(kind).alias("kind"))


def band(y: Spec) -> Spec:
    """The range a forecast lies in."""
    return {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {"type": "area", "color": "@band", "opacity": 0.16},
        "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }


def outline(planned: str, y: Spec, colour: Spec) -> Spec:
    """The plan, as the outline of its months: a thin line in steps."""
    return {
        "transform": [{"filter": {"field": "kind", "equal": planned}}],
        "mark": {"type": "line", "interpolate": "step", "strokeWidth": 1.5},
        "encoding": {"y": y, "color": colour},
    }


def courses(kinds: Sequence[str], y: Spec, colour: Spec, dash: Spec) -> Spec:
    """What was as a solid line, what is expected as a dashed one."""
    return {
        "transform": [{"filter": {"field": "kind", "oneOf": list(kinds)}}],
        "mark": "line",
        "encoding": {"y": y, "color": colour, "strokeDash": dash},
    }


def touch_points(y: Spec, colour: Spec, tips: list[Spec]) -> Spec:
    """Places to point at, invisible, that tell the numbers."""
    return {
        "mark": {"type": "point", "filled": True, "size": 220, "opacity": 0.001},
        "encoding": {"y": y, "color": colour, "tooltip": tips},
    }


def lines(
    frame: pl.DataFrame, *, y: str, by: str, title: str, unit: Unit = "quantity", x: str = "period"
) -> Chart:
    """Several courses over the same months, told apart by dash as well as by colour."""
    data = frame.select(pl.col(x).alias("period"), pl.col(by).alias("kind"), pl.col(y).alias("value"))
    kinds = data["kind"].unique(maintain_order=True).to_list()
    dashes = [DASHES[number % len(DASHES)] for number in range(len(kinds))]
    encoding = {
        "x": along(data, "period"),
        "y": measure("value", unit, largest(data, "value")),
        "color": {"field": "kind", "type": "nominal", "scale": {"domain": kinds}, "title": None},
        "strokeDash": told("kind", kinds, dashes),
        "tooltip": [tip_along(data, "period"), tip("kind", _("Kind")), tip("value", _("Value"), unit)],
    }
    mark = {"type": "line", "point": {"size": 26}}
    spec = framed(data, unit, {"mark": mark, "encoding": encoding})
    return Chart(title, spec, *pivoted(data, "period", unit), unit_title(unit))


def bars(
    frame: pl.DataFrame,
    *,
    x: str,
    y: str,
    title: str,
    unit: Unit = "quantity",
    href: str = "",
    lying: bool = False,
) -> Chart:
    """One bar a row, in the frame's order; `href` names a column of addresses that a click follows."""
    link = [pl.col(href).alias("href")] if href else []
    data = frame.select(pl.col(x).alias("name"), pl.col(y).alias("value"), *link)
    values = measure("value", unit, largest(data, "value"))
    encoding: Spec = {
        "tooltip": [tip_along(data, "name"), tip("value", unit_title(unit), unit)],
        **({"y": along(data, "name"), "x": values} if lying else {"x": along(data, "name"), "y": values}),
        **({"href": {"field": "href"}} if href else {}),
    }
    mark = {"type": "bar", "color": "@c1", "cursor": "pointer" if href else "default"}
    height = max(120, 28 * data.height + 40) if lying else 260
    spec = framed(data, unit, {"mark": mark, "encoding": encoding}, height)
    rows = [(name_of(row[0]), written(row[1], unit)) for row in data.iter_rows()]
    return Chart(title, spec, (_("Name"), unit_title(unit)), rows, unit_title(unit), height)


def stacked_bars(
    frame: pl.DataFrame,
    *,
    y: str,
    by: str,
    title: str,
    unit: Unit = "quantity",
    x: str = "period",
    limit: pl.DataFrame | None = None,
    limit_label: str = "",
) -> Chart:
    """Parts of a whole by month or name; `limit` (x and `limit`) is drawn over them as a dashed line."""
    data = frame.select(pl.col(x).alias("period"), pl.col(by).alias("kind"), pl.col(y).alias("value"))
    kinds = data["kind"].unique(maintain_order=True).to_list()
    value = measure("value", unit, largest(data.group_by("period").agg(pl.col("value").sum()), "value"))
    stack: Spec = {
        "mark": {"type": "bar", "stroke": "@ground", "strokeWidth": 1, "cornerRadiusEnd": 0},
        "encoding": {
            "x": along(data, "period"),
            "y": value,
            "color": {"field": "kind", "type": "nominal", "scale": {"domain": kinds}, "title": None},
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [tip_along(data, "period"), tip("kind", _("Kind")), tip("value", _("Value"), unit)],
        },
    }
    ranked = data.with_columns(pl.col("kind").replace_strict(kinds, range(len(kinds))).alias("order"))
    head, rows = pivoted(data, "period", unit)
    if limit is None:
        return Chart(title, framed(ranked, unit, stack), head, rows, unit_title(unit))
    limits = limit.select(pl.col(x).alias("period"), pl.col("limit"))
    line: Spec = {
        "data": framed(limits, unit, {})["data"],
        "mark": {
            "type": "line",
            "color": "@limit",
            "strokeDash": [6, 3],
            "interpolate": "step",
            "strokeCap": "butt",
        },
        "encoding": {"x": along(data, "period"), "y": {**value, "field": "limit"}},
    }
    known = {name_of(row[0]): written(row[1], unit) for row in limits.iter_rows()}
    rows = [(*row, known.get(row[0], formats.MISSING)) for row in rows]
    drawing = {"layer": [stack, line]}
    head = (*head, limit_label or _("Limit"))
    return Chart(title, framed(ranked, unit, drawing), head, rows, unit_title(unit))


def heat(
    frame: pl.DataFrame,
    *,
    row: str,
    load: str,
    capacity: str,
    title: str,
    href: str = "",
    label_of: Callable[[date], str] = formats.month,
) -> Chart:
    """Load against capacity by `period` (a month, or as ``label_of`` names it); over 100 % it is framed."""
    share = pl.when(pl.col(capacity) > 0).then(pl.col(load) / pl.col(capacity)).alias("value")
    link = [pl.col(href).alias("href")] if href else []
    data = frame.sort("period").select(pl.col(row).alias("name"), "period", share, *link)
    kind = pl.Series("kind", [label_of(day) for day in data["period"]], dtype=pl.String)
    data = data.with_columns(kind).drop("period")
    over = f"datum.value > {OVER_CAPACITY}"
    steps = {"type": "threshold", "domain": [0.7, 0.9, OVER_CAPACITY]} | {
        "range": ["@heat0", "@heat1", "@heat2", "@heat3"]
    }
    cell: Spec = {
        "mark": {
            "type": "rect",
            "cornerRadius": 3,
            "strokeWidth": 2,
            "cursor": "pointer" if href else "default",
        },
        "encoding": {
            "color": {"field": "value", "type": "quantitative", "scale": steps, "legend": None},
            "stroke": {"condition": {"test": over, "value": "@limit"}, "value": "@ground"},
            "tooltip": [tip("name", _("Name")), tip("kind", _("Period")), tip("value", _("Load"), "percent")],
            **({"href": {"field": "href"}} if href else {}),
        },
    }
    label: Spec = {
        "mark": {"type": "text", "fontSize": 11, "tooltip": None},
        "encoding": {
            "text": {"field": "value", "type": "quantitative", "format": ".0%"},
            "color": {"condition": {"test": over, "value": "#ffffff"}, "value": "@text"},
        },
    }
    height = max(120, 30 * data["name"].n_unique() + 50)
    months = {**along(data, "kind"), "axis": {"title": None, "labelAngle": 0, "orient": "top"}}
    encoding = {"x": months, "y": {**along(data, "name"), "sort": None}}
    spec = framed(data, "percent", {"encoding": encoding, "layer": [cell, label]}, height)
    width = 31 * data["kind"].n_unique() + 130
    table = pivoted(data, "name", "percent")
    return Chart(title, spec, *table, unit=_("Load in % of capacity"), height=height, least_width=width)


def waterfall(steps: Sequence[Step], *, title: str, unit: Unit = "money") -> Chart:
    """From one total to the next through its changes; each bar says its amount with its sign."""
    level, found = 0.0, []
    for step in steps:
        start = 0.0 if step.total else level
        level = step.value if step.total else level + step.value
        kind = "total" if step.total else "up" if step.value >= 0 else "down"
        text = ("+" if kind == "up" else "") + short(step.value, unit)
        bar = {"name": step.label, "start": start, "end": level, "top": max(start, level)}
        found.append({**bar, "kind": kind, "text": text})
    data = pl.DataFrame(found, infer_schema_length=None)
    y = measure("start", unit, largest(data, "top"))
    colour = {**told("kind", ["total", "up", "down"], ["@c6", "@good", "@bad"]), "legend": None}
    tips = [tip("name", _("Name")), tip("text", unit_title(unit))]
    bar_layer = {
        "mark": {"type": "bar", "cornerRadius": 2},
        "encoding": {"y": y, "y2": {"field": "end"}, "color": colour, "tooltip": tips},
    }
    text_layer = {
        "mark": {"type": "text", "dy": -9, "fontWeight": 600},
        "encoding": {"y": {**y, "field": "top"}, "text": {"field": "text"}},
    }
    drawing = {"encoding": {"x": along(data, "name")}, "layer": [bar_layer, text_layer]}
    rows = [(step.label, written(step.value, unit)) for step in steps]
    head = (_("Name"), unit_title(unit))
    return Chart(title, framed(data, unit, drawing), head, rows, unit_title(unit))


def short(value: float, unit: Unit) -> str:
    """A number as short as a label on a bar must be."""
    return formats.money_short(round(value)) if unit == "money" else written(value, unit)
