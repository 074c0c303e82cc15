"""Tables that cannot be meant: a sentence each, with the row, and nothing dropped without a word."""

from typing import Any

import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.balance import Settings
from tests.engine.balance_tables import asked, item, plan_of, table

DEMAND = asked("a", [1, 1, 1])
BILL = table({"parent": "a", "component": "b", "quantity": 1.0})
OFFER = table({"supplier": "far", "item": "a", "price": 1.0})


def refused(*items: dict[str, Any], demand: pl.DataFrame = DEMAND, **more: Any) -> str:
    with pytest.raises(BadTable) as fault:
        plan_of(items, demand, **more)
    return str(fault.value)


def test_negative_stock_is_owed_not_stored():
    said = refused(item("a", initial_stock=-4.0))
    assert said == (
        "items, row 1, initial_stock: got -4, expected 0 or more; "
        "enter what is owed as initial_backlog, and 0 here."
    )


def test_demand_outside_the_periods_is_refused():
    late = asked("a", [1, 1, 1, 1])
    assert refused(item("a"), demand=late) == (
        "demand, row 4, period: got 4, expected a name that stands in periods; "
        "add the period, or move what is overdue to the first one."
    )


def test_an_item_both_made_and_bought_is_refused():
    said = refused(item("a"), item("b"), bom=BILL, suppliers=OFFER)
    assert "got a made (bom or routing) and bought" in said
    assert "got a made (bom or routing) and bought" in refused(item("a", kind="buy"), item("b"), bom=BILL)
    assert "kind: got make, but suppliers sell a" in refused(item("a", kind="make"), suppliers=OFFER)


def test_units_that_do_not_match_are_refused():
    said = refused(item("a", unit="kg"), demand=DEMAND.with_columns(unit=pl.lit("pcs")))
    assert said.startswith(
        "demand, row 1, unit: got a in pcs, expected kg as in items; convert the quantity."
    )
    said = refused(item("a"), item("b", unit="m"), bom=BILL.with_columns(unit=pl.lit("mm")))
    assert "bom, row 1, unit: got b in mm, expected m as in items" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lead_time": 1.5}, "lead_time: got 1.5, expected whole periods"),
        ({"lead_time": -1.0}, "lead_time: got -1.0, expected 0 or more"),
        ({"shelf_life": 0.0}, "shelf_life: got 0, expected 1 period or more"),
        ({"yield": 1.2}, "yield: got 1.2, expected a share"),
        ({"kind": "rent"}, "kind: got rent, expected make or buy"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(more, said):
    assert said in refused(item("a", **more))


def test_a_cycle_in_the_bill_names_its_path():
    ring = table(
        {"parent": "a", "component": "b", "quantity": 1.0}, {"parent": "b", "component": "a", "quantity": 1.0}
    )
    said = refused(item("a"), item("b"), bom=ring)
    assert "a > b > a" in said or "b > a > b" in said


@pytest.mark.parametrize(
    ("name", "strange", "said"),
    [
        ("bom", {"parent": "a", "component": "x", "quantity": 1.0}, "bom, row 1, component: got x"),
        ("routing", {"item": "a", "resource": "x", "hours": 1.0}, "routing, row 1, resource: got x"),
        ("receipts", {"item": "x", "period": "1", "quantity": 1.0}, "receipts, row 1, item: got x"),
        ("former", {"item": "a", "period": "9", "make": 1.0}, "former, row 1, period: got 9"),
        ("contracts", {"supplier": "x", "maximum": 1.0}, "contracts, row 1, supplier: got x"),
        ("targets", {"item": "x", "period": "1", "safety_stock": 1.0}, "targets, row 1, item: got x"),
    ],
)
def test_a_name_nobody_knows_is_refused_with_its_row(name, strange, said):
    assert said in refused(item("a"), **{name: table(strange)})


def test_an_item_at_several_sites_must_say_which():
    said = refused(item("a", site="n"), item("a", site="s"))
    assert "demand, row 1, site: got a without a site, expected one of its 2 sites" in said


def test_a_parent_finds_its_components_at_its_own_site():
    said = refused(item("a", site="n"), item("b", site="s"), demand=asked("a", [1, 1, 1], site="n"), bom=BILL)
    assert "bom, row 1, component: got b, which is not at n" in said


def test_a_minimum_above_its_maximum_is_refused():
    said = refused(
        item("a"), suppliers=table({"supplier": "far", "item": "a", "minimum": 5.0, "maximum": 1.0})
    )
    assert "suppliers, row 1, minimum: got 5, expected 1 or less" in said


def test_a_markdown_without_profit_or_above_the_list_price_is_refused():
    step = table({"item": "a", "level": "sale", "price": 99.0, "demand_factor": 2.0})
    priced = DEMAND.with_columns(price=pl.lit(10.0))
    assert "only profit can weigh a lower price" in refused(item("a"), demand=priced, markdowns=step)
    said = refused(item("a"), demand=priced, markdowns=step, settings=Settings(objective="profit"))
    assert "markdowns, row 1, price: got 99, expected 10 or less" in said


def test_a_segment_nobody_described_is_refused():
    said = refused(
        item("a"), demand=DEMAND.with_columns(segment=pl.lit("web")), segments=table({"segment": "key"})
    )
    assert "demand, row 1, segment: got web" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"objektive": "cost"}, "settings, objektive: got this setting"),
        ({"objective": "most"}, "objective: got most, expected one of cost, profit"),
        ({"integer": "lots"}, "integer: got lots, expected a list"),
        ({"integer": ["lot"]}, "integer: got lot, expected one of workers, lots, setups, prices"),
        ({"service_first": "maybe"}, "service_first: got maybe, expected true or false"),
        ({"frozen_periods": 1.5}, "frozen_periods: got 1.5, expected a whole number"),
        ({"change_cost": -1}, "change_cost: got -1, expected a number of 0 or more"),
        ({"seconds": "soon"}, "seconds: got soon, expected a number of 0 or more"),
        (["cost"], "expected an object of settings"),
    ],
)
def test_a_bad_word_in_the_settings_is_refused(words, said):
    with pytest.raises(BadTable) as fault:
        Settings.of(words)
    assert said in str(fault.value)


def test_capacity_zero_is_said():
    plan = plan_of(
        [item("a", subcontract_cost=9.0)], DEMAND, resources=table({"resource": "press", "hours": 0.0}),
        routing=table({"item": "a", "resource": "press", "hours": 1.0}),
    )  # fmt: skip
    assert plan.notes == ("press has no hours in any period: nothing that passes there can be made.",)


def test_a_lot_larger_than_its_life_is_said():
    plan = plan_of([item("a", lot_min=50.0, shelf_life=2.0)], DEMAND, settings=Settings(integer=("lots",)))
    assert plan.notes[0].startswith(
        "A lot of a is at least 50, but within its shelf life (2 periods) at most 2 are used"
    )
    assert plan.plan["expired"].sum() > 40


def test_a_column_nobody_knows_is_said_and_overtime_without_a_cost_is_closed():
    plan = plan_of(
        [item("a", backlog_cost=3.0, lost_sale_cost=9.0)], DEMAND,
        resources=table({"resource": "press", "hours": 0.5, "overtime_hours": 9.0}),
        routing=table({"item": "a", "resource": "press", "hours": 1.0}),
    )  # fmt: skip
    assert plan.notes == (
        "The balance does not know backlog_cost in items, and has not used it.",
        "Overtime on press has no cost and is therefore not allowed.",
    )
    assert plan.resources["overtime"].sum() == 0
