"""Targets and spending: who may set them, for whom they count, and that only the newest holds."""

from datetime import date

import pytest
from django.urls import reverse

from einklang.engine.kpis import Span
from einklang.insight import actions, queries
from einklang.insight.models import Spend, Target
from einklang.insight.registry import KPIS
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused
from einklang.people.models import Team

APRIL, MAY = date(2014, 4, 1), date(2014, 5, 1)
REVENUE = KPIS["revenue"]


def goal(user, month=APRIL, where=None, months=1, as_of=date(2014, 6, 30)):
    span = Span.of_months(month, months, as_of)
    return queries.goals([REVENUE], span, where or {}, seen_by=user).get("revenue")


def test_a_target_is_set_and_written_in_the_journal(house, vera):
    actions.set_target("revenue", date(2014, 4, 17), 500_00, by=vera)
    target = Target.objects.get()
    assert (target.period, target.value) == (APRIL, 500_00)
    assert journal.entries(event="target.set").get().facts["kpi"] == "revenue"


def test_the_newest_target_holds_and_the_former_stays(house, vera):
    actions.set_target("revenue", APRIL, 500_00, by=vera)
    actions.set_target("revenue", APRIL, 600_00, by=vera)
    assert goal(vera).value == 600_00
    assert Target.objects.count() == 2


def test_months_add_up_to_the_quarter_of_what_adds_up(house, vera):
    for month, value in ((4, 100), (5, 200), (6, 300)):
        actions.set_target("revenue", date(2014, month, 1), value, by=vera)
    assert goal(vera, months=3).value == 600


def test_a_quarter_with_a_month_without_target_has_none(house, vera):
    actions.set_target("revenue", APRIL, 100, by=vera)
    assert goal(vera, months=3) is None


def test_in_a_running_month_only_the_days_gone_are_due(house, vera):
    actions.set_target("revenue", MAY, 310_00, by=vera)
    found = goal(vera, MAY, as_of=date(2014, 5, 10))
    assert (found.value, found.by_now, found.running) == (310_00, 100_00, True)


def test_a_rep_is_never_held_against_the_companys_target(house, vera, rolf, north):
    actions.set_target("revenue", APRIL, 1000_00, by=vera)
    assert goal(rolf) is None
    actions.set_target("revenue", APRIL, 200_00, territory=north, by=vera)
    assert goal(rolf).value == 200_00


def test_a_manager_sets_targets_for_own_teams_only(house, mara, south):
    actions.set_target("revenue", APRIL, 1, team=mara.team, by=mara)
    for scope in ({"team": Team.objects.get(code="export")}, {"territory": south}, {}):
        if scope:
            with pytest.raises(NotAllowed):
                actions.set_target("revenue", APRIL, 1, **scope, by=mara)


def test_a_rep_sets_no_targets(house, rolf, client):
    client.force_login(rolf)
    body = {"kpi": "revenue", "month": "2014-04", "value": 1}
    assert client.post("/api/targets", body, "application/json").status_code == 403
    assert not Target.objects.exists()


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_target_is_a_number_of_zero_or_more(house, vera, value):
    with pytest.raises(Refused):
        actions.set_target("revenue", APRIL, value, by=vera)


def test_a_target_is_for_what_the_kpi_is_measured_by(house, vera, north):
    with pytest.raises(Refused, match="not measured by that"):
        actions.set_target("schedule_adherence", APRIL, 0.9, territory=north, by=vera)


def test_the_page_takes_percent_and_the_api_shares(house, vera, client):
    client.force_login(vera)
    address = reverse("kpi", args=["close_rate"])
    data = {"form": "target", "month": "2014-04", "scope": "", "value": "35"}
    assert client.post(address, data).status_code == 302
    assert Target.objects.get().value == pytest.approx(0.35)
    body = {"kpi": "close_rate", "month": "2014-05", "value": 0.4, "territory": "north"}
    assert client.post("/api/targets", body, "application/json").json()["territory"] == "north"
    assert len(client.get("/api/targets", {"kpi": "close_rate"}).json()) == 2


def test_a_card_says_how_far_the_target_is_reached(house, vera, client):
    house.order(date(2014, 4, 3), 100_00)
    actions.set_target("revenue", APRIL, 400_00, by=vera)
    client.force_login(vera)
    page = client.get(reverse("kpis"), {"period": "2014-04"}).text
    assert "Target €400" in page
    assert "25%" in page


def test_what_was_spent_makes_acquisition_cost_measurable(house, fina, vera, client):
    house.order(date(2014, 4, 3), 100_00)
    client.force_login(fina)
    data = {"form": "spend", "month": "2014-04", "kind": "marketing", "amount": "80.50", "note": "Fair"}
    assert client.post(reverse("kpi", args=["cac"]), data).status_code == 302
    assert Spend.objects.get().amount_cents == 80_50
    assert queries.kpi("cac", "2014-04", seen_by=vera).figure.value == 80_50


def test_only_finance_books_spending(house, vera):
    with pytest.raises(NotAllowed):
        actions.book_spend(APRIL, "sales", 1, by=vera)


def test_a_wrong_amount_stays_on_the_form(house, fina, client):
    client.force_login(fina)
    data = {"form": "spend", "month": "2014-04", "kind": "marketing", "amount": "0"}
    response = client.post(reverse("kpi", args=["cac"]), data)
    assert "There is nothing to book." in response.text
