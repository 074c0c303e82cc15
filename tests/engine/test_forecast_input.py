"""Whatever comes in as a history: a forecast, or a sentence that names the series and the period."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.panel import BRIDGED, CENSORED, notes, panel
from einklang.engine.periods import step

START = date(2020, 1, 1)


def rows(values: list[float | None], name: str = "pump", frequency: str = "M") -> pl.DataFrame:
    """One series from the first period on."""
    periods = [step(START, frequency, place) for place in range(len(values))]
    return pl.DataFrame(
        {"series": name, "period": periods, "quantity": values},
        schema={"series": pl.String, "period": pl.Date, "quantity": pl.Float64},
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e61, -1e300])
def test_what_is_no_quantity_is_refused_by_series_and_period(bad):
    with pytest.raises(Impossible, match="in series pump, 2020-03-01"):
        forecast(rows([1.0, 2.0, bad]), horizon=1)


def test_a_price_below_zero_is_refused_by_series_and_period():
    table = rows([1.0, 2.0]).with_columns(price=pl.Series([3.0, -1.0]))
    with pytest.raises(Impossible, match="in series pump, 2020-02-01"):
        forecast(table, horizon=1)


def test_a_period_named_twice_is_refused_by_series_and_period():
    with pytest.raises(Impossible, match="2020-01-01 of series pump again"):
        forecast(pl.concat([rows([1.0, 2.0]), rows([5.0])]), horizon=1)


def test_an_unknown_frequency_is_refused():
    with pytest.raises(Impossible, match="Frequency Y"):
        forecast(rows([1.0]), horizon=1, frequency="Y")  # type: ignore[arg-type]


def test_dates_that_lie_centuries_apart_are_refused():
    table = pl.DataFrame({"series": "a", "period": [date(1, 1, 1), date(2024, 1, 1)], "quantity": [1.0, 1.0]})
    with pytest.raises(Impossible, match="check the dates"):
        forecast(table, horizon=1, frequency="D")


def test_a_long_name_is_forecast_and_shortened_in_sentences():
    name = "x" * 10_000
    assert forecast(rows([1.0] * 8, name), horizon=1).table["series"].to_list() == [name]
    with pytest.raises(Impossible) as refused:
        forecast(rows([1.0, float("nan")], name), horizon=1)
    assert len(str(refused.value)) < 300


def test_the_order_of_rows_does_not_matter():
    table = rows([float(place % 7) for place in range(30)])
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    assert forecast(table, horizon=3).table.equals(forecast(shuffled, horizon=3).table)


def test_ten_years_of_days_are_forecast():
    values = [100.0 + place % 7 for place in range(3650)]
    found = forecast(rows(values, frequency="D"), horizon=14, frequency="D").table
    assert found["mean"].is_finite().all()
    assert found["mean"][0] == pytest.approx(values[3650 % 7 + 7], rel=0.05)


def test_huge_and_tiny_values_are_forecast():
    for size in (1e-30, 1e12, 1e40):
        found = forecast(rows([size * (2 + place % 3) for place in range(30)]), horizon=2).table
        assert found.select("mean", "lo-95", "hi-95").to_numpy().max() < 20 * size


def test_an_interval_of_almost_everything_is_given():
    values = np.random.default_rng(3).normal(50, 9, 40).tolist()
    found = forecast(rows(values), horizon=2, levels=(80, 99.9)).table
    assert (found["hi-99.9"] > found["hi-80"]).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=40))
def test_blanks_and_returns_never_crash(values):
    found = forecast(rows(values), horizon=3).table
    assert np.isfinite(found.select("mean", "lo-80", "hi-80").to_numpy()).all()


def test_what_was_done_to_a_history_is_said():
    table = rows([5.0, None, 5.0, 2.0, -1.0, 5.0]).with_columns(
        available=pl.col("period") != date(2020, 4, 1)
    )
    said = dict(notes(panel(table, "M")).select("step", "sentence").rows())
    assert said["gap"].startswith("Series pump: 1 period (2020-02-01) without a number")
    assert said["stock-out"].startswith("Series pump: 1 period (2020-04-01) without stock")
    assert said["returns"].startswith("Series pump: 1 period (2020-05-01) below zero")


def test_the_panel_knows_what_each_cell_rests_on():
    table = rows([5.0, None, 5.0, 2.0]).with_columns(available=pl.col("quantity").fill_null(9) > 3)
    assert panel(table, "M").state.tolist() == [[0, BRIDGED, 0, CENSORED]]


def test_promotions_may_be_written_as_yes_and_no():
    table = rows([1.0, 2.0]).with_columns(promotion=pl.Series(["no", "Yes"]))
    assert panel(table, "M").drivers["promotion"].tolist() == [[0.0, 1.0]]


def test_absent_rows_that_are_read_as_nothing_sold_are_said():
    table = rows([5.0] * 30).filter(pl.col("period").dt.month() % 3 != 0)
    (said,) = notes(panel(table, "M"))["sentence"].to_list()
    assert said.startswith("Series pump: 9 periods (the first 2020-03-01) without a row taken as nothing")
