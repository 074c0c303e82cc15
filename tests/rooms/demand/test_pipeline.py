"""The pipeline outlook: what open deals will bring, as each reader may see it, and what operations hear."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.core.cache import cache
from django.urls import reverse

from einklang.crm.models import Account, Deal, DealLine, Pipeline, Stage, StageEntry
from einklang.demand import queries
from einklang.kernel import journal
from einklang.people.models import Team, User
from tests.rooms.demand.conftest import MAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


class Deals:
    """Adds deals with the fewest words; Rolf's lie in the north, Susi's in the south."""

    def __init__(self, rolf, susi, north, south):
        self.owners = {"north": rolf, "south": susi}
        self.accounts = {
            code: Account.objects.create(
                code=code, name=f"{code} works", territory=place, owner=self.owners[code]
            )
            for code, place in (("north", north), ("south", south))
        }
        pipeline = Pipeline.objects.create(code="sales", name="Sales")
        table = [("first", 0.2, "open"), ("last", 0.6, "open"), ("won", 1, "won"), ("lost", 0, "lost")]
        self.stages = {
            code: Stage.objects.create(
                pipeline=pipeline, code=code, name=code, sequence=place, odds=odds, ends=ends
            )
            for place, (code, odds, ends) in enumerate(table)
        }

    def add(self, way, created, *, where="north", cents=1000_00, expected=None, currency="EUR", lines=None):
        """``way``: days after which the deal came into each stage."""
        last = list(way)[-1]
        stage = self.stages[last]
        code = f"D{Deal.objects.count() + 1:03d}"
        closed = created + timedelta(days=way[last]) if stage.ends != "open" else None
        deal = Deal.objects.create(
            code=code,
            name=f"Deal {code}",
            account=self.accounts[where],
            owner=self.owners[where],
            stage=stage,
            currency=currency,
            amount_cents=cents,
            created_on=created,
            expected_on=expected,
            closed_on=closed,
            touched_at=datetime(2014, 5, 1, tzinfo=UTC),
        )
        for name, days in way.items():
            at = datetime.combine(created + timedelta(days=days), datetime.min.time(), UTC).replace(hour=9)
            StageEntry.objects.create(deal=deal, stage=self.stages[name], at=at)
        for item, quantity in (lines or {}).items():
            DealLine.objects.create(deal=deal, item=item, quantity=quantity, amount_cents=cents)
        return deal


@pytest.fixture
def deals(may_2014, company, ordered, rolf, north, south):
    team = Team.objects.create(code="export", name="Export")
    facts = {"role": "rep", "team": team, "sells": True, "is_active": True}
    susi = User.objects.create(username="susi", name="Susi", **facts)
    return Deals(rolf, susi, north, south)


@pytest.fixture
def record(deals):
    """Two years of decided deals, two won for each one lost, and three open ones."""
    for number in range(96):
        ends = "lost" if number % 3 == 0 else "won"
        where = "south" if number % 4 == 0 else "north"
        created = date(2012, 3, 1) + timedelta(days=7 * number)
        deals.add({"first": 0, "last": 20 + number % 9, ends: 45 + number % 20}, created, where=where)
    return {
        "late": deals.add({"first": 0, "last": 20}, date(2014, 3, 25), expected=date(2014, 6, 3)),
        "early": deals.add({"first": 0}, date(2014, 5, 2), expected=date(2014, 4, 1)),
        "theirs": deals.add({"first": 0, "last": 20}, date(2014, 4, 1), where="south", cents=5000_00),
    }


def test_each_open_deal_has_a_chance_a_month_and_a_reason(record, vera):
    found = queries.pipeline_outlook(seen_by=vera)
    assert set(found.deals["deal"]) == {deal.code for deal in record.values()}
    assert found.deals["chance"].is_between(0.3, 0.95).all()
    assert found.deals["likely_on"].null_count() == 0
    assert found.known.basis == "history"


def test_the_roll_up_counts_overdue_deals_at_once(record, vera):
    rolled = dict(queries.pipeline_outlook(seen_by=vera).months.select("period", "roll_up").iter_rows())
    assert rolled[date(2014, 5, 1)] == pytest.approx(0.2 * 1000_00)
    assert rolled[date(2014, 6, 1)] == pytest.approx(0.6 * 1000_00)


def test_a_rep_sees_the_own_deals_and_their_part_of_the_months(record, vera, rolf):
    mine, whole = (queries.pipeline_outlook(seen_by=one) for one in (rolf, vera))
    theirs = queries.pipeline_outlook(seen_by=User.objects.get(username="susi"))
    assert record["theirs"].code not in mine.deals["deal"]
    assert mine.months["inflow"].sum() == 0
    assert not mine.is_whole
    together = mine.months["open"] + theirs.months["open"]
    assert together.to_list() == pytest.approx(whole.months["open"].to_list())


def test_the_months_of_a_part_are_those_of_its_own_deals(record, rolf):
    """The deal that has just begun and the one that is nearly won bring what their own chances say."""
    found = queries.pipeline_outlook(seen_by=rolf)
    expected = (found.deals["won"] * found.deals["value"]).sum()
    assert found.months["open"].sum() == pytest.approx(expected, rel=0.1)


def test_a_deals_chance_is_the_same_for_everybody_who_sees_it(record, vera, rolf):
    code = record["late"].code
    mine, all_ = (queries.deal_outlook(code, seen_by=one) for one in (rolf, vera))
    assert (mine["chance"], mine["likely_on"]) == (all_["chance"], all_["likely_on"])


def test_the_page_and_the_api_give_the_same_answer(record, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("pipeline-outlook"), {"now": "1"}).text
    data = client.get("/api/demand/pipeline").json()
    assert {one["deal"] for one in data["deals"]} == {record["late"].code, record["early"].code}
    assert f"{round(data['deals'][0]['chance'] * 100)}%" in page
    assert record["theirs"].name not in page
    assert "You see your own part" in page


def test_the_page_does_not_keep_the_reader_waiting(record, vera, client):
    journal.record("deal.won")
    client.force_login(vera)
    assert "being worked out" in client.get(reverse("pipeline-outlook")).text
    assert record["late"].name in client.get(reverse("pipeline-outlook"), {"now": "1"}).text
    assert record["late"].name in client.get(reverse("pipeline-outlook")).text


def test_a_deal_shows_its_chance_and_because_of_what(record, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("deal-outlook", args=[record["late"].code])).text
    assert 'id="deal-outlook"' in page
    assert "were won" in page
    assert (
        f"/demand/deals/{record['late'].code}/"
        in client.get(reverse("deal", args=[record["late"].code])).text
    )


def test_a_decided_deal_has_nothing_to_foretell(record, vera, client):
    client.force_login(vera)
    page = client.get(reverse("deal-outlook", args=["D001"])).text
    assert "nothing to foretell" in page


def test_a_deal_that_may_not_be_seen_is_not_found(record, rolf, client):
    client.force_login(rolf)
    assert client.get(reverse("deal-outlook", args=[record["theirs"].code])).status_code == 404


def test_with_few_decided_deals_the_stated_odds_count_and_it_is_said(deals, vera, client):
    deals.add({"first": 0, "won": 30}, date(2014, 1, 1))
    deals.add({"first": 0}, date(2014, 5, 2))
    client.force_login(vera)
    page = client.get(reverse("pipeline-outlook"), {"now": "1"}).text
    assert "too few for chances of their own" in page
    assert "the stated odds of its stage count" in page
    assert "Too few deals are decided to look back" in client.get(reverse("pipeline-tested")).text


def test_a_company_without_deals_reads_what_will_stand_there(deals, vera, client):
    client.force_login(vera)
    assert "No deals yet" in client.get(reverse("pipeline-outlook"), {"now": "1"}).text
    assert client.get("/api/demand/pipeline").json()["deals"] == []


def test_a_deal_in_a_currency_without_a_rate_is_told_as_deals_usually_are(record, deals, vera):
    deals.add({"first": 0}, date(2014, 5, 2), currency="XAF")
    found = queries.pipeline_outlook(seen_by=vera)
    assert found.missing == 1
    assert found.deals.filter(pl.col("deal") == "D100")["value"].item() == pytest.approx(1000_00, rel=0.01)


def test_a_column_that_knows_the_end_raises_an_alarm(record, vera, client):
    Deal.objects.filter(stage__ends="won").update(next_step="Thank them")
    client.force_login(vera)
    page = client.get(reverse("pipeline-tested")).text
    assert "“Next step” is blank for 0% of won and 100% of lost deals" in page
    assert "In the 90 % range" in page


def test_what_a_large_deal_asks_for_comes_on_top_of_the_forecast(record, deals, ordered, run, vera):
    before = queries.stream(run)
    deals.add(
        {"first": 0, "last": 20},
        date(2014, 4, 1),
        cents=900_000_00,
        expected=date(2014, 6, 20),
        lines={ordered["P-20"]: 500},
    )
    after = queries.stream(run)
    assert before.is_empty()
    assert set(after["series"]) == {"P-20"}
    assert 0 < after["quantity"].sum() < 500
    assert after["period"].min() > MAY


def test_what_a_small_deal_asks_for_is_in_the_forecast_already(record, deals, ordered, run):
    deals.add({"first": 0, "last": 20}, date(2014, 4, 1), lines={ordered["P-20"]: 5})
    assert queries.stream(run).is_empty()
