"""The calendar, the review list, an item taken apart, accuracy: each page says what it knows, and no more."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.demand import actions, queries
from einklang.orders.models import OrderLine
from tests.rooms.demand.conftest import JUNE, MAY

FAIR = {"kind": "campaign", "name": "Fair", "first": "2014-06-02", "last": "2014-06-05", "uplift": "20"}


@pytest.fixture
def signed_in(client, mara):
    client.force_login(mara)
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/demand/review-list/",
        "/demand/review-list/?why=none",
        "/demand/review-list/?why=voice",
        "/demand/events/",
        "/demand/events/?from=2014-01",
        "/demand/events/new/?month=2014-06",
        "/demand/accuracy/?lag=5&level=territory",
        "/demand/accuracy/?level=person",
        "/demand/accuracy/?lag=x&level=x",
        "/demand/items/total/",
    ],
)
def test_each_page_opens(run, signed_in, address):
    assert signed_in.get(address).status_code == 200


def test_an_empty_calendar_says_what_it_is_for(run, signed_in):
    assert "Nothing planned in this year" in signed_in.get("/demand/events/?from=2010-01").text


def test_an_event_is_planned_changed_and_withdrawn(run, signed_in, mara):
    signed_in.post(reverse("new-event"), FAIR | {"series": "P-20"})
    (event,) = queries.events(seen_by=mara)
    assert (event.uplift, event.first) == (Decimal("0.2"), date(2014, 6, 2))
    assert "Fair" in signed_in.get("/demand/events/?from=2014-06").text
    assert "Fair" in signed_in.get("/demand/items/P-20/").text
    page = signed_in.get(reverse("event", args=[event.pk])).text
    assert 'value="20"' in page
    signed_in.post(reverse("event", args=[event.pk]), FAIR | {"uplift": "30"})
    (changed,) = queries.events(seen_by=mara)
    assert changed.uplift == Decimal("0.3")
    assert "changed since" in signed_in.get(reverse("event", args=[event.pk])).text
    signed_in.post(reverse("withdraw-event", args=[changed.pk]))
    assert not queries.events(seen_by=mara).exists()


def test_an_event_that_ends_before_it_begins_is_refused_beside_the_form(run, signed_in):
    page = signed_in.post(reverse("new-event"), FAIR | {"last": "2014-06-01"})
    assert page.status_code == 422
    assert "cannot end before it begins" in page.text


def test_the_review_list_says_why_an_item_is_on_it(run, signed_in, rolf):
    actions.give_voice(MAY, "V-1", JUNE, Decimal(100), kind="sales", reason="fair", by=rolf)
    page = signed_in.get("/demand/review-list/?why=voice").text
    assert "V-1" in page
    assert "Somebody speaks about it." in page
    assert "P-30" not in page


def test_the_limits_of_the_review_list_are_set_in_percent(run, signed_in):
    fields = {"error_limit": "40", "bias_limit": "12.5", "change_limit": "30", "top_share": "0"}
    signed_in.post(reverse("review-list"), fields)
    assert queries.review_rule().bias_limit == Decimal("0.125")


def test_who_does_not_agree_the_demand_sets_no_limits(run, client, rolf):
    client.force_login(rolf)
    assert "Set the limits" not in client.get(reverse("review-list")).text
    assert client.post(reverse("review-list"), {}).status_code == 403


def test_a_voice_on_the_item_page_says_until_when_it_is_heard(run, signed_in, rolf):
    actions.give_voice(
        MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="fair", by=rolf, expires=date(2014, 8, 1)
    )
    assert "heard until the review of Aug 2014" in signed_in.get("/demand/items/P-20/").text


def test_an_odd_month_is_put_right_only_with_a_reason(run, signed_in):
    address = reverse("judge-outlier", args=["P-20", "2013-06"])
    assert signed_in.post(address, {"repair": "yes", "reason": ""}).status_code == 422
    assert signed_in.post(address, {"repair": "yes", "reason": "typing error"}).status_code == 302
    assert queries.repaired("P-20", date(2013, 6, 1))


def test_the_consensus_shows_the_way_to_its_number(run, signed_in, mara):
    agreed = actions.agree(MAY, by=mara)
    page = signed_in.get(
        reverse("consensus", args=[agreed.pk]), {"series": "family:pumps", "month": "2014-06"}
    )
    assert "a year before to" in page.text


def test_slow_models_need_a_number_of_items(run, signed_in):
    assert signed_in.post(reverse("start-deep"), {"items": "0"}).status_code == 422


def test_a_month_without_stock_is_marked_as_the_least_that_was_wished(run, signed_in):
    line = OrderLine.objects.filter(item__code="P-20").order_by("-period").first()
    OrderLine.objects.filter(pk=line.pk).update(is_lost=True)
    assert queries.sold_out(run, "P-20")["period"].to_list() == [line.period]
    assert "the least that was wished" in signed_in.get("/demand/items/P-20/").text
    assert queries.sold_out(run, "total").is_empty()
