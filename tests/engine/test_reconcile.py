"""Forecasts add up exactly, along one tree or several; overrides hold; sums know how errors go together."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.panel import Panel
from einklang.engine.forecast.reconcile import Forest, Tree, reconciled, tree
from einklang.engine.forecast.reconcile.choice import WAYS, Adding, best_way
from einklang.engine.forecast.reconcile.sums import shared as shared_errors
from einklang.engine.forecast.tell import Means
from einklang.engine.periods import add_months

LEAVES = [f"{item}|{land}" for item in ("a1", "a2", "b1") for land in ("north", "south")]
FAMILIES = [(leaf, leaf.split("|")[0]) for leaf in LEAVES] + [("a1", "a"), ("a2", "a"), ("b1", "b")]
TOPS = [("a", "total"), ("b", "total")]
LANDS = [(leaf, leaf.split("|")[1]) for leaf in LEAVES] + [("north", "total"), ("south", "total")]


def table(rows: list[tuple[str, str]]) -> pl.DataFrame:
    """A hierarchy."""
    return pl.DataFrame(rows, schema={"series": pl.String, "parent": pl.String}, orient="row")


ONE, SEVERAL = tree(table(FAMILIES + TOPS), LEAVES), tree(table(FAMILIES + TOPS + LANDS), LEAVES)


def sums(nodes) -> np.ndarray:
    """Which leaf is in which node."""
    return nodes.summed(np.concatenate([np.eye(6), np.zeros((len(nodes.names) - 6, 6))]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([ONE, SEVERAL]))
def test_the_answer_is_that_of_weighted_least_squares(seed, nodes):
    rng = np.random.default_rng(seed)
    said, variance = rng.gamma(2, 10, (len(nodes.names), 3)), rng.uniform(0.5, 4, len(nodes.names))
    s = sums(nodes)
    exact = s @ np.linalg.solve(s.T @ (s / variance[:, None]), s.T @ (said / variance[:, None]))
    free = np.full(len(nodes.names), -np.inf)
    assert np.allclose(reconciled(said, variance, nodes, free), exact, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([ONE, SEVERAL]), st.sampled_from(WAYS))
def test_every_way_of_adding_up_adds_up_and_keeps_the_floor(seed, nodes, way):
    rng = np.random.default_rng(seed)
    said, scale = rng.normal(5, 10, (len(nodes.names), 2)), rng.uniform(0.5, 4, len(nodes.names))
    adding = Adding(way, np.eye(len(nodes.names)) if way == "joint" else None)
    found = adding.added_up(said, scale, nodes, np.zeros(len(nodes.names)))
    assert np.allclose(found, sums(nodes) @ found[:6])
    assert (found[:6] >= 0).all()


def test_the_total_of_two_trees_counts_each_leaf_once():
    assert isinstance(SEVERAL, Forest)
    assert isinstance(ONE, Tree)
    assert SEVERAL.summed(np.ones((len(SEVERAL.names), 1)))[SEVERAL.names.index("total")] == 6


HISTORY = pl.concat(
    [
        pl.DataFrame(
            {
                "series": leaf,
                "period": [add_months(date(2020, 1, 1), place) for place in range(48)],
                "quantity": np.random.default_rng(row).normal(50 + 10 * row, 8, 48),
            }
        )
        for row, leaf in enumerate(LEAVES)
    ]
)
FIRST = date(2024, 1, 1)


def overridden(*rows: tuple[str, date, float, float | None], **settings) -> pl.DataFrame:
    """The means after overrides, by series and period."""
    schema = {"series": pl.String, "period": pl.Date, "quantity": pl.Float64, "variance": pl.Float64}
    wishes = pl.DataFrame(list(rows), schema=schema, orient="row")
    return forecast(
        HISTORY, horizon=2, hierarchy=table(FAMILIES + TOPS + LANDS), overrides=wishes, **settings
    ).table


def value(found: pl.DataFrame, series: str, period: date = FIRST) -> float:
    """One mean."""
    return found.filter((pl.col("series") == series) & (pl.col("period") == period))["mean"][0]


def test_an_exact_override_holds_at_any_node_and_everything_adds_up():
    found = overridden(
        ("north", FIRST, 300.0, None), ("a", FIRST, 250.0, 0.0), ("b1|south", FIRST, 10.0, None)
    )
    assert value(found, "north") == pytest.approx(300)
    assert value(found, "a") == pytest.approx(250)
    assert value(found, "b1|south") == pytest.approx(10)
    assert value(found, "total") == pytest.approx(value(found, "north") + value(found, "south"))
    assert value(found, "total") == pytest.approx(value(found, "a") + value(found, "b"))


def test_an_override_of_nothing_leaves_nothing_and_no_item_below_zero():
    found = overridden(("total", FIRST, 0.0, None))
    assert found.filter(pl.col("period") == FIRST)["mean"].abs().max() < 1e-6
    assert value(found, "total", date(2024, 2, 1)) > 300


def test_a_doubtful_override_moves_the_forecast_only_part_of_the_way():
    plain = value(overridden(("total", date(2024, 2, 1), 1.0, 1e12)), "total")
    moved = value(overridden(("total", FIRST, 2 * plain, 500.0)), "total")
    assert plain < moved < 2 * plain


def test_overrides_that_contradict_each_other_are_refused_by_name():
    with pytest.raises(Impossible, match="contradicts"):
        overridden(("a", FIRST, 10.0, None), ("b", FIRST, 10.0, None), ("total", FIRST, 30.0, None))


@pytest.mark.parametrize(("series", "period"), [("nobody", FIRST), ("a", date(2030, 1, 1))])
def test_an_override_of_what_is_not_forecast_is_refused_by_name(series, period):
    with pytest.raises(Impossible, match=series):
        overridden((series, period, 1.0, None))


def test_a_sum_is_surer_than_its_parts_and_less_sure_than_if_they_were_strangers():
    found = forecast(HISTORY, horizon=3)
    parts = found.table.filter(pl.col("series").is_in(LEAVES[:3]))
    widths = parts.with_columns(width=pl.col("hi-95") - pl.col("mean")).pivot(
        "series", index="period", values="width"
    )
    whole = found.aggregate(LEAVES[:3])
    half = (whole["hi-95"] - whole["mean"])[0]
    alone = widths.select(LEAVES[:3]).row(0)
    assert np.sqrt(np.square(alone).sum()) <= half + 1e-9
    assert half <= sum(alone) + 1e-9
    assert whole["mean"][-1] == pytest.approx(parts["mean"].sum())


def test_a_sum_that_counts_a_leaf_twice_is_refused():
    found = forecast(HISTORY, horizon=2, hierarchy=table(FAMILIES + TOPS))
    with pytest.raises(Impossible, match="count twice"):
        found.aggregate(["a", "a1|north"])


def test_a_sum_of_series_that_end_apart_is_refused():
    later = HISTORY.filter((pl.col("series") != "b1|south") | (pl.col("period") < date(2023, 6, 1)))
    with pytest.raises(Impossible, match="end in different periods"):
        forecast(later, horizon=2).aggregate(["b1|south", "b1|north"])


def test_a_way_of_adding_up_is_changed_only_where_it_has_won():
    rng = np.random.default_rng(2)
    leaves = [f"s{row}" for row in range(30)]
    nodes = tree(table([(leaf, "total") for leaf in leaves]), leaves)
    noise = rng.normal(0, 30, (30, 60))
    # The noise cancels in the total, which alone can see the trend.
    quantity = 60 + np.arange(60) * 0.5 + noise - noise.mean(0)
    known = Panel(
        nodes.names,
        np.concatenate([quantity, quantity.sum(0, keepdims=True)]),
        np.zeros(31, dtype=np.int64),
        [date(2024, 12, 1)] * 31,
        "M",
    )

    def told(then: Panel) -> Means:
        """Leaves at their mean; the total on its line."""
        mean = np.repeat(then.values.mean(1, keepdims=True), 6, axis=1)
        mean[30] = then.values[30, -1] + 15 * np.arange(1, 7)
        return Means(mean, np.full(31, "regular"), np.append(np.full(30, 30.0), 300.0))

    adding, step = best_way(known, nodes, told, 6)
    assert adding.way != "scale"
    assert step is not None
    assert step.won > 0.01
    assert best_way(known, nodes, lambda then: replace(told(then), scale=np.ones(31)), 1)[0].way in WAYS


def test_errors_that_go_together_are_seen_as_such():
    rng = np.random.default_rng(1)
    joint = [0.7 * rng.normal(size=(1, 12)) + 0.7 * rng.normal(size=(80, 12)) for _ in range(8)]
    alone = [rng.normal(size=(80, 12)) for _ in range(8)]
    assert shared_errors(joint).between > 0.35
    assert shared_errors(alone).between < 0.05


def test_the_intervals_of_sums_hold_what_they_promise():
    rng = np.random.default_rng(8)
    inside = []
    for turn in range(12):
        quantity = 100 + rng.normal(0, 6, (1, 60)) + rng.normal(0, 8, (20, 60))
        frame = pl.concat(
            [
                pl.DataFrame(
                    {
                        "series": f"{turn}-{row}",
                        "period": [add_months(date(2019, 1, 1), place) for place in range(54)],
                        "quantity": quantity[row, :54],
                    }
                )
                for row in range(20)
            ]
        )
        whole = forecast(frame, horizon=6).aggregate([f"{turn}-{row}" for row in range(20)])[:-1]
        came = quantity[:, 54:].sum(0)
        inside.append(((came >= whole["lo-80"].to_numpy()) & (came <= whole["hi-80"].to_numpy())).mean())
    assert 0.6 < np.mean(inside) <= 1.0
