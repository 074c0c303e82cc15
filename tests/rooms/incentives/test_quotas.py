"""Quotas rest on a signed plan, add up to the cent, and never ask for what cannot be delivered."""

import json
from datetime import date

import pytest
from django.urls import reverse

from einklang.catalog.models import WorkCentre
from einklang.cycle import queries as cycle_queries
from einklang.incentives import actions, checks, queries
from einklang.incentives.models import Quota, QuotaRound, SellerQuota
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from tests.small_company import JUNE, MAY, MONTH_CENTS


def test_quotas_need_a_signed_plan(version, vera):
    with pytest.raises(Refused, match="have this plan signed first"):
        actions.set_quotas(version, 100_00, by=vera)
    assert not Quota.objects.exists()


def test_a_target_is_shared_by_potential(signed, vera):
    """
    territory  potential
    north      200
    south      100
    """
    result = actions.set_quotas(signed, 9_000_00, by=vera)
    assert result.quotas == {"north": 6_000_00, "south": 3_000_00}
    assert result.uncovered == 0


def test_a_target_is_shared_by_what_was_sold(signed, vera):
    """North sold 40 pumps and 8 valves a month (18,640.00), south 20 and 2 (9,160.00)."""
    result = actions.set_quotas(signed, 27_800_00, weights="history", by=vera)
    sellable = cycle_queries.sellable_cents(signed, JUNE)
    north = min(27_800_00, sellable) * 18_640 / 27_800
    assert result.quotas["north"] == pytest.approx(north, abs=1)


def test_what_cannot_be_delivered_stays_uncovered(signed, vera):
    sellable = cycle_queries.sellable_cents(signed, JUNE)
    result = actions.set_quotas(signed, sellable + 5_000_00, by=vera)
    assert result.uncovered == 5_000_00
    assert sum(result.quotas.values()) == sellable


def test_the_bottleneck_behind_a_shortfall_is_named(cycle, items, paul):
    from einklang.cycle.actions import run_cycle

    WorkCentre.objects.update(hours_per_day=2)
    version = run_cycle(MAY, by=paul).version
    proposal = queries.propose(version, 2 * MONTH_CENTS, month=JUNE)
    assert proposal.shared.uncovered > 0
    full = [row for row in version.bottlenecks if row["period"] == "2014-06-01"]
    assert proposal.bottlenecks == full
    if full:
        assert "one more hour there would earn" in queries.obstacle(full[0], "EUR")


def test_setting_quotas_again_takes_the_place_of_the_former(signed, vera):
    actions.set_quotas(signed, 9_000_00, by=vera)
    actions.set_quotas(signed, 3_000_00, by=vera)
    assert [quota.amount_cents for quota in queries.quotas(signed, seen_by=vera)] == [2_000_00, 1_000_00]
    assert QuotaRound.objects.count() == 2
    assert journal.entries(event="quotas.set").count() == 2


def test_a_month_beyond_the_plan_has_no_quotas(signed, vera):
    with pytest.raises(NotFound):
        actions.set_quotas(signed, 1_00, month=date(2020, 1, 1), by=vera)


@pytest.mark.parametrize(("target", "weights"), [(-1, "potential"), (100, "beauty")])
def test_nonsense_is_refused(signed, vera, target, weights):
    with pytest.raises(Refused):
        actions.set_quotas(signed, target, weights=weights, by=vera)


def test_a_representative_sets_nothing_and_sees_the_own_territory(signed, vera, rolf):
    actions.set_quotas(signed, 9_000_00, by=vera)
    with pytest.raises(NotAllowed):
        actions.set_quotas(signed, 1_00, by=rolf)
    assert [quota.territory.code for quota in queries.quotas(signed, seen_by=rolf)] == ["north"]


def test_quotas_foot(signed, vera):
    actions.set_quotas(signed, 9_000_01, by=vera)
    assert list(checks.footings()) == []
    Quota.objects.filter(territory__code="north").update(amount_cents=1)
    assert len(list(checks.footings())) == 1


def test_attainment_is_what_was_sold_against_the_quota(signed, vera):
    """Nothing is sold in June yet; May has 18,640.00 in the north."""
    actions.set_quotas(signed, 9_000_00, by=vera)
    north, south = queries.territory_attainment(JUNE, seen_by=vera)
    assert (north.quota_cents, north.sold_cents, north.share) == (6_000_00, 0, 0.0)
    assert south.code == "south"


def test_a_sellers_months_are_those_in_whose_middle_the_quota_holds(items, rolf, vera, june_2014):
    """A quota from 30 November counts December, January and February; the next one starts on 1 March."""
    actions.set_seller_quotas(
        [
            (rolf, date(2013, 11, 30), None, 55_920_00, "EUR"),
            (rolf, date(2014, 3, 1), None, 18_640_00, "EUR"),
        ],
        by=vera,
    )
    later, earlier = queries.seller_attainment(seen_by=vera)
    assert (earlier.end, earlier.sold_cents, earlier.share) == (date(2014, 2, 28), 3 * 18_640_00, 1.0)
    assert (later.sold_cents, later.share) == (3 * 18_640_00, 3.0)


def test_a_sellers_quota_is_set_again_by_its_first_day(items, rolf, vera):
    for cents in (1_00, 2_00):
        actions.set_seller_quotas([(rolf, MAY, None, cents, "EUR")], by=vera)
    assert SellerQuota.objects.get().amount_cents == 2_00


def test_only_sellers_carry_a_quota(items, anna, vera):
    with pytest.raises(Refused):
        actions.set_seller_quotas([(anna, MAY, None, 1_00, "EUR")], by=vera)


def test_the_page_and_the_api_give_the_same_answer(signed, vera, client):
    sellable = cycle_queries.sellable_cents(signed, JUNE)
    target = sellable + 5_000_00
    client.force_login(vera)
    address = reverse("plan-quotas", args=[signed.pk])
    tried = client.get(address, {"target": f"{target / 100:.2f}", "weights": "potential"})
    page = client.post(address, {"target": f"{target / 100:.2f}", "weights": "potential"}, follow=True)
    body = json.dumps({"target_cents": target})
    told = client.post(f"/api/plans/{signed.pk}/quotas", body, content_type="application/json").json()

    assert "€5,000.00 of the target has no supply behind it." in tried.text
    assert "€5,000.00" in page.text
    assert told["uncovered"] == 5_000_00
    assert sum(told["quotas"].values()) == sellable


@pytest.mark.parametrize("name", ["vera", "mara", "rolf", "sina", "anna", "paul", "fina", "adam"])
def test_every_role_reads_quotas_as_far_as_it_may(signed, vera, client, request, name):
    actions.set_quotas(signed, 9_000_00, by=vera)
    client.force_login(request.getfixturevalue(name))
    for address in ("quotas", "seller-quotas", "quota-history"):
        assert client.get(reverse(address)).status_code == 200
    seen = client.get(f"/api/plans/{signed.pk}/quotas").json()
    assert {row["territory"] for row in seen} <= {"north", "south"}


def test_without_a_signed_plan_the_page_says_what_to_do(company, client, vera):
    client.force_login(vera)
    assert "Quotas rest on a signed plan" in client.get(reverse("quotas")).text
