"""A run after a former one: only what has changed is forecast anew, and the answer is that of a whole run."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.learned import Learned
from einklang.engine.forecast.renewal import Former
from einklang.engine.periods import month_range

SERIES, MONTHS = 40, 40


def history() -> pl.DataFrame:
    draw = np.random.default_rng(3)
    values = draw.gamma(5.0, 20.0, (SERIES, MONTHS)) * (1 + 0.3 * np.sin(np.arange(MONTHS) * np.pi / 6))
    return pl.DataFrame(
        {
            "series": np.repeat([f"item {row:02d}" for row in range(SERIES)], MONTHS),
            "period": month_range(date(2021, 1, 1), MONTHS) * SERIES,
            "quantity": values.ravel(),
        }
    )


def changed(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The same history, with another last quantity for the named series."""
    last = pl.col("series").is_in(names) & (pl.col("period") == pl.col("period").max())
    return rows.with_columns(
        pl.when(last).then(pl.col("quantity") * 2).otherwise("quantity").alias("quantity")
    )


@pytest.fixture(scope="module")
def former() -> Former:
    return Former.from_bytes(forecast(history(), horizon=6).kept(history()).to_bytes())


def test_an_unchanged_history_is_not_forecast_again_and_says_the_same(former):
    again = forecast(history(), horizon=6, former=former)
    assert len(again.base.fresh) == 0
    assert again.table.equals(forecast(history(), horizon=6).table)


def test_only_changed_series_are_new_and_the_others_stay_bit_for_bit(former):
    now = forecast(changed(history(), "item 07", "item 21"), horizon=6, former=former)
    assert [now.base.known.names[row] for row in now.base.fresh] == ["item 07", "item 21"]
    others = ~pl.col("series").is_in(["item 07", "item 21"])
    assert now.table.filter(others).equals(former.table.filter(others))
    assert not now.table.filter(~others).equals(former.table.filter(~others))


def test_the_answer_is_that_of_a_whole_run_with_the_same_learning(former):
    rows = changed(history(), "item 07")
    nothing_kept = replace(former, base=former.base.clear())
    whole = forecast(rows, horizon=6, former=nothing_kept)
    assert len(whole.base.fresh) == SERIES
    assert forecast(rows, horizon=6, former=former).table.equals(whole.table)


def test_a_changed_item_makes_its_parents_new_too():
    tree = pl.DataFrame({"series": [f"item {row:02d}" for row in range(SERIES)], "parent": "all"})
    first = forecast(history(), horizon=6, hierarchy=tree)
    now = forecast(changed(history(), "item 07"), horizon=6, hierarchy=tree, former=first.kept(history()))
    names = {now.base.known.names[row] for row in now.base.fresh}
    assert {"item 07", "all"} <= names
    sums = now.table.group_by("period").agg(
        pl.col("mean").filter(pl.col("series") == "all").sum().alias("all"),
        pl.col("mean").filter(pl.col("series") != "all").sum().alias("items"),
    )
    assert sums["all"].to_numpy() == pytest.approx(sums["items"].to_numpy())


def test_the_changed_series_alone_can_be_asked_for(former):
    rows = changed(history(), "item 07")
    alone = forecast(rows.filter(pl.col("series") == "item 07"), horizon=6, former=former)
    among = forecast(rows, horizon=6, former=former)
    assert alone.table.equals(among.table.filter(pl.col("series") == "item 07"))


@pytest.mark.parametrize(("asked", "sentence"), [({"horizon": 9}, "horizon 6"), ({"season": 4}, "season 12")])
def test_a_former_run_that_was_asked_otherwise_is_refused(former, asked, sentence):
    with pytest.raises(Impossible, match=sentence):
        forecast(history(), **{"horizon": 6, "former": former, **asked})


@pytest.mark.parametrize("packed", [b"", b"PK", b"series,period\n"])
def test_what_is_no_former_run_is_refused(packed):
    with pytest.raises(Impossible, match="not what a former run has kept"):
        Former.from_bytes(packed)


def test_what_another_version_has_learned_is_refused(former):
    old = replace(former.learned, version="light-0")
    with pytest.raises(Impossible, match="light-0"):
        Learned.from_bytes(old.to_bytes())
