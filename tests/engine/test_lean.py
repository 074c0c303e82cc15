"""Lean: lines that keep the takt, sequences that never stray, buffers that say when to order."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.lean.buffers import buffers, net_flow
from einklang.engine.lean.heijunka import board, sequence
from einklang.engine.lean.kanban import demand_of, loops, policy_of
from einklang.engine.lean.takt import share_work, takt

COUNTS = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(0, 12), min_size=1)


@given(COUNTS)
def test_a_levelled_sequence_makes_exactly_what_is_wanted(counts):
    found = sequence(counts)

    assert {name: found.count(name) for name in counts} == counts


@given(COUNTS)
def test_no_item_ever_strays_a_whole_unit_from_its_share(counts):
    found, total = sequence(counts), sum(counts.values())
    names = [name for name in counts if counts[name]]
    bound = 1 - 1 / (2 * len(names) - 2) if len(names) > 1 else 0
    for turn in range(1, total + 1):
        for name in names:
            assert abs(found[:turn].count(name) - turn * counts[name] / total) <= bound + 1e-9


@given(
    st.lists(st.tuples(st.integers(1, 500), st.sampled_from([None, 1.0, 8.0, 50.0])), min_size=1, max_size=6),
    st.lists(st.sampled_from([0.0, 4.0, 8.0]), min_size=1, max_size=25).filter(any),
)
@settings(max_examples=60)
def test_a_board_holds_the_whole_month_and_nothing_on_days_without_hours(mix, hours):
    table = pl.DataFrame(
        {
            "item": [f"i{n}" for n in range(len(mix))],
            "quantity": [float(quantity) for quantity, _size in mix],
            "container": pl.Series([size for _quantity, size in mix], dtype=pl.Float64),
        }
    )
    found = board(table, hours)

    assert found["quantity"].sum() == pytest.approx(table["quantity"].sum())
    assert all(hours[day] > 0 for day in found["day"])


def test_every_day_of_a_board_carries_as_many_containers_as_its_hours_allow():
    mix = pl.DataFrame({"item": ["A", "B"], "quantity": [300.0, 100.0], "container": [10.0, 10.0]})
    days = board(mix, [8.0] * 10).group_by("day").agg(pl.col("containers").sum())

    assert days["containers"].to_list() == [4] * 10


TASKS = st.lists(st.tuples(st.integers(1, 9), st.sets(st.integers(0, 8), max_size=3)), min_size=1, max_size=9)


@given(TASKS)
@settings(max_examples=60)
def test_no_station_works_longer_than_the_takt_and_none_before_what_comes_before(drawn):
    after = [
        " ".join(str(one) for one in sorted(names) if one < row) for row, (_time, names) in enumerate(drawn)
    ]
    tasks = {
        "task": [str(row) for row in range(len(drawn))],
        "seconds": [float(time) for time, _ in drawn],
        "after": after,
    }
    line = share_work(pl.DataFrame(tasks), 10)
    station = dict(line.stations.select("task", "station").iter_rows())

    assert line.stations["load"].max() <= 1 + 1e-9
    assert len(station) == len(drawn)
    assert line.count >= line.at_least
    for task, names in zip(tasks["task"], after, strict=True):
        assert all(station[name] <= station[task] for name in names.split())


def test_a_task_longer_than_the_takt_is_refused_with_a_way_out():
    with pytest.raises(Impossible, match="divide the task"):
        share_work(pl.DataFrame({"task": ["a"], "seconds": [70.0]}), 60)


def test_tasks_that_wait_for_each_other_or_for_nobody_are_refused():
    circle = pl.DataFrame({"task": ["a", "b"], "seconds": [1.0, 1.0], "after": ["b", "a"]})
    with pytest.raises(Impossible, match="circle"):
        share_work(circle, 10)
    with pytest.raises(BadTable, match="ghost"):
        share_work(circle.with_columns(after=pl.lit("ghost")), 10)


def test_what_has_no_answer_is_refused():
    with pytest.raises(Impossible, match="no takt"):
        takt(100, 0)
    with pytest.raises(Impossible, match="negative"):
        takt(-1, 10)
    with pytest.raises(Impossible, match="no card"):
        policy_of(1, 1, 0, 1)
    with pytest.raises(Impossible, match="any demand"):
        demand_of(1, 1, 0)
    with pytest.raises(Impossible, match="holds nothing"):
        loops(
            pl.DataFrame(
                {
                    "item": ["x"],
                    "daily_demand": 1.0,
                    "wait_days": 1.0,
                    "processing_days": 1.0,
                    "container": 0.0,
                }
            )
        )
    with pytest.raises(Impossible, match="no line"):
        share_work(
            pl.DataFrame({"task": [], "seconds": []}, schema={"task": pl.String, "seconds": pl.Float64}), 9
        )


def test_a_buffer_orders_up_to_the_top_of_green_only_from_yellow_down():
    sized = buffers(
        pl.DataFrame(
            {"item": list("abc"), "adu": 4.0, "dlt": 10.0, "lead_time_factor": 0.5, "variability_factor": 0.5}
        )
    )
    flow = pl.DataFrame(
        {"item": list("abc"), "on_hand": [80.0, 70.0, 10.0], "incoming": 0.0, "qualified_demand": 0.0}
    )
    found = net_flow(sized, flow)

    assert found["zone"].to_list() == ["green", "yellow", "red"]
    assert found["order"].to_list() == [0.0, 20.0, 80.0]
    assert found["colour"].to_list() == ["green", "green", "red"]


def test_an_order_cycle_or_a_minimum_widens_the_green_zone():
    row = {"item": ["a"], "adu": [4.0], "dlt": [10.0], "lead_time_factor": [0.5], "variability_factor": [0.5]}

    assert buffers(pl.DataFrame({**row, "order_cycle": [7.0]}))["green"].to_list() == [28.0]
    assert buffers(pl.DataFrame({**row, "minimum": [50.0]}))["green"].to_list() == [50.0]


def test_an_item_nobody_uses_has_no_buffer_and_orders_nothing():
    row = {"item": ["a"], "adu": [0.0], "dlt": [10.0], "lead_time_factor": [0.5], "variability_factor": [0.5]}
    flow = pl.DataFrame({"item": ["a"], "on_hand": [0.0], "incoming": [0.0], "qualified_demand": [0.0]})

    assert net_flow(buffers(pl.DataFrame(row)), flow)["order"].to_list() == [0.0]
