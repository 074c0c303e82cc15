"""What the core of the forecast promises: learned from the past alone, told the same however it is cut."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.classify import classify
from einklang.engine.forecast.combine import examples, fit
from einklang.engine.forecast.learn import learn, rolling_origins
from einklang.engine.forecast.learned import Learned
from einklang.engine.forecast.methods import POOL
from einklang.engine.forecast.panel import Panel
from einklang.engine.forecast.tell import equal, tell, tell_all
from einklang.engine.periods import month_range
from tests.shared import shared

START = date(2018, 1, 1)
NOWHERE = {"mean", "ended", "adida", "imapa", "tsb"}


def panel_of(rows: list[list[float]], frequency: str = "M") -> Panel:
    """Histories as a panel."""
    width = max(map(len, rows))
    values = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        values[place, width - len(row) :] = row
    starts = np.array([width - len(row) for row in rows], dtype=np.int64)
    names = [f"s{place}" for place in range(len(rows))]
    return Panel(names, values, starts, [START] * len(rows), frequency)


def company(count: int = 60, months: int = 72) -> Panel:
    """Items with a level, a trend, a year and noise, of three lengths."""
    chance = np.random.default_rng(7)
    time = np.arange(months)
    rows = []
    for place in range(count):
        year = 1 + 0.3 * np.sin(2 * np.pi * (time + place) / 12)
        values = 100 * (1 + place) * (1 + 0.004 * time) * year * np.exp(chance.normal(0, 0.1, months))
        rows.append(values[(place % 3) * 9 :].tolist())
    return panel_of(rows)


@pytest.fixture(scope="module")
def taught() -> tuple[Panel, Learned]:
    known = company()
    return known, learn(known, None, 12, 6)


def test_a_forecast_does_not_depend_on_how_series_are_cut_into_batches(taught):
    known, learned = taught
    whole = tell_all(known, learned.blend, 12, 6)
    order = np.random.default_rng(3).permutation(len(known.names))
    parts = [tell(known.take(order[begin : begin + 7]), learned.blend, 12, 6) for begin in range(0, 60, 7)]
    assert np.allclose(np.concatenate([part.mean for part in parts]), whole.mean[order], rtol=1e-6)
    assert np.concatenate([part.kinds for part in parts]).tolist() == whole.kinds[order].tolist()


def test_learning_twice_from_the_same_past_gives_the_same_to_the_last_bit(taught):
    known, learned = taught
    assert learn(known, None, 12, 6).to_bytes() == learned.to_bytes()


def test_what_was_learned_comes_back_from_bytes_and_tells_the_same(taught):
    known, learned = taught
    again = Learned.from_bytes(learned.to_bytes())
    assert (tell(known, again.blend, 12, 6).mean == tell(known, learned.blend, 12, 6).mean).all()
    assert again.steps == learned.steps
    assert all((again.missed[kind] == table).all() for kind, table in learned.missed.items())


def test_what_another_version_has_learned_is_refused(taught):
    _, learned = taught
    with pytest.raises(Impossible, match="learn again"):
        Learned.from_bytes(replace(learned, version="light-1").to_bytes())


def test_every_step_that_was_tried_says_by_how_much_it_won_and_its_bias(taught):
    _, learned = taught
    tried = [step for step in learned.steps if step.kind == "lasting"]
    assert {step.step for step in tried} >= {"own weights", "gate"}
    for step in tried:
        assert np.isfinite([step.won, step.sure, step.bias]).all()
        assert step.kept == (step.sure > (2.0 if step.step.endswith("in full") else 1.0))


def test_too_few_series_to_learn_from_leave_the_equal_mean():
    known = company(count=5)
    learned = learn(known, None, 12, 6)
    assert learned.blend == equal(12)
    assert learned.steps == ()


def test_what_is_tried_at_a_date_was_learned_from_what_lay_before_it():
    """The last six months are changed beyond recognition: what would have been learned before them is not."""
    known = company()
    other = replace(known, values=known.values.copy())
    other.values[:, -6:] *= np.linspace(0.1, 9, 6)
    first, second = (
        fit(examples(past, equal(12)), None, equal(12), "M")
        for past in (
            [at for at in rolling_origins(each, None, 12, 6) if at.back >= 12] for each in (known, other)
        )
    )
    assert (first.gate.coefficients == second.gate.coefficients).all()
    assert (first.weights.coefficients == second.weights.coefficients).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.1, 1e3), min_size=4, max_size=60), st.sampled_from([1e-6, 1e-3, 7.0, 1e6, 1e12]))
def test_a_forecast_scales_with_its_history(values, factor):
    made, scaled = (
        tell(panel_of([[value * by for value in values]]), equal(12), 12, 6).mean for by in (1.0, factor)
    )
    assert np.allclose(scaled / factor, made, rtol=2e-2, atol=1e-3 * max(values))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-1e15, 1e15, allow_nan=False), min_size=1, max_size=70), min_size=1, max_size=5
    ),
    st.sampled_from([1, 4, 7, 12]),
)
def test_every_history_gets_finite_numbers(rows, season):
    made = tell(panel_of(rows), equal(season), season, 9)
    assert np.isfinite(made.mean).all()
    assert np.isfinite(made.scale).all()


@pytest.mark.parametrize("name", sorted(set(POOL) - NOWHERE))
def test_each_method_continues_a_constant_history(name):
    batch = Batch(np.full((3, 60), 8.0), np.zeros(3, dtype=np.int64), 12, 6)
    assert POOL[name](batch) == pytest.approx(np.full((3, 6), 8.0), rel=1e-5)


@pytest.mark.parametrize("name", ["holt", "damped", "theta", "theta optimised", "aggregated"])
def test_each_method_with_a_trend_follows_one(name):
    line = np.tile(100.0 + 3 * np.arange(80), (2, 1))
    said = POOL[name](Batch(line, np.zeros(2, dtype=np.int64), 1, 4))
    assert (said[:, 0] > 330).all()
    assert (said[:, -1] <= 100 + 3 * 83 + 1).all()


@pytest.mark.parametrize(
    ("history", "kind"),
    [
        ([5.0] * 3, "new"),
        ([5.0, 7.0] * 5, "new"),
        ([5.0, 7.0] * 9, "short"),
        ([0.0, 0.0, 5.0] * 12, "intermittent"),
        ([5.0] * 12 + [0.0] * 24, "ended"),
        ([0.0] * 10, "ended"),
        ([100.0 * (2 if place % 12 == 5 else 1) for place in range(48)], "seasonal"),
        ([float(place % 5 + 1) for place in range(48)], "regular"),
    ],
)
def test_the_kind_of_a_history(history, kind):
    known = panel_of([history])
    assert classify(Batch(known.values, known.starts, 12, 3)).tolist() == [kind]


def test_one_observation_has_an_interval_with_width():
    rows = pl.DataFrame({"series": ["a"], "period": [START], "quantity": [12.0]})
    first = forecast(rows, horizon=1).table.row(0, named=True)
    assert first["lo-95"] < first["lo-80"] < 12 < first["hi-80"] < first["hi-95"]


def test_a_history_that_never_moved_may_move_and_the_longer_it_stood_the_less():
    widths = []
    for months in (6, 60):
        rows = pl.DataFrame({"series": "a", "period": month_range(START, months), "quantity": [5.0] * months})
        found = forecast(rows, horizon=1).table.row(0, named=True)
        assert found["mean"] == 5.0
        widths.append(found["hi-95"] - found["lo-95"])
    assert widths[0] > widths[1] > 0


def test_any_level_may_be_asked_for_and_a_higher_one_is_wider():
    values = [100.0 + (place * 37 % 23) for place in range(60)]
    rows = pl.DataFrame({"series": "a", "period": month_range(START, 60), "quantity": values})
    table = forecast(rows, horizon=2, levels=(50, 99.9, 99.99)).table
    assert table.columns[3:9] == ["lo-50", "hi-50", "lo-99.9", "hi-99.9", "lo-99.99", "hi-99.99"]
    assert (table["hi-99.99"] > table["hi-99.9"]).all()
    assert (table["hi-99.9"] > table["hi-50"]).all()


def test_ten_years_of_days_are_forecast():
    days = pl.date_range(date(2014, 1, 1), date(2023, 12, 31), eager=True)
    week = [10.0, 11.0, 12.0, 11.0, 15.0, 4.0, 1.0]
    rows = pl.DataFrame(
        {"series": "a", "period": days, "quantity": [week[place % 7] for place in range(len(days))]}
    )
    said = forecast(rows, horizon=7, frequency="D").table["mean"].to_numpy()
    ahead = [week[(len(days) + place) % 7] for place in range(7)]
    assert np.allclose(said, ahead, atol=1.0)


def test_a_method_that_runs_away_is_said_and_the_others_speak(monkeypatch):
    monkeypatch.setitem(POOL, "aggregated", lambda of: np.full((len(of.values), of.horizon), np.inf))
    made = tell(panel_of([[float(place % 7 + 5) for place in range(40)]]), equal(12), 12, 3)
    assert np.isfinite(made.mean).all()
    assert made.failures == (
        (0, "aggregated", "ran away to infinity, and the other methods spoke in its place"),
    )


@pytest.mark.shared
def test_quarterly_series_of_the_m3_competition_are_forecast_better_than_theta():
    """150 series: OWA by absolute errors stays below nine tenths of the equal mean's peer, Theta."""
    kit = pl.read_parquet(shared("data/forecast_kit/dev_series.parquet")).filter(
        pl.col("freq") == "Quarterly"
    )
    kit = kit.sort("unique_id").gather_every(2)
    known, came = panel_of(kit["x"].to_list(), "Q"), np.array(kit["y"].to_list())
    learned = learn(known, None, 4, 8)
    made = tell(known, learned.blend, 4, 8)
    theta = tell(known, equal(4), 4, 8, with_parts=True).parts["theta tested"]

    def smape(said: np.ndarray) -> float:
        return float((200 * np.abs(came - said) / (np.abs(came) + np.abs(said))).mean())

    assert smape(made.mean) < 0.97 * smape(theta)
