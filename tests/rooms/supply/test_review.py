"""From a full month at a work centre to the orders and deals behind it; one item's record and tree."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.crm.models import Account, Deal, DealLine, Pipeline, Stage
from einklang.kernel.errors import NotAllowed, NotFound
from einklang.orders.models import OrderLine, SalesOrder
from einklang.supply import queries
from tests.rooms.supply.kept_plan import JULY, keep, notice


@pytest.fixture
def run(plant, too_much):
    return keep(too_much, plant)


@pytest.fixture
def waiting(plant, north, south, rolf, paul):
    """Of 80 small pumps in July 20 are booked in the north; 40 are hoped for in the south, at even odds."""
    near = Account.objects.create(code="A1", name="Waterworks", territory=north, owner=rolf)
    far = Account.objects.create(code="A2", name="Harbour", territory=south)
    facts = {"ordered_on": date(2014, 5, 20), "period": JULY, "currency": "EUR", "subtotal_cents": 0}
    order = SalesOrder.objects.create(
        number="E-1", account=near, seller=rolf, territory=north, subtotal_exact=0, **facts
    )
    OrderLine.objects.create(
        order=order, line_number=1, item=plant["P1"], quantity=20, unit_price_exact=0, amount_cents=0,
        amount_exact=0, period=JULY, wished_on=JULY,
    )  # fmt: skip
    stage = Stage.objects.create(
        pipeline=Pipeline.objects.create(code="p", name="Sales"), code="offer", name="Offer", sequence=1,
        odds=Decimal("0.5"),
    )  # fmt: skip
    deal = Deal.objects.create(
        code="D-1", name="Harbour pumps", account=far, owner=paul, stage=stage, created_on=date(2014, 5, 1),
        touched_at=datetime(2014, 5, 1, tzinfo=UTC),
    )  # fmt: skip
    DealLine.objects.create(deal=deal, item=plant["P1"], quantity=40, amount_cents=0, wished_on=JULY)


def test_hours_lead_through_parts_to_orders_deals_forecast_and_stock(run, waiting, paul):
    """Of 170 hours, P1 stands for 80: its own 40 and 40 of its motors; a quarter of that is booked."""
    told = queries.loading(run, "B", JULY, seen_by=paul)
    assert [(one.item, one.hours) for one in told.items] == [("M", 70), ("P2", 60), ("P1", 40)]
    assert told.behind.order == pytest.approx(20)
    assert told.behind.deal == pytest.approx(20)
    assert told.behind.stock == pytest.approx(90 * 10 / 60)
    assert told.behind.whole == pytest.approx(170)
    assert [(one.reference, one.account) for one in told.behind.orders] == [("E-1", "Waterworks")]
    assert [(one.name, one.odds) for one in told.behind.deals] == [("Harbour pumps", 0.5)]


def test_what_a_reader_may_not_see_is_counted_without_its_name(run, waiting, rolf):
    told = queries.loading(run, "B", JULY, seen_by=rolf).behind
    assert [one.reference for one in told.orders] == ["E-1"]
    assert told.deals == []
    assert (told.other_deals.count, told.other_deals.amount) == (1, pytest.approx(20))


def test_hidden_names_are_on_no_page_and_in_no_json(run, waiting, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("supply-load", args=[run.pk, "B", "2014-07"]))
    data = client.get(f"/api/supply/runs/{run.pk}/loads/B/2014-07-01")
    item = client.get(reverse("item-supply", args=["P1"]))
    for answer in (page, data, item):
        assert answer.status_code == 200
        assert "Harbour" not in answer.text
    assert "Waterworks" in page.text
    assert "and 1 other" in page.text
    assert data.json()["shadow_price"] is None
    assert "would save" not in page.text


def test_a_month_that_is_not_in_the_plan_is_not_found(run, paul):
    with pytest.raises(NotFound):
        queries.loading(run, "B", date(2015, 7, 1), seen_by=paul)


def test_what_an_hour_earns_is_told_to_those_who_see_costs(run, paul, rolf):
    """P1: 100 less four screws at 0.10, in an hour with its motor; P2: 200, in an hour and a half."""
    ranked = queries.throughput(run, seen_by=paul)
    assert ranked.select("item", "hours").rows() == [("P2", 1.5), ("P1", 1.0)]
    assert ranked["per_hour"].to_list() == pytest.approx([199.6 / 1.5, 99.6])
    with pytest.raises(NotAllowed):
        queries.throughput(run, seen_by=rolf)


def test_a_bottleneck_names_its_dearest_month_and_its_best_use(run, paul, rolf):
    told = queries.bottlenecks(run, seen_by=paul)[0]
    assert told.sentence == "Bench is full in Jul 2014. One more hour in Jul 2014 would save €90.00."
    assert (told.best, told.worst, told.dearest) == ("P2", "P1", JULY)
    assert queries.bottlenecks(run, seen_by=rolf)[0].sentence == "Bench is full in Jul 2014."


def test_the_record_foots_from_month_to_month(run, paul):
    rows = queries.item_view(run, "P1", seen_by=paul).record.rows(named=True)
    assert [(row["gross"], row["planned"], row["released"], row["stock"]) for row in rows] == [
        (40, 0, 0, 0),
        (80, 80, 80, 0),
    ]
    assert rows[1]["net"] == 80


def test_the_tree_of_a_part_ends_in_demand_and_that_of_a_pump_in_stock(run, paul):
    stays, up = queries.item_view(run, "S", seen_by=paul).up
    assert (stays.item, stays.parts) == ("S", [("stock", 1440)])
    assert (up.item, [line.item for line in up.below]) == ("M", ["P1", "P2"])
    assert dict(up.below[1].parts).keys() == {"end", "stock"}
    down = queries.item_view(run, "P1", seen_by=paul).down[0]
    assert (down.item, down.below[0].item, dict(down.below[0].parts).keys()) == ("M", "S", {"stock"})


def test_where_used_counts_all_levels(run, paul):
    uses = queries.item_view(run, "S", seen_by=paul).uses
    assert [(use.level, use.item, use.quantity) for use in uses] == [(1, "M", 4), (2, "P1", 4), (2, "P2", 4)]


def test_the_item_s_page_and_json_tell_the_same_record(run, waiting, paul, client):
    client.force_login(paul)
    notice(run, "excess", item=run.points.first().item, quantity=3)
    page = client.get(reverse("item-supply", args=["P1"]), {"run": run.pk})
    assert "Planned to start" in page.text
    assert "Harbour pumps" in page.text
    data = client.get(f"/api/supply/runs/{run.pk}/items/P1").json()
    assert [row["released"] for row in data["record"]] == [0, 80]
    assert data["behind"]["deals"][0]["reference"] == "D-1"
    assert client.get(f"/api/supply/runs/{run.pk}/items/nothing").json() is None


@pytest.mark.parametrize(("name", "arguments"), [("supply-load", ["B", "2014-07"]), ("item-supply", ["P1"])])
def test_pages_cost_the_same_number_of_queries_however_much_stands_behind(
    run, waiting, plant, paul, client, django_assert_num_queries, name, arguments
):
    client.force_login(paul)
    address = reverse(name, args=[run.pk, *arguments] if name == "supply-load" else arguments)
    client.get(address)
    asked = count_of(client, address)
    for number in range(2, 12):
        SalesOrder.objects.create(
            number=f"E-{number}", account=Account.objects.get(code="A1"), ordered_on=date(2014, 5, 20),
            period=JULY, currency="EUR", subtotal_cents=0, subtotal_exact=0,
        ).lines.create(
            line_number=1, item=plant["P1"], quantity=1, unit_price_exact=0, amount_cents=0, amount_exact=0,
            period=JULY, wished_on=JULY,
        )  # fmt: skip
        notice(run, "excess", item=plant["P1"], quantity=number)
    with django_assert_num_queries(asked):
        client.get(address)


def count_of(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return len(seen)
