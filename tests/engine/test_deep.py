"""The deep tier: slow models for a few series, which take part only as far as they have won before."""

import os
from datetime import date
from importlib import util

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.forecast import deep, deep_tier, forecast
from einklang.engine.forecast.deep import DEEP, FEWEST_KNOWN, most_valuable
from einklang.engine.forecast.learn import dates_back
from einklang.engine.forecast.panel import panel
from einklang.engine.periods import add_months, month_range, step

HORIZON, MONTHS, START = 6, 48, date(2021, 1, 1)
FAST = ("AutoETS", "DynamicOptimizedTheta")


@pytest.fixture
def models() -> None:
    """The library of the extra; under ``CI=true`` nothing may be left out."""
    if util.find_spec("statsforecast") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("statsforecast is not installed, and CI may leave nothing out")
        pytest.skip("statsforecast is not installed; it comes with the development extra")


def quantities(series: int) -> np.ndarray:
    """Series with a wave that no method of the light pool can know."""
    time = np.arange(MONTHS)
    phase = np.arange(series)[:, None]
    return 500 + 200 * np.sign(np.sin((time + phase) * 2 * np.pi / 7.3)) + 5 * phase


def history(values: np.ndarray) -> pl.DataFrame:
    count, months = values.shape
    return pl.DataFrame(
        {
            "series": np.repeat([f"s{row}" for row in range(count)], months),
            "period": month_range(START, months) * count,
            "quantity": values.ravel(),
        }
    )


def said(values: np.ndarray, off: float) -> pl.DataFrame:
    """Two models that say at every date what comes, but for ``off``; of the present they say 1000."""
    last = add_months(START, MONTHS - 1)
    rows = []
    for back in (0, *dates_back(HORIZON)):
        for row, series in enumerate(values):
            came = series[MONTHS - back :][:HORIZON] if back else []
            for ahead in range(HORIZON):
                mean = came[ahead] + off if ahead < len(came) else 1000.0
                rows += [(f"s{row}", add_months(last, -back), ahead + 1, model, mean) for model in FAST]
    return pl.DataFrame(rows, schema=DEEP.empty().schema, orient="row")


def test_models_that_would_have_won_take_part_and_are_named():
    values = quantities(12)
    light = forecast(history(values), horizon=HORIZON)
    made = forecast(history(values), horizon=HORIZON, deep=said(values, off=1.0))
    decided = made.learned.steps[-1]
    assert (decided.kind, decided.kept, decided.series) == ("deep", True, 12)
    share = 1.0
    expected = light.table["mean"] * (1 - share) + 1000 * share
    assert made.table["mean"].to_numpy() == pytest.approx(expected.to_numpy())
    assert made.table["method"].str.ends_with(", deep 100 %").all()


def test_models_that_would_not_have_won_change_nothing_and_that_is_said():
    values = quantities(12)
    light = forecast(history(values), horizon=HORIZON)
    made = forecast(history(values), horizon=HORIZON, deep=said(values, off=900.0))
    assert made.table.equals(light.table)
    assert (made.learned.steps[-1].kept, made.learned.steps[-1].won < 0) == (False, True)


def test_a_few_series_are_too_few_to_tell():
    values = quantities(3)
    made = forecast(history(values), horizon=HORIZON, deep=said(values, off=1.0))
    assert made.learned.steps[-1].step == "deep: too few series to tell"
    assert "deep" not in made.table["method"][0]


def test_what_was_said_a_month_ago_is_not_taken_for_the_present():
    values = quantities(12)
    grown = np.concatenate([values, values[:, :1]], axis=1)
    late = forecast(history(grown), horizon=HORIZON, deep=said(values, off=1.0))
    assert late.table.equals(forecast(history(grown), horizon=HORIZON).table)


def test_with_the_deep_tier_parents_are_still_the_sums_of_their_children():
    values = quantities(12)
    tree = pl.DataFrame({"series": [f"s{row}" for row in range(12)], "parent": "total"})
    table = forecast(history(values), horizon=HORIZON, hierarchy=tree, deep=said(values, off=1.0)).table
    total = pl.col("series") == "total"
    sums = table.group_by("period").agg(
        pl.col("mean").filter(total).sum().alias("total"), pl.col("mean").filter(~total).sum().alias("leaves")
    )
    assert sums["total"].to_numpy() == pytest.approx(sums["leaves"].to_numpy())


def test_a_deep_table_that_cannot_be_read_is_refused():
    values = quantities(2)
    with pytest.raises(BadTable, match="origin"):
        forecast(history(values), horizon=HORIZON, deep=pl.DataFrame({"series": ["s0"]}))


def test_every_model_speaks_at_the_present_and_at_the_dates_that_are_learned_from(models):
    known = panel(history(quantities(2)), "M")
    found = deep.modelled(known, ["s1"], season=12, horizon=HORIZON, backs=[3, 6], models=FAST)
    last = add_months(START, MONTHS - 1)
    assert found.failures.is_empty()
    assert set(found.table["origin"]) == {last, add_months(last, -3), add_months(last, -6)}
    assert found.table.height == 3 * len(FAST) * HORIZON
    assert found.table["series"].unique().to_list() == ["s1"]
    assert found.table["mean"].is_between(0, 3000).all()


def test_a_model_that_fails_is_named_and_the_others_stand(models):
    known = panel(history(quantities(1)), "M")
    names = ("DynamicOptimizedTheta", "AutoRegressive")
    found = deep.modelled(known, ["s0"], season=12, horizon=HORIZON, backs=[], models=names)
    assert found.table["method"].unique().to_list() == ["DynamicOptimizedTheta"]
    assert found.failures["step"].to_list() == ["AutoRegressive"]
    assert "AutoRegressive gave no forecast as of 2024-12-01" in found.failures["sentence"][0]


def test_a_forecast_that_runs_away_is_a_failure():
    with pytest.raises(ArithmeticError, match="ran away"):
        deep._sane(np.array([10.0, 1e6]), np.array([1.0, 9.0]))
    with pytest.raises(ArithmeticError, match="no number"):
        deep._sane(np.array([np.nan]), np.array([1.0]))


def test_a_short_history_is_too_little_for_models_and_that_is_said(models):
    short = history(quantities(1)[:, : FEWEST_KNOWN - 1])
    found = deep_tier(short, ["s0"], horizon=HORIZON)
    assert found.table.is_empty()
    assert found.failures["sentence"].to_list() == [
        "Series s0: 9 periods are too few; the deep tier needs 10."
    ]


def test_a_season_of_52_weeks_is_taken_out_before_the_models(models):
    weeks = 160
    wave = 100 + 50 * np.sin(np.arange(weeks) * 2 * np.pi / 52)
    table = pl.DataFrame(
        {
            "series": "w",
            "period": [step(date(2021, 1, 4), "W", ahead) for ahead in range(weeks)],
            "quantity": wave,
        }
    )
    found = deep.modelled(panel(table, "W"), ["w"], season=52, horizon=52, backs=[], models=FAST)
    came = 100 + 50 * np.sin(np.arange(weeks, weeks + 52) * 2 * np.pi / 52)
    means = found.table.filter(pl.col("method") == FAST[0])["mean"].to_numpy()
    assert np.abs(means - came).mean() < 5


def test_a_series_without_a_history_is_refused(models):
    with pytest.raises(Impossible, match="s9, which has no history"):
        deep_tier(history(quantities(1)), ["s9"], horizon=HORIZON)


def test_without_the_extra_a_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(deep.util, "find_spec", lambda _name: None)
    with pytest.raises(Impossible, match=r"pip install \"einklang\[deep\]\""):
        deep_tier(history(quantities(1)), ["s0"], horizon=HORIZON)


def test_the_series_of_most_value_are_those_of_most_money_where_there_are_prices():
    rows = pl.DataFrame({"series": ["a", "b"], "quantity": [10.0, 2.0], "price": [1.0, 9.0]})
    assert most_valuable(rows, 1) == ["b"]
    assert most_valuable(rows.drop("price"), 5) == ["a", "b"]
