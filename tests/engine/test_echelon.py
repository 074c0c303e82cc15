"""Safety stock over several stages: published optima, and a proof by trying everything on small trees."""

from itertools import product
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.inventory.echelon import placed
from tests.shared import oracle

GUARANTEED = "Guaranteed-service safety stock placement"


def tables(case):
    nodes = case["inputs"]["nodes"]
    stages = pl.DataFrame(
        {
            "item": list(nodes),
            "lead_time": [node["processing_time"] for node in nodes.values()],
            "holding_cost": [float(node["holding_cost"]) for node in nodes.values()],
            "error_sd": [node["net_demand_sd"] for node in nodes.values()],
            "service": [NormalDist().cdf(node["z_alpha"]) for node in nodes.values()],
            "promised_time": [node["external_outbound_cst"] for node in nodes.values()],
            "supplied_within": [node["external_inbound_cst"] for node in nodes.values()],
        },
        schema_overrides={"promised_time": pl.Int64, "supplied_within": pl.Int64},
    )
    links = pl.DataFrame(case["inputs"]["edges"], schema=["item", "goes_into"], orient="row").cast(pl.String)
    return stages, links


def published():
    return [case for case in oracle("inventory_multi_echelon") if case["model"] == GUARANTEED]


@pytest.mark.parametrize("number", range(6))
def test_the_published_trees_cost_what_snyder_and_shen_print(number):
    """Snyder and Shen, Fundamentals of Supply Chain Theory (2019), chapter 6; each proven by a MILP."""
    case = published()[number]
    found = placed(*tables(case))
    assert found["cost"].sum() == pytest.approx(case["expected"]["cost"], rel=1e-9)


def chain(*, lead_times, costs, quantity=1.0):
    names = [f"s{place}" for place in range(len(lead_times))]
    stages = pl.DataFrame(
        {
            "item": names,
            "lead_time": lead_times,
            "holding_cost": costs,
            "error_sd": [None] * (len(names) - 1) + [2.0],
        },
        schema_overrides={"error_sd": pl.Float64},
    )
    links = pl.DataFrame(
        {"item": names[:-1], "goes_into": names[1:], "quantity": [quantity] * (len(names) - 1)}
    )
    return stages, links


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=2, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_no_choice_of_service_times_costs_less(rows):
    lead_times, costs = [row[0] for row in rows], [float(row[1]) for row in rows]
    found = placed(*chain(lead_times=lead_times, costs=costs), service=0.9)
    z, total = NormalDist().inv_cdf(0.9), sum(lead_times)
    best = np.inf
    for times in product(range(total + 1), repeat=len(rows) - 1):
        promised, served = [*times, 0], [0, *times]
        bridged = [s + t - p for s, t, p in zip(served, lead_times, promised, strict=True)]
        if min(bridged) >= 0:
            best = min(best, sum(c * z * 2 * b**0.5 for c, b in zip(costs, bridged, strict=True)))
    assert found["cost"].sum() == pytest.approx(best)


def test_a_part_that_goes_into_two_machines_pools_their_demand():
    stages = pl.DataFrame(
        {
            "item": ["part", "a", "b"],
            "lead_time": [1, 1, 1],
            "holding_cost": [1.0, 2.0, 2.0],
            "error_sd": [None, 3.0, 2.0],
        }
    )
    links = pl.DataFrame({"item": ["part", "part"], "goes_into": ["a", "b"], "quantity": [1.0, 2.0]})
    found = placed(stages, links)
    assert found.filter(pl.col("item") == "part")["error_sd"].item() == 5.0


def test_two_ways_between_two_stages_are_refused_by_name():
    stages = pl.DataFrame(
        {"item": list("abcd"), "lead_time": [1] * 4, "holding_cost": [1.0] * 4, "error_sd": [1.0] * 4}
    )
    links = pl.DataFrame({"item": ["a", "a", "b", "c"], "goes_into": ["b", "c", "d", "d"]})
    with pytest.raises(Impossible, match="not a tree: a, b, c, d"):
        placed(stages, links)


def test_a_circle_is_refused_by_name():
    stages, _ = chain(lead_times=[1, 1], costs=[1.0, 1.0])
    with pytest.raises(Impossible, match="s0 supplies what supplies it"):
        placed(stages, pl.DataFrame({"item": ["s0", "s1"], "goes_into": ["s1", "s0"]}))


def test_a_link_to_an_item_that_is_not_there_names_its_row():
    stages, _ = chain(lead_times=[1, 1], costs=[1.0, 1.0])
    with pytest.raises(BadTable) as refused:
        placed(stages, pl.DataFrame({"item": ["s0"], "goes_into": ["x"]}))
    assert [(fault.row, fault.got) for fault in refused.value.faults] == [(1, "x")]
