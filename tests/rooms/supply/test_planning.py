"""A supply plan keeps the hours there are, says what is lost, and can be retraced to its demand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from django.utils import translation

from einklang.catalog.models import Item, Supplier
from einklang.crm.models import Account
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused
from einklang.kernel.models import JournalEntry
from einklang.orders.actions import Wish, book
from einklang.orders.models import PurchaseOrder, PurchaseOrderLine, WorkOrder
from einklang.supply import actions, checks, queries
from einklang.supply.levers import Levers
from einklang.supply.models import SupplyRun
from einklang.supply.queries import noticed
from einklang.supply.queries.work import work_out
from tests.rooms.supply.conftest import agreed


def test_what_fits_the_hours_is_delivered_whole(consensus, paul):
    run = actions.plan_supply(consensus, by=paul)
    plan = queries.plan_frame(run)
    assert plan["lost"].sum() == pytest.approx(0, abs=1e-6)
    assert plan["ship"].sum() == pytest.approx(720)
    assert run.is_proven
    assert run.bottlenecks == []


def test_every_item_and_month_balances(consensus, paul):
    run = actions.plan_supply(consensus, by=paul)
    rows = queries.plan_frame(run, parts=True).sort("item", "period")
    opening = pl.DataFrame({"item": ["M", "P1", "P2", "S"], "first": [0.0, 40.0, 0.0, 2000.0]})
    rows = rows.join(opening, on="item").with_columns(
        before=pl.coalesce(pl.col("stock").shift(1).over("item"), "first")
    )
    left = rows["before"] + rows["make"] + rows["buy"] + rows["coming"] - rows["ship"] - rows["used"]
    assert (left - rows["stock"]).abs().max() < 1e-6


def test_more_than_the_hours_names_the_bottleneck_and_its_price(too_much, paul):
    run = actions.plan_supply(too_much, by=paul)
    assert [row["resource"] for row in run.bottlenecks] == ["B"]
    assert queries.plan_frame(run)["lost"].sum() > 100
    loads = queries.load_frame(run)
    assert (loads["load"] - loads["capacity"] - loads["overtime"]).max() < 1e-6
    assert loads["shadow_price"].max() > 0
    assert "Bench is full in 6 months" in queries.bottleneck_sentences(run)[0]


def test_cost_lines_sum_to_the_objective(too_much, paul):
    run = actions.plan_supply(too_much, by=paul)
    assert sum(row["cents"] for row in run.costs) == pytest.approx(run.objective_cents, abs=len(run.costs))


def test_orders_of_parts_peg_to_the_pumps_they_are_for(consensus, paul):
    run = actions.plan_supply(consensus, by=paul)
    up = [line for top in queries.pegging_tree(run, "S")[0] for line in top.whole()]
    assert {"M", "P1", "P2"} <= {line.item for line in up}
    assert {line.item for line in up for kind, _ in line.parts if kind == "end"} == {"P1", "P2"}
    down = [line for top in queries.pegging_tree(run, "P2")[1] for line in top.whole()]
    assert {"M", "S"} <= {line.item for line in down}


def test_orders_are_whole_units_and_bought_in_the_supplier_s_multiple(too_much, paul):
    run = actions.plan_supply(too_much, by=paul)
    orders = {order.item.code: order.quantity for order in queries.orders(run)}
    assert all(quantity == round(quantity) for quantity in orders.values())
    assert orders["S"] % 100 == 0


def test_the_same_inputs_give_the_plan_that_exists(consensus, paul):
    first = actions.plan_supply(consensus, by=paul)
    again = actions.plan_supply(consensus, by=paul)
    assert again == first
    assert JournalEntry.objects.filter(event="supply.planned").count() == 1


def test_another_demand_factor_is_another_plan(consensus, paul):
    base = actions.plan_supply(consensus, by=paul)
    more = actions.plan_supply(consensus, scenario="more", demand_factor=1.5, by=paul)
    assert more.settings == {"demand_factor": 1.5}
    assert queries.plan_frame(more)["demand"].sum() == pytest.approx(
        1.5 * queries.plan_frame(base)["demand"].sum()
    )
    assert queries.latest_run(consensus) == base
    assert queries.latest_run(consensus, scenario="more") == more


def test_less_capacity_never_delivers_more(too_much, paul):
    full = actions.plan_supply(too_much, by=paul)
    half = actions.plan_supply(too_much, scenario="half", capacity_factor=0.5, by=paul)
    assert queries.plan_frame(half)["ship"].sum() < queries.plan_frame(full)["ship"].sum()


def test_what_can_be_sold_is_what_ships(consensus, paul):
    run = actions.plan_supply(consensus, by=paul)
    sellable = queries.sellable_frame(run)
    assert sellable["quantity"].sum() == pytest.approx(queries.plan_frame(run)["ship"].sum())
    assert set(sellable["item"]) == {"P1", "P2"}


def test_a_rep_may_not_plan_supply(consensus, rolf):
    with pytest.raises(NotAllowed, match="plan supply"):
        actions.plan_supply(consensus, by=rolf)
    assert not SupplyRun.objects.exists()


def test_without_agreed_demand_there_is_nothing_to_plan(plant, paul):
    with pytest.raises(Refused, match="no demand"):
        actions.plan_supply(agreed(3), by=paul)


def test_a_factor_no_plan_can_mean_is_refused():
    with pytest.raises(Refused, match="between 0 and 10"):
        Levers(demand_factor=-1.0)


def test_everything_foots(too_much, paul):
    actions.plan_supply(too_much, by=paul)
    assert list(checks.footings()) == []


def test_orders_booked_for_coming_months_are_part_of_the_forecast(consensus, rolf, sina, paul):
    """30 small pumps are still owed from May; 50 of the 80 expected in June are booked already."""
    customer = Account.objects.create(code="A-1", name="Wasserwerk", owner=rolf)
    for day, quantity in ((date(2014, 5, 20), "30"), (date(2014, 6, 20), "50")):
        with clock.at(datetime(2014, 5, 12, tzinfo=UTC)):
            wish = Wish("P1", Decimal(quantity), Decimal(100), wished_on=day)
            book(customer, [wish], currency="EUR", by=sina)

    run = actions.plan_supply(consensus, by=paul)

    june = queries.plan_frame(run).filter(pl.col("item") == "P1").row(0, named=True)
    assert (june["demand"], june["ship"]) == (80.0, 110.0)


def test_what_outlasts_its_shelf_life_is_thrown_away_and_bought_again(plant, consensus, paul):
    """2,000 screws lie there and last two months; 480 to 960 a month are drawn."""
    plant["S"].shelf_life_days = 61
    plant["S"].save()

    run = actions.plan_supply(consensus, by=paul)

    screws = queries.plan_frame(run, parts=True).filter(pl.col("item") == "S")
    assert screws["expired"].sum() > 0
    assert screws["buy"].sum() > 0
    assert queries.plan_frame(run)["lost"].sum() == pytest.approx(0, abs=1e-6)
    assert list(checks.footings()) == []


def test_a_part_that_comes_too_late_limits_what_is_sold(plant, consensus, paul):
    """Without screws in stock no motor can be made in June: an order of today arrives in July."""
    plant["S"].stock_moves.all().delete()

    run = actions.plan_supply(consensus, by=paul)

    plan = queries.plan_frame(run)
    june = plan.filter(pl.col("period") == date(2014, 6, 1))
    assert june["ship"].sum() == pytest.approx(40)
    assert june["backlog"].sum() + june["lost"].sum() == pytest.approx(80)
    assert queries.exceptions(run, kind="lead_time_too_short").count() == 0


def test_an_overdue_open_order_is_one_exception_and_counts_in_the_first_month(plant, consensus, paul):
    due = {"starts_on": date(2014, 4, 1), "due_on": date(2014, 4, 20)}
    WorkOrder.objects.create(number="W-1", item=plant["M"], quantity=30, scrapped=0, **due)

    run = actions.plan_supply(consensus, by=paul)

    [found] = queries.exceptions(run, kind="past_due")
    assert (found.reference, found.quantity) == ("W-1", 30)
    motors = queries.plan_frame(run, parts=True).filter(pl.col("item") == "M")
    assert motors["coming"][0] == 30
    assert queries.exceptions(run, kind="demand_late").count() == 0


@pytest.fixture
def few_screws(plant, consensus):
    """Motors come in fifties: June's 80 become 100, which ask for 400 screws; 350 lie there."""
    Item.objects.filter(code="M").update(lot_multiple=50)
    plant["S"].stock_moves.update(quantity=350)
    return consensus


def test_a_part_that_cannot_come_in_time_is_one_row_that_names_the_orders_that_wait(few_screws, paul):
    run = actions.plan_supply(few_screws, by=paul)

    [found] = queries.exceptions(run, item="S").exclude(kind__in=("below_safety_stock", "demand_late"))
    assert (found.kind, found.reference, found.quantity, found.months) == ("order_at_risk", "S#1", 100, 1)
    assert found.waiting == "P2#P1, P1#P1, M#P1"
    pumps = dict(run.orders.filter(order__in=("P1#P1", "P2#P1")).values_list("order", "quantity"))
    assert found.value_cents == pumps["P1#P1"] * 50_00 + pumps["P2#P1"] * 80_00, "motors not again"
    sentence = queries.exception_sentence(found)
    assert "Order S#1 of 100 S comes too late in Jun 2014" in sentence
    assert "(P2#P1, P1#P1, M#P1) come up to 1 month late" in sentence
    with translation.override("de"):
        assert "Aufträge, die darauf warten (P2#P1, P1#P1, M#P1)" in queries.exception_sentence(found)
    [release, *_] = queries.mends(run, [found])[found.pk]
    assert release.change["orders"] == ["S#1"]


def test_a_part_whose_late_orders_hold_nothing_up_says_so_once(few_screws, paul):
    told = work_out(few_screws)
    said = pl.DataFrame(
        {
            "item": ["S", "S", "S"],
            "kind": ["lead_time_too_short", "lead_time_too_short", "shortage"],
            "period": [1, 2, 1],
            "until": [1, 2, None],
            "quantity": [100.0, 200.0, 50.0],
            "reference": ["S#1", "S#2", ""],
            "other": ["", "", ""],
        }
    )
    once = noticed.once(told.inputs, said)
    assert once.select("kind", "reference").rows() == [
        ("lead_time_too_short", "S#2"),
        ("lead_time_too_short", "S#1"),
    ]


def test_an_open_order_to_bring_forward_is_one_row(few_screws, plant, paul):
    """The plan orders screws for July, requirements some for June: both could use what comes in August."""
    order = PurchaseOrder.objects.create(
        number="PO-1", supplier=Supplier.objects.get(), state="approved",
        ordered_on=date(2014, 5, 1), currency="EUR", buyer=paul,
    )  # fmt: skip
    PurchaseOrderLine.objects.create(
        order=order, line_number=1, item=plant["S"], quantity=300, due_on=date(2014, 8, 10),
        price_cents=10, amount_cents=3000,
    )  # fmt: skip

    run = actions.plan_supply(few_screws, by=paul)

    [found] = queries.exceptions(run, kind="reschedule_in")
    assert (found.reference, found.period, found.until) == ("PO-1", date(2014, 6, 1), date(2014, 8, 1))
