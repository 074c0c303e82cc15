"""What planners fix is kept by the next plan, outside the frozen months; what cannot be kept is said."""

import json
from datetime import date

import polars as pl
import pytest
from django.urls import reverse

from einklang.kernel.errors import NotAllowed, Refused
from einklang.supply import actions, queries
from einklang.supply.actions import Fixed
from einklang.supply.models import PlanEdit

JUNE, JULY, AUGUST = date(2014, 6, 1), date(2014, 7, 1), date(2014, 8, 1)


@pytest.fixture
def run(consensus, paul):
    return actions.plan_supply(consensus, by=paul)


def made(run, item, month):
    plan = queries.plan_frame(run, parts=True).filter((pl.col("item") == item) & (pl.col("period") == month))
    return plan.select(pl.col("make") + pl.col("buy")).item()


def test_the_next_plan_keeps_what_was_fixed(run, consensus, paul):
    [taken] = actions.fix_quantities(run, [Fixed("P1", JULY, 95.0)], "Trade fair.", by=paul)
    after = actions.plan_supply(consensus, by=paul)

    assert taken.state == "given"
    assert made(after, "P1", JULY) == pytest.approx(95)
    assert after.points.get(item__code="P1", period=JULY).fixed
    assert after.conflicts == []


def test_a_quantity_that_the_hours_cannot_carry_is_kept_as_far_as_they_go_and_said(run, consensus, paul):
    """The bench has about 170 hours a month; 500 large pumps with their motors take 750."""
    actions.fix_quantities(run, [Fixed("P2", JULY, 500.0)], "Big order.", by=paul)
    after = actions.plan_supply(consensus, by=paul)

    [conflict] = queries.conflict_rows(after)
    assert (conflict["item"], conflict["period"], conflict["fixed"]) == ("P2", JULY, 500)
    assert conflict["made"] < 500


def test_undo_gives_back_what_stood_before(run, consensus, paul):
    [first] = actions.fix_quantities(run, [Fixed("P1", JULY, 95.0)], "Trade fair.", by=paul)
    [second] = actions.fix_quantities(run, [Fixed("P1", JULY, 70.0, 1)], "Fair is smaller.", by=paul)
    [undone] = actions.undo_fixed(second.batch, by=paul)

    assert undone.standing.quantity == 95
    assert PlanEdit.objects.count() == 3
    with pytest.raises(Refused, match="already"):
        actions.undo_fixed(second.batch, by=paul)
    assert actions.undo_fixed(first.batch, by=paul)[0].state == "stale"


def test_a_quantity_let_go_is_the_plan_s_again(run, consensus, paul):
    actions.fix_quantities(run, [Fixed("P1", JULY, 95.0)], "Trade fair.", by=paul)
    actions.fix_quantities(run, [Fixed("P1", JULY, None, 1)], "No fair.", by=paul)

    assert actions.plan_supply(consensus, by=paul) == run


def test_what_somebody_else_fixed_since_is_not_overwritten(run, paul, anna):
    actions.fix_quantities(run, [Fixed("P1", JULY, 95.0)], "Trade fair.", by=paul)
    [outcome] = actions.fix_quantities(run, [Fixed("P1", JULY, 60.0)], "Holidays.", by=anna)

    assert outcome.state == "stale"
    assert outcome.standing.quantity == 95


def test_what_would_have_to_start_before_the_plan_is_refused(run, paul):
    """Screws take a month, so none ordered now arrive in June."""
    [outcome] = actions.fix_quantities(run, [Fixed("S", JUNE, 500.0)], "More screws.", by=paul)

    assert outcome.state == "refused"
    assert "before the plan" in outcome.sentence


def test_the_frozen_months_refuse_until_they_are_opened(run, consensus, paul):
    actions.set_plan_rules(2, 0.0, by=paul)
    actions.approve_plan(run, by=paul)

    frozen, later = actions.fix_quantities(
        run, [Fixed("P1", JULY, 95.0), Fixed("P1", AUGUST, 95.0)], "Fair.", by=paul
    )
    actions.open_fence("The fair was moved.", by=paul)
    [opened] = actions.fix_quantities(run, [Fixed("P1", JULY, 95.0)], "Fair.", by=paul)

    assert (frozen.state, later.state, opened.state) == ("refused", "given", "given")
    assert "frozen until" in frozen.sentence


def test_a_new_plan_keeps_the_approved_one_within_the_fence(run, too_much, paul):
    """More is wished now, but June and July were approved as they are."""
    actions.set_plan_rules(2, 0.0, by=paul)
    actions.approve_plan(run, by=paul)

    after = actions.plan_supply(too_much, by=paul)

    for item in ("P1", "P2"):
        assert made(after, item, JUNE) == pytest.approx(made(run, item, JUNE), abs=1e-3)
        assert made(after, item, JULY) == pytest.approx(made(run, item, JULY), abs=1e-3)
    assert made(after, "P2", AUGUST) > made(run, "P2", AUGUST)


def test_only_who_signs_supply_approves_a_plan(run, anna):
    with pytest.raises(NotAllowed, match="sign the supply review"):
        actions.approve_plan(run, by=anna)


def test_the_grid_sends_figures_takes_cells_and_undoes_them(run, paul, client):
    client.force_login(paul)
    page = client.get(reverse("plan-grid"))
    told = client.get(reverse("plan-grid-figures"), {"parts": "1"}).json()
    cell = {"series": "P1", "period": "2014-07-01", "quantity": "95", "seen": 0}
    body = {"as_of": told["asOf"], "reason": "Trade fair.", "cells": [cell]}
    answer = client.post(reverse("plan-grid-fix"), json.dumps(body), "application/json").json()
    undone = client.post(
        reverse("plan-grid-undo"), json.dumps({"batch": answer["batch"]}), "application/json"
    ).json()

    assert 'id="demand-grid"' in page.text
    assert {item["series"] for item in told["items"]} == {"P1", "P2", "M", "S"}
    assert answer["outcomes"][0]["standing"]["quantity"] == 95
    assert "Trade fair." in answer["history"]
    assert undone["outcomes"][0]["state"] == "withdrawn"


def test_a_rep_looks_but_fixes_nothing(run, rolf, client):
    client.force_login(rolf)
    assert client.get(reverse("plan-grid-figures")).json()["maySpeak"] is False
    body = json.dumps({"reason": "x", "cells": [{}]})
    assert client.post(reverse("plan-grid-fix"), body, "application/json").status_code == 403
