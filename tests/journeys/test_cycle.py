"""A month's story: order lines become a forecast, an agreed demand, a supply plan, money, signatures, quotas.

And back again: from a quota to the plan, from a number of the plan to the order lines it grew from.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from einklang.cycle import actions, queries
from einklang.demand import actions as demand_actions
from einklang.incentives import actions as incentives
from einklang.incentives import queries as incentive_queries
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from tests import small_company
from tests.small_company import JUNE, MAY


@pytest.fixture
def story(company, north, south, rolf):
    """The small company with three years of orders, on 5 June 2014."""
    with clock.at(datetime(2014, 6, 5, 9, tzinfo=UTC)):
        yield small_company.build({"north": north, "south": south}, seller=rolf)


def test_from_order_lines_to_quotas_and_back(story, vera, paul, fina, rolf):
    cycle = actions.open_cycle(MAY, by=paul)
    actions.budget_from_last_year(JUNE, 12, Decimal("0.02"), by=fina)
    for step in ("data", "product"):
        actions.take_step(cycle, step, by=paul)

    first = actions.run_cycle(MAY, by=paul).version
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(66), kind="sales", reason="A tender is won", by=rolf)
    plan = actions.run_cycle(MAY, by=paul).version
    assert plan.number == 2
    assert queries.compare(first, plan).by_item["item"].to_list() == ["P-20"]

    with pytest.raises(Refused, match="waits for what comes before"):
        actions.sign(plan, "executive", by=vera)
    said = "The tender is in; the gap to the budget is growth not yet won."
    for step, by in (("demand", vera), ("supply", paul), ("reconciliation", fina), ("executive", vera)):
        actions.sign(plan, step, comment=said, by=by)
    plan.refresh_from_db()
    assert plan.is_signed

    sellable = queries.sellable_cents(plan, JUNE)
    shared = incentives.set_quotas(plan, sellable + 1_000_00, by=vera)
    actions.publish(cycle, by=paul)
    assert sum(shared.quotas.values()) == sellable
    assert shared.uncovered == 1_000_00

    quota = incentive_queries.quotas(plan, seen_by=rolf).get()
    assert quota.territory.code == "north"
    assert quota.round.plan == plan
    lines = queries.lines_of_month(plan, JUNE)
    assert lines["revenue_cents"].sum() == quota.round.sellable_cents
    walk = queries.walk_back(plan, "P-20", JUNE, seen_by=vera)
    assert [voice.reason for voice in walk.voices] == ["A tender is won"]
    assert walk.forecast["mean"] < walk.agreed.quantity
    assert walk.order_lines.count() == 72
    assert walk.order_lines.first().order.number.endswith("201405")
    assert [entry.event for entry in journal.entries(about=plan)][:2] == [
        "cycle.publish_signed",
        "quotas.set",
    ]


def test_an_empty_house_has_nothing_to_plan_and_says_so(house):
    assert "There are no orders up to 2014-05" in house.run("cycle", "run", "--as-of", "2014-05", code=5)
    assert "No cycle is open" in house.run("cycle", "status", "--as-of", "2014-06", code=1)
    assert "is not a month" in house.run("cycle", "status", "--as-of", "May", code=3)
    assert "add a user first" in house.run("cycle", "sign", "executive", "--as-of", "2014-05", code=4)


def test_a_month_by_the_terminal_in_process(story, paul, vera, tmp_path):
    from typer.testing import CliRunner

    from einklang.cli import app

    runner = CliRunner()
    ran = runner.invoke(app, ["cycle", "run", "--as-of", "2014-05", "--pack", str(tmp_path), "--json"])
    told = json.loads(ran.stdout)
    assert ran.exit_code == 0, ran.output
    assert told["version"] == "2014-05 base v1"
    assert told["quotas"]["status"] == "proposed"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".pdf", ".xlsx"]
    assert set(told["seconds"]) >= {"data", "forecast", "consensus", "supply", "finance", "total"}

    early = runner.invoke(app, ["cycle", "sign", "executive", "--as-of", "2014-05", "--as", "vera"])
    not_yours = runner.invoke(app, ["cycle", "sign", "executive", "--as-of", "2014-05", "--as", "paul"])
    signed = runner.invoke(app, ["cycle", "sign", "data", "--as-of", "2014-05", "--as", "paul"])
    status = runner.invoke(app, ["cycle", "status", "--json"])
    same = runner.invoke(app, ["cycle", "compare", "2014-05", "2014-05 v1"])
    assert (early.exit_code, not_yours.exit_code, signed.exit_code) == (5, 4, 0)
    assert json.loads(status.stdout)["steps"][0]["state"] == "done"
    assert "They plan the same" in same.stdout
