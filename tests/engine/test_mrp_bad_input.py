"""Requirements from data that is wrong: a sentence each, nothing lost, nothing silently dropped."""

import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.mrp import MrpPlan, plan_requirements

ITEM = {"item": "leg", "on_hand": 0.0, "lead_time": 1, "unit": "pcs"}
CHAIR = {"item": "chair", "on_hand": 0.0, "lead_time": 1, "unit": "pcs"}
LINE = {"parent": "chair", "component": "leg", "quantity": 4.0}
WISH = {"item": "chair", "period": 5, "quantity": 3.0, "reference": "SO"}


def plan(
    leg: dict[str, object] | None = None,
    line: dict[str, object] | None = None,
    wish: dict[str, object] | None = None,
    receipt: dict[str, object] | None = None,
    calendar: dict[str, object] | None = None,
) -> MrpPlan:
    """A chair of four legs, with some of the data changed."""
    items = pl.from_dicts([CHAIR, {**ITEM, **(leg or {})}], infer_schema_length=None)
    return plan_requirements(
        items,
        pl.DataFrame([{**LINE, **(line or {})}]),
        pl.DataFrame([{**WISH, **(wish or {})}]),
        pl.DataFrame([receipt]) if receipt else None,
        calendar=pl.DataFrame([calendar]) if calendar else None,
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"line": {"parent": "leg", "component": "leg"}},
            "bom, component: got leg > leg, expected no item inside itself; remove one of these lines.",
        ),
        (
            {"line": {"component": "arm"}},
            "bom, row 1, component: got arm, expected a name that stands in items; add it there or correct",
        ),
        ({"wish": {"item": "sofa"}}, "demand, row 1, item: got sofa, expected a name that stands in items"),
        (
            {"receipt": {"item": "sofa", "period": 1, "quantity": 1.0}},
            "receipts, row 1, item: got sofa, expected a name that stands in items",
        ),
        ({"leg": {"lead_time": -1}}, "items, row 2, lead_time: got -1, expected 0 or more."),
        ({"leg": {"lead_time": "soon"}}, "items, row 2, lead_time: got soon, expected a whole number."),
        ({"wish": {"quantity": -3.0}}, "demand, row 1, quantity: got -3.0, expected 0 or more."),
        ({"wish": {"quantity": float("nan")}}, "demand, row 1, quantity: got nan, expected a finite number."),
        (
            {"leg": {"lot_min": 50.0, "lot_max": 20.0}},
            "items, row 2, lot_max: got 20, expected a maximum of at least the minimum lot; "
            "raise lot_max or lower lot_min.",
        ),
        (
            {"leg": {"lot_multiple": 50.0, "lot_max": 20.0}},
            "items, row 2, lot_max: got 20, expected a maximum of at least one multiple; "
            "raise lot_max or lower lot_multiple.",
        ),
        ({"leg": {"lot_rule": "BEST"}}, "items, row 2, lot_rule: got BEST, expected one of L4L, FOQ"),
        ({"leg": {"lot_rule": "FOQ"}}, "items, row 2, lot_min: got 0, expected the fixed order quantity"),
        ({"leg": {"lot_rule": "WW"}}, "items, row 2, lot_rule: got WW, expected a set-up cost and a holding"),
        ({"leg": {"scrap": 1.0}}, "items, row 2, scrap: got 1, expected a share below 1."),
        ({"line": {"scrap": 1.5}}, "bom, row 1, scrap: got 1.5, expected a share below 1."),
        ({"leg": {"kind": "borrow"}}, "items, row 2, kind: got borrow, expected make or buy."),
        ({"leg": {"item": "chair"}}, "items, row 2, item: got chair, expected each key once"),
        (
            {"line": {"unit": "kg"}},
            "bom, row 1, unit: got kg, expected pcs, the unit of leg; convert the quantity and name that",
        ),
        ({"wish": {"unit": "dozen"}}, "demand, row 1, unit: got dozen, expected pcs, the unit of chair"),
        (
            {"line": {"valid_from": 5, "valid_to": 2}},
            "bom, row 1, valid_to: got 2, expected a period not before valid_from; swap the two.",
        ),
        (
            {"calendar": {"name": "Kappa", "period": 1, "working": False}},
            "calendar, row 1, name: got Kappa, expected an item or a supplier that stands in items",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_its_place(wrong, said):
    with pytest.raises(BadTable) as refused:
        plan(**wrong)
    assert said in "\n".join(fault.sentence() for fault in refused.value.faults)


def test_all_faults_are_named_at_once():
    with pytest.raises(BadTable) as refused:
        plan(leg={"lot_rule": "BEST", "scrap": 2.0, "kind": "borrow"}, line={"unit": "kg"})
    assert len(refused.value.faults) == 4


@pytest.mark.parametrize(
    ("odd", "kind", "said"),
    [
        (
            {"leg": {"on_hand": -2.0}},
            "negative_stock",
            "leg starts with 2 less than nothing on hand: they are owed first; count the stock or post the "
            "missing receipt.",
        ),
        (
            {"wish": {"period": -2}},
            "demand_past_due",
            "SO of 3 chair was due before today: it is planned for period 1; confirm a new date.",
        ),
        (
            {"leg": {"lead_time": None}},
            "no_lead_time",
            "leg is ordered without a lead time: it counts as there at once; enter how long it takes.",
        ),
        (
            {"leg": {"kind": "buy", "lead_time": 0}},
            "no_lead_time",
            "leg is ordered without a lead time: it counts as there at once; enter how long it takes.",
        ),
        (
            {"receipt": {"item": "leg", "period": -3, "quantity": 5.0, "reference": "PO"}},
            "past_due",
            "Receipt PO of 5 leg was due in the past: it is counted in period 1; confirm a new date.",
        ),
    ],
)
def test_what_is_odd_is_planned_and_said(odd, kind, said):
    made = plan(**odd)
    assert dict(made.exceptions.select("kind", "sentence").iter_rows())[kind] == said
    covered = made.pegs.filter(pl.col("demand") == "SO")["quantity"].sum()
    assert covered == 3
    assert made.projected["stock"].min() >= -1e-9


def test_an_item_that_is_made_and_bought_is_planned_with_its_parts_and_said():
    items = pl.DataFrame(
        {"item": ["frame", "tube"], "on_hand": [0.0, 0.0], "lead_time": [2, 1], "kind": ["buy", "buy"]}
    )
    bom = pl.DataFrame({"parent": ["frame"], "component": ["tube"], "quantity": [3.0]})
    made = plan_requirements(items, bom, pl.DataFrame({"item": ["frame"], "period": [5], "quantity": [2.0]}))
    assert made.orders.select("item", "quantity").rows() == [("frame", 2), ("tube", 6)]
    assert made.exceptions["sentence"].to_list() == [
        "frame is bought and has a bill: its parts are planned as supplied to whoever makes it; remove the "
        "bill if it comes complete."
    ]


def test_what_was_owed_at_the_start_is_ordered_and_pegged():
    made = plan(leg={"on_hand": -2.0})
    owed = made.pegs.filter(pl.col("demand") == "owed at the start")
    assert owed.select("item", "quantity").rows() == [("leg", 2.0)]


def test_nothing_to_plan_is_no_fault():
    empty = pl.DataFrame(schema={"item": pl.String, "period": pl.Int64, "quantity": pl.Float64})
    made = plan_requirements(pl.DataFrame([ITEM]), None, empty)
    assert made.orders.is_empty()
    assert made.pegging().is_empty()
