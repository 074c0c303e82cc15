"""The demand grid as a workbook: out with hidden keys and versions, and in again as voices, row by row.

A workbook says of each cell which version of a voice it showed. Coming back, only cells that were changed
speak; where somebody else spoke meanwhile, nothing is overwritten.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import actions, queries
from einklang.demand.actions import Outcome, Said
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.web import formats

MIB = 2**20
LARGEST_FILE = 10 * MIB
LARGEST_UNPACKED = 200 * MIB
MOST_CELLS = 2_000_000
KEYS = "einklang"
FIRST_ROW, FIRST_MONTH = 4, 5
LINES = ("year_ago", "statistical", "mine", "outlook", "agreed")
EXACT = Decimal("0.0001")
RED = "#ab2c2c"


@dataclass(frozen=True, slots=True)
class Unread:
    """A changed cell that says nothing that could be taken."""

    series: str
    period: date
    text: str
    sentence: str


@dataclass(slots=True)
class Brought:
    """What a workbook brings: changed cells as voices, cells that cannot be read, and how many stayed."""

    as_of: date
    said: list[Said] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    unchanged: int = 0


def workbook(told: queries.Grid, kind: str) -> bytes:
    """The grid as a workbook: a line for each kind of figure, the lines of ``kind`` to be filled in."""
    import xlsxwriter

    place = io.BytesIO()
    months = [f"{day:%Y-%m-%d}" for day in told.months]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(place, options) as book:
        sheet = book.add_worksheet(_("Demand"))
        looks = _looks(book)
        _head(sheet, looks, told, kind)
        versions: dict[str, list[list[Any]]] = {}
        row = FIRST_ROW
        for series, lines in _by_item(told):
            versions[series] = [[seen, _figure(said)] for seen, said in zip(*lines.pop("seen"), strict=True)]
            for name in LINES:
                _line(sheet, looks, row, (series, told.names.get(series, series), name, kind), lines[name])
                row += 1
        sheet.autofilter(FIRST_ROW - 1, 0, max(row - 1, FIRST_ROW), FIRST_MONTH + len(months))
        keys = {"as_of": f"{told.run.as_of:%Y-%m-%d}", "kind": kind, "territory": told.territory}
        _keys(book, keys | {"months": months}, versions)
    return place.getvalue()


def _by_item(told: queries.Grid) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each item with its figures along the months."""
    figures = told.frame.filter(pl.col("series").is_in(told.series))
    lists = figures.group_by("series", maintain_order=True).agg(
        "year_ago", "statistical", "outlook", "agreed", "quantity", "version", "reason"
    )
    for row in lists.iter_rows(named=True):
        reason = next((text for text in row["reason"] if text), "")
        yield (
            row["series"],
            {
                "year_ago": (row["year_ago"], ""),
                "statistical": (row["statistical"], ""),
                "mine": (row["quantity"], reason),
                "outlook": (row["outlook"], ""),
                "agreed": (row["agreed"], ""),
                "seen": (row["version"], row["quantity"]),
            },
        )


def labels(kind: str) -> dict[str, str]:
    """What each line of the workbook is called."""
    return {
        "year_ago": _("Year before"),
        "statistical": _("Forecast"),
        "mine": dict(queries.kinds())[kind],
        "outlook": _("If agreed now"),
        "agreed": _("Agreed"),
    }


def _looks(book: Any) -> dict[str, Any]:
    number = {"num_format": "#,##0.####", "align": "right"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "hint": book.add_format({"font_color": "#52606d"}),
        "head": book.add_format({"bold": True, "bottom": 1}),
        "month": book.add_format({"bold": True, "bottom": 1, "align": "right", "num_format": "mmm yyyy"}),
        "computed": book.add_format({"num_format": "#,##0.#", "font_color": "#52606d", "align": "right"}),
        "mine": book.add_format({**number, "bg_color": "#e3f1f3", "bold": True}),
        "reason": book.add_format({"bg_color": "#e3f1f3"}),
        "text": book.add_format({}),
    }


def _head(sheet: Any, looks: dict[str, Any], told: queries.Grid, kind: str) -> None:
    """Title, how to use it, and the header; months are real dates."""
    title = _("Demand as of %(month)s") % {"month": formats.month(told.run.as_of)}
    hint = _(
        "Fill in the coloured lines (%(kind)s) and say why in the last column; an emptied cell takes the "
        "voice back. Save it and bring it back under Demand review. Other lines are for information."
    )
    sheet.write_string(0, 0, title, looks["title"])
    sheet.write_string(1, 0, hint % {"kind": dict(queries.kinds())[kind]}, looks["hint"])
    heads = ["series", "line", _("Item"), _("Name"), _("Figure")]
    for column, text in enumerate(heads):
        sheet.write_string(FIRST_ROW - 1, column, text, looks["head"])
    for number, month in enumerate(told.months):
        sheet.write_datetime(
            FIRST_ROW - 1, FIRST_MONTH + number, datetime(month.year, month.month, 1), looks["month"]
        )
    last = FIRST_MONTH + len(told.months)
    sheet.write_string(FIRST_ROW - 1, last, _("Reason"), looks["head"])
    sheet.set_column(0, 1, None, None, {"hidden": True})
    sheet.set_column(2, 2, 14)
    sheet.set_column(3, 3, 30)
    sheet.set_column(4, 4, 15)
    sheet.set_column(FIRST_MONTH, last - 1, 11)
    sheet.set_column(last, last, 40)
    sheet.freeze_panes(FIRST_ROW, FIRST_MONTH)


def _line(
    sheet: Any,
    looks: dict[str, Any],
    row: int,
    who: tuple[str, str, str, str],
    line: tuple[list[float | None], str],
) -> None:
    """One line: its hidden keys, the item, whose figures, the figures, the reason."""
    series, name, key, kind = who
    figures, reason = line
    for column, text in enumerate((series, key, series, name, labels(kind)[key])):
        sheet.write_string(row, column, text, looks["text"])
    look = looks["mine" if key == "mine" else "computed"]
    for number, figure in enumerate(figures):
        column = FIRST_MONTH + number
        if figure is None:
            sheet.write_blank(row, column, None, look)
        else:
            sheet.write_number(row, column, round(float(figure), 4), look)
    if key == "mine":
        sheet.write_string(row, FIRST_MONTH + len(figures), reason, looks["reason"])


def _keys(book: Any, keys: dict[str, Any], versions: dict[str, list[list[Any]]]) -> None:
    """A hidden sheet: of which review this is, and what each cell showed when it went out."""
    sheet = book.add_worksheet(KEYS)
    sheet.very_hidden()
    sheet.write_string(0, 0, json.dumps(keys))
    for row, (series, seen) in enumerate(versions.items(), start=1):
        sheet.write_string(row, 0, series)
        sheet.write_string(row, 1, json.dumps(seen))


def _figure(value: object) -> str | None:
    return None if value is None else f"{Decimal(str(value)).normalize():f}"


def read(stream: IO[bytes], *, reason: str = "") -> Brought:
    """The changed cells of a workbook that this house wrote; ``reason`` stands where a line gives none."""
    from python_calamine import CalamineError, CalamineWorkbook

    checked = _checked(stream)
    try:
        book = CalamineWorkbook.from_filelike(checked)
        keys = book.get_sheet_by_name(KEYS).to_python()
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        told = json.loads(str(keys[0][0]))
        seen = {str(row[0]): json.loads(str(row[1])) for row in keys[1:]}
        as_of, kind = date.fromisoformat(told["as_of"]), str(told["kind"])
        months = {date.fromisoformat(day): place for place, day in enumerate(told["months"])}
    except (CalamineError, IndexError, KeyError, ValueError, TypeError) as fault:
        raise Refused(
            _("This is no workbook of the demand grid: take one out first, fill it in, and bring it back."),
            status=422,
        ) from fault
    brought = Brought(as_of)
    columns = _columns(rows, months)
    common = Said("", as_of, kind, None, reason, territory=str(told.get("territory") or ""))
    for row in rows[FIRST_ROW:]:
        if len(row) > FIRST_MONTH and row[1] == "mine" and str(row[0]) in seen:
            _take_row(brought, common, row, columns, seen[str(row[0])])
    return brought


def _columns(rows: list[list[Any]], months: dict[date, int]) -> dict[int, tuple[date, int]]:
    """Which column is which month, by the header's dates; columns may have been moved or left out."""
    header = rows[FIRST_ROW - 1] if len(rows) >= FIRST_ROW else []
    found = {}
    for column, value in enumerate(header):
        day = value.date() if isinstance(value, datetime) else value
        if isinstance(day, date) and day in months:
            found[column] = (day, months[day])
    if not found:
        raise Refused(_("The line of months is missing: leave the header as it was."), status=422)
    return found


def _take_row(
    brought: Brought,
    common: Said,
    row: list[Any],
    columns: dict[int, tuple[date, int]],
    seen: list[list[Any]],
) -> None:
    """The changed cells of one line."""
    series = str(row[0])
    last = max(columns) + 1
    why = str(row[last]).strip() if len(row) > last and row[last] else ""
    for column, (month, place) in columns.items():
        version, former = seen[place]
        value = row[column] if column < len(row) else ""
        try:
            quantity = _quantity(value)
        except (InvalidOperation, ValueError):
            sentence = _("%(text)s is not a number.") % {"text": value}
            brought.unread.append(Unread(series, month, str(value)[:60], sentence))
            continue
        if quantity == (None if former is None else Decimal(former)):
            brought.unchanged += 1
            continue
        brought.said.append(
            Said(
                series,
                month,
                common.kind,
                quantity,
                why or common.reason,
                int(version or 0),
                common.expires,
                common.territory,
            )
        )


def _quantity(value: object) -> Decimal | None:
    """A cell's figure; an empty cell says nothing, and text that is no number is refused."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool | date):
        raise ValueError(value)
    figure = Decimal(str(value).strip())
    if not figure.is_finite():
        raise ValueError(value)
    return figure.quantize(EXACT).normalize()


def _checked(stream: IO[bytes]) -> io.BytesIO:
    """The file, once it is known to be a workbook that unpacks to a sane size."""
    content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Refused(
            _("This workbook is larger than %(size)d MiB.") % {"size": LARGEST_FILE // MIB}, status=422
        )
    held = io.BytesIO(content)
    try:
        with zipfile.ZipFile(held) as book:
            unpacked = sum(part.file_size for part in book.infolist())
            cells = sum(
                book.read(part).count(b"<c ")
                for part in book.infolist()
                if "worksheets/" in part.filename and unpacked <= LARGEST_UNPACKED
            )
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as fault:
        raise Refused(_("This is not an XLSX workbook."), status=422) from fault
    if unpacked > LARGEST_UNPACKED or cells > MOST_CELLS:
        raise Refused(_("This workbook is too large when it is unpacked."), status=422)
    held.seek(0)
    return held


def rehearse(brought: Brought, *, by: User) -> list[Outcome]:
    """What would become of each cell, with nothing kept."""
    with transaction.atomic():
        outcomes = actions.give_voices(brought.as_of, brought.said, by=by)
        transaction.set_rollback(True)
    return outcomes


def carried(brought: Brought) -> list[list[Any]]:
    """The voices of a workbook as plain data, to be carried from the check to the taking."""
    return [
        [
            said.series,
            said.period.isoformat(),
            said.kind,
            None if said.quantity is None else f"{said.quantity:f}",
            said.reason,
            said.seen_version,
            said.territory,
        ]
        for said in brought.said
    ]


def uncarried(rows: list[list[Any]]) -> list[Said]:
    """What :func:`carried` carried."""
    return [
        Said(
            series,
            date.fromisoformat(day),
            kind,
            None if quantity is None else Decimal(quantity),
            reason,
            seen,
            None,
            place,
        )
        for series, day, kind, quantity, reason, seen, place in rows
    ]
