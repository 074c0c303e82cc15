"""Figures of a room: what counts, what is left out, who sees what, and that every door says the same."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.kpis import WhyNot
from einklang.insight import queries
from einklang.insight.registry import KPIS
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from tests.rooms.insight.conftest import codes

APRIL = "2014-04"


def value(name, user, period=APRIL, **more):
    return queries.kpi(name, period, seen_by=user, **more).figure.value


# -- money -----------------------------------------------------------------------------------------


def test_revenue_is_what_was_booked_and_neither_lost_nor_cancelled(house, vera):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    house.order(date(2014, 4, 5), 900_00, is_lost=True)
    house.order(date(2014, 4, 6), 900_00, state="cancelled")
    assert value("revenue", vera) == 150_00


def test_money_is_turned_home_at_the_rate_of_the_day(house, vera):
    house.rate(date(2014, 4, 4), 2)
    house.rate(date(2014, 4, 10), 4)
    house.order(date(2014, 4, 9), 100_00, currency="USD")
    house.order(date(2014, 4, 10), 100_00, currency="USD")
    assert value("revenue", vera) == 50_00 + 25_00


def test_what_has_no_rate_is_left_out_and_listed(house, vera, client):
    house.order(date(2014, 4, 9), 100_00)
    lost = house.order(date(2014, 4, 9), 100_00, currency="USD")
    answer = queries.kpi("revenue", APRIL, seen_by=vera)
    client.force_login(vera)
    page = client.get(reverse("kpi", args=["revenue"]), {"period": APRIL})
    listed = client.get(reverse("kpi-left-out", args=["revenue"]), {"period": APRIL})

    assert answer.figure.value == 100_00
    assert codes(answer.left_out, "order") == [lost.number]
    assert "1 record left out" in page.text
    assert lost.number in listed.text


def test_margin_uses_the_cost_of_the_day(house, vera):
    house.order(date(2014, 4, 9), 200_00, quantity=2)
    assert value("margin", vera) == pytest.approx(0.4)


def test_nobody_without_the_right_to_see_cost_sees_margin(house, rolf, client):
    house.order(date(2014, 4, 9), 200_00)
    with pytest.raises(NotAllowed):
        queries.kpi("margin", APRIL, seen_by=rolf)
    client.force_login(rolf)
    assert client.get(reverse("kpi", args=["margin"])).status_code == 403
    assert client.get("/api/kpis/margin").status_code == 403
    assert "margin" not in {one["id"] for one in client.get("/api/kpis").json()}


# -- deals and leads -------------------------------------------------------------------------------


def test_win_and_close_rate_stand_on_different_denominators(house, vera):
    """Three created in April: one won and one lost in May, one open; one older deal lost in May."""
    house.deal(date(2014, 4, 2), "won", date(2014, 5, 5))
    house.deal(date(2014, 4, 2), "lost", date(2014, 5, 6))
    house.deal(date(2014, 4, 2))
    house.deal(date(2014, 1, 2), "lost", date(2014, 5, 7))
    assert value("win_rate", vera) == pytest.approx(1 / 3)
    assert value("close_rate", vera, "2014-05") == pytest.approx(1 / 3)
    assert value("close_rate", vera) is None


def test_a_lead_is_answered_in_working_hours_from_its_arrival(house, vera):
    """Arrived on Friday the 4th at ten in Berlin, called on Monday at nine: seven hours of Friday."""
    house.deal(date(2014, 4, 4), answered=datetime(2014, 4, 7, 7, tzinfo=UTC))
    assert value("response_time", vera) == 7


def test_a_lead_is_converted_when_it_leaves_its_first_stage(house, vera):
    house.deal(date(2014, 4, 2), "won", date(2014, 4, 20))
    house.deal(date(2014, 4, 2), "lost", date(2014, 4, 20))
    assert value("lead_conversion", vera) == 0.5


# -- operations ------------------------------------------------------------------------------------


def test_work_orders_finished_late_or_not_at_all_miss_the_schedule(house, vera):
    house.order(date(2014, 4, 1), 1)
    house.work_order(date(2014, 4, 10), date(2014, 4, 9))
    house.work_order(date(2014, 4, 10), date(2014, 4, 12))
    house.work_order(date(2014, 4, 10))
    answer = queries.kpi("schedule_adherence", APRIL, seen_by=vera)
    assert (answer.figure.numerator, answer.figure.denominator) == (1, 3)


def test_delivery_is_judged_by_the_promised_day(house, vera):
    house.order(date(2014, 4, 1), 1, promised=date(2014, 4, 10), shipped=date(2014, 4, 10))
    house.order(date(2014, 4, 1), 1, promised=date(2014, 4, 10), shipped=date(2014, 4, 11))
    assert value("otif", vera) == 0.5


def test_stock_turns_rest_on_month_ends_that_are_known(house, vera):
    """Ten in stock at 60 from April on; five sold in April."""
    house.stock(date(2014, 4, 1), 10)
    house.order(date(2014, 4, 2), 500_00, quantity=5)
    answer = queries.kpi("stock_turns", APRIL, seen_by=vera)
    assert (answer.figure.numerator, answer.figure.denominator) == (300_00, 600_00)
    assert answer.thin


def test_stock_outs_count_days_without_stock(house, vera):
    house.stock(date(2014, 4, 1), 1)
    house.stock(date(2014, 4, 28), -1)
    house.order(date(2014, 4, 1), 1)
    answer = queries.kpi("stock_outs", APRIL, seen_by=vera)
    assert (answer.figure.numerator, answer.figure.denominator) == (3, 30)


# -- what cannot be measured -----------------------------------------------------------------------


def test_what_has_no_records_is_not_measurable_and_says_what_would_help(house, vera, client):
    house.order(date(2014, 4, 1), 100_00)
    answer = queries.kpi("win_rate", APRIL, seen_by=vera)
    client.force_login(vera)
    page = client.get(reverse("kpis"), {"period": APRIL}).text

    assert (answer.figure.value, answer.figure.why_not) == (None, WhyNot.NO_RECORDS)
    assert "Not measurable" in page
    assert "Create or import deals." in page


def test_every_kpi_has_an_answer_in_an_empty_house(company, may_2014, vera):
    cards = queries.board(seen_by=vera)
    assert [card.kpi.id for card in cards] == list(KPIS)
    assert all(not card.answer.figure.value for card in cards)


# -- one number at every door ----------------------------------------------------------------------


def test_page_api_file_and_terminal_say_the_same(house, vera, client):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    client.force_login(vera)
    page = client.get(reverse("kpi", args=["revenue"]), {"period": APRIL}).text
    board = client.get(reverse("kpis"), {"period": APRIL}).text
    data = client.get("/api/kpis/revenue", {"period": APRIL}).json()
    file = client.get(reverse("kpi-file", args=["revenue", "csv"]), {"period": APRIL}).text
    said = CliRunner().invoke(app, ["kpi", "revenue", "--period", APRIL, "--json"])

    assert data["value"] == 150_00
    assert "€150.00" in page
    assert "€150" in board
    assert sum(float(row["Amount"]) for row in csv.DictReader(io.StringIO(file))) == 150
    assert json.loads(said.stdout)[0]["value"] == 150_00


def test_parts_add_up_to_the_whole(house, vera, client):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    client.force_login(vera)
    for by in ("territory", "rep", "team", "family"):
        parts = client.get("/api/kpis/revenue", {"period": APRIL, "by": by}).json()["parts"]
        assert sum(part["value"] for part in parts) == 150_00


def test_narrowed_to_a_part_the_figure_is_that_of_the_part(house, vera):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    assert value("revenue", vera, where={"territory": "south"}) == 50_00


def test_a_split_that_makes_no_sense_is_refused(house, vera, client):
    with pytest.raises(Refused, match="cannot be split"):
        queries.kpi("schedule_adherence", APRIL, "rep", seen_by=vera)
    client.force_login(vera)
    assert client.get("/api/kpis/schedule_adherence", {"by": "moon"}).status_code == 422


def test_an_unknown_kpi_and_period_are_refused(house, vera, client):
    with pytest.raises(NotFound):
        queries.kpi("luck", APRIL, seen_by=vera)
    client.force_login(vera)
    assert client.get(reverse("kpi", args=["luck"])).status_code == 404
    assert client.get(reverse("kpis"), {"period": "soon"}).status_code == 422


def test_no_cell_of_a_file_is_a_formula(house, vera, client):
    house.accounts["north"].name = "plain"
    house.order(date(2014, 4, 3), 100_00)
    house.item.code = "=1+1"
    house.item.save()
    client.force_login(vera)
    file = client.get(reverse("kpi-file", args=["revenue", "csv"]), {"period": APRIL}).text
    assert "'=1+1" in file


def test_records_come_a_page_at_a_time_until_something_changes(house, vera, client, said):
    for day in range(1, 6):
        house.order(date(2014, 4, day), 100_00)
    said("orders.booked")
    client.force_login(vera)
    first = client.get("/api/kpis/revenue/rows", {"period": APRIL, "limit": 3}).json()
    second = client.get(
        "/api/kpis/revenue/rows", {"period": APRIL, "limit": 3, "after": first["next"]}
    ).json()
    said("orders.booked")
    stale = client.get("/api/kpis/revenue/rows", {"period": APRIL, "limit": 3, "after": first["next"]})

    assert len({row["order"] for row in first["rows"] + second["rows"]}) == 5
    assert second["next"] is None
    assert stale.status_code == 409


# -- who sees what ---------------------------------------------------------------------------------


def test_a_rep_sees_the_figures_of_what_the_rep_may_see(house, rolf, vera, client):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    house.deal(date(2014, 4, 2), where="south")
    client.force_login(rolf)
    rows = client.get("/api/kpis/revenue/rows", {"period": APRIL}).json()["rows"]
    board = {one["id"]: one for one in client.get("/api/kpis", {"period": APRIL}).json()}

    assert value("revenue", rolf) == 100_00
    assert [row["territory"] for row in rows] == ["north"]
    assert board["revenue"]["value"] == 100_00
    assert board["win_rate"]["value"] is None
    assert value("revenue", rolf, where={"territory": "south"}) is None


def test_what_cannot_be_split_is_for_those_who_see_everything(house, mara, fina, client):
    client.force_login(mara)
    assert client.get(reverse("kpi", args=["cac"])).status_code == 403
    assert "cac" not in {card.kpi.id for card in queries.board(seen_by=mara)}
    assert "cac" in {card.kpi.id for card in queries.board(seen_by=fina)}


def test_a_cohort_whose_outcome_is_open_is_not_judged(house, vera):
    house.order(date(2014, 4, 3), 100_00)
    house.deal(date(2014, 4, 2))
    house.deal(date(2014, 3, 2), "won", date(2014, 4, 5))
    for name in ("win_rate", "lead_conversion"):
        answer = queries.kpi(name, APRIL, seen_by=vera)
        assert (answer.ripening, answer.better) == (True, None)


def test_a_rep_cannot_choose_others_to_look_at(house, rolf):
    found = queries.choices(rolf)
    assert [code for code, _name in found["rep"]] == ["rolf"]
    assert [code for code, _name in found["territory"]] == ["north"]


def test_who_may_not_export_gets_no_file(house, rolf, client):
    client.force_login(rolf)
    assert client.get(reverse("kpi-file", args=["revenue", "csv"])).status_code == 403


def test_what_is_kept_for_one_reader_is_not_shown_to_another(house, rolf, vera, said):
    house.order(date(2014, 4, 3), 100_00)
    house.order(date(2014, 4, 4), 50_00, "south")
    said("orders.booked")
    boards = {user: queries.board(seen_by=user)[0].answer.figure.value for user in (vera, rolf)}
    assert boards == {vera: 150_00, rolf: 100_00}


def test_what_is_kept_ends_with_the_next_doing(house, vera, said):
    house.order(date(2014, 4, 3), 100_00)
    said("orders.booked")
    assert queries.board(seen_by=vera)[0].answer.figure.value == 100_00
    house.order(date(2014, 4, 4), 50_00)
    said("people.signed_in")
    assert queries.board(seen_by=vera)[0].answer.figure.value == 100_00
    said("orders.booked")
    assert queries.board(seen_by=vera)[0].answer.figure.value == 150_00


def asked(user, **more):
    with CaptureQueriesContext(connection) as context:
        queries.board(seen_by=user, **more)
    return len(context)


def test_the_board_asks_as_often_however_much_there_is(house, vera, rolf):
    house.order(date(2014, 4, 3), 100_00)
    house.deal(date(2014, 4, 2), "won", date(2014, 4, 20))
    house.stock(date(2014, 4, 1), 10)
    few = asked(vera), asked(rolf)
    for day in range(1, 20):
        house.order(date(2014, 3, day), 100_00, "south", shipped=date(2014, 4, day))
        house.deal(date(2014, 3, day), "lost", date(2014, 4, day))
        house.work_order(date(2014, 4, day))
        house.stock(date(2014, 4, day), -1)
    assert (asked(vera), asked(rolf)) == few
    assert few[0] <= 25


def test_a_kept_board_asks_only_what_has_changed(house, vera, said):
    house.order(date(2014, 4, 3), 100_00)
    said("transfer.imported")
    queries.board(seen_by=vera)
    assert asked(vera) <= 5


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_opens_in_both_languages(house, vera, client, language):
    house.order(date(2014, 4, 3), 100_00, promised=date(2014, 4, 10), shipped=date(2014, 4, 10))
    house.deal(date(2014, 4, 2), "won", date(2014, 4, 20))
    client.force_login(vera)
    client.cookies["django_language"] = language
    assert client.get(reverse("kpis")).status_code == 200
    for kpi_id, one in KPIS.items():
        for by in ("", *one.by[:1]):
            response = client.get(reverse("kpi", args=[kpi_id]), {"period": APRIL, "by": by})
            assert response.status_code == 200, (kpi_id, by)
        assert client.get(reverse("kpi-card", args=[kpi_id]), {"period": "2014-Q2"}).status_code == 200
