"""Stock in the room: its pages and JSON say the same, money only to those who may see it."""

from datetime import date

import pytest
from django.urls import reverse

from einklang.catalog.models import Location
from einklang.kernel.errors import NotFound, Refused
from einklang.orders.models import StockMove
from einklang.supply import actions, queries
from einklang.supply.models import StockPolicy
from einklang.supply.queries import holding

DAY = date(2014, 5, 31)
PAGES = ("stock-health", "stock-classes", "stock-spare", "stock-lost", "stock-moves")
MONEY_PAGES = ("stock-budget", "stock-together")


@pytest.fixture
def run(consensus, paul):
    return actions.plan_supply(consensus, by=paul)


@pytest.mark.parametrize("name", PAGES + MONEY_PAGES)
def test_pages_of_an_empty_house_say_so(name, company, paul, client):
    client.force_login(paul)
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "empty-title" in page.text


@pytest.mark.parametrize("name", PAGES + MONEY_PAGES)
def test_pages_open_with_stock_and_a_plan(name, run, paul, client):
    client.force_login(paul)
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", MONEY_PAGES)
def test_what_is_about_money_is_not_for_a_rep(name, run, rolf, client):
    client.force_login(rolf)
    assert client.get(reverse(name)).status_code == 403


def test_a_policy_names_the_law_it_rests_on(run):
    kept = queries.policy_of("P1")
    assert kept.law in StockPolicy.Law.values
    assert kept.target == "cycle"
    assert 0 < kept.fill_rate <= 1


def test_the_grid_counts_every_item_that_has_a_policy(run, paul):
    lines = queries.health(DAY, seen_by=paul)
    cells = [cell for row in holding.grid(lines) for cell in row]
    assert sum(cell.items for cell in cells) == len([line for line in lines if line.abc])
    named = queries.health(DAY, seen_by=paul, abc=cells[0].abc)
    assert {line.abc for line in named} <= {"A"}


def test_the_card_says_when_an_item_runs_out_and_by_when_to_order(run, paul, client):
    card = holding.card("P1", as_of=DAY, seen_by=paul)
    # 40 lie there, 80 are wished in June: half of the month.
    assert card.runs_out == date(2014, 6, 16)
    assert card.may_run_out <= card.runs_out
    assert card.order_by <= card.may_run_out
    client.force_login(paul)
    page = client.get(reverse("stock-card", args=["P1"]))
    assert "Jun 16, 2014" in page.text
    told = client.get("/api/supply/stock/items/P1").json()
    assert told["runs_out"] == "2014-06-16"
    assert told["course"][0]["zone"] == "out"


def test_an_item_nobody_holds_or_uses_has_no_card(run, plant, paul):
    with pytest.raises(NotFound):
        holding.card("nothing", as_of=DAY, seen_by=paul)


def test_a_rep_sees_a_card_without_its_money(run, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("stock-card", args=["P1"]), {"service": "95", "target": "fill", "law": "gamma"})
    assert page.status_code == 200
    assert "Money in it" not in page.text
    told = client.post(
        "/api/supply/stock/items/P1/trial", {"service": 0.95, "target": "fill"}, "application/json"
    ).json()
    assert told["value_cents"] is None


def test_a_trial_keeps_nothing_until_it_is_kept_with_a_reason(run, paul, client):
    before = queries.policy_of("P1").pk
    tried = holding.trial("P1", holding.Wish(0.99, "fill"), as_of=DAY, seen_by=paul)
    assert tried.fill >= 0.99 - 1e-6
    assert {row.name for row in tried.rows} == {"Drawn by its law"}
    assert queries.policy_of("P1").pk == before
    client.force_login(paul)
    kept = {"safety_stock": "120", "service": "99", "target": "fill", "reason": "New contract"}
    assert client.post(reverse("keep-trial", args=["P1"]), kept).status_code == 302
    policy = queries.policy_of("P1")
    assert (policy.safety_stock, policy.service, policy.target) == (120.0, 0.99, "fill")
    assert policy.origin == StockPolicy.Origin.HAND


def test_a_target_that_counts_nothing_known_is_refused(run, paul):
    with pytest.raises(Refused):
        actions.set_policy("P1", 5, "x", target="cost", by=paul)
    with pytest.raises(Refused):
        actions.set_policy("P1", 5, "x", service=1.0, by=paul)


def test_too_much_is_provided_for_by_its_expected_rest(run, plant, paul):
    hall = Location.objects.get(code="H")
    days = {"moved_on": date(2014, 5, 21), "received_on": date(2012, 1, 10)}
    StockMove.objects.create(item=plant["P1"], location=hall, quantity=5000, kind="count", **days)
    found = holding.spare(DAY, seen_by=paul)
    line = next(line for line in found.lines if line.item == "P1")
    # 5,040 lie there; a year asks for 960 at 50.00, and what is left brings a fifth of that.
    assert line.rest == pytest.approx(5040 - 960, rel=0.02)
    assert line.provision_cents == pytest.approx(line.rest * 50_00 * 0.8, rel=0.001)
    assert 0 < line.discount < 1
    assert line.gain_cents > 0
    levels = holding.markdown_levels(DAY, seen_by=paul)
    assert levels.filter(levels["item"] == "P1")["demand_factor"].to_list()[0] == 1.0


def test_stock_moves_to_the_place_that_lacks_it(run, plant, paul):
    hall, yard = Location.objects.get(code="H"), Location.objects.create(code="Y", name="Yard")
    for place, left, used in ((hall, 2000, 50), (yard, 10, 50)):
        more = {"item": plant["P1"], "location": place, "received_on": date(2014, 1, 1)}
        StockMove.objects.create(quantity=left + used, kind="count", moved_on=date(2014, 1, 1), **more)
        StockMove.objects.create(quantity=-used, kind="shipped", moved_on=date(2014, 2, 1), **more)
    move = holding.rebalancing(DAY, seen_by=paul)[0]
    assert (move.item, move.from_site, move.to_site) == ("P1", "Hall", "Yard")
    assert move.saves_cents > 0


def test_a_budget_serves_at_least_what_today_s_stocks_do_and_never_more_than_its_bound(run, paul):
    found = holding.budget_mix(DAY, seen_by=paul)
    assert found.same_money
    assert found.service >= found.now_service - 0.001
    assert found.service <= found.bound + 1e-9
    less = holding.budget_mix(DAY, found.now_cents // 2, seen_by=paul)
    assert less.service < found.service


def test_a_mix_is_kept_with_one_reason_and_taken_back_with_one_click(run, paul, client):
    client.force_login(paul)
    before = {policy.item.code: policy.safety_stock for policy in queries.standing()}
    asked = {"budget": "500", "reason": "Less cash"}
    assert client.post(reverse("keep-budget"), asked).status_code == 302
    kept = {policy.item.code: policy for policy in queries.standing()}
    assert {policy.reason for policy in kept.values()} == {"Less cash"}
    assert sum(kept[code].safety_stock for code in kept) < sum(before.values())
    assert "2 kept by hand: Less cash" in client.get(reverse("stock-budget")).text
    client.post(reverse("release-budget"), {"reason": "Less cash"})
    assert {policy.origin for policy in queries.standing()} == {StockPolicy.Origin.COMPUTED}


def test_a_mix_without_a_reason_or_for_unknown_items_is_refused(run, paul):
    with pytest.raises(Refused, match="Say why"):
        actions.set_policies({"P1": 5.0}, " ", by=paul)
    with pytest.raises(Refused, match="No policy is known for X"):
        actions.set_policies({"X": 5.0}, "x", by=paul)
    with pytest.raises(Refused, match="No safety stock"):
        actions.release_policies("never said", by=paul)


def test_page_and_json_of_what_is_too_much_say_the_same(run, plant, paul, client):
    client.force_login(paul)
    told = client.get("/api/supply/stock/spare").json()
    page = client.get(reverse("stock-spare"))
    assert {row["item"] for row in told} == {line.item for line in page.context["found"].lines}


def test_every_list_has_its_json(run, paul, client):
    client.force_login(paul)
    for name in ("", "/classes", "/spare", "/markdowns", "/lost", "/moves", "/budget", "/together"):
        assert client.get(f"/api/supply/stock{name}").status_code == 200, name


def test_markdown_levels_come_in_cents_to_those_who_see_costs(run, plant, paul, rolf, client):
    hall = Location.objects.get(code="H")
    days = {"moved_on": date(2014, 5, 21), "received_on": date(2012, 1, 10)}
    StockMove.objects.create(item=plant["P1"], location=hall, quantity=5000, kind="count", **days)
    client.force_login(paul)
    address = "/api/supply/stock/markdowns"
    rows = [row for row in client.get(address).json() if row["item"] == "P1"]
    today, lower = rows[:2]
    assert today == {"item": "P1", "level": 1, "price_cents": 100_00, "demand_factor": 1.0}
    assert isinstance(lower["price_cents"], int)
    assert lower["price_cents"] < 100_00
    assert lower["demand_factor"] == pytest.approx((lower["price_cents"] / 100_00) ** -2)
    assert client.get(address, {"elasticity": 11}).status_code == 422
    client.force_login(rolf)
    assert client.get(address).status_code == 403
