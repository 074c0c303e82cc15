"""Events, odd months, switched-off effects and the memory of a run: what a forecast takes up, and keeps."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from einklang.catalog.models import Item, Price, Promotion
from einklang.demand import actions, queries
from einklang.demand.actions import Happening
from einklang.demand.models import ForecastMemory
from einklang.demand.queries import inputs
from einklang.engine.forecast.deep import DEEP
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused
from einklang.orders.models import OrderLine
from tests.rooms.demand.conftest import MAY

JULY = date(2014, 7, 1)
FAIR = Happening("campaign", "Summer fair", JULY, date(2014, 7, 31), "family:pumps", uplift=Decimal("0.5"))


def july(run, series="P-30"):
    return queries.points(run, series).filter(pl.col("period") == JULY)["mean"][0]


@pytest.fixture
def with_fair(run, anna):
    actions.plan_event(FAIR, by=anna)
    return actions.run_forecast(MAY, horizon=6, by=anna)


def test_what_people_expect_of_an_event_is_an_effect_of_its_own_at_every_level(run, with_fair):
    assert july(with_fair) == pytest.approx(1.5 * july(run), rel=0.05)
    lines = queries.effects_frame(with_fair).filter(pl.col("period") == JULY)
    by_series = dict(lines.select("series", "quantity").iter_rows())
    assert by_series["family:pumps"] == pytest.approx(by_series["P-20"] + by_series["P-30"])
    assert "V-1" not in by_series
    total = july(with_fair, "total")
    assert total == pytest.approx(sum(july(with_fair, code) for code in ("P-20", "P-30", "V-1")))


def test_an_effect_can_be_switched_off_for_a_run(run, with_fair, anna):
    plain = actions.run_forecast(MAY, horizon=6, without=("Summer fair",), by=anna)
    assert plain not in (run, with_fair)
    assert plain.settings["without"] == ["Summer fair"]
    assert july(plain) == pytest.approx(july(run), rel=0.05)


def test_effects_are_a_step_of_their_own_on_the_way_to_the_agreed_number(with_fair, mara):
    steps = {
        step.name: step.change for step in queries.steps(actions.agree(MAY, by=mara), "P-30", JULY).steps
    }
    assert steps["effects"] == pytest.approx(july(with_fair) / 3, rel=0.05)


def test_a_withdrawn_event_gives_the_run_that_was_made_without_it(run, anna):
    event = actions.plan_event(FAIR, by=anna)
    actions.withdraw_event(event, by=anna)
    assert actions.run_forecast(MAY, horizon=6, by=anna) == run


def test_an_event_about_a_territory_counts_for_its_share(ordered, anna, north):
    actions.plan_event(Happening(**{**vars_of(FAIR), "territory": "north"}), by=anna)
    given = inputs.read(MAY, 6)
    assert given.uplifts.is_empty() or given.uplifts["share"].sum() == 0  # nothing was sold there
    assert given.events.is_empty() or "Summer fair" not in given.events["event"].to_list()


def vars_of(happening):
    return {name: getattr(happening, name) for name in Happening.__dataclass_fields__}


def test_prices_and_promotions_of_the_catalog_go_along(ordered, anna):
    pump = ordered["P-20"]
    Price.objects.create(item=pump, currency="EUR", amount_cents=100_00, valid_from=date(2011, 1, 1))
    Price.objects.create(item=pump, currency="EUR", amount_cents=120_00, valid_from=date(2014, 7, 1))
    promotion = Promotion.objects.create(
        code="S", name="Sale", discount=Decimal("0.2"), start=date(2014, 6, 1), end=date(2014, 6, 15)
    )
    promotion.items.add(pump)
    actions.plan_event(
        Happening(
            "price", "Dearer", date(2014, 8, 1), date(2014, 12, 31), "P-20", price_change=Decimal("0.1")
        ),
        by=anna,
    )
    ahead = inputs.read(MAY, 6).drivers.filter(pl.col("series") == "P-20").sort("period")
    assert ahead["price"].to_list() == pytest.approx([100, 120, 132, 132, 132, 132])
    assert ahead["promotion"].to_list() == pytest.approx([0.1, 0, 0, 0, 0, 0])


def test_holidays_are_those_of_the_country_most_territories_lie_in(ordered, north, south):
    assert "Good Friday" in inputs.read(MAY, 6).events["event"].to_list()


def test_a_successor_and_a_launch_are_told_to_the_engine(ordered):
    Item.objects.create(
        code="P-31",
        name="Pump 31",
        family=ordered["P-30"].family,
        predecessor=ordered["P-30"],
        launched_on=JULY,
    )
    life = {row["series"]: row for row in inputs.read(MAY, 6).lifecycle.iter_rows(named=True)}
    assert (life["P-31"]["predecessor"], life["P-31"]["launched"]) == ("P-30", JULY)


@pytest.fixture
def odd(ordered, anna):
    """V-1 sells 10 a month, and 500 in February 2014."""
    OrderLine.objects.filter(item__code="V-1", period=date(2014, 2, 1)).update(quantity=500)
    return actions.run_forecast(MAY, horizon=3, by=anna)


def test_an_odd_month_is_shown_and_put_right_only_with_consent(odd, anna):
    (month,) = queries.outliers(odd, "V-1")
    assert (month.period, month.quantity, month.is_repaired) == (date(2014, 2, 1), 500, False)
    actions.judge_outlier("V-1", month.period, repair=True, reason="one-off order", by=anna)
    later = actions.run_forecast(MAY, horizon=3, by=anna)
    (put_right,) = queries.outliers(later, "V-1")
    assert (put_right.is_repaired, put_right.may_repair, put_right.author) == (True, True, "Anna")
    assert july(later, "V-1") < july(odd, "V-1")


def test_consent_can_be_taken_back_and_then_the_first_run_stands_again(odd, anna):
    place = ("V-1", date(2014, 2, 1))
    actions.judge_outlier(*place, repair=True, reason="one-off order", by=anna)
    actions.judge_outlier(*place, repair=False, reason="it may come again", by=anna)
    assert actions.run_forecast(MAY, horizon=3, by=anna) == odd
    assert journal.entries(event="demand.outlier_judged").count() == 2


def test_history_is_put_right_only_for_a_reason_and_by_who_forecasts(company, anna, rolf):
    with pytest.raises(Refused, match="Say why"):
        actions.judge_outlier("V-1", MAY, repair=True, reason=" ", by=anna)
    with pytest.raises(NotAllowed):
        actions.judge_outlier("V-1", MAY, repair=True, reason="x", by=rolf)


def test_of_a_month_that_was_forecast_before_only_changed_series_are_forecast_anew(ordered, anna):
    first = actions.run_forecast(MAY, horizon=3, by=anna)
    line = OrderLine.objects.filter(item__code="V-1", period=MAY).get()
    OrderLine.objects.filter(pk=line.pk).update(quantity=30)
    later = actions.run_forecast(MAY, horizon=3, by=anna)
    assert later.former == first
    assert 0 < later.refitted < first.refitted
    assert ForecastMemory.objects.count() == 2


def test_a_run_keeps_why_it_says_what_it_says(run):
    facts = queries.series_facts(run, "P-20")
    assert facts.level == "item"
    assert facts.facts["high"] == "2014-06-01"
    sums = [sum(part) for part in zip(*facts.facts["parts"].values(), strict=True)]
    assert sums == pytest.approx(queries.points(run, "P-20")["mean"].to_list(), rel=1e-3)
    assert any("June" in sentence for sentence in facts.sentences)
    assert queries.series_facts(run, "X-1") is None


def test_what_the_night_said_gives_a_run_of_its_own(run, anna):
    said = DEEP.check(
        pl.DataFrame(
            {"series": "P-30", "origin": MAY, "step": [1, 2, 3, 4, 5, 6], "method": "AutoETS", "mean": 40.0}
        )
    )
    before, _given = queries.fingerprint_of(MAY, 6, queries.WALKED_BACK)
    kept = actions.keep_deep_tier(MAY, horizon=6, table=said, failures=[], by=anna)
    after, _given = queries.fingerprint_of(MAY, 6, queries.WALKED_BACK)
    assert (kept.series, before != after) == (1, True)
    assert queries.deep_tier(MAY, 6).equals(said)
    assert queries.deep_tier(MAY, 12) is None


def test_the_parts_of_a_forecast_hold_what_people_expect_of_events(with_fair):
    facts = queries.series_facts(with_fair, "P-30").facts["parts"]
    sums = [sum(part) for part in zip(*facts.values(), strict=True)]
    assert sums == pytest.approx(queries.points(with_fair, "P-30")["mean"].to_list(), rel=1e-3)
    assert facts["effects"][1] > 10
