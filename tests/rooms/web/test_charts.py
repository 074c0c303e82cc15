"""Charts say their numbers twice: as a drawing and as a table."""

import datetime as dt
import json

import polars as pl
import pytest
from django.utils import translation

from einklang.web import charts
from einklang.web.charts.paper import themes

MONTHS = [dt.date(2014, month, 1) for month in range(1, 7)]
ACTUAL = pl.DataFrame({"period": MONTHS[:3], "quantity": [10.0, 12.0, 14.0]})
FORECAST = pl.DataFrame(
    {"period": MONTHS[3:], "mean": [15.0, 16.0, 17.0], "lo-80": [12.0] * 3, "hi-80": [20.0] * 3}
)
PLAN = pl.DataFrame({"period": MONTHS[3:], "quantity": [14.0, 15.0, 16.0]})
LOAD = pl.DataFrame(
    {"centre": ["Turning"] * 3, "period": MONTHS[:3], "load": [90.0, 120.0, 10.0], "hours": [100.0] * 3}
)
MARKS = pl.DataFrame(
    {
        "period": [MONTHS[1], MONTHS[4]],
        "value": [12.0, None],
        "mark": ["odd", "event"],
        "text": ["12 ordered, 4 would be usual", "Fair"],
    }
)
PARTS = pl.DataFrame(
    {"period": MONTHS[:2] * 2, "kind": ["Regular"] * 2 + ["Overtime"] * 2, "hours": [8.0, 9.0, 1.0, 2.0]}
)
NAMED = pl.DataFrame({"family": ["Pumps", "Valves"], "cents": [123_400, 45_600], "address": ["/a/", "/b/"]})

pytestmark = pytest.mark.django_db


def every_kind():
    steps = [
        charts.Step("Budget", 500_00, total=True),
        charts.Step("Volume", -40_00),
        charts.Step("Plan", 460_00, total=True),
    ]
    return {
        "forecast": charts.forecast_chart(ACTUAL, FORECAST, PLAN, title="Demand grows"),
        "marked": charts.forecast_chart(ACTUAL, FORECAST, PLAN, title="A fair lies ahead", marks=MARKS),
        "heat": charts.heat(LOAD, row="centre", load="load", capacity="hours", title="Turning is full"),
        "stacked": charts.stacked_bars(PARTS, y="hours", by="kind", title="Overtime"),
        "lines": charts.lines(PARTS, y="hours", by="kind", title="Courses"),
        "bars": charts.bars(NAMED, x="family", y="cents", unit="money", title="Pumps lead", href="address"),
        "waterfall": charts.waterfall(steps, title="Volume costs"),
    }


@pytest.mark.parametrize("kind", ["forecast", "heat", "stacked", "lines", "bars", "waterfall"])
def test_every_kind_can_be_drawn_on_paper(kind):
    drawn = charts.to_svg(every_kind()[kind])
    assert drawn.startswith("<svg")
    assert "@" not in drawn


@pytest.mark.parametrize("kind", ["forecast", "heat", "stacked", "lines", "bars", "waterfall"])
def test_every_kind_has_its_numbers_as_a_table_with_one_cell_per_heading(kind):
    chart = every_kind()[kind]
    assert chart.rows
    assert all(len(row) == len(chart.head) for row in chart.rows)


def test_a_forecast_chart_names_what_was_what_is_expected_and_the_plan():
    with translation.override("en"):
        chart = charts.forecast_chart(ACTUAL, FORECAST, PLAN, title="Demand grows")
    assert chart.head == ("Month", "Actual", "Forecast with 80 % band", "Plan")
    assert chart.rows[3] == ("Apr 2014", "–", "15", "14")


def test_an_event_is_a_line_and_an_odd_month_a_shape_that_say_what_they_are():
    layers = charts.forecast_chart(ACTUAL, FORECAST, title="x", marks=MARKS).spec["layer"]
    event, odd = layers[-2:]
    assert (event["mark"]["type"], event["data"]["values"][0]["text"]) == ("rule", "Fair")
    assert odd["encoding"]["shape"]["scale"] == {"domain": ["odd"], "range": ["triangle-up"]}


def test_money_is_drawn_in_currency_and_tabled_with_its_cents():
    with translation.override("en"):
        chart = charts.bars(NAMED, x="family", y="cents", unit="money", title="Pumps lead")
    assert chart.spec["data"]["values"][0]["value"] == 1234.0
    assert chart.rows[0] == ("Pumps", "€1,234.00")


def test_a_work_centre_without_capacity_has_no_percentage():
    idle = LOAD.with_columns(pl.lit(0.0).alias("hours"))
    chart = charts.heat(idle, row="centre", load="load", capacity="hours", title="Closed")
    assert set(chart.rows[0][1:]) == {"–"}


def test_a_waterfall_stands_each_change_on_the_step_before():
    steps = [charts.Step("A", 100_00, total=True), charts.Step("B", -30_00), charts.Step("C", 20_00)]
    values = charts.waterfall(steps, title="x").spec["data"]["values"]
    assert [(bar["start"], bar["end"]) for bar in values] == [(0, 100), (100, 70), (70, 90)]


def test_both_themes_have_a_colour_for_every_name_in_use():
    used = {
        word
        for chart in every_kind().values()
        for word in json.dumps(chart.spec).split('"')
        if word.startswith("@")
    }
    used |= {word for word in json.dumps(themes()["config"]).split('"') if word.startswith("@")}
    for theme in ("light", "dark"):
        assert {word[1:] for word in used} <= themes()[theme].keys()


def test_series_are_told_apart_by_dash_and_not_by_colour_alone():
    encoding = charts.lines(PARTS, y="hours", by="kind", title="x").spec["encoding"]
    dashes = encoding["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) == 2
