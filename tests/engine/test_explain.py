"""Each forecast explains itself: parts that sum to it, a sentence with numbers, and what has changed."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from einklang.engine.forecast import forecast
from einklang.engine.forecast.changes import changes
from einklang.engine.forecast.explain import PARTS, explain
from einklang.engine.periods import month_range, step

MONTHS = 48
START = date(2021, 1, 1)


def wave(level: float, slope: float) -> np.ndarray:
    """A year that is high in June and low in December, on a straight line."""
    time = np.arange(MONTHS)
    return (level + slope * time) * (1 + 0.5 * np.sin((time - 2) * np.pi / 6))


def history(**series: np.ndarray) -> pl.DataFrame:
    rows = [
        pl.DataFrame({"series": name, "period": month_range(START, len(values)), "quantity": values})
        for name, values in series.items()
    ]
    return pl.concat(rows)


def some() -> pl.DataFrame:
    draw = np.random.default_rng(5)
    rare = np.where(draw.random(MONTHS) < 0.3, draw.integers(1, 9, MONTHS), 0).astype(float)
    return history(
        wave=wave(200.0, 3.0),
        rare=rare,
        new=np.array([4.0, 6.0]),
        over=np.append(wave(9.0, 0.0)[:30], [0.0] * 18),
    )


TREE = pl.DataFrame({"series": ["wave", "rare", "new", "over"], "parent": "all"})


@pytest.mark.parametrize("tree", [None, TREE])
def test_the_parts_of_every_forecast_sum_to_it(tree):
    result = forecast(some(), horizon=12, hierarchy=tree)
    parts = explain(result).parts
    assert parts["mean"].equals(result.table["mean"])
    sums = parts.select(pl.sum_horizontal(PARTS)).to_series()
    assert sums.to_numpy() == pytest.approx(parts["mean"].to_numpy(), abs=1e-9)


def test_level_trend_and_season_are_those_the_history_was_made_of():
    found = explain(forecast(history(wave=wave(200.0, 3.0)), horizon=12))
    fact = found.series.row(0, named=True)
    assert fact["start"] == pytest.approx(200 + 3 * 47, rel=0.05)
    assert 1.0 < fact["slope"] < 4.0
    assert (fact["high"], fact["low"]) == (date(2025, 6, 1), date(2025, 12, 1))
    assert (fact["highest"], fact["lowest"]) == (pytest.approx(1.5, abs=0.05), pytest.approx(0.5, abs=0.05))
    june = found.parts.filter(pl.col("period") == date(2025, 6, 1)).row(0, named=True)
    assert june["season"] == pytest.approx(0.5 * (june["level"] + june["trend"]), rel=0.1)


def test_the_sentence_says_the_numbers():
    sentences = dict(explain(forecast(some(), horizon=12)).series.select("series", "sentence").iter_rows())
    assert sentences["wave"].startswith("Seasonal, 48 months known: it starts from 3")
    assert "rises by" in sentences["wave"]
    assert "above its average in June" in sentences["wave"]
    assert "below its average in December" in sentences["wave"]
    assert "one month ahead it usually misses by" in sentences["wave"]
    assert sentences["over"] == "Ended: 48 months known, nothing sold lately, so nothing more is expected."
    assert sentences["new"].startswith(
        "New, 2 months known: it starts from 5 a month (the last ones averaged 5)."
    )


def test_a_flat_forecast_has_no_season_whatever_its_history_has():
    found = explain(forecast(some(), horizon=12))
    rare = pl.col("series") == "rare"
    assert found.parts.filter(rare)["season"].to_list() == [0.0] * 12
    assert "average" not in found.series.filter(rare)["sentence"][0].replace("averaged", "")


def test_the_same_run_again_changes_nothing():
    first = forecast(some(), horizon=6)
    told = changes(first.kept(some()), some(), first)
    assert told["change"].str.starts_with("Unchanged over the 6 periods both runs know: ").all()


def test_what_changed_is_said_with_its_cause():
    then = some().filter(pl.col("period") < date(2024, 12, 1))
    former = forecast(then, horizon=6).kept(then)
    now = some().with_columns(
        pl.when((pl.col("series") == "rare") & (pl.col("period") == date(2024, 11, 1)))
        .then(pl.lit(500.0))
        .otherwise("quantity")
        .alias("quantity")
    )
    result = forecast(now, horizon=6, former=former)
    told = {row["series"]: row for row in changes(former, now, result).iter_rows(named=True)}
    assert "came in 1 new period, " in told["wave"]["change"]
    assert "its history reads otherwise in 1 period (from 2024-11-01)" in told["rare"]["change"]
    assert told["rare"]["new"] > told["rare"]["old"]
    assert "became" in told["rare"]["change"]


def test_a_series_of_another_kind_now_says_so():
    then = some().filter((pl.col("series") != "over") | (pl.col("period") < date(2023, 8, 1)))
    former = forecast(then, horizon=24).kept(then)
    result = forecast(some(), horizon=24, former=former)
    told = dict(changes(former, some(), result).select("series", "change").iter_rows())
    assert "it is ended now and was regular" in told["over"]


def test_a_series_that_is_new_since_then_says_so():
    then = some().filter(pl.col("series") != "new")
    former = forecast(then, horizon=6).kept(then)
    told = dict(changes(former, some(), forecast(some(), horizon=6)).select("series", "change").iter_rows())
    assert told["new"] == "New: the former run did not know it."


@pytest.mark.parametrize(("frequency", "place"), [("D", " in Tuesday"), ("Q", " in quarter 2")])
def test_places_in_the_season_are_called_by_their_names(frequency, place):
    season = 7 if frequency == "D" else 4
    table = pl.DataFrame(
        {
            "series": "a",
            "period": [step(date(2024, 1, 1), frequency, place) for place in range(84)],
            "quantity": 100 + 60.0 * (np.arange(84) % season == 1),
        }
    )
    assert place in explain(forecast(table, horizon=8, frequency=frequency)).series["sentence"][0]
