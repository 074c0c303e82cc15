"""Scenarios: copies with levers, planned side by side, never in each other's way."""

import pytest

from einklang.cycle import actions, queries
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.supply import actions as supply_actions
from einklang.supply import queries as supply
from tests.small_company import MAY


@pytest.fixture
def base(cycle):
    return queries.scenario(cycle, "base")


def test_a_copy_keeps_what_its_source_says(base, paul):
    first = actions.copy_scenario(base, "more", settings={"demand_factor": 1.2}, by=paul)
    second = actions.copy_scenario(first, "more-cheaper", settings={"price_factor": 0.9}, by=paul)
    assert second.settings == {"demand_factor": 1.2, "price_factor": 0.9}
    assert first.settings == {"demand_factor": 1.2}
    assert second.copied_from == first


def test_a_lever_at_one_changes_nothing_and_is_not_kept(base, paul):
    assert actions.copy_scenario(base, "same", settings={"capacity_factor": 1}, by=paul).settings == {}


@pytest.mark.parametrize(
    "levers",
    [
        {"demand_factor": -1},
        {"demand_factor": 11},
        {"price_factor": 0},
        {"magic": 2},
        {"demand_factor": "much"},
    ],
)
def test_a_lever_beyond_its_limits_is_refused(base, paul, levers):
    with pytest.raises(Refused):
        actions.copy_scenario(base, "wrong", settings=levers, by=paul)


def test_a_name_stands_for_one_scenario(base, paul):
    with pytest.raises(Refused, match="choose another name"):
        actions.copy_scenario(base, "base", by=paul)


def test_finance_does_not_make_scenarios(base, fina):
    with pytest.raises(NotAllowed):
        actions.copy_scenario(base, "mine", by=fina)


def test_a_scenario_that_is_not_there_is_not_planned(cycle, paul):
    with pytest.raises(NotFound):
        actions.run_cycle(MAY, scenario="nowhere", by=paul)


def test_more_demand_and_a_lower_price_show_in_the_money(planned, base, paul):
    actions.copy_scenario(base, "more", settings={"demand_factor": 1.2}, by=paul)
    actions.copy_scenario(base, "cheaper", settings={"price_factor": 0.9}, by=paul)
    more = actions.run_cycle(MAY, scenario="more", by=paul).version
    cheaper = actions.run_cycle(MAY, scenario="cheaper", by=paul).version

    assert more.demand_cents == pytest.approx(planned.version.demand_cents * 1.2, rel=0.001)
    assert cheaper.demand_cents == pytest.approx(planned.version.demand_cents * 0.9, rel=0.001)
    assert [version for _scenario, version in queries.side_by_side(planned.cycle, seen_by=paul)] == [
        planned.version,
        more,
        cheaper,
    ]


def test_the_base_stays_in_force_beside_other_scenarios(planned, base, paul):
    actions.copy_scenario(base, "more", settings={"demand_factor": 1.2}, by=paul)
    actions.run_cycle(MAY, scenario="more", by=paul)
    assert queries.in_force(planned.cycle) == planned.version


def test_a_scenario_of_the_supply_review_is_planned_in_the_cycle_with_its_changes(planned, paul):
    consensus = planned.version.consensus
    strike = supply_actions.make_scenario(consensus, "Strike", by=paul)
    supply_actions.change_scenario(strike, supply_actions.Wanted("hours", factor=0.1), by=paul)

    assert queries.waiting_scenarios(planned.cycle, seen_by=paul) == ["Strike"]
    version = actions.run_cycle(MAY, scenario="Strike", by=paul).version

    assert version.revenue_cents < planned.version.revenue_cents
    assert queries.waiting_scenarios(planned.cycle, seen_by=paul) == []


def test_signing_supply_approves_the_plan(signed):
    assert supply.approval(signed.cycle.month).run == signed.supply_run
