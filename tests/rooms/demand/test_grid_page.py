"""The grid: its figures, many voices at once, conflicts shown with both figures, undo."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.demand import actions
from einklang.demand.models import Voice
from tests.rooms.demand.conftest import JUNE, MAY


@pytest.fixture
def signed_in(client, mara):
    client.force_login(mara)
    return client


def figures(client, **asked):
    return client.get(reverse("grid-figures"), {"as_of": "2014-05", **asked}).json()


def item(told, series):
    return next(one for one in told["items"] if one["series"] == series)


def say(client, *cells, **more):
    body = {"as_of": "2014-05-01", "kind": "sales", "reason": "tender", "cells": list(cells), **more}
    return client.post(reverse("grid-voices"), json.dumps(body), "application/json")


def cell(quantity, series="P-20", period="2014-06-01", seen=0):
    return {"series": series, "period": period, "quantity": quantity, "seen": seen}


def test_the_grid_opens_and_lists_the_items_for_those_without_javascript(run, signed_in):
    page = signed_in.get(reverse("demand-grid")).text
    assert "Pump 20" in page
    assert "grid-words" in page


def test_before_the_first_forecast_the_grid_says_how_to_get_one(ordered, signed_in):
    assert "No forecast yet" in signed_in.get(reverse("demand-grid")).text


def test_the_figures_hold_each_item_and_family_along_the_months(run, signed_in):
    told = figures(signed_in)
    assert told["months"][0] == {"key": "2014-06-01", "label": "Jun 2014"}
    assert {one["series"] for one in told["items"]} >= {"P-20", "P-30", "V-1", "family:pumps", "total"}
    assert len(item(told, "P-20")["forecast"]) == len(told["months"]) == 6
    assert told["maySpeak"]


def test_a_family_narrows_the_figures(run, signed_in):
    told = figures(signed_in, family="family:valves")
    assert {one["series"] for one in told["items"]} == {"V-1", "family:valves"}


def test_what_was_said_stands_in_the_figures(run, signed_in):
    answer = say(signed_in, cell("140"), cell("30.5", series="family:pumps")).json()
    assert [one["state"] for one in answer["outcomes"]] == ["given", "given"]
    assert answer["sentence"] == "2 figures noted."
    voice = item(figures(signed_in), "P-20")["voice"][0]
    assert (voice["quantity"], voice["version"], voice["reason"]) == (140, 1, "tender")


def test_each_cell_is_taken_or_refused_by_itself(run, signed_in):
    answer = say(signed_in, cell("140"), cell("10", series="X")).json()
    assert [one["state"] for one in answer["outcomes"]] == ["given", "refused"]
    assert answer["open"] == 1
    assert Voice.objects.count() == 1


def test_a_conflict_brings_both_figures_and_overwrites_nothing(run, signed_in, rolf):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="fair", by=rolf)
    (outcome,) = say(signed_in, cell("140")).json()["outcomes"]
    assert (outcome["state"], outcome["standing"]["quantity"]) == ("stale", 100)
    assert "100" in outcome["sentence"]
    assert "140" in outcome["sentence"]
    (outcome,) = say(signed_in, cell("140", seen=1)).json()["outcomes"]
    assert outcome["state"] == "given"


def test_an_empty_cell_takes_the_voice_back(run, signed_in):
    say(signed_in, cell("140"))
    (outcome,) = say(signed_in, cell(None, seen=1)).json()["outcomes"]
    assert (outcome["state"], outcome["standing"]) == ("withdrawn", None)


def test_a_batch_is_undone(run, signed_in):
    batch = say(signed_in, cell("140"), cell("20", series="V-1")).json()["batch"]
    body = json.dumps({"batch": batch, "as_of": "2014-05-01"})
    answer = signed_in.post(reverse("grid-undo"), body, "application/json").json()
    assert answer["sentence"] == "2 figures taken back."
    assert item(figures(signed_in), "P-20")["voice"][0] is None


def test_a_reason_is_asked_for(run, signed_in):
    (outcome,) = say(signed_in, cell("140"), reason=" ").json()["outcomes"]
    assert outcome["state"] == "refused"
    assert "why" in outcome["sentence"]


@pytest.mark.parametrize(
    "body",
    [
        "x",
        "[]",
        "{}",
        '{"as_of": "2014-05-01", "cells": []}',
        '{"as_of": "2014-05-01", "cells": [1]}',
        '{"as_of": "2014-05-01", "reason": "x", "kind": "sales", "cells": [{"quantity": "ten"}]}',
        '{"as_of": "x", "cells": [{}]}',
    ],
)
def test_what_is_not_understood_is_refused_in_a_sentence(run, signed_in, body):
    answer = signed_in.post(reverse("grid-voices"), body, "application/json")
    assert answer.status_code in (404, 422)
    assert answer.json()["detail"]


@pytest.mark.parametrize("figure", ["NaN", "1e400", "-1", "Infinity"])
def test_no_figure_that_is_none_is_taken(run, signed_in, figure):
    (outcome,) = say(signed_in, cell(figure)).json()["outcomes"]
    assert outcome["state"] == "refused"


def test_who_may_not_speak_is_told_so(run, client, adam):
    client.force_login(adam)
    assert not figures(client)["maySpeak"]
    assert say(client, cell("1")).status_code == 403


def test_months_and_numbers_are_in_the_readers_language(run, signed_in):
    signed_in.cookies["django_language"] = "de"
    assert figures(signed_in)["months"][0]["label"] == "Juni 2014"
    assert say(signed_in, cell("140")).json()["sentence"] == "1 Wert ist notiert."
