"""Where no plan keeps all limits: which clash, where, by how much, and what would mend it."""

from typing import Any

import pytest

from einklang.engine.errors import Impossible
from einklang.engine.supply.balance import Settings, Tables, read
from einklang.engine.supply.balance.clash import clash
from tests.engine.balance_tables import asked, item, months, plan_of, table

PRESS: dict[str, Any] = {
    "resources": table({"resource": "press", "hours": 15.0}),
    "routing": table({"item": "a", "resource": "press", "hours": 1.0}),
}
BOUGHT = [item("a", material_cost=None)]
OFFER = {"supplier": "far", "item": "a", "price": 1.0}


def sentence(*items: dict[str, Any], demand: list[float], **more: Any) -> str:
    with pytest.raises(Impossible) as refused:
        plan_of(items, asked("a", demand), **more)
    return str(refused.value)


def test_hours_and_demand_clash_and_either_mends_it():
    said = sentence(item("a"), demand=[10, 10, 40], **PRESS)
    assert said == (
        "No plan keeps all limits. These clash: the demand for a in 1 to 3 and the hours of press in 1 to 3. "
        "Any one of these would mend it: 15.0 less demand or as much in lost sales for a in 3; "
        "15.0 more hours on press in 3. "
        "Not allowed for a, since the cost is blank: subcontracting, backlog and lost sales."
    )


def test_a_demand_that_is_only_too_early_may_also_be_late():
    said = sentence(item("a"), demand=[20, 0, 0], **PRESS)
    assert "a backlog of 5.0 allowed for a in 1" in said


def test_the_ban_on_backlog_at_the_end_is_named():
    said = sentence(item("a", backorder_cost=1.0), demand=[10, 10, 40], **PRESS)
    assert "the ban on backlog of a in 3" in said
    assert "a backlog of 15.0 allowed for a in 3" in said


@pytest.mark.parametrize(
    ("more", "named", "mend"),
    [
        ({"suppliers": table({**OFFER, "maximum": 5.0})}, "the most that can come of a from far in 1 to 3",
         "15.0 more from suppliers, most of it of a from far"),
        ({"suppliers": table(OFFER), "contracts": table({"supplier": "far", "maximum": 20.0})},
         "the most the contract with far allows", "10.0 more in the contract with far"),
    ],
)  # fmt: skip
def test_what_suppliers_cannot_send_is_named(more, named, mend):
    said = sentence(*BOUGHT, demand=[10, 10, 10], **more)
    assert named in said
    assert mend in said


def test_a_supplier_that_must_send_more_than_there_is_room_for():
    said = sentence(
        item("a", material_cost=None, max_stock=4.0), demand=[1, 1, 1],
        suppliers=table({**OFFER, "minimum": 10.0}),
    )  # fmt: skip
    assert "the least that must come of a from far" in said
    assert "the maximum stock of a" in said
    assert "less that must be bought" in said
    assert "room for" in said


def test_final_stock_above_the_room_there_is():
    said = sentence(item("a", final_stock=20.0, max_stock=5.0), demand=[1, 1, 1])
    assert said == (
        "No plan keeps all limits. These clash: the maximum stock of a in 3 and the final stock of a. "
        "Any one of these would mend it: room for 15.0 more in stock for a in 3; 15.0 less final stock of a."
    )


def test_frozen_orders_that_the_hours_do_not_allow():
    former = table({"item": "a", "period": "1", "make": 30.0})
    said = sentence(item("a"), demand=[5, 5, 5], former=former, settings=Settings(frozen_periods=1), **PRESS)
    assert "the frozen or fixed orders of a in 1 and the hours of press in 1" in said or (
        "the hours of press in 1 and the frozen or fixed orders of a in 1" in said
    )
    assert "15.0 of the frozen or fixed orders changed of a in 1" in said


def test_a_lane_too_narrow_is_named():
    items = [item("a", site="plant"), item("a", site="shop", material_cost=None)]
    lane = {"item": "a", "from_site": "plant", "to_site": "shop", "cost": 1.0, "max": 3.0}
    with pytest.raises(
        Impossible, match=r"the most the lane plant to shop for a carries in 1 to 2.*2\.0 more on"
    ):
        plan_of(items, asked("a", [4, 4, 0], site="shop"), lanes=table(lane))


def test_whole_lots_that_fit_nowhere_are_named_though_half_of_one_would():
    said = sentence(
        item("a", lot_multiple=8.0, max_stock=2.0), demand=[3, 0, 0], settings=Settings(integer=("lots",))
    )
    assert "the lot multiple of a" in said
    assert "room for 9.0 more in stock, most of it for a in" in said


def test_a_lead_time_longer_than_the_time_there_is():
    said = sentence(item("a", lead_time=2.0), demand=[3, 0, 0])
    assert "3.0 less demand or as much in lost sales for a in 1" in said


def test_what_may_be_neither_made_nor_bought_is_said():
    said = sentence(item("a", material_cost=None), demand=[3, 0, 0])
    assert "Not allowed for a, since the cost is blank: making or buying, subcontracting" in said


def test_a_shortage_of_a_component_is_traced_to_its_supplier():
    items = [item("box"), item("nail", material_cost=None)]
    with pytest.raises(Impossible, match="the most that can come of nail from far in 1"):
        plan_of(
            items, asked("box", [10, 0, 0]),
            bom=table({"parent": "box", "component": "nail", "quantity": 8.0}),
            suppliers=table({"supplier": "far", "item": "nail", "price": 1.0, "maximum": 40.0}),
        )  # fmt: skip


def test_without_time_to_find_the_clash_a_rough_count_is_given():
    tables = Tables(months(3), table(item("a")), asked("a", [10, 10, 40]), **PRESS)
    assert clash(read(tables, Settings(seconds=0.0))).endswith(
        "By a rough count press lacks most: all demand needs 60 hours, and there are 45 with overtime. "
        "Allow more time, or plan fewer items at once."
    )
