"""Lean against printed figures: takt, kanban loops (Krajewski and others), DDMRP (OCA's tests)."""

from typing import Any

import polars as pl
import pytest

from einklang.engine.lean import buffers as ddmrp
from einklang.engine.lean import kanban
from einklang.engine.lean.takt import share_work, takt
from tests.shared import oracle

Case = dict[str, Any]


def case(file: str, name: str) -> tuple[Case, Case]:
    found = next(one for one in oracle(file) if one["id"] == name)
    return found["inputs"], found["expected"]


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-6)


def loop(given: Case, **other: float) -> dict[str, Any]:
    """One loop; a lead time that is not parted counts as waiting."""
    facts = {"wait_days": given.get("lead_time_days", 0.0), "processing_days": 0.0, "policy_variable": 0.0}
    names = ("daily_demand", "wait_days", "processing_days", "policy_variable", "container")
    row = {**facts, **{name: given[name] for name in names if name in given}, **other}
    return kanban.loops(pl.DataFrame({"item": ["x"], **{name: [float(row[name])] for name in names}})).row(
        0, named=True
    )


def test_takt_of_acme_stamping():
    """Rother and Shook, Learning to See."""
    given, expected = case("lean_takt_kanban", "takt_acme_stamping")

    assert takt(given["shift_seconds"], given["demand_per_shift"]) == near(expected["takt_seconds"])


@pytest.mark.parametrize("name", ["kanban_westerville", "kanban_wheels", "kanban_router"])
def test_cards_of_printed_loops(name):
    given, expected = case("lean_takt_kanban", name)
    found = loop(given)

    assert found["exact"] == near(expected["kanbans_exact"])
    assert found["cards"] == expected["kanbans"]


def test_ten_cards_that_arithmetic_makes_a_hair_more_stay_ten():
    given, expected = case("lean_takt_kanban", "kanban_westerville")

    assert given["daily_demand"] * 0.1 * 1.1 / given["container"] > 10
    assert loop(given)["cards"] == expected["kanbans"] == 10


def test_the_router_loop_holds_so_much_and_a_shorter_loop_needs_fewer_cards():
    given, expected = case("lean_takt_kanban", "kanban_router")
    found = loop(given)

    assert found["most_stock"] == near(expected["max_inventory"])
    assert found["mean_stock"] == near(expected["avg_inventory_half_full"])
    assert loop(given, wait_days=2.75)["cards"] == expected["kanbans_lead_2_75"]


def test_the_safety_in_the_containers_of_l105a():
    given, expected = case("lean_takt_kanban", "kanban_L105A")
    days = given["wait_days"] + given["processing_days"]

    assert kanban.policy_of(given["containers"], given["container"], given["daily_demand"], days) == near(
        expected["policy_variable"]
    )
    assert given["containers"] * given["container"] == expected["planned_inventory"]
    assert loop(given)["cards"] == expected["containers_at_alpha0"]


def test_the_demand_that_the_containers_of_the_bank_serve():
    given, expected = case("lean_takt_kanban", "kanban_bank_checks")
    demand = kanban.demand_of(
        given["containers"], given["container"], given["time_days"], given["policy_variable"]
    )
    facts = {"daily_demand": demand, "wait_days": given["time_days"], "container": given["container"]}

    assert demand == pytest.approx(expected["daily_demand"], rel=1e-6)
    assert loop(facts)["cards"] == expected["containers_at_alpha0"]


@pytest.mark.parametrize("name", ["oca_a", "oca_b_ltf1", "oca_c_var1", "oca_d_adu2", "oca_e_moq40"])
def test_buffers_as_the_tests_of_oca_ddmrp_assert_them(name):
    given, expected = case("ddmrp_buffers", name)
    sized = ddmrp.buffers(
        pl.DataFrame(
            {
                "item": ["x"],
                "adu": [float(given["adu"])],
                "dlt": [float(given["dlt"])],
                "lead_time_factor": [float(given["ltf"])],
                "variability_factor": [float(given["varf"])],
                "minimum": [float(given.get("moq", 0))],
            }
        )
    ).row(0, named=True)

    assert {name: sized[name] for name in expected} == {name: near(value) for name, value in expected.items()}


def test_net_flow_as_oca_ddmrp_asserts_it():
    given, expected = case("ddmrp_buffers", "oca_netflow")
    zones = {name: [float(given[name])] for name in ("top_of_red", "top_of_yellow", "top_of_green")}
    sized = pl.DataFrame({"item": ["x"], "minimum": [0.0], **zones})
    flow = pl.DataFrame(
        {
            "item": ["x"],
            "on_hand": [given["on_hand"]],
            "incoming": [given["incoming_within_dlt"]],
            "qualified_demand": [given["qualified_demand"]],
        }
    )
    found = ddmrp.net_flow(sized, flow).row(0, named=True)

    assert found["net_flow"] == expected["net_flow_position"]
    assert round(100 * found["share"], 2) == expected["net_flow_percent"]
    assert found["zone"] == expected["planning_zone"]
    assert found["order"] == expected["order_qty"]
    assert round(100 * found["on_hand_share"], 2) == expected["on_hand_percent_of_tor"]
    assert found["colour"] == expected["execution_zone"]


def test_jacksons_eleven_tasks_need_five_stations_at_a_cycle_of_ten():
    """Jackson (1956), as line-balancing texts print it (recalled): 46 minutes of work, best 5 stations."""
    times = [6, 2, 5, 7, 1, 2, 3, 6, 5, 5, 4]
    after = ["", "1", "1", "1", "1", "2", "3 4 5", "6", "7", "8", "9 10"]
    tasks = {"task": [str(n) for n in range(1, 12)], "seconds": [float(t) for t in times], "after": after}
    line = share_work(pl.DataFrame(tasks), 10)

    assert (line.count, line.at_least) == (5, 5)
    assert line.efficiency == near(0.92)
