"""What moved the number, who needs to look, and how right everybody was."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from einklang.catalog.models import Item, Price
from einklang.crm.models import Account
from einklang.demand import actions, queries
from einklang.demand.actions import Happening
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.orders.models import OrderLine, SalesOrder
from einklang.people.models import Membership
from tests.rooms.demand.conftest import JUNE, MAY

JULY = date(2014, 7, 1)
EVENT = Happening("promotion", "Summer fair", date(2014, 7, 5), date(2014, 7, 9), "P-30")


def speak(by, quantity, series="P-20", kind="sales", period=JUNE, **more):
    return actions.give_voice(
        MAY, series, period, Decimal(quantity), kind=kind, reason="tender", by=by, **more
    )


@pytest.fixture
def in_territories(ordered, north, south):
    """A third of P-20 is sold in the south, everything else in the north."""
    SalesOrder.objects.update(territory=north)
    account = Account.objects.get(code="A-1")
    for month in queries.months_known():
        order = SalesOrder.objects.create(
            number=f"S-{month:%Y%m}", account=account, territory=south, ordered_on=month, period=month,
            currency="EUR", subtotal_cents=0, subtotal_exact=0,
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, line_number=1, item=ordered["P-20"], quantity=30, unit_price_exact=1,
            amount_cents=0, amount_exact=0, period=month,
        )  # fmt: skip


@pytest.fixture
def local(in_territories, anna):
    return actions.run_forecast(MAY, horizon=3, by=anna)


def test_the_steps_lead_from_last_year_to_what_was_agreed(run, rolf, fina, mara):
    speak(rolf, 200)
    speak(fina, 90, kind="finance")
    agreed = actions.agree(MAY, by=mara)
    why = queries.steps(agreed, "P-20", JUNE)
    assert [step.name for step in why.steps] == [
        "naive", "statistical", "effects", "pipeline", "finance", "sales", "agreed",
    ]  # fmt: skip
    assert why.steps[0].quantity == 120
    assert why.steps[-1].change == pytest.approx(0, abs=1e-6)
    line = queries.consensus_lines(agreed, "P-20").get(period=JUNE)
    assert why.steps[-1].quantity == pytest.approx(line.quantity)
    assert any("tender" in sentence for sentence in why.sentences)


def test_without_a_year_before_the_steps_begin_with_the_forecast(run, mara):
    agreed = actions.agree(MAY, by=mara)
    agreed.lines.update(naive=None)
    why = queries.steps(agreed, "P-20", JUNE)
    assert why.steps[0].name == "statistical"
    assert why.steps[0].change == why.steps[0].quantity
    assert "year before" not in why.sentences[0]


def test_the_steps_of_everything_are_the_sum_of_the_items(run, rolf, mara):
    speak(rolf, 200)
    agreed = actions.agree(MAY, by=mara)
    whole = queries.steps(agreed).steps
    parts = [queries.steps(agreed, code).steps for code in ("P-20", "P-30", "V-1")]
    for place, step in enumerate(whole[:4]):
        assert step.quantity == pytest.approx(sum(part[place].quantity for part in parts))


def test_the_steps_of_now_are_those_of_the_next_consensus(run, rolf, mara):
    speak(rolf, 200)
    now = queries.steps_now(run, "P-20", JUNE).steps
    then = queries.steps(actions.agree(MAY, by=mara), "P-20", JUNE).steps
    assert [step.quantity for step in now] == pytest.approx([step.quantity for step in then])


def test_a_voice_about_a_territory_moves_its_share_alone(local, rolf, mara):
    """P-20: 60 in the north, 30 in the south; the north says 100."""
    speak(rolf, 100, territory="north", period=JULY)
    shown = queries.grid(local, seen_by=rolf, territory="north", months=[JULY])
    cell = shown.row("P-20").cells[0]
    line = queries.consensus_lines(actions.agree(MAY, by=mara), "P-20").get(period=JULY)
    assert cell.statistical == pytest.approx(line.statistical * 64 / 94, rel=0.05)
    assert cell.outlook == pytest.approx((cell.statistical + 100) / 2)
    assert line.quantity - line.statistical == pytest.approx(cell.outlook - cell.statistical)


def test_a_rep_speaks_about_the_own_territories_alone(local, rolf):
    with pytest.raises(Refused, match="own territories"):
        speak(rolf, 100, territory="south", period=JULY)
    assert not queries.grid(local, seen_by=rolf, territory="south").editable


def test_a_territory_that_is_none_is_refused(local, mara):
    with pytest.raises(Refused, match="no territory"):
        speak(mara, 100, territory="moon", period=JULY)


@pytest.mark.parametrize(("expires", "heard"), [(None, 0), (JUNE, 1)])
def test_a_voice_is_heard_in_later_reviews_until_it_expires(run, rolf, expires, heard):
    speak(rolf, 100, period=JULY, expires=expires)
    assert queries.voices(JUNE, seen_by=rolf).count() == heard
    assert not queries.voices(JULY, seen_by=rolf)


def test_a_voice_carried_on_is_answered_in_the_later_review_and_stays_in_its_own(ordered, anna, rolf):
    april = date(2014, 4, 1)
    for month in (april, MAY):
        actions.run_forecast(month, horizon=4, by=anna)
    first = actions.give_voice(
        april, "P-20", JULY, Decimal(100), kind="sales", reason="tender", by=rolf, expires=MAY
    )
    later = actions.give_voice(
        MAY, "P-20", JULY, Decimal(80), kind="sales", reason="lost it", by=rolf, seen_version=1
    )
    assert list(queries.voices(april, seen_by=rolf)) == [first]
    assert list(queries.voices(MAY, seen_by=rolf)) == [later]


def test_a_voice_carried_on_can_be_withdrawn_from_a_review_on(ordered, anna, rolf):
    april = date(2014, 4, 1)
    for month in (april, MAY):
        actions.run_forecast(month, horizon=4, by=anna)
    first = actions.give_voice(
        april, "P-20", JULY, Decimal(100), kind="sales", reason="tender", by=rolf, expires=MAY
    )
    actions.withdraw_voice(first, by=rolf, as_of=MAY)
    assert queries.voices(april, seen_by=rolf).exists()
    assert not queries.voices(MAY, seen_by=rolf).exists()


def test_a_voice_cannot_expire_before_it_is_given(run, rolf):
    with pytest.raises(Refused, match="expire"):
        speak(rolf, 100, expires=date(2014, 4, 1))


def test_items_within_all_limits_need_nobody(run, anna):
    found = queries.touchless(run, seen_by=anna)
    assert [row.series for row in found.untouched] == ["P-20", "P-30", "V-1"]
    assert found.value_share is None  # nothing has a price


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("voice", lambda rolf, anna: speak(rolf, 100, series="P-30")),
        ("event", lambda rolf, anna: actions.plan_event(EVENT, by=anna)),
        ("launch", lambda rolf, anna: Item.objects.filter(code="P-30").update(launched_on=MAY)),
        ("end", lambda rolf, anna: Item.objects.filter(code="P-30").update(ended_on=JULY)),
    ],
)
def test_what_calls_for_a_person_is_on_the_review_list_with_its_reason(run, rolf, anna, key, cause):
    cause(rolf, anna)
    rows = {row.series: row for row in queries.touchless(run, seen_by=anna).rows}
    assert [reason.key for reason in rows["P-30"].reasons] == [key]
    assert not rows["V-1"].needs_review


def test_the_most_valuable_are_always_looked_at(run, ordered, anna):
    Price.objects.create(item=ordered["P-20"], currency="EUR", amount_cents=100_00, valid_from=MAY)
    found = queries.touchless(run, seen_by=anna)
    assert found.counts == {"value": 1}
    assert found.value_share == 0


def test_limits_are_the_companys_own(run, anna, rolf):
    wide = {"error_limit": Decimal(1), "bias_limit": Decimal(1), "change_limit": Decimal(1)}
    actions.set_review_rule(**wide, top_share=Decimal(0), by=anna)
    assert queries.review_rule().top_share == 0
    with pytest.raises(NotAllowed):
        actions.set_review_rule(**wide, top_share=Decimal(0), by=rolf)
    with pytest.raises(Refused, match="a share"):
        actions.set_review_rule(**wide, top_share=Decimal(2), by=anna)


def test_what_was_said_then_counts_where_it_is_stored_and_the_walk_back_before(ordered, anna, mara):
    march, april = date(2014, 3, 1), date(2014, 4, 1)
    for month in (march, april, MAY):
        actions.run_forecast(month, horizon=3, by=anna)
        actions.agree(month, by=mara)
    rows = queries.snapshots(MAY).filter(pl.col("series") == "P-20")
    stored = rows.filter(pl.col("source") == "stored").select("as_of", "period", "lag").rows()
    assert stored == [(march, april, 1), (april, MAY, 1), (march, MAY, 2)]
    assert rows.filter(pl.col("source") == "walk back")["agreed"].null_count() == rows.height - 3
    (item, *_rest) = queries.scores(MAY)
    assert (item.key, item.count, item.stored) == ("P-20", 12, 2)
    assert item.agreed_added == pytest.approx(0, abs=1e-9)
    assert [name for name, _error in queries.stairs(MAY)] == ["naive", "statistical", "agreed"]
    assert queries.by_lag(MAY)["lag"].to_list() == [1, 2, 3]


def test_accuracy_is_measured_by_territory_and_person(local, rolf, north):
    by_place = {one.key: one for one in queries.scores(MAY, by_what="territory")}
    assert set(by_place) == {"north", "south"}
    assert by_place["south"].actual == 12 * 30
    assert by_place["south"].wape < 0.2
    (person,) = queries.scores(MAY, by_what="person")
    assert (person.key, person.actual) == ("rolf", by_place["north"].actual)
    assert Membership.objects.count() == 1


def test_accuracy_by_anything_else_is_not_found(run):
    with pytest.raises(NotFound):
        queries.scores(MAY, by_what="weather")


def test_an_event_is_changed_by_a_new_version_and_withdrawn_by_a_last_one(company, items, anna, rolf):
    first = actions.plan_event(EVENT, by=anna)
    later = Happening("promotion", "Summer fair", date(2014, 7, 5), date(2014, 7, 12), "family:pumps")
    second = actions.change_event(first, later, by=anna)
    assert list(queries.events(JULY, seen_by=rolf)) == [second]
    with pytest.raises(Refused, match="meanwhile"):
        actions.change_event(first, EVENT, by=anna)
    actions.withdraw_event(second, by=anna)
    assert not queries.events(seen_by=rolf)
    assert [event.version for event in queries.event_versions(first.number)] == [3, 2, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "storm"},
        {"name": " "},
        {"last": date(2014, 7, 1)},
        {"series": "X-1"},
        {"territory": "moon"},
        {"uplift": Decimal("NaN")},
        {"price_change": Decimal(-1)},
    ],
)
def test_an_event_that_makes_no_sense_is_refused(company, items, anna, wrong):
    facts = {name: getattr(EVENT, name) for name in Happening.__dataclass_fields__}
    with pytest.raises(Refused):
        actions.plan_event(Happening(**(facts | wrong)), by=anna)


def test_not_everybody_plans_events(company, items, rolf):
    with pytest.raises(NotAllowed, match="plan promotions"):
        actions.plan_event(EVENT, by=rolf)
