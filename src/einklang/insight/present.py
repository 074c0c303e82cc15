"""How figures are written for people: values in their unit, counts as a sentence, courses as a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from einklang.engine.kpis import Figure
from einklang.insight.queries import Answer, Names
from einklang.insight.registry import BESIDE, COLUMNS, WHY_NOT, Kpi
from einklang.people import queries as people
from einklang.web import formats

WIDE, HIGH = 120.0, 32.0
UNCHANGED = 0.0005  # what rounds to 0.0 % or 0.0 points


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table of records: its text, where it leads, and whether it is a number."""

    text: str
    href: str = ""
    is_number: bool = False


class Writer:
    """Writes figures in the reader's language and the company's currency."""

    def __init__(self, names: Names | None = None) -> None:
        """Ready to write; the company is asked once."""
        self.currency = people.home_currency()
        self.names = names or Names()

    def value(self, kpi: Kpi, value: float | None, *, short: bool = False) -> str:
        """A KPI's value in its unit."""
        if value is None:
            return formats.MISSING
        match kpi.unit:
            case "money":
                return self._money(value, short)
            case "money_day":
                return _("%(amount)s a day") % {"amount": self._money(value, short)}
            case "share":
                return formats.percent(value, 1)
            case "days":
                return _("%(count)s days") % {"count": formats.quantity(value, 1)}
            case "hours":
                return _("%(count)s hours") % {"count": formats.quantity(value, 1)}
            case "times":
                return _("%(count)s times a year") % {"count": formats.quantity(value, 1)}

    def counts(self, kpi: Kpi, figure: Figure) -> str:
        """What the value is made of, with both counts."""
        if kpi.median:
            count = formats.quantity(figure.count)
            return _("median of %(count)s %(what)s") % {"count": count, "what": kpi.denominator}
        if kpi.denominator and kpi.counted_in[1]:
            above = self.number(kpi.counted_in[0], figure.numerator)
            below = self.number(kpi.counted_in[1], figure.denominator)
            return f"{above} {kpi.numerator} ÷ {below} {kpi.denominator}"
        return _("%(count)s orders") % {"count": formats.quantity(figure.count)}

    def number(self, unit: str, value: float | None) -> str:
        """A count or an amount."""
        if value is None:
            return formats.MISSING
        if unit == "money":
            return self._money(value, short=True)
        if unit == "money_day":
            return _("%(amount)s a day") % {"amount": self._money(value, short=True)}
        return formats.percent(value, 1) if unit == "share" else formats.quantity(value, 1)

    def why_not(self, figure: Figure) -> str:
        """Why there is no value, as a sentence."""
        return str(WHY_NOT[figure.why_not]) if figure.why_not else ""

    def beside(self, figure: Figure) -> list[tuple[str, str]]:
        """What must be read with the value: title and value."""
        return [
            (str(BESIDE[name][0]), self.number(BESIDE[name][1], value))
            for name, value in figure.beside.items()
            if value is not None
        ]

    def change(self, answer: Answer) -> str:
        """How the value moved since the period before."""
        if answer.change is None:
            return ""
        if abs(answer.change) < UNCHANGED:
            return _("unchanged")
        sign = "+" if answer.change > 0 else ""
        if answer.kpi.unit == "share":
            points = formats.quantity(answer.change * 100, 1)
            return _("%(change)s points") % {"change": f"{sign}{points}"}
        return f"{sign}{formats.percent(answer.change, 1)}"

    def cells(self, columns: list[str], row: dict[str, Any], customers: dict[str, str]) -> list[Cell]:
        """One record as cells."""
        return [self._cell(COLUMNS[name][1], row[name], customers) for name in columns]

    def _cell(self, kind: str, value: Any, customers: dict[str, str]) -> Cell:
        if value is None:
            return Cell(formats.MISSING)
        match kind:
            case "account":
                return Cell(customers.get(value, str(value)), _address("account", value))
            case "deal" | "order" | "item":
                return Cell(str(value), _address(kind, value))
            case "team" | "rep" | "territory" | "family":
                return Cell(self.names.name(kind, value))
            case "holder":
                dimension, _sep, code = str(value).partition(":")
                return Cell(self.names.name(dimension, code))
            case "outcome":
                return Cell(_outcome(value))
            case "yes":
                return Cell(_("yes") if value else _("no"))
            case "money":
                return Cell(formats.money(round(value), self.currency), is_number=True)
            case "share":
                return Cell(formats.percent(value, 1), is_number=True)
            case "number":
                return Cell(formats.quantity(value), is_number=True)
            case "month":
                return Cell(formats.month(value))
            case "day":
                return Cell(formats.day(value))
            case "moment":
                return Cell(f"{formats.day(value)} {value:%H:%M}")
            case _:
                return Cell(str(value))

    def _money(self, value: float, short: bool) -> str:
        write = formats.money_short if short else formats.money
        return write(round(value), self.currency)


def head(columns: list[str]) -> list[tuple[str, bool]]:
    """The titles of columns, and whether they hold numbers."""
    return [(str(COLUMNS[name][0]), COLUMNS[name][1] in ("money", "share", "number")) for name in columns]


def spark(answer: Answer) -> list[str]:
    """The course as the points of lines in a box of 120 × 32; a month that is not measurable breaks it."""
    values = [figure.value for _month, figure in answer.trend]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return []
    low, high = min(known), max(known)
    step, scale = WIDE / (len(values) - 1), (HIGH - 6) / ((high - low) or 1)
    lines: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{place * step:.1f},{HIGH - 3 - (value - low) * scale:.1f}")
    return [" ".join(line * 2 if len(line) == 1 else line) for line in lines if line]


def export(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as a file takes them: titles as people read them, money in whole currency with its cents."""
    kinds = {name: COLUMNS[name][1] for name in rows.columns}
    found = rows.with_columns(
        (pl.col(name) / 100).round(2) for name, kind in kinds.items() if kind == "money"
    )
    return found.rename({name: str(COLUMNS[name][0]) for name in rows.columns})


def csv(rows: pl.DataFrame) -> str:
    """Rows as CSV in which no cell can act as a formula when a spreadsheet opens it."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    risky = r"^[=+\-@\t\r]"
    safe = rows.with_columns(
        pl.when(pl.col(name).str.contains(risky)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )
    return safe.write_csv()


def _address(kind: str, code: object) -> str:
    """The page of a record, or nothing where there is none."""
    try:
        return reverse(kind, args=[code])
    except NoReverseMatch:
        return ""


def _outcome(value: str) -> str:
    return {"open": _("Open"), "won": _("Won"), "lost": _("Lost")}.get(value, value)


def facts(kpi: Kpi) -> Iterator[tuple[str, str]]:
    """How a KPI is defined, line by line."""
    yield _("Numerator"), str(kpi.numerator)
    yield _("Denominator"), str(kpi.denominator)
    yield _("Counts in the period of"), str(kpi.dated_by)
    yield _("Better when it goes"), _("up") if kpi.better == "up" else _("down")
    yield _("Should rest on at least"), _("%(count)s records") % {"count": formats.quantity(kpi.minimum)}
    yield _("Version"), f"{kpi.id} {kpi.version}"
