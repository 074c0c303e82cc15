"""The budget, the gap to it and its drivers; decisions with their figures; assumptions beside the plan."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from einklang.cycle import actions, queries
from einklang.cycle.models import Budget
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused
from tests.small_company import JUNE, MONTH_CENTS


@pytest.fixture
def pumps(items):
    return items["P-20"].family


def test_a_later_figure_takes_the_place_of_the_earlier(pumps, fina):
    actions.set_budget([(pumps, JUNE, 100_00, None)], by=fina)
    actions.set_budget([(pumps, JUNE, 120_00, None)], by=fina)
    assert queries.budget_frame(JUNE, JUNE)["amount_cents"].to_list() == [120_00]
    assert queries.budget_history(JUNE).count() == 2


def test_only_finance_sets_the_budget(pumps, vera):
    with pytest.raises(NotAllowed):
        actions.set_budget([(pumps, JUNE, 100_00, None)], by=vera)


def test_a_budget_is_not_negative(pumps, fina):
    with pytest.raises(Refused):
        actions.set_budget([(pumps, JUNE, -1, None)], by=fina)
    assert not Budget.objects.exists()


def test_last_years_sales_raised_by_a_tenth(items, fina):
    """27,000.00 of pumps and 800.00 of valves a month."""
    count = actions.budget_from_last_year(JUNE, 12, Decimal("0.1"), by=fina)
    june = queries.budget_frame(JUNE, JUNE).sort("family").select("family", "amount_cents", "quantity").rows()
    assert count == 24
    assert june == [("pumps", 29_700_00, 66.0), ("valves", 880_00, 11.0)]


def test_the_gap_is_price_volume_and_mix_to_the_cent(version, fina):
    actions.budget_from_last_year(JUNE, 12, Decimal("0.1"), by=fina)
    gap = queries.gap(version)
    assert gap.budget_cents == 12 * (29_700_00 + 880_00)
    assert sum(gap.drivers.values()) == gap.cents
    assert gap.drivers["price"] == 0


def test_a_budget_without_quantities_has_a_gap_and_no_drivers(version, pumps, fina):
    actions.set_budget([(pumps, JUNE, 30_000_00, None)], by=fina)
    gap = queries.gap(version)
    assert gap.budget_cents == 30_000_00
    assert gap.drivers is None


def test_a_figure_for_the_company_goes_before_those_of_families(version, pumps, fina):
    actions.set_budget([(pumps, JUNE, 10_00, None), (None, JUNE, MONTH_CENTS, None)], by=fina)
    assert queries.gap(version).budget_cents == MONTH_CENTS


def test_a_decision_keeps_the_figures_of_its_day(version, vera):
    decision = actions.record_decision(version.cycle, "Second shift in assembly", owner=vera, by=vera)
    assert decision.version == version
    assert decision.figures["revenue_cents"] == version.revenue_cents


def test_the_result_of_a_decision_stands_beside_what_was_sold(version, vera):
    decision = actions.record_decision(version.cycle, "Second shift in assembly", by=vera)
    with clock.at(datetime(2014, 7, 5, 9, tzinfo=UTC)):
        result = actions.note_result(decision, "Not needed", by=vera)
    assert result.figures["months"] == 1
    assert result.figures["planned_cents"] > 0
    assert result.figures["sold_cents"] == 0
    assert decision.figures["revenue_cents"] == version.revenue_cents


def test_a_decision_says_something(cycle, vera):
    with pytest.raises(Refused):
        actions.record_decision(cycle, "  ", by=vera)


def test_risks_are_weighted_and_what_cannot_be_is_counted(cycle, vera):
    note = actions.note_assumption
    note(cycle, "A tender is lost", kind="risk", amount_cents=1000_00, probability=Decimal("0.2"), by=vera)
    note(cycle, "A new market", kind="opportunity", amount_cents=500_00, probability=Decimal("0.5"), by=vera)
    note(cycle, "A strike", kind="risk", by=vera)
    assert queries.risks_and_chances(cycle) == {"risk": 200_00, "opportunity": 250_00, "unweighted": 1}


def test_a_probability_is_a_share(cycle, vera):
    with pytest.raises(Refused):
        actions.note_assumption(cycle, "Sure", kind="risk", probability=Decimal(2), by=vera)


def test_months_over_start_after_the_plan(version):
    assert queries.months(version)[0] == date(2014, 6, 1)
