"""The invented company: the same for the same day, whole in itself, and with the stories it promises."""

from datetime import date

import polars as pl
import pytest

from einklang.demo import begin, company, world
from einklang.demo.history.orders import DRY_MONTHS
from einklang.demo.items import AGEING, ENDED, LAUNCHED, STARVED
from einklang.demo.times import HISTORY, Times
from einklang.kernel.errors import Refused
from einklang.people import actions as people
from einklang.people.roles import CHOICES

TOLD = date(2026, 6, 10)


@pytest.fixture(scope="module")
def told():
    """The company as it is thought up on 10 June 2026: its last month is May."""
    return world.make(Times(TOLD))


def test_the_same_day_gives_the_same_company(told):
    again = world.make(Times(TOLD))

    assert again.book.lines.equals(told.book.lines)
    assert again.moves.equals(told.moves)
    assert again.purchases.equals(told.purchases)
    assert [sale.log for sale in again.sales] == [sale.log for sale in told.sales]


def test_another_day_gives_a_company_that_is_as_current():
    other = world.make(Times(date(2027, 1, 4)))

    assert other.book.orders["ordered_on"].max() <= date(2026, 12, 31)
    assert other.book.orders.filter(pl.col("period") == date(2026, 12, 1)).height > 200


def test_it_is_as_large_as_promised(told):
    sellers = [person for seat in company.SEATS for person in seat.people]
    here = [person for person in sellers if person.left is None]
    months = told.book.orders.filter(pl.col("period") <= told.times.month)["period"].n_unique()

    assert 33 <= len(here) <= 42 < len(sellers)
    assert (told.customers.height, len(told.things), len(told.sales)) == (600, 300, 500)
    assert (len(company.AREAS) - 1, len(company.WORK_CENTRES), len(company.SUPPLIERS)) == (8, 12, 15)
    assert sum(bool(maker.trouble) for maker in company.SUPPLIERS) == 5
    assert months == HISTORY


def test_every_role_has_one_who_may_sign_in():
    staff = [*company.STAFF, *(person for seat in company.SEATS for person in seat.people)]

    assert sorted(person.role for person in staff if person.signs_in) == sorted(dict(CHOICES))


def test_every_order_foots(told):
    sold = told.book.lines.filter(~pl.col("is_lost")).group_by("order").agg(pl.col("amount_cents").sum())
    heads = told.book.orders.join(sold, on="order", how="left")

    assert heads.filter(pl.col("amount_cents") != pl.col("subtotal_cents")).is_empty()
    assert heads["amount_cents"].null_count() == 0


def test_nothing_is_shipped_that_was_not_ordered_or_was_lost(told):
    on = ["order", "line_number"]
    shipped = told.book.shipments.group_by(on).agg(pl.col("quantity").sum().alias("gone"))
    lines = told.book.lines.join(shipped, on=on, how="inner")

    assert lines.filter(pl.col("gone") != pl.col("quantity")).is_empty()
    assert not lines["is_lost"].any()


def test_nine_of_ten_lines_leave_on_time(told):
    shipped = told.book.lines.filter(pl.col("shipped_on").is_not_null())

    assert (shipped["shipped_on"] <= shipped["promised_on"]).mean() == pytest.approx(0.90, abs=0.025)


def test_no_place_ever_holds_less_than_nothing(told):
    stock = told.moves.with_columns(pl.col("quantity").cum_sum().over("item", "location").alias("held"))

    assert stock["held"].min() > -0.01


def test_what_is_used_was_received_before(told):
    assert told.moves.filter(pl.col("received_on") > pl.col("moved_on")).is_empty()


def test_bills_of_material_have_three_levels(told):
    def depth(code):
        return 1 + max((depth(part) for part in told.things[code].parts), default=0)

    depths = {depth(code) for code, thing in told.things.items() if thing.sold and thing.made}
    assert max(depths) == 3
    used = {part for thing in told.things.values() for part in thing.parts}
    assert all(code in used for code, thing in told.things.items() if not thing.sold)


def test_the_test_bench_is_overloaded_in_the_season_and_not_in_winter(told):
    steps = told.workshop.steps.filter(pl.col("centre") == company.BOTTLENECK)
    by_month = steps.group_by(pl.col("planned_end").dt.truncate("1mo").alias("month")).agg(
        pl.col("hours").sum()
    )
    usual = told.workshop.hours_per_day[company.BOTTLENECK] * 20
    load = by_month.with_columns(pl.col("hours") / usual, pl.col("month").dt.month().alias("of_year"))

    assert load.filter(pl.col("of_year").is_in([4, 5, 6]))["hours"].max() > 1
    assert load.filter(pl.col("of_year").is_in([12, 1]))["hours"].mean() < 0.9


def test_the_late_foundry_is_late_and_owes_something_today(told):
    lines = told.purchases.with_columns((pl.col("received_on") > pl.col("due_on")).alias("late"))
    late = dict(lines.group_by("supplier").agg(pl.col("late").mean()).iter_rows())

    assert late["L01"] > 0.4 > 0.2 > late["L02"]
    owed = lines.filter(pl.col("received_on").is_null() & (pl.col("due_on") <= told.times.last_day))
    assert owed["supplier"].is_in(["L01", "L06", "L09"]).all()
    assert owed.height


def test_sales_are_lost_where_stock_ran_out(told):
    lost = told.book.lines.filter("is_lost")
    dry = {told.times.at(month) for first, last in DRY_MONTHS for month in range(first, last + 1)}

    assert lost.height > 100
    assert set(lost["item"]) <= set(STARVED)
    assert set(lost["period"]) <= dry


def test_a_launched_item_sells_from_its_launch_on_and_an_ended_one_fades(told):
    sold = told.book.lines.group_by("item").agg(
        pl.col("period").min().alias("first"), pl.col("period").max().alias("last")
    )
    first_and_last = {item: (first, last) for item, first, last in sold.iter_rows()}

    for code, (months, _) in LAUNCHED.items():
        assert first_and_last[code][0] >= told.times.day(months)
    for code, months in ENDED.items():
        if months > 0:
            assert first_and_last[code][1] <= told.times.day(months)


def test_what_lies_too_long_is_what_the_story_says(told):
    layers = told.moves.group_by("item", "location", "received_on").agg(pl.col("quantity").sum())
    old = layers.filter(
        (pl.col("quantity") > 1)
        & (pl.col("location") != "SPERR")
        & ((told.times.last_day - pl.col("received_on")).dt.total_days() > 365)
    )

    assert set(AGEING) & set(old["item"])


def test_deals_stand_at_every_step_and_a_loss_has_its_reason(told):
    stages = {sale.stage for sale in told.sales}

    assert stages == {
        "prospect",
        "prepare",
        "approach",
        "present",
        "objections",
        "close",
        "follow-up",
        "lost",
    }
    assert all(bool(sale.lost_reason) == (sale.stage == "lost") for sale in told.sales)
    assert all(sum(cents for _, _, cents, _ in sale.lines) == sale.amount_cents for sale in told.sales)


def test_a_won_deal_became_an_order(told):
    won = {
        sale.code
        for sale in told.sales
        if sale.stage == "follow-up" and sale.closed_on <= told.times.last_day
    }

    assert set(told.book.orders["deal"].drop_nulls()) == won


@pytest.mark.django_db
def test_the_company_is_not_put_into_somebody_elses_house():
    people.name_company("Real Pumps", "EUR", by=None)
    people.add_user("owner", by=None, role="admin")

    with pytest.raises(Refused, match="already holds Real Pumps"):
        begin.begin(print)
