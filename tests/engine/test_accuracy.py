"""Forecast accuracy against published cases."""

from datetime import date

import polars as pl
import pytest

from einklang.engine.consensus import stairstep
from einklang.engine.errors import BadTable, Impossible
from einklang.engine.forecast.accuracy import accuracy, by
from einklang.engine.periods import month_range
from tests.shared import oracle

pytestmark = pytest.mark.shared


def case() -> tuple[pl.DataFrame, pl.DataFrame, dict]:
    """The published series: twelve months of training and six of forecast."""
    found = oracle("forecast_metrics")[0]
    given = found["inputs"]
    months = month_range(date(2020, 1, 1), 18)
    actuals = pl.DataFrame({"series": "a", "period": months, "quantity": given["history"] + given["actual"]})
    forecasts = pl.DataFrame(
        {
            "series": "a",
            "period": months[12:],
            "mean": given["forecast"],
            "naive": given["naive_forecast_lag1"],
        }
    )
    return actuals, forecasts, found


@pytest.mark.parametrize(
    ("measure", "published"),
    [
        ("wape", "wape"),
        ("bias", "bias_pct"),
        ("bias_units", "bias_units"),
        ("mae", "mae"),
        ("rmse", "rmse"),
        ("mase", "mase_m1"),
        ("rmsse", "rmsse_m1"),
        ("smape", "smape"),
        ("tracking_signal", "tracking_signal"),
        ("naive_wape", "naive_wape"),
    ],
)
def test_each_measure_equals_the_published_figure(measure, published):
    actuals, forecasts, found = case()
    assert accuracy(actuals, forecasts)[measure][0] == pytest.approx(found["expected"][published], abs=1e-4)


def test_the_scale_of_mase_follows_the_season():
    actuals, forecasts, found = case()
    assert accuracy(actuals, forecasts, season=4)["mase"][0] == pytest.approx(
        found["expected"]["mase_m4"], abs=1e-6
    )


def test_forecast_value_added_is_naive_wape_less_wape():
    actuals, forecasts, found = case()
    expected = found["expected"]["fva_vs_naive_pp"] / 100
    assert accuracy(actuals, forecasts)["fva"][0] == pytest.approx(expected, abs=1e-6)


def test_a_zero_actual_makes_mape_not_measurable():
    actuals, forecasts, _ = case()
    assert accuracy(actuals, forecasts)["mape"][0] is None


def test_value_added_by_step_equals_the_published_stairstep():
    found = oracle("forecast_metrics")[0]["fva_stairstep"]
    steps = stairstep(found["inputs"]["wape"])
    assert steps["statistical"] == pytest.approx(found["expected"]["statistical_vs_naive"])
    assert steps["analyst"] == pytest.approx(found["expected"]["analyst_vs_statistical"])
    assert steps["executive"] == pytest.approx(found["expected"]["executive_vs_analyst"])


def test_errors_of_series_do_not_cancel_in_the_total():
    months = month_range(date(2020, 1, 1), 3)
    actuals = pl.DataFrame({"series": ["a", "b", "c"], "period": months[0], "quantity": [80.0, 70.0, 10.0]})
    forecasts = pl.DataFrame({"series": ["a", "b", "c"], "period": months[0], "mean": [100.0, 50.0, 0.0]})
    total = accuracy(actuals, forecasts).row(-1, named=True)
    assert (total["series"], total["wape"], total["bias"]) == ("total", 0.3125, -0.0625)


def test_coverage_counts_the_actuals_inside():
    months = month_range(date(2020, 1, 1), 2)
    actuals = pl.DataFrame({"series": "a", "period": months, "quantity": [5.0, 50.0]})
    forecasts = pl.DataFrame(
        {"series": "a", "period": months, "mean": [5.0, 5.0], "lo-95": [1.0, 1.0], "hi-95": [9.0, 9.0]}
    )
    assert accuracy(actuals, forecasts)["coverage-95"][0] == 0.5


def interval(level: str, low: float, high: float) -> pl.DataFrame:
    """One forecast of 5 with one interval, for the month in which 8 came."""
    months = month_range(date(2020, 1, 1), 5)
    actuals = pl.DataFrame({"series": "a", "period": months, "quantity": [2.0, 4.0, 2.0, 4.0, 8.0]})
    said = {"series": "a", "period": months[-1:], "mean": [5.0], f"lo-{level}": [low], f"hi-{level}": [high]}
    return accuracy(actuals, pl.DataFrame(said))


def test_the_interval_score_counts_width_and_what_lies_outside():
    # width 6, missed by 1 at a tail of 5 %: 6 + 1 / 0.05 = 26, over a usual step of 2
    assert interval("90", 1.0, 7.0)["msis-90"][0] == pytest.approx(13.0)


def test_pinball_loss_weighs_what_came_above_and_below_by_the_quantile():
    found = interval("90", 1.0, 7.0)
    assert found["pinball-0.95"][0] == pytest.approx(0.95 * 1)
    assert found["pinball-0.05"][0] == pytest.approx(0.05 * 7)


def test_levels_may_be_fine():
    found = interval("99.9", 1.0, 9.0)
    assert {"coverage-99.9", "msis-99.9", "pinball-0.9995", "pinball-0.0005"} <= set(found.columns)


@pytest.mark.parametrize("name", ["lo-95", "lo-wide", "hi-0", "lo-100"])
def test_an_interval_that_cannot_be_read_is_refused(name):
    months = month_range(date(2020, 1, 1), 1)
    actuals = pl.DataFrame({"series": "a", "period": months, "quantity": [1.0]})
    said = pl.DataFrame({"series": "a", "period": months, "mean": [1.0], name: [1.0]})
    with pytest.raises(Impossible, match=name):
        accuracy(actuals, said)


def test_an_end_of_an_interval_that_is_no_number_is_a_fault_of_its_row():
    with pytest.raises(BadTable, match="row 1, hi-95"):
        interval("95", 1.0, float("nan"))


def test_all_zero_actuals_have_no_wape():
    rows = pl.DataFrame({"lag": [1], "mean": [3.0], "actual": [0.0], "naive": [0.0]})
    assert by(rows, "lag")["wape"][0] is None


def test_forecasts_that_meet_no_actual_are_refused():
    months = month_range(date(2020, 1, 1), 2)
    actuals = pl.DataFrame({"series": "a", "period": months[:1], "quantity": [1.0]})
    forecasts = pl.DataFrame({"series": "a", "period": months[1:], "mean": [1.0]})
    with pytest.raises(Impossible, match="No forecast"):
        accuracy(actuals, forecasts)
    with pytest.raises(BadTable, match="mean"):
        accuracy(actuals, actuals)
