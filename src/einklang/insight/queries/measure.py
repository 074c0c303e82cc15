"""One KPI: its figure, the one before, its course over twelve months, its parts, and the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.engine.kpis import Figure, Span
from einklang.insight import registry
from einklang.insight.queries.periods import span_of
from einklang.insight.queries.versions import Versions
from einklang.insight.registry import DIMENSIONS, Kpi
from einklang.insight.sources import Sources
from einklang.kernel.errors import NotAllowed, Refused
from einklang.people.models import User

Where = Mapping[str, str]
NONE = "-"  # how an address names records that have no team, seller, territory or family


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a breakdown: its code (``-`` for none) and its figure."""

    code: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to say about one KPI in one period."""

    kpi: Kpi
    span: Span
    figure: Figure
    before: Figure
    where: Where = field(default_factory=dict)
    by: str = ""
    trend: list[tuple[date, Figure]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def thin(self) -> bool:
        """Whether the value rests on fewer records than it should."""
        return self.figure.measurable and self.figure.count < self.kpi.minimum

    @property
    def ripening(self) -> bool:
        """Whether the outcome of some records is still open, so that the value will still rise."""
        still_open, mature = (self.figure.beside.get(name) for name in ("share_open", "mature"))
        return self.kpi.ripens and bool(still_open or (mature is not None and mature < 1))

    @property
    def change(self) -> float | None:
        """How it moved since the period before: in points for a share, else as a share."""
        now, before = self.figure.value, self.before.value
        if now is None or before is None:
            return None
        if self.kpi.unit == "share":
            return now - before
        return now / before - 1 if before else None

    @property
    def better(self) -> bool | None:
        """Whether it moved the way it should; blank where it did not move or is still ripening."""
        if self.ripening:
            return None
        if self.change is None or abs(self.change) < 0.0005:
            return None
        return (self.change > 0) == (self.kpi.better == "up")


def may_see(kpi: Kpi, user: User) -> bool:
    """Whether somebody's role lets them see a KPI at all."""
    return (not kpi.permission or user.may(kpi.permission)) and (user.sees_all or not kpi.whole)


def must_see(kpi: Kpi, user: User) -> None:
    """Refuse, in a sentence, a KPI that somebody's role does not let them see."""
    if kpi.permission:
        user.must(kpi.permission)
    if kpi.whole and not user.sees_all:
        sentence = _("%(kpi)s is measured for the whole company only, and you see a part of it.")
        raise NotAllowed(sentence % {"kpi": kpi.title})


def kpi(
    kpi_id: str,
    period: str | Span | None = None,
    by: str = "",
    *,
    seen_by: User,
    where: Where | None = None,
    trend: bool = False,
) -> Answer:
    """One KPI of a period, over what somebody may see; ``by`` breaks it down, ``where`` narrows it."""
    found = registry.find(kpi_id)
    must_see(found, seen_by)
    span = period if isinstance(period, Span) else span_of(period)
    # The period before is read too, so that the figure can be compared.
    months = 12 if trend else span.months + 1 if span.months == 1 else 2 * span.months
    source = Sources(seen_by, span, max(months, 2 * span.months))
    return answer(found, span, source, by=by, where=where or {}, trend=trend and found.trend)


def several(kpi_ids: list[str], span: Span, by: str = "", *, seen_by: User) -> list[Answer]:
    """Some KPIs with their rows, from tables that are read once; ``by`` splits those that can be split so."""
    found = [registry.find(kpi_id) for kpi_id in kpi_ids]
    for one in found:
        must_see(one, seen_by)
    if by and by not in DIMENSIONS:
        raise Refused(_("Figures are split by %(names)s.") % {"names": ", ".join(DIMENSIONS)}, status=422)
    source = Sources(seen_by, span, 2 * span.months)
    return [answer(one, span, source, by=by if by in one.by else "", trend=False) for one in found]


def answer(
    kpi: Kpi, span: Span, source: Sources, *, by: str = "", where: Where | None = None, trend: bool = True
) -> Answer:
    """A KPI measured on tables that are already at hand or read now, each once."""
    for dimension in (*(where or {}), *([by] if by else [])):
        if dimension not in DIMENSIONS or dimension not in kpi.by:
            raise Refused(
                _("%(kpi)s cannot be split by %(dimension)s.")
                % {"kpi": kpi.title, "dimension": DIMENSIONS.get(dimension, dimension)},
                status=422,
            )
    read = source.tables(kpi.reads)
    tables = {name: _only(frame, where or {}) for name, frame in read.items()}
    figure = kpi.formula(tables, span)
    course = [(month.start, kpi.formula(tables, month)) for month in span.trend()] if trend else []
    before = _before(kpi, tables, span, course)
    parts = _parts(kpi, tables, span, by) if by else []
    return Answer(
        kpi, span, figure, before, dict(where or {}), by, course, parts, _left_out(kpi, source, span)
    )


def rows_after(answer: Answer, cursor: str | None, limit: int) -> tuple[pl.DataFrame, str | None]:
    """The next rows behind a figure, and the cursor that continues after them.

    A cursor holds as long as nothing was done in the house since; then it says so, because rows could
    be missed or come twice.
    """
    head = Versions([answer.kpi]).of(answer.kpi)[:12] or "0"
    start = 0
    if cursor:
        stamp, _sep, place = cursor.partition(".")
        if not place.isdigit():
            raise Refused(_("This cursor was not given out here: start again without one."), status=422)
        if stamp != head:
            raise Refused(_("Something was changed since the first rows: start again without a cursor."))
        start = int(place)
    rows = shown(answer)
    more = start + limit < rows.height
    return rows.slice(start, limit), f"{head}.{start + limit}" if more else None


def shown(answer: Answer) -> pl.DataFrame:
    """The rows behind a figure with the columns that its KPI shows."""
    rows = answer.figure.rows
    return rows.select([name for name in answer.kpi.columns if name in rows.columns])


def _only(frame: pl.DataFrame, where: Where) -> pl.DataFrame:
    for dimension, code in where.items():
        if dimension in frame.columns:
            column = pl.col(dimension)
            frame = frame.filter(column.is_null() if code == NONE else column == code)
    return frame


def _before(
    kpi: Kpi, tables: dict[str, pl.DataFrame], span: Span, course: list[tuple[date, Figure]]
) -> Figure:
    """The same figure one period earlier; for a month it stands in the course already."""
    earlier = span.back(1)
    known = dict(course).get(earlier.start) if earlier.months == 1 else None
    if known is not None or not kpi.trend:
        return known or Figure(None)
    return kpi.formula(tables, earlier)


def _parts(kpi: Kpi, tables: dict[str, pl.DataFrame], span: Span, by: str) -> list[Part]:
    """The figure of each part, the largest by count first; parts without a record are left away."""
    codes: dict[str, None] = {}
    for frame in tables.values():
        if by in frame.columns:
            codes |= dict.fromkeys(NONE if code is None else code for code in frame[by].unique().sort())
    parts = [
        Part(code, kpi.formula({name: _only(frame, {by: code}) for name, frame in tables.items()}, span))
        for code in codes
    ]
    return sorted(
        (part for part in parts if part.figure.count),
        key=lambda part: -(part.figure.denominator or part.figure.value or part.figure.count),
    )


def _left_out(kpi: Kpi, source: Sources, span: Span) -> pl.DataFrame:
    """Records that have no rate into the home currency, of the tables this KPI reads."""
    parts = []
    for name in {"costed": ("lines", "costs"), "sold": ("lines",), "leads": ()}.get(kpi.reads[0], kpi.reads):
        rows = source.left_out.get(name, pl.DataFrame())
        day = next((name for name in ("ordered_on", "created_on", "period") if name in rows.columns), "")
        if rows.height and day:
            parts.append(rows.filter(span.holds(day)))
    return pl.concat(parts, how="diagonal") if parts else pl.DataFrame()
