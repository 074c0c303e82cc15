"""The schedule of a plan's first weeks: hours and parts by the day, what comes late, and who waits for it."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from django.urls import reverse

from einklang.catalog.models import Item, RoutingStep, WorkCentre
from einklang.crm.models import Account
from einklang.orders.models import OrderLine, SalesOrder, WorkOrder, WorkOrderStep
from einklang.supply import actions, queries
from tests.engine.schedules import assert_it_can_be_kept


@pytest.fixture
def account(company):
    return Account.objects.create(code="N", name="Northern Water")


@pytest.fixture
def run(plant, consensus, paul):
    return actions.plan_supply(consensus, by=paul)


def ordered(account, item: str, quantity: int, due: date, *, seller=None) -> SalesOrder:
    """A customer's order that is open."""
    facts = {"currency": "EUR", "subtotal_cents": 100, "subtotal_exact": 1}
    order = SalesOrder.objects.create(
        number=f"A-{item}-{due:%m%d}",
        account=account,
        seller=seller,
        ordered_on=date(2014, 5, 10),
        period=due.replace(day=1),
        **facts,
    )
    OrderLine.objects.create(
        order=order,
        line_number=1,
        item=Item.objects.get(code=item),
        quantity=quantity,
        unit_price_exact=1,
        amount_cents=100,
        amount_exact=1,
        wished_on=due,
        period=due.replace(day=1),
    )
    return order


def test_the_first_two_months_are_scheduled_over_the_hours_of_each_day(run, paul):
    found = queries.scheduled(run, seen_by=paul)
    usual = found.plan.load.filter(pl.col("day") == date(2014, 6, 2))

    assert (found.tables.start, found.tables.end) == (date(2014, 6, 1), date(2014, 7, 31))
    assert usual["hours"].to_list() == [pytest.approx(8.0, rel=0.11)]
    assert found.plan.load.filter(pl.col("day").dt.weekday() > 5)["hours"].sum() == 0
    assert_it_can_be_kept(found.plan)


def test_the_month_of_the_plan_is_due_in_whole_pieces_on_its_fridays(run, paul):
    needs = queries.scheduled(run, seen_by=paul).tables.needs
    june = needs.filter((pl.col("item") == "P1") & (pl.col("period") == date(2014, 6, 1)))

    assert june["quantity"].sum() == pytest.approx(80)
    assert june["due"].dt.weekday().unique().to_list() == [5]
    assert (june["quantity"] % 1).sum() == 0


def test_a_customer_order_has_its_own_day_and_goes_before_the_forecast(run, account, paul):
    ordered(account, "P2", 30, date(2014, 6, 4))
    found = queries.scheduled(run, seen_by=paul)
    mine = found.needs.filter(pl.col("what") == "ordered").row(0, named=True)
    plan = found.tables.needs.filter((pl.col("item") == "P2") & (pl.col("period") == date(2014, 6, 1)))

    assert mine["order"] == "A-P2-0604/1"
    assert found.plan.orders["order"][0] == "A-P2-0604/1"
    assert plan["quantity"].sum() == pytest.approx(40)


def test_what_is_late_names_its_reason_its_customer_and_leads_to_the_week(run, account, paul):
    ordered(account, "P2", 30, date(2014, 6, 4))
    found = queries.scheduled(run, seen_by=paul)
    told = queries.lates(found, found.late, seen_by=paul)

    assert told[0].order == "A-P2-0604/1"
    assert told[0].number == "A-P2-0604"
    assert told[0].account == account.name
    assert all(one.reason for one in told)


def test_work_under_way_takes_its_hours_before_anything_new(run, plant, paul):
    bench = WorkCentre.objects.get(code="B")
    order = WorkOrder.objects.create(
        number="W-1", item=plant["P1"], quantity=10, starts_on=date(2014, 5, 28), due_on=date(2014, 6, 10)
    )
    RoutingStep.objects.create(item=plant["P1"], sequence=2, work_centre=bench, hours_per_unit=Decimal("0.2"))
    planned = {"work_centre": bench, "planned_start": date(2014, 5, 28), "planned_end": date(2014, 6, 10)}
    WorkOrderStep.objects.create(work_order=order, sequence=1, ended_on=date(2014, 5, 30), **planned)
    WorkOrderStep.objects.create(work_order=order, sequence=2, **planned)
    found = queries.scheduled(run, seen_by=paul)
    first = found.plan.operations.sort("start").row(0, named=True)

    assert (first["lot"], first["step"], round(first["hours"], 3)) == ("W-1", 2, 2.0)
    assert found.plan.under_way["end"].to_list() == [date(2014, 6, 2)]


def test_ranked_by_throughput_the_same_is_scheduled_in_another_sequence(run, paul):
    one = queries.scheduled(run, seen_by=paul)
    other = queries.scheduled(run, rank="throughput", seen_by=paul)

    assert sorted(one.plan.orders["order"]) == sorted(other.plan.orders["order"])
    assert other.rank == "throughput"
    assert_it_can_be_kept(other.plan)


def test_the_pages_show_weeks_lates_and_bars(run, account, paul, client):
    ordered(account, "P2", 30, date(2014, 6, 4))
    client.force_login(paul)
    page = client.get(reverse("supply-schedule"))
    week = client.get(reverse("supply-schedule-centre", args=["B"]), {"week": "2014-06-04"})

    assert "A-P2-0604" in page.text
    assert "floor-bar" in week.text
    assert client.get(reverse("supply-schedule"), {"kind": "plan", "rank": "throughput"}).status_code == 200


def test_a_day_or_centre_that_does_not_exist_is_not_found(run, paul, client):
    client.force_login(paul)

    assert client.get(reverse("supply-schedule-centre", args=["X"])).status_code == 404
    assert client.get(reverse("supply-schedule-centre", args=["B"]), {"week": "soon"}).status_code == 404


def test_without_a_plan_the_pages_say_what_is_missing(company, paul, client):
    client.force_login(paul)

    assert "There is no supply plan yet" in client.get(reverse("supply-schedule")).text
    assert client.get(reverse("supply-schedule-centre", args=["B"])).status_code == 404


def test_the_schedule_over_json_tells_the_same(run, account, paul, client):
    ordered(account, "P2", 30, date(2014, 6, 4))
    client.force_login(paul)
    told = client.get(f"/api/supply/runs/{run.pk}/schedule").json()
    found = queries.scheduled(run, seen_by=paul)

    assert told["deliveries"] == found.needs.height
    assert [one["order"] for one in told["late"]] == found.late["order"].to_list()
    assert told["start"] == "2014-06-01"
