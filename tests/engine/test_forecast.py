"""Every history gets a forecast that adds up and holds what it promises."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.forecast import fingerprint, forecast, walk_back
from einklang.engine.periods import add_months, month_range
from tests.shared import shared

START = date(2020, 1, 1)
quantities = st.floats(0, 1e6, allow_nan=False, width=32)
histories = st.dictionaries(
    st.sampled_from(["P-20", "P-30", "V-1", "V-2"]), st.lists(quantities, min_size=1, max_size=40), min_size=1
)


def table(**series: list[float | None]) -> pl.DataFrame:
    """Monthly histories that all end in the same month."""
    longest = max(map(len, series.values()))
    rows = [
        {"series": name, "period": add_months(START, longest - len(values) + place), "quantity": value}
        for name, values in series.items()
        for place, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema={"series": pl.String, "period": pl.Date, "quantity": pl.Float64})


def seasonal(level: float = 100.0, months: int = 48) -> list[float]:
    """A history that is twice as high in June."""
    return [level * (2 if place % 12 == 5 else 1) for place in range(months)]


SPARE_PART = [6.0 if place in (0, 2, 7, 8, 13, 15, 19, 24, 26, 31, 33, 35) else 0.0 for place in range(36)]
FAMILIES = pl.DataFrame(
    {
        "series": ["P-20", "P-30", "V-1", "V-2", "pumps", "valves"],
        "parent": ["pumps", "pumps", "valves", "valves", "total", "total"],
    }
)


@settings(max_examples=40, deadline=None)
@given(histories, st.integers(1, 18))
def test_every_series_gets_finite_numbers_that_are_not_negative(series, horizon):
    found = forecast(table(**series), horizon=horizon).table
    assert found.height == len(series) * horizon
    numbers = found.select("mean", "lo-80", "hi-80", "lo-95", "hi-95").to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()


@settings(max_examples=40, deadline=None)
@given(histories)
def test_each_interval_holds_the_mean_and_the_narrower_one(series):
    found = forecast(table(**series), horizon=6).table.with_columns(slack=pl.col("hi-95") * 1e-9 + 1e-9)
    assert found.filter(pl.col("lo-95") > pl.col("lo-80") + pl.col("slack")).is_empty()
    assert found.filter(pl.col("lo-80") > pl.col("mean") + pl.col("slack")).is_empty()
    assert found.filter(pl.col("mean") > pl.col("hi-80") + pl.col("slack")).is_empty()
    assert found.filter(pl.col("hi-80") > pl.col("hi-95") + pl.col("slack")).is_empty()


@settings(max_examples=40, deadline=None)
@given(histories)
def test_items_add_up_to_families_and_families_to_the_total(series):
    found = forecast(table(**series), horizon=3, hierarchy=FAMILIES).table
    parents = FAMILIES.join(found.select("series", "period", "mean"), on="series").group_by(
        "parent", "period"
    )
    sums = parents.agg(pl.col("mean").sum().alias("sum")).rename({"parent": "series"})
    both = found.join(sums, on=["series", "period"])
    assert np.allclose(both["mean"], both["sum"], rtol=1e-9, atol=1e-6)
    assert set(found["series"]) >= set(series) | {"total"}


def test_a_new_item_inherits_something_of_its_familys_season():
    rows = table(**{"P-20": seasonal(months=48), "P-30": [50.0] * 18})
    alone = forecast(rows.filter(pl.col("series") == "P-30"), horizon=12).table
    within = forecast(rows, horizon=12, hierarchy=FAMILIES).table.filter(pl.col("series") == "P-30")
    assert alone["mean"][5] == pytest.approx(50, rel=0.02)
    assert within["mean"][5] > 60


def test_a_constant_history_stays_constant():
    found = forecast(table(a=[7.0] * 30), horizon=4).table
    assert found["mean"].to_list() == pytest.approx([7.0] * 4, abs=1e-6)


def test_an_all_zero_history_is_forecast_as_zero_without_a_doubt():
    found = forecast(table(a=[0.0] * 30), horizon=4).table
    assert found["hi-95"].to_list() == [0.0] * 4


def test_one_observation_is_enough_for_a_forecast():
    assert forecast(table(a=[12.0]), horizon=2).table["mean"].to_list() == [12.0, 12.0]


def test_a_june_peak_comes_back_next_june():
    found = forecast(table(a=seasonal()), horizon=12).table
    assert found["mean"].arg_max() == 5
    assert found["mean"][5] == pytest.approx(200, rel=0.05)
    assert found["method"][0].startswith("seasonal")


def test_an_item_that_stopped_selling_is_forecast_as_ended():
    found = forecast(table(a=[50.0] * 24 + [0.0] * 14), horizon=3)
    assert found.series["kind"].to_list() == ["ended"]
    assert found.table["mean"].to_list() == [0.0] * 3


def test_a_spare_part_that_sells_now_and_then_is_forecast_at_its_rate():
    found = forecast(table(a=SPARE_PART), horizon=3)
    assert found.series["kind"].to_list() == ["intermittent"]
    assert found.table["mean"].to_list() == pytest.approx([2.0] * 3, rel=0.2)


def test_a_month_without_stock_does_not_pull_the_forecast_down():
    values: list[float | None] = [100.0] * 36
    values[30] = 0.0
    rows = table(a=values).with_columns(available=pl.col("quantity") > 0)
    assert forecast(rows, horizon=3).table["mean"].to_list() == pytest.approx([100.0] * 3, abs=1e-6)


def test_what_was_asked_for_without_stock_is_the_least_that_was_wished():
    values: list[float | None] = [100.0] * 36
    values[-1] = 180.0
    rows = table(a=values)
    marked = rows.with_columns(available=pl.col("quantity") < 150)
    assert forecast(marked, horizon=1).table["mean"][0] > 100


def test_a_hole_in_a_dense_table_is_bridged():
    rows = table(a=[100.0] * 36).filter(pl.col("period") != date(2022, 3, 1))
    assert forecast(rows, horizon=1).table["mean"][0] == pytest.approx(100.0, abs=1e-6)


def test_absent_rows_of_a_table_that_lists_only_sales_mean_nothing_sold():
    rows = table(a=SPARE_PART).filter(pl.col("quantity") > 0)
    assert forecast(rows, horizon=1).table["mean"][0] < 3.0


def test_series_without_a_hierarchy_are_forecast_from_their_own_last_month():
    rows = pl.concat([table(a=[5.0] * 10), table(b=[5.0] * 12)])
    first = forecast(rows, horizon=1).table
    assert first["period"].to_list() == [date(2020, 11, 1), date(2021, 1, 1)]


def test_returns_may_make_a_forecast_negative_when_the_history_was():
    assert forecast(table(a=[-5.0, -6.0] * 20), horizon=1).table["mean"][0] < 0


@pytest.mark.parametrize("frequency", ["D", "W", "Q"])
def test_days_weeks_and_quarters_are_forecast_on_their_own_calendar(frequency):
    from einklang.engine.periods import step

    rows = pl.DataFrame(
        {
            "series": "a",
            "period": [step(date(2024, 1, 1), frequency, place) for place in range(20)],
            "quantity": [10.0] * 20,
        }
    )
    assert forecast(rows, horizon=1, frequency=frequency).table["period"].to_list() == [
        step(date(2024, 1, 1), frequency, 20)
    ]


def test_what_is_said_in_a_walk_back_is_what_was_said_then():
    rows = table(a=seasonal(), b=seasonal(30), c=[3.0, 0.0, 1.0, 8.0] * 12)
    back = walk_back(rows, origins=6, horizon=3).filter(pl.col("origin") == date(2023, 6, 1))
    then = forecast(rows.filter(pl.col("period") <= date(2023, 6, 1)), horizon=3).table
    both = back.join(then, on=["series", "period"], suffix="_then")
    assert both.height == 9
    assert np.allclose(both["mean"], both["mean_then"])


def test_a_walk_back_knows_nothing_of_what_came_later():
    before = table(a=seasonal())
    after = before.with_columns(
        pl.when(pl.col("period") >= date(2023, 10, 1)).then(9e5).otherwise("quantity").alias("quantity")
    )
    said = [
        walk_back(rows, origins=4, horizon=2).filter(pl.col("origin") < date(2023, 10, 1))["mean"].to_list()
        for rows in (before, after)
    ]
    assert said[0] == said[1]


def test_the_same_inputs_in_another_order_have_the_same_fingerprint():
    rows = table(a=seasonal(), b=seasonal(30))
    assert fingerprint(rows, horizon=3) == fingerprint(rows.reverse(), horizon=3)
    assert fingerprint(rows, horizon=3) != fingerprint(rows.with_columns(pl.col("quantity") + 1), horizon=3)


def test_an_empty_history_is_refused():
    with pytest.raises(Impossible, match="no history"):
        forecast(table(a=[1.0]).clear(), horizon=3)


def test_a_double_month_is_refused_by_name():
    rows = pl.concat([table(a=[1.0, 2.0]), table(a=[1.0])])
    with pytest.raises(BadTable, match="row 3"):
        forecast(rows, horizon=3)


def test_a_day_that_starts_no_month_is_refused():
    rows = table(a=[1.0, 2.0]).with_columns(pl.col("period").dt.offset_by("3d"))
    with pytest.raises(Impossible, match="not the day on which a month"):
        forecast(rows, horizon=3)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(BadTable, match="finite"):
        forecast(table(a=[1.0, float("nan")]), horizon=3)


@pytest.mark.parametrize(
    "asked", [{"horizon": 0}, {"horizon": 3, "levels": (0,)}, {"horizon": 3, "season": 0}]
)
def test_a_question_without_an_answer_is_refused(asked):
    with pytest.raises(Impossible):
        forecast(table(a=[1.0]), **asked)


def test_a_series_without_a_place_in_the_hierarchy_is_named():
    with pytest.raises(Impossible, match="X-9"):
        forecast(table(**{"X-9": [1.0]}), horizon=1, hierarchy=FAMILIES)


def test_a_hierarchy_in_a_circle_is_refused():
    circle = pl.DataFrame({"series": ["a", "b", "c"], "parent": ["b", "c", "b"]})
    with pytest.raises(Impossible, match="circle"):
        forecast(table(a=[1.0]), horizon=1, hierarchy=circle)


@pytest.mark.shared
def test_monthly_series_of_the_m3_competition_are_forecast_better_than_theta():
    """OWA of Theta on these 600 series is .827; 95 % intervals hold 93.5 to 96.5 %."""
    kit = pl.read_parquet(shared("data/forecast_kit/dev_series.parquet")).filter(pl.col("freq") == "Monthly")
    kit = kit.sort("unique_id")
    rows = kit.select(
        pl.col("unique_id").alias("series"),
        pl.col("x").list.eval(pl.int_range(pl.len())).alias("place"),
        pl.col("x").alias("quantity"),
    ).explode("place", "quantity")
    calendar = (
        pl.DataFrame({"period": month_range(START, 200)}).with_row_index("place").cast({"place": pl.Int64})
    )
    history = rows.join(calendar, on="place").select("series", "period", "quantity")
    found = forecast(history, horizon=18).table
    actual = np.array(kit["y"].to_list())
    mean, low, high = (found[name].to_numpy().reshape(-1, 18) for name in ("mean", "lo-95", "hi-95"))
    smape = (200 * np.abs(actual - mean) / (np.abs(actual) + np.abs(mean))).mean()
    scale = np.array([np.abs(np.subtract(x[12:], x[:-12])).mean() for x in map(np.array, kit["x"].to_list())])
    mase = (np.abs(actual - mean) / scale[:, None]).mean()
    covered = ((actual >= low) & (actual <= high)).mean()
    naive2_smape, naive2_mase = 16.30, 1.132
    assert (smape / naive2_smape + mase / naive2_mase) / 2 < 0.82
    assert 0.935 < covered < 0.965
