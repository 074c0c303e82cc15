"""A real company's May 2014: planned at the terminal, and every number walked back to where it comes from."""

import json

import pytest

from tests.house import empty_house
from tests.shared import shared

pytestmark = pytest.mark.shared
MONTH = "2014-05"


def told(house, *command):
    """What a command says as JSON."""
    said = house.run(*command, "--json")
    return json.loads(next(line for line in said.splitlines() if line.startswith(("{", "["))))


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A house that took the company in and planned its month, and what it said of the plan."""
    folder = shared("data/adventureworks")
    with empty_house(tmp_path_factory.mktemp("month")) as house:
        house.run("import", folder, "--recipe", "adventureworks", "--json")
        yield house, told(house, "cycle", "run", "--as-of", MONTH)


@pytest.fixture(scope="module")
def house(planned):
    return planned[0]


@pytest.fixture(scope="module")
def plan(planned):
    return planned[1]


def one(house, statement):
    return house.sql(statement)[0][0]


def test_the_month_is_planned_with_what_limits_it(plan):
    assert (plan["status"], plan["start"], plan["months"]) == ("ok", "2014-06-01", 18)
    assert plan["bottlenecks"]


def test_what_can_be_delivered_lies_within_what_is_wished(plan):
    assert 0 < plan["revenue_cents"] <= plan["demand_cents"]


def test_the_plan_is_the_sum_of_its_lines(house, plan):
    sums = "SELECT sum(revenue_cents), sum(demand_cents), sum(margin_cents) FROM cycle_planline"

    revenue, demand, margin = house.sql(sums)[0]

    assert (int(revenue), int(demand)) == (plan["revenue_cents"], plan["demand_cents"])
    assert int(margin) == plan["margin_cents"]


def test_every_line_of_the_plan_stands_on_a_line_of_the_agreed_demand(house):
    orphans = """
        SELECT count(*) FROM cycle_planline plan JOIN catalog_item item ON item.id = plan.item_id
        WHERE plan.demand > 0 AND NOT EXISTS (
            SELECT 1 FROM demand_consensusline agreed
            WHERE agreed.series = item.code AND agreed.period = plan.period)
    """

    assert one(house, orphans) == 0


def test_every_agreed_line_stands_on_a_point_of_the_forecast(house):
    orphans = """
        SELECT count(*) FROM demand_consensusline agreed WHERE NOT EXISTS (
            SELECT 1 FROM demand_forecastpoint point
            WHERE point.series = agreed.series AND point.period = agreed.period)
    """

    assert one(house, orphans) == 0


def test_what_the_forecast_is_measured_by_is_what_the_order_lines_say(house):
    actual = """
        SELECT sum(actual) FROM demand_walkbackpoint
        WHERE level = 'item' AND lag = 1 AND period = '2014-05-01'
    """
    lines = """
        SELECT sum(line.quantity) FROM orders_orderline line JOIN catalog_item item ON item.id = line.item_id
        WHERE line.period = '2014-05-01' AND EXISTS (
            SELECT 1 FROM demand_walkbackpoint point WHERE point.level = 'item' AND point.lag = 1
            AND point.period = '2014-05-01' AND point.series = item.code)
    """

    assert float(one(house, actual)) == pytest.approx(float(one(house, lines)))


def test_planned_a_second_time_it_is_the_same_plan(house, plan):
    again = told(house, "cycle", "run", "--as-of", MONTH)

    assert (again["id"], again["fingerprint"]) == (plan["id"], plan["fingerprint"])


def test_nothing_is_wrong_in_the_house(house):
    house.run("verify")


def test_figures_without_deals_are_not_measurable_and_say_why(house):
    revenue, win_rate = told(house, "kpi", "revenue", "win_rate", "--period", MONTH)

    assert revenue["value"] > 0
    assert win_rate["value"] is None
    assert win_rate["why_not"]
    assert "deals" in win_rate["needs"]


def test_work_orders_late_are_as_measured(house):
    expected = json.loads(shared("data/adventureworks/EXPECTED.json").read_text())["measured_here"]
    late = "SELECT count(*) FROM orders_workorder WHERE ended_on > due_on"

    assert one(house, late) == expected["work_orders_late"]
