"""The invented company's month, played to its signatures; its plan is the one that was read last.

A change of the plan is looked at: ``EINKLANG_GOLDEN=write`` writes ``tests/golden/`` anew, and the
difference is read like a change of code.
"""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from django.db import transaction
from polars.testing import assert_frame_equal

from einklang.config.quality import FOOTINGS
from einklang.crm.models import Deal
from einklang.cycle import queries as cycle
from einklang.cycle.models import Assumption, Decision, PlanVersion, Signature
from einklang.demand.models import Voice
from einklang.demo import begin
from einklang.incentives.models import Quota, QuotaRound, SellerQuota
from einklang.kernel import clock, journal
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply import queries as supply

# Each test runs in a transaction inside that of the company, in the database of the tests.
pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parents[1] / "golden"
TOLD = datetime(2026, 6, 10, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker):
    """The company made and its May 2026 played, once for all tests of this file."""
    with django_db_blocker.unblock(), clock.at(TOLD), transaction.atomic():
        said: list[str] = []
        begin.begin(said.append)
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def signed(played):
    """The plan version that the head of sales signed."""
    return PlanVersion.objects.get(signed_at__isnull=False)


def test_all_seven_steps_are_signed_by_those_who_answer_for_them(played):
    steps = Signature.objects.values_list("step", "by__username")

    assert list(steps) == [
        ("data", "jonas"),
        ("product", "henrike"),
        ("demand", "henrike"),
        ("supply", "mattis"),
        ("reconciliation", "frauke"),
        ("executive", "henrike"),
        ("publish", "jonas"),
    ]
    assert all(Signature.objects.values_list("comment", flat=True))


def test_every_voice_has_its_reason(played):
    assert Voice.objects.count() == 11  # three of them from the review of the month before
    assert not Voice.objects.filter(reason="").exists()


def test_quotas_stay_within_what_can_be_delivered_and_say_what_is_uncovered(signed):
    rounds = QuotaRound.objects.filter(plan=signed)

    assert rounds.count() == 2
    for one in rounds:
        shared = sum(Quota.objects.filter(round=one).values_list("amount_cents", flat=True))
        assert shared == min(one.target_cents, one.sellable_cents)
        assert one.uncovered_cents == one.target_cents - shared > 0


def test_sellers_had_quotas_for_two_years(played):
    starts = set(SellerQuota.objects.values_list("start", flat=True))

    assert len(starts) == 9
    assert max(starts) == date(2026, 7, 1)


def test_the_scenario_stands_beside_the_plan(signed):
    versions = PlanVersion.objects.filter(cycle=signed.cycle)

    assert {version.scenario.name for version in versions} == {"base", "Zweite Schicht Prüfstand"}


def test_what_was_decided_and_assumed_is_written_down(played):
    assert Decision.objects.count() == 2
    assert sorted(Assumption.objects.values_list("kind", flat=True)) == ["assumption", "opportunity", "risk"]


def test_the_test_bench_is_what_limits_the_plan(signed):
    assert "PRF" in {one["resource"] for one in signed.bottlenecks}


def test_the_journal_is_whole_and_every_sum_foots(played):
    assert list(journal.broken_links()) == []
    assert [fault for footing in FOOTINGS for fault in footing()] == []


def test_one_of_each_role_may_sign_in_and_nobody_else_has_a_password(played):
    able = [user.username for user in User.objects.all() if user.has_usable_password()]

    assert sorted(able) == sorted(username for username, _, _ in begin.sign_ins())
    assert len(able) == 8


def test_a_rep_sees_deals_of_the_own_territory_alone(played):
    wiebke = people.user("wiebke")
    seen = set(Deal.objects.visible_to(wiebke).values_list("account__territory__code", flat=True))

    assert seen == {"nord"}


def test_a_second_start_does_nothing(played):
    before = journal.entries().count()
    again: list[str] = []
    begin.begin(again.append)

    assert again == []
    assert journal.entries().count() == before


def kept_as(name: str, table: pl.DataFrame) -> None:
    """The table equals the one that was read last, within half a percent for the last digits of solvers."""
    path = GOLDEN / f"{name}.csv"
    if os.environ.get("EINKLANG_GOLDEN") == "write":
        table.write_csv(path)
    kept = pl.read_csv(path, schema_overrides=table.schema)
    assert_frame_equal(table, kept, check_exact=False, rel_tol=0.005, abs_tol=2)


def test_the_plan_by_family_and_month_is_the_one_that_was_read(signed):
    table = (
        cycle.lines(signed)
        .group_by("family", "period")
        .agg(pl.col("demand", "sellable", "make", "stock", "short", "revenue_cents").sum())
        .sort("family", "period")
        .with_columns(
            pl.col("demand", "sellable", "make", "stock", "short").round(0),
            (pl.col("revenue_cents") / 100_000).round(0).alias("revenue_thousands"),
        )
        .drop("revenue_cents")
    )
    kept_as("plan", table)


def test_the_load_of_the_bottleneck_is_the_one_that_was_read(signed):
    load = supply.load_frame(signed.supply_run).filter(pl.col("resource") == "PRF").sort("period")
    kept_as("load", load.select("period", pl.col("regular", "overtime", "capacity").round(0)))


def test_the_quotas_are_those_that_were_read(signed):
    rows = Quota.objects.filter(round__plan=signed).values_list(
        "round__month", "territory__code", "amount_cents"
    )
    columns = ["month", "territory", "quota_thousands"]
    table = pl.DataFrame(list(rows), schema=columns, orient="row").sort("month", "territory")
    kept_as("quotas", table.with_columns((pl.col("quota_thousands") / 100_000).round(0)))
