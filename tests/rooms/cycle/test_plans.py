"""Plan versions: what is frozen, in units and money, that it never changes, and how two of them differ."""

from decimal import Decimal

import polars as pl
import pytest

from einklang.catalog.models import BomLine, Item, Price, WorkCentre
from einklang.cycle import actions, checks, queries
from einklang.cycle.models import PlanLine, PlanVersion
from einklang.demand import actions as demand_actions
from einklang.demand import queries as demand
from einklang.kernel import journal
from einklang.kernel.errors import NotFound, Refused
from einklang.orders.models import OrderLine
from einklang.supply import queries as supply
from tests.small_company import JUNE, MAY, MONTH_CENTS


def test_a_month_run_gives_a_plan_of_eighteen_months(version):
    assert (version.start, version.months, version.number) == (JUNE, 18, 1)
    assert PlanLine.objects.filter(version=version).count() == 2 * 18


def test_running_a_month_twice_gives_the_same_version(planned, paul):
    again = actions.run_cycle(MAY, by=paul)
    assert again.version == planned.version
    assert PlanVersion.objects.count() == 1
    assert journal.entries(event="plan.frozen").count() == 1


def test_what_never_changed_is_planned_to_go_on(version):
    """60 pumps at 450.00 and 10 valves at 80.00 a month."""
    june = queries.lines(version).filter(pl.col("period") == JUNE)
    assert june.select("item", "demand", "price_cents").rows() == [
        ("P-20", pytest.approx(60, rel=0.02), 450_00),
        ("V-1", pytest.approx(10, rel=0.02), 80_00),
    ]
    assert version.demand_cents == pytest.approx(18 * MONTH_CENTS, rel=0.02)


def test_every_total_is_the_sum_of_its_lines(version):
    plan = queries.lines(version)
    assert list(checks.footings()) == []
    for name in ("demand_cents", "revenue_cents", "cost_cents", "margin_cents"):
        assert plan[name].sum() == getattr(version, name)
        assert queries.by_family(plan)[name].sum() == getattr(version, name)
        assert queries.by_month(plan)[name].sum() == getattr(version, name)
    assert version.margin_cents == version.revenue_cents - version.cost_cents


def test_a_line_that_was_tampered_with_is_found(version):
    line = PlanLine.objects.filter(version=version).first()
    PlanLine.objects.filter(pk=line.pk).update(revenue_cents=line.revenue_cents + 1)
    assert list(checks.footings()) == [f"The lines of plan {version} do not add up to its total."]


def test_what_has_no_price_is_said_and_not_counted_as_zero(items, cycle, paul):
    """Nothing was ever sold of V-1 but samples, and it has no list price."""
    Price.objects.filter(item=items["V-1"]).delete()
    OrderLine.objects.filter(item=items["V-1"]).update(amount_cents=0)
    version = actions.run_cycle(MAY, by=paul).version

    assert version.unpriced == ["V-1"]
    valves = PlanLine.objects.filter(version=version, item=items["V-1"])
    assert set(valves.values_list("revenue_cents", "demand_cents", "margin_cents")) == {(None, None, None)}
    assert all(line.demand > 0 for line in valves)


def test_a_plan_counts_on_what_was_paid_and_not_on_the_list(items, cycle, paul):
    """The last year's pumps were sold at a tenth less than the list."""
    OrderLine.objects.filter(item=items["P-20"]).update(amount_cents=405_00)
    lines = OrderLine.objects.filter(item=items["P-20"])
    for line in lines:
        OrderLine.objects.filter(pk=line.pk).update(amount_cents=int(line.quantity) * 405_00)
    version = actions.run_cycle(MAY, by=paul).version
    assert set(PlanLine.objects.filter(version=version, item=items["P-20"]).values_list("price_cents")) == {
        (405_00,)
    }


def test_a_bottleneck_stands_in_the_version_with_its_price(items, cycle, paul):
    WorkCentre.objects.update(hours_per_day=2)
    version = actions.run_cycle(MAY, by=paul).version

    assert version.revenue_cents < version.demand_cents
    assert {row["name"] for row in version.bottlenecks} == {"Assembly"}
    assert all(row["shadow_price_cents"] > 0 for row in version.bottlenecks)


def test_stock_is_of_what_is_sold(items, cycle, paul):
    part = Item.objects.create(code="IMP", name="Impeller", kind=Item.Kind.BUY, is_sold=False)
    BomLine.objects.create(parent=items["P-20"], component=part, quantity=1)
    version = actions.run_cycle(MAY, by=paul).version
    assert not PlanLine.objects.filter(version=version, item=part).exists()


def test_supply_made_for_another_demand_is_not_frozen(planned, vera, paul):
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(90), kind="sales", reason="A big order", by=vera)
    agreed = demand_actions.agree(MAY, by=vera)
    with pytest.raises(Refused, match="made for another demand plan"):
        actions.freeze(planned.cycle, agreed, planned.version.supply_run, by=paul)


def test_a_version_holds_what_was_agreed_and_planned(version):
    plan = supply.plan_frame(version.supply_run)
    agreed = demand.consensus_frame(version.consensus)
    lines = queries.lines(version)
    assert lines["sellable"].to_list() == pytest.approx(plan["ship"].to_list(), abs=1e-4)
    assert lines["demand"].sum() == pytest.approx(agreed["quantity"].sum(), abs=0.01)


def test_a_later_version_leaves_the_former_as_it_was(version, vera, paul):
    before = queries.lines(version)
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(90), kind="sales", reason="A big order", by=vera)
    later = actions.run_cycle(MAY, by=paul).version

    assert (later.number, later.consensus.number) == (2, 2)
    assert queries.lines(version).equals(before)


def test_a_difference_is_told_in_sentences(version, vera, paul):
    demand_actions.give_voice(MAY, "P-20", JUNE, Decimal(80), kind="sales", reason="A big order", by=vera)
    later = actions.run_cycle(MAY, by=paul).version
    told = queries.compare(version, later)

    assert told.sentences[0] == "Compared over Jun 2014 to Nov 2015, the months both plan."
    assert "more revenue than 2014-05 base v1" in told.sentences[1]
    assert told.sentences[2].startswith("Pumps: ")
    assert told.by_item["item"].to_list() == ["P-20"]
    assert told.by_month["change_cents"].sum() == later.revenue_cents - version.revenue_cents


def test_a_version_does_not_differ_from_itself(version):
    assert queries.compare(version, version).sentences[1] == (
        "They plan the same, item by item and month by month."
    )


def test_versions_are_found_by_what_people_call_them(version, vera):
    for name in ("2014-05", "2014-05 v1", "2014-05/1", str(version.pk)):
        assert queries.version_named(name, seen_by=vera) == version
    for name in ("2014-04", "2014-05 v2", "nonsense", ""):
        with pytest.raises(NotFound):
            queries.version_named(name, seen_by=vera)


def test_a_number_is_walked_back_to_order_lines(version, vera):
    """The plan's pumps of June: agreed, forecast, and the 72 lines of 36 months in two territories."""
    walk = queries.walk_back(version, "P-20", JUNE, seen_by=vera)

    assert walk.line.demand == pytest.approx(Decimal(60), abs=Decimal("1.5"))
    assert walk.agreed.quantity == pytest.approx(float(walk.line.demand), abs=0.001)
    assert walk.agreed.statistical == pytest.approx(walk.forecast["mean"])
    assert walk.price_basis == "sold"
    assert walk.order_lines.count() == 72
    assert sum(line.quantity for line in walk.order_lines) == walk.history["quantity"].sum() == 36 * 60


def test_a_representative_walks_back_to_the_own_territory_only(version, rolf):
    walk = queries.walk_back(version, "P-20", JUNE, seen_by=rolf)
    assert {line.order.territory.code for line in walk.order_lines} == {"north"}


def test_an_item_that_is_not_planned_has_no_number(version, vera):
    with pytest.raises(NotFound):
        queries.walk_back(version, "X-9", JUNE, seen_by=vera)
