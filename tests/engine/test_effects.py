"""Price, promotion and calendar: found where they are, kept where they help, lines that add up."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.calendar import EVENTS, borders, exposure, holidays_of
from einklang.engine.forecast.causes import causes
from einklang.engine.forecast.effects import measured
from einklang.engine.forecast.panel import panel
from einklang.engine.periods import step

START = date(2019, 1, 1)


def promoted(
    count: int = 30, months: int = 60, uplift: float = 0.5, elasticity: float = -2.0
) -> pl.DataFrame:
    """Items with a season, whose price moves now and then and that are promoted one month in eight."""
    rng = np.random.default_rng(5)
    found = []
    for row in range(count):
        price = 10 * np.exp(rng.normal(0, 0.1, months) * (rng.random(months) < 0.3))
        promotion = (rng.random(months) < 0.125).astype(float)
        moved = elasticity * np.log(price / 10) + uplift * promotion
        season = 0.3 * np.sin(2 * np.pi * np.arange(months) / 12)
        quantity = np.exp(5 + season + moved + rng.normal(0, 0.08, months))
        found.append(
            pl.DataFrame(
                {
                    "series": f"i{row}",
                    "period": [step(START, "M", place) for place in range(months)],
                    "quantity": quantity,
                    "price": price,
                    "promotion": promotion,
                }
            )
        )
    return pl.concat(found)


def test_elasticity_and_uplift_are_found():
    known = panel(promoted(), "M")
    found = measured(known, causes(known, None, None, 3), 12)
    strength = dict(zip(found.causes.names, found.strength.mean(0), strict=True))
    assert strength["price"] == pytest.approx(-2.0, abs=0.15)
    assert strength["promotion"] == pytest.approx(0.5, abs=0.05)


def test_a_series_without_promotions_of_its_own_takes_those_of_the_others():
    table = promoted().with_columns(
        promotion=pl.when(pl.col("series") == "i0").then(0.0).otherwise("promotion")
    )
    known = panel(table, "M")
    found = measured(known, causes(known, None, None, 3), 12)
    assert found.strength[0, 1] == pytest.approx(0.5, abs=0.06)


def test_a_planned_promotion_is_a_line_of_its_own():
    history = promoted()
    planned = pl.DataFrame({"series": ["i0"], "period": [date(2024, 2, 1)], "promotion": [1.0]})
    plain = forecast(history, horizon=3)
    found = forecast(history, horizon=3, drivers=planned)
    line = found.effects.filter(pl.col("effect") == "promotion").row(0, named=True)
    at = (pl.col("series") == "i0") & (pl.col("period") == date(2024, 2, 1))
    lift = found.table.filter(at)["mean"][0] - plain.table.filter(at)["mean"][0]
    assert (line["series"], line["period"]) == ("i0", date(2024, 2, 1))
    assert lift == pytest.approx(line["quantity"], rel=1e-6)
    assert line["quantity"] / plain.table.filter(at)["mean"][0] == pytest.approx(np.expm1(0.5), rel=0.15)


def test_an_effect_can_be_switched_off():
    planned = pl.DataFrame({"series": ["i0"], "period": [date(2024, 2, 1)], "promotion": [1.0]})
    found = forecast(promoted(), horizon=3, drivers=planned, without=("promotion",))
    assert found.effects.filter(pl.col("effect") == "promotion").is_empty()


def test_noise_is_not_kept_as_an_effect():
    history = promoted(uplift=0.0, elasticity=0.0)
    found = forecast(history, horizon=3)
    assert not any(step.kept for step in found.learned.steps if step.step == "all together")
    assert found.effects.is_empty()


def test_lines_reach_the_families_and_still_everything_adds_up():
    planned = pl.DataFrame({"series": ["i0"], "period": [date(2024, 2, 1)], "promotion": [1.0]})
    tree = pl.DataFrame({"series": [f"i{row}" for row in range(30)], "parent": "total"})
    found = forecast(promoted(), horizon=3, drivers=planned, hierarchy=tree)
    lines = found.effects.filter((pl.col("effect") == "promotion") & (pl.col("period") == date(2024, 2, 1)))
    assert set(lines["series"]) == {"i0", "total"}
    assert lines["quantity"].n_unique() == 1
    sums = found.table.group_by(pl.col("series") == "total", "period").agg(pl.col("mean").sum())
    assert np.allclose(
        *(sums.filter(pl.col("series") == top).sort("period")["mean"] for top in (True, False))
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=2), st.floats(-3, 3), st.floats(-3, 3))
def test_lines_add_up_to_what_all_effects_do_together(base, first, second):
    known = panel(promoted(2, 36), "M")
    found = measured(known, causes(known, None, None, 1), 12)
    strength = np.array([[first, second]] * 2)
    driven = {name: np.ones_like(table) for name, table in found.causes.driven.items()}
    from dataclasses import replace

    effects = replace(found, causes=replace(found.causes, driven=driven), strength=strength)
    mean = np.array(base)[:, None]
    together = mean * np.exp(np.clip(first + second, -np.log(10), np.log(10)))
    assert np.allclose(mean + sum(effects.ahead(mean).values()), together, rtol=1e-6, atol=1e-6)


def test_easter_moves_and_is_found_where_it_is():
    weeks, edges_end = 4 * 52, step(date(2020, 1, 6), "W", 4 * 52 - 1)
    events = holidays_of("DE", date(2020, 1, 1), date(2025, 1, 1))
    fridays = events.filter(pl.col("event") == "Good Friday").select("first", "last").rows()
    lies = exposure(fridays, borders(edges_end, "W", weeks, 0))
    rng = np.random.default_rng(2)
    periods = [step(date(2020, 1, 6), "W", place) for place in range(weeks)]
    table = pl.concat(
        [
            pl.DataFrame(
                {
                    "series": f"s{row}",
                    "period": periods,
                    "quantity": np.exp(5 + 0.4 * lies + rng.normal(0, 0.1, weeks)),
                }
            )
            for row in range(20)
        ]
    )
    known = panel(table, "W")
    found = measured(known, causes(known, None, events, 8), 52)
    strength = dict(zip(found.causes.names, found.strength.mean(0), strict=True))
    assert strength["Good Friday"] == pytest.approx(0.4, abs=0.08)
    assert all(abs(value) < 0.1 for name, value in strength.items() if name != "Good Friday")


def test_days_have_a_time_of_year():
    days = 3 * 365
    quantity = np.exp(4 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 365.25))
    table = pl.DataFrame(
        {"series": "a", "period": [step(START, "D", place) for place in range(days)], "quantity": quantity}
    )
    known = panel(table, "D")
    found = measured(known, causes(known, None, None, 28), 7)
    assert found.strength[0, 0] == pytest.approx(0.3, abs=0.05)


def test_an_event_that_ends_before_it_begins_is_refused_by_name():
    events = pl.DataFrame({"event": ["fair"], "first": [date(2024, 5, 2)], "last": [date(2024, 5, 1)]})
    with pytest.raises(Impossible, match="Event fair ends"):
        forecast(promoted(2, 24), horizon=1, events=events)


def test_a_country_nobody_knows_is_refused():
    with pytest.raises(Impossible, match="Atlantis"):
        holidays_of("Atlantis", START, START)


def test_drivers_of_an_unknown_series_are_refused_by_name():
    planned = pl.DataFrame({"series": ["x"], "period": [date(2024, 2, 1)], "promotion": [1.0]})
    with pytest.raises(Impossible, match="series x, which has no history"):
        forecast(promoted(2, 24), horizon=1, drivers=planned)


def test_events_may_belong_to_a_family():
    tree = pl.DataFrame({"series": ["i0", "i1", "F"], "parent": ["F", "F", "T"]})
    events = EVENTS.check(
        pl.DataFrame(
            {"event": "fair", "first": [date(2020, 5, 1)], "last": [date(2020, 5, 3)], "series": "F"}
        )
    )
    found = forecast(promoted(2, 36), horizon=1, events=events, hierarchy=tree)
    assert found.table["mean"].is_finite().all()
