"""Alternates in requirements: substitutes, bills and suppliers, by priority and by share."""

import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.mrp import MrpPlan, plan_requirements

COLUMNS = {
    "kind": pl.String,
    "item": pl.String,
    "alternate": pl.String,
    "priority": pl.Int64,
    "share": pl.Float64,
    "quantity": pl.Float64,
    "lead_time": pl.Int64,
    "maximum": pl.Float64,
}


def alternates(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS)


def pumps(on_hand: dict[str, float], *rows: dict[str, object], lead: int = 6, wanted: float = 10) -> MrpPlan:
    """A pump holds one seal; rubber takes ``lead`` periods, cork as long; pumps are wanted in period 3."""
    names = ["pump", "rubber", "cork"]
    return plan_requirements(
        pl.DataFrame(
            {
                "item": names,
                "on_hand": [on_hand.get(name, 0.0) for name in names],
                "lead_time": [1, lead, lead],
            }
        ),
        pl.DataFrame({"parent": ["pump"], "component": ["rubber"], "quantity": [1.0]}),
        pl.DataFrame({"item": ["pump"], "period": [3], "quantity": [wanted], "reference": ["SO"]}),
        alternates=alternates(*rows),
    )


CORK = {"kind": "component", "item": "rubber", "alternate": "cork"}


def drawn(of: MrpPlan) -> dict[str, float]:
    """What of each part was used for pumps."""
    used = of.projected.filter(pl.col("item") != "pump").group_by("item").agg(pl.col("gross").sum())
    return dict(used.filter(pl.col("gross") > 0).iter_rows())


def test_the_usual_part_is_drawn_while_there_is_enough_of_it():
    of = pumps({"rubber": 10, "cork": 50}, CORK)
    assert drawn(of) == {"rubber": 10}
    assert "substitute" not in of.exceptions["kind"].to_list()


def test_a_substitute_serves_what_the_usual_part_cannot_in_time_and_says_so():
    of = pumps({"rubber": 4, "cork": 50}, CORK)
    assert drawn(of) == {"rubber": 4, "cork": 6}
    said = dict(of.exceptions.select("kind", "sentence").iter_rows())
    assert said["substitute"].startswith("6 rubber for pump#1 in period 2 are served by cork instead")
    assert "demand_late" not in said


def test_what_no_substitute_serves_stays_with_the_usual_part_and_is_late():
    of = pumps({"rubber": 4, "cork": 1}, CORK)
    assert drawn(of) == {"rubber": 9, "cork": 1}
    assert "demand_late" in of.exceptions["kind"].to_list()


def test_two_of_a_substitute_may_replace_one():
    assert drawn(pumps({"cork": 50}, {**CORK, "quantity": 2.0})) == {"cork": 20}


def test_shares_split_a_need_whatever_is_in_stock():
    usual = {"kind": "component", "item": "rubber", "alternate": "rubber", "share": 0.7}
    assert drawn(pumps({}, usual, {**CORK, "share": 0.3}, lead=1)) == {
        "rubber": pytest.approx(7),
        "cork": pytest.approx(3),
    }


def test_demand_for_an_end_item_may_be_served_by_its_substitute():
    of = plan_requirements(
        pl.DataFrame({"item": ["old", "new"], "on_hand": [2.0, 30.0], "lead_time": [9, 9]}),
        None,
        pl.DataFrame({"item": ["old"], "period": [2], "quantity": [5.0], "reference": ["SO"]}),
        alternates=alternates({"kind": "component", "item": "old", "alternate": "new"}),
    )
    assert of.orders.is_empty()
    served = of.pegs.filter(pl.col("demand") == "SO").select("item", "for_item", "quantity").rows()
    assert served == [("new", "old", 5.0)]
    assert "5 old for SO in period 2 are served by new instead" in of.exceptions["sentence"][0]


def chairs(*rows: dict[str, object], wood: float = 0.0) -> MrpPlan:
    """A chair of wood, or by its bill steel; wood takes nine periods."""
    return plan_requirements(
        pl.DataFrame(
            {"item": ["chair", "wood", "steel"], "on_hand": [0.0, wood, 100.0], "lead_time": [1, 9, 1]}
        ),
        pl.DataFrame(
            {
                "parent": ["chair", "chair"],
                "component": ["wood", "steel"],
                "quantity": [2.0, 3.0],
                "bill": [None, "of steel"],
            }
        ),
        pl.DataFrame({"item": "chair", "period": [3, 4, 5, 6], "quantity": [5.0] * 4}),
        alternates=alternates(*rows),
    )


STEEL = {"kind": "bom", "item": "chair", "alternate": "of steel"}


def test_another_bill_is_used_where_the_parts_of_the_usual_one_are_not_to_be_had():
    of = chairs(STEEL, wood=20)
    assert of.orders.filter(pl.col("item") == "chair")["bill"].to_list() == [
        "usual",
        "usual",
        "of steel",
        "of steel",
    ]
    said = of.exceptions.filter(pl.col("kind") == "alternate_bom")["sentence"][0]
    assert said.startswith("Order chair#3 of 5 chair in period 4 is made by its bill of steel")


def test_bills_are_used_by_their_shares():
    usual = {"kind": "bom", "item": "chair", "alternate": "usual", "share": 0.5}
    of = chairs(usual, {**STEEL, "share": 0.5}, wood=100)
    assert of.orders.filter(pl.col("item") == "chair")["bill"].to_list() == ["usual", "of steel"] * 2


def bought(*rows: dict[str, object], closed: list[int] | None = None) -> MrpPlan:
    """An item from Usual & Sons in four periods, ten wanted in each of periods 3 to 6."""
    calendar = {"name": "Swift", "period": closed or [], "working": False}
    return plan_requirements(
        pl.DataFrame({"item": ["x"], "on_hand": [0.0], "lead_time": [4], "supplier": ["Usual & Sons"]}),
        None,
        pl.DataFrame({"item": "x", "period": [3, 4, 5, 6], "quantity": [10.0] * 4}),
        alternates=alternates(*rows),
        calendar=pl.DataFrame(
            calendar, schema={"name": pl.String, "period": pl.Int64, "working": pl.Boolean}
        ),
    )


SWIFT = {"kind": "supplier", "item": "x", "alternate": "Swift", "lead_time": 1}


def test_a_quicker_supplier_takes_what_the_usual_one_cannot_deliver_in_time():
    of = bought(SWIFT)
    assert of.orders["source"].to_list() == ["Swift", "Swift", "Usual & Sons", "Usual & Sons"]
    assert of.orders["late"].sum() == 0
    assert of.exceptions["kind"].to_list() == ["alternate_supplier"] * 2


def test_an_alternate_supplier_s_shutdown_counts():
    of = bought(SWIFT, closed=[2, 3])
    assert of.orders["late"].to_list()[0] > 0


def test_a_supplier_s_room_is_kept_to_and_what_finds_none_is_said():
    usual = {"kind": "supplier", "item": "x", "alternate": "Usual & Sons", "priority": 0, "maximum": 0.0}
    of = bought(usual, {**SWIFT, "maximum": 5.0})
    said = of.exceptions.filter(pl.col("kind") == "supplier_capacity")
    assert said.height == 4
    assert "more than Usual & Sons has room for, and no other supplier has" in said["sentence"][0]


def test_suppliers_share_the_lots():
    usual = {"kind": "supplier", "item": "x", "alternate": "Usual & Sons", "share": 0.5, "lead_time": 1}
    of = bought(usual, {**SWIFT, "share": 0.5})
    assert of.orders["source"].to_list() == ["Usual & Sons", "Swift"] * 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {**STEEL, "kind": "bill"},
            "alternates, row 1, kind: got bill, expected one of component, bom, supplier",
        ),
        ({**STEEL, "alternate": "of gold"}, "alternate: got of gold, expected the name of a bill of chair"),
        (
            {"kind": "component", "item": "wood", "alternate": "gold"},
            "alternate: got gold, expected a name that",
        ),
        ({"kind": "component", "item": "wood", "alternate": "chair"}, "chair > chair"),
        (None, "bom, row 2, bill: got of steel, expected a bill that alternates lists"),
    ],
)
def test_alternates_that_cannot_be_are_refused(row, said):
    with pytest.raises(BadTable) as refused:
        chairs(*([row] if row and row["kind"] != "component" else [row, STEEL] if row else []))
    assert said in " ".join(fault.sentence() for fault in refused.value.faults)
