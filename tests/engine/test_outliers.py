"""What stands apart is flagged; a step, a yearly peak and a spare part are not; repair needs consent."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.periods import add_months

NOISE = np.random.default_rng(3).normal(0, 4, 48)
SPIKE = date(2022, 6, 1)


def table(values: np.ndarray) -> pl.DataFrame:
    """One series from January 2020 on."""
    periods = [add_months(date(2020, 1, 1), place) for place in range(len(values))]
    return pl.DataFrame({"series": "a", "period": periods, "quantity": values})


def spiked() -> np.ndarray:
    values = 100 + NOISE
    values[29] = 400.0
    return values


def test_a_spike_is_flagged_with_what_it_usually_would_be():
    found = forecast(table(spiked()), horizon=1).outliers()
    assert found["period"].to_list() == [SPIKE]
    assert found["quantity"].to_list() == [400.0]
    assert found["expected"][0] == pytest.approx(100, abs=8)


def test_a_step_to_a_new_level_is_no_outlier():
    values = 100 + NOISE + np.where(np.arange(48) >= 24, 80, 0)
    assert forecast(table(values), horizon=1).outliers().is_empty()


def test_a_peak_that_comes_every_year_is_no_outlier():
    values = 100 + NOISE + np.where(np.arange(48) % 12 == 11, 150, 0)
    assert forecast(table(values), horizon=1).outliers().is_empty()


def test_a_spare_part_has_nothing_usual_to_stand_apart_from():
    values = np.where(np.arange(48) % 5 == 0, 3.0, 0.0)
    values[30] = 60.0
    assert forecast(table(values), horizon=1).outliers().is_empty()


def test_nothing_is_repaired_without_consent():
    history = table(spiked())
    plain = forecast(history, horizon=12).table["mean"]
    agreed = forecast(history, horizon=12, repair=[("a", SPIKE)])
    assert agreed.table["mean"].sum() < plain.sum()
    assert agreed.outliers().is_empty()


@pytest.mark.parametrize(("series", "period"), [("b", SPIKE), ("a", date(1999, 1, 1))])
def test_a_repair_of_what_is_not_there_is_refused_by_name(series, period):
    with pytest.raises(Impossible, match=f"Series {series}"):
        forecast(table(spiked()), horizon=1, repair=[(series, period)])
