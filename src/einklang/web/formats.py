"""Numbers, money and dates as the reader writes them.

German   1.234,56   -1.234,50 €   12 %   03.11.2026
English  1,234.56   -€1,234.50    12%    Nov 3, 2026
"""

import datetime as dt
from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal

from babel import Locale, dates, numbers
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language

Number = int | float | Decimal
MISSING = "–"

# The company's currency, asked once a request; None where there is no request.
_asked: ContextVar[list[str] | None] = ContextVar("home_currency", default=None)


def locale() -> str:
    """The reader's locale, as Babel names it."""
    return (get_language() or settings.LANGUAGE_CODE).replace("-", "_")


def home_currency() -> str:
    """The company's own currency; `settings.HOME_CURRENCY` names the function that knows it."""
    kept = _asked.get()
    if kept:
        return kept[0]
    found = str(import_string(settings.HOME_CURRENCY)())
    if kept is not None:
        kept.append(found)
    return found


class HomeCurrency:
    """Middleware: within one request the company's currency is asked for once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand around all pages."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with a memory that ends with the request."""
        token = _asked.set([])
        try:
            return self.get_response(request)
        finally:
            _asked.reset(token)


def money(cents: Number | None, currency: str | None = None) -> str:
    """Whole cents as an amount with its currency: 123456 -> €1,234.56."""
    if cents is None:
        return MISSING
    amount = Decimal(str(cents)) / 100
    return numbers.format_currency(amount, currency or home_currency(), locale=locale())


def money_whole(cents: Number | None, currency: str | None = None) -> str:
    """An amount without its cents, for plans and wide tables: €1,235."""
    if cents is None:
        return MISSING
    amount = Decimal(str(cents)) / 100
    return numbers.format_currency(
        amount.quantize(Decimal(1)),
        currency or home_currency(),
        format=whole_pattern(),
        currency_digits=False,
        locale=locale(),
    )


def whole_pattern() -> str:
    """The locale's own pattern for amounts, without the decimals."""
    pattern = str(Locale.parse(locale()).currency_formats["standard"].pattern)
    return pattern.split(";")[0].replace(".00", "")


def money_short(cents: Number | None, currency: str | None = None) -> str:
    """An amount at a glance, for cards: €1.23M, 1,23 Mio. €."""
    if cents is None:
        return MISSING
    amount = Decimal(str(cents)) / 100
    home = currency or home_currency()
    if abs(amount) < 1_000_000:
        return money_whole(cents, home)
    return numbers.format_compact_currency(amount, home, locale=locale(), fraction_digits=2)


def quantity(value: Number | None, digits: int | None = None) -> str:
    """A number with the reader's separators; whole where it is whole, else up to two decimals."""
    if value is None:
        return MISSING
    if digits is None:
        digits = 0 if float(value).is_integer() or abs(float(value)) >= 1000 else 2
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    shown = numbers.format_decimal(value, format=pattern, locale=locale())
    return "0" if shown == "-0" else shown


def percent(share: Number | None, digits: int = 0) -> str:
    """A share as a percentage: 0.12 -> 12%."""
    if share is None:
        return MISSING
    pattern = Locale.parse(locale()).percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * digits)
    return numbers.format_percent(share, format=pattern, locale=locale())


def month(day: dt.date | None) -> str:
    """A month by name: Nov 2026."""
    return MISSING if day is None else dates.format_skeleton("yMMM", day, locale=locale())


def day(value: dt.date | dt.datetime | None) -> str:
    """A day: Nov 3, 2026 or 03.11.2026."""
    return MISSING if value is None else dates.format_date(local(value), format="medium", locale=locale())


def moment(value: dt.datetime | None) -> str:
    """A day and the time of day, in the house's time zone."""
    return MISSING if value is None else dates.format_datetime(local(value), format="short", locale=locale())


def local(value: dt.date | dt.datetime) -> dt.date:
    """A moment in the house's time zone; a plain day as it is."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
