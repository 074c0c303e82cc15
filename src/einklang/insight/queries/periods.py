"""Which periods can be asked for, and which one is meant when none is named."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from einklang.engine.kpis import Span
from einklang.engine.periods import add_months, month_end, month_of
from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.web import formats

MONTHS_SHOWN = 24


def span_of(text: str | None) -> Span:
    """The period of an address (2014-05, 2014-Q2, 2014), or the last month that is over and has sales."""
    return Span.read(text, _known_until(orders.months())) if text else default_span()


def default_span() -> Span:
    """The last month that is over and in which something was sold."""
    known = orders.months()
    return Span.of_months(_last_month(known), 1, _known_until(known))


def periods() -> list[tuple[str, str]]:
    """The months, quarters and years to choose from: the address's word, and what people read."""
    last = _last_month(orders.months())
    months = [add_months(last, -back) for back in range(MONTHS_SHOWN)]
    found = [(f"{month:%Y-%m}", formats.month(month)) for month in months]
    quarters = {f"{month.year}-Q{(month.month + 2) // 3}": month for month in months[: MONTHS_SHOWN // 2]}
    found += [
        (key, _("Quarter %(number)s of %(year)s") % {"number": key[-1], "year": month.year})
        for key, month in quarters.items()
    ]
    return found + [(str(year), str(year)) for year in sorted({month.year for month in months}, reverse=True)]


def _known_until(known: tuple[date, date] | None) -> date:
    """The day as of which outcomes are known: today, or the last day of data that ends earlier.

    A company that imported its history up to a day has no facts after it; without this, everything
    that was still open then would count as late today.
    """
    return min(clock.today(), month_end(known[1])) if known else clock.today()


def _last_month(known: tuple[date, date] | None) -> date:
    over = month_of(month_of(clock.today()) - timedelta(days=1))
    return min(over, known[1]) if known else over
