"""The seven steps: their order, their gates, who may take them, and what a signature holds."""

import json
from datetime import date
from decimal import Decimal

import pytest

from einklang.cycle import actions, queries
from einklang.cycle.models import Cycle, Scenario, Step
from einklang.cycle.steps import STEPS, due_on
from einklang.demand import actions as demand_actions
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused
from tests.shared import shared
from tests.small_company import JUNE, MAY


def state(cycle, code, by):
    return next(step for step in queries.board(cycle, seen_by=by) if step.kind.code == code)


def test_a_cycle_opens_with_seven_steps_and_the_base_scenario(cycle):
    assert list(cycle.steps.order_by("id").values_list("code", flat=True)) == list(STEPS)
    assert Scenario.objects.get().name == "base"


def test_opening_a_month_again_changes_nothing(cycle, paul):
    assert actions.open_cycle(MAY, by=paul) == cycle
    assert Cycle.objects.count() == 1
    assert journal.entries(event="cycle.opened").count() == 1


def test_a_representative_may_not_open_a_cycle(items, rolf, june_2014):
    with pytest.raises(NotAllowed):
        actions.open_cycle(MAY, by=rolf)


def test_steps_are_due_as_the_published_calendar_says():
    """Week 4 before, then working days 3, 7, 11, 14, 16 and 17 of the month in which they are held."""
    published = json.loads(shared("oracles/sop_cycle.json").read_text())["steps"]
    assert len(published) == len(STEPS)
    assert due_on(MAY, STEPS["data"]) == date(2014, 6, 4)
    assert due_on(MAY, STEPS["product"]) == date(2014, 5, 26)
    assert [kind.working_day for kind in STEPS.values()][2:] == [7, 11, 14, 16, 17]


def test_every_published_gate_has_its_step():
    names = [step["name"] for step in json.loads(shared("oracles/sop_cycle.json").read_text())["steps"]]
    heads = [name.lower().split()[0] for name in names]
    assert heads == ["close", "product", "demand", "supply", "integrated", "management", "publish"]
    assert [kind.basis for kind in STEPS.values()] == ["data"] * 2 + ["consensus", "supply"] + ["version"] * 3


def test_demand_waits_for_data_and_product(cycle, vera):
    waiting = state(cycle, "demand", vera)
    assert waiting.state == "waits"
    assert [kind.code for kind in waiting.waits_for] == ["data", "product"]
    with pytest.raises(Refused, match="waits for what comes before: Data, Product review"):
        actions.take_step(cycle, "demand", by=vera)


def test_signing_the_data_cuts_them(cycle, paul):
    actions.take_step(cycle, "data", by=paul)
    cycle.refresh_from_db()
    assert cycle.data["rows"]["order_lines"] == 2 * 36
    assert len(cycle.data["fingerprint"]) == 64


def test_signing_twice_is_signing_once(cycle, paul):
    assert actions.take_step(cycle, "data", by=paul) == actions.take_step(cycle, "data", by=paul)


def test_a_month_without_orders_does_not_pass_the_data_gate(items, paul, june_2014):
    cycle = actions.open_cycle(JUNE, by=paul)
    with pytest.raises(Refused, match="No order of Jun 2014 is known"):
        actions.take_step(cycle, "data", by=paul)


def test_demand_needs_an_agreed_plan(cycle, paul, vera):
    for step in ("data", "product"):
        actions.take_step(cycle, step, by=paul)
    with pytest.raises(Refused, match="No demand plan is agreed yet"):
        actions.take_step(cycle, "demand", by=vera)


def test_only_the_head_of_sales_signs_demand(planned, paul):
    for step in ("data", "product"):
        actions.take_step(planned.cycle, step, by=paul)
    with pytest.raises(NotAllowed, match="sign the demand review"):
        actions.take_step(planned.cycle, "demand", by=paul)


def test_a_missing_budget_must_be_explained(planned, vera, paul, fina):
    for step, by in (("data", paul), ("product", paul), ("demand", vera), ("supply", paul)):
        actions.take_step(planned.cycle, step, comment="As discussed.", by=by)
    with pytest.raises(Refused, match="This needs a comment: There is no budget"):
        actions.take_step(planned.cycle, "reconciliation", by=fina)
    actions.take_step(
        planned.cycle, "reconciliation", comment="The first plan; the budget comes in July.", by=fina
    )
    assert state(planned.cycle, "reconciliation", fina).state == "done"


def test_a_new_demand_plan_opens_the_demand_step_again(planned, paul, vera):
    for step, by in (("data", paul), ("product", paul), ("demand", vera)):
        actions.take_step(planned.cycle, step, comment="As discussed.", by=by)
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(90), kind="sales", reason="A big order", by=vera)
    demand_actions.agree(MAY, by=vera)

    again = state(planned.cycle, "demand", vera)
    assert again.state == "again"
    assert again.signature.by == vera
    assert "changed since" in again.next_deed


def test_the_executive_signature_locks_the_version(signed):
    assert signed.is_signed
    assert [one.step for one in queries.signatures(signed)] == ["reconciliation", "executive"]


def test_later_numbers_do_not_open_what_is_signed(signed, vera, paul):
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(90), kind="sales", reason="A big order", by=vera)
    demand_actions.agree(MAY, by=vera)
    assert [step.state for step in queries.board(signed.cycle, seen_by=vera)] == ["done"] * 6 + ["ready"]


def test_publishing_closes_the_month(signed, paul):
    actions.publish(signed.cycle, by=paul)
    assert Cycle.objects.get().published_at is not None


def test_a_step_has_an_owner_a_date_and_an_agenda(cycle, paul, vera):
    actions.assign_step(cycle, "demand", owner=vera, due=date(2014, 6, 12), agenda="Bias of valves", by=paul)
    actions.invite(cycle, "demand", [vera, paul], by=paul)
    row = Step.objects.get(cycle=cycle, code="demand")
    assert (row.owner, row.due_on, row.agenda) == (vera, date(2014, 6, 12), "Bias of valves")
    assert row.participants.count() == 2


def test_a_step_past_its_date_is_late(cycle, vera):
    assert state(cycle, "data", vera).is_late
    assert not state(cycle, "supply", vera).is_late
