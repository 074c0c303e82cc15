"""Numbers and dates are written as the reader writes them."""

import datetime as dt

import pytest
from django.utils import translation

from einklang.web import formats

NARROW = "\xa0"


@pytest.mark.parametrize(
    ("language", "written"),
    [("de", f"-1.234,50{NARROW}€"), ("en", "-€1,234.50")],
)
def test_money_is_written_in_the_readers_language(language, written):
    with translation.override(language):
        assert formats.money(-123450, "EUR") == written


@pytest.mark.parametrize(("language", "written"), [("de", f"12{NARROW}%"), ("en", "12%")])
def test_a_share_is_written_as_a_percentage(language, written):
    with translation.override(language):
        assert formats.percent(0.12) == written


@pytest.mark.parametrize(("language", "written"), [("de", f"12,3{NARROW}%"), ("en", "12.3%")])
def test_a_percentage_shows_as_many_decimals_as_asked(language, written):
    with translation.override(language):
        assert formats.percent(0.1234, 1) == written


@pytest.mark.parametrize(("language", "written"), [("de", "03.11.2026"), ("en", "Nov 3, 2026")])
def test_a_day_is_written_in_the_readers_order(language, written):
    with translation.override(language):
        assert formats.day(dt.date(2026, 11, 3)) == written


@pytest.mark.parametrize(
    ("value", "written"), [(1234567, "1,234,567"), (2.5, "2.5"), (1234.5, "1,234"), (0, "0"), (-0.001, "0")]
)
def test_quantities_are_as_long_as_they_need_to_be(value, written):
    with translation.override("en"):
        assert formats.quantity(value) == written


def test_what_is_missing_is_a_dash_and_never_zero():
    shown = [formats.money(None), formats.quantity(None), formats.percent(None), formats.day(None)]
    assert shown == ["–"] * 4


@pytest.mark.parametrize(("language", "written"), [("de", f"1,23{NARROW}Mio.{NARROW}€"), ("en", "€1.23M")])
def test_a_card_shows_millions_at_a_glance(language, written):
    with translation.override(language):
        assert formats.money_short(123_456_789, "EUR") == written


def test_an_amount_without_cents_is_rounded_not_cut():
    with translation.override("en"):
        assert formats.money_whole(199_99, "EUR") == "€200"


@pytest.mark.django_db
def test_the_currency_is_the_companys_unless_one_is_given(company):
    company.home_currency = "USD"
    company.save()
    with translation.override("en"):
        assert formats.money(100) == "$1.00"
        assert formats.money(100, "CHF") == "CHF1.00"


def test_a_page_asks_for_the_currency_once(rolf, client, django_assert_max_num_queries):
    from django.http import HttpResponse

    def page(_request):
        return HttpResponse("".join(formats.money(cents) for cents in range(50)))

    with django_assert_max_num_queries(1):
        formats.HomeCurrency(page)(None)
