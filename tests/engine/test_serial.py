"""Chains of stages: the published cases of Clark and Scarf's recursion."""

import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.inventory.serial import base_stocks
from tests.shared import oracle

TOLERANCE = 0.005
"""The published figures themselves were computed on grids."""


def published(name):
    return next(case for case in oracle("inventory_multi_echelon") if case["id"] == name)


def solved(case):
    nodes = sorted(case["inputs"]["nodes"], key=lambda node: node["index"])
    echelon = [node["echelon_h"] for node in nodes]
    chain = pl.DataFrame(
        {
            "item": [str(node["index"]) for node in nodes],
            "lead_time": [float(node["lead_time"]) for node in nodes],
            "holding_cost": [float(sum(echelon[place:])) for place in range(len(nodes))],
        }
    )
    kind, mean, *rest = nodes[0]["demand"]
    spread = float(rest[0]) if kind == "N" else None
    return base_stocks(chain, demand=mean, demand_sd=spread, stockout_cost=nodes[0]["stockout_cost"])


@pytest.mark.parametrize(
    "name",
    [
        "ssm_example_6_1",
        "ssm_problem_6_1",
        "ssm_problem_6_16",
        "ssm_shang_song_1",
        "ssm_shang_song_9",
        "ssm_shang_song_17",
        "ssm_shang_song_25",
    ],
)
def test_the_published_chains_cost_what_is_printed(name):
    """Snyder and Shen (2019), examples and problems of chapter 6; Shang and Song (2003), table 1."""
    case = published(name)
    assert solved(case)["cost"][-1] == pytest.approx(case["expected"]["cost"], rel=TOLERANCE)


@pytest.mark.parametrize("name", ["ssm_shang_song_1", "ssm_shang_song_17"])
def test_the_published_base_stocks_in_whole_units_are_met(name):
    case = published(name)
    levels = dict(solved(case).select("item", "base_stock").iter_rows())
    assert levels == {item: float(level) for item, level in case["expected"]["echelon_base_stock"].items()}


def test_a_chain_from_the_wrong_end_is_refused():
    chain = pl.DataFrame({"item": ["mill", "shop"], "lead_time": [1.0, 1.0], "holding_cost": [1.0, 3.0]})
    with pytest.raises(Impossible, match="mill costs less to hold"):
        base_stocks(chain, demand=5, demand_sd=1, stockout_cost=10)
