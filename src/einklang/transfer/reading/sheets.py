"""Spreadsheets: looked at before they are opened, because 73 KB can unpack to half a gigabyte."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from django.utils.translation import gettext as _

from einklang.transfer.reading.streams import MIB, refuse

LARGEST_WORKBOOK = 256 * MIB
LARGEST_RATIO = 150
MOST_CELLS = 5_000_000
CELL = re.compile(rb"<(?:\w+:)?c[ >]")


def check_workbook(path: Path) -> None:
    """Refuse a workbook that would fill the memory, before anything of it is unpacked whole."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > LARGEST_WORKBOOK or any(_blown_up(part) for part in parts):
                raise refuse(
                    path.name,
                    _("%(size)d MiB when unpacked") % {"size": unpacked // MIB},
                    _("a workbook that is not blown up"),
                    _("save the sheet as CSV"),
                )
            cells = sum(_cells(book, part, path) for part in parts if "worksheets/" in part.filename)
    except (zipfile.BadZipFile, EOFError) as fault:
        raise refuse(path.name, _("a damaged workbook"), _("an XLSX workbook"), _("save it again")) from fault
    if cells > MOST_CELLS:
        raise _too_many(path)


def _blown_up(part: zipfile.ZipInfo) -> bool:
    return part.file_size > MIB and part.file_size > LARGEST_RATIO * max(part.compress_size, 1)


def _cells(book: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> int:
    """Cells of one sheet, counted as it streams by; what a sheet says of its own size is not believed."""
    found = read = 0
    with book.open(part) as stream:
        while chunk := stream.read(MIB):
            read += len(chunk)
            found += len(CELL.findall(chunk))
            if found > MOST_CELLS or read > LARGEST_WORKBOOK:
                raise _too_many(path)
    return found


def _too_many(path: Path) -> Exception:
    return refuse(
        path.name,
        _("more than %(count)d cells") % {"count": MOST_CELLS},
        _("a workbook of up to %(count)d cells") % {"count": MOST_CELLS},
        _("save the sheet as CSV"),
    )


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that was checked."""
    from python_calamine import CalamineWorkbook

    return list(CalamineWorkbook.from_path(str(path)).sheet_names)


def read_sheet(path: Path, sheet: str) -> pl.DataFrame:
    """One sheet as text; its first row is the header."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=True)
    if not rows:
        raise refuse(path.name, _("an empty sheet"), _("a header line and rows"), _("export the table again"))
    header = [_plain(value).strip() for value in rows[0]]
    columns = list(zip(*rows[1:], strict=True)) or [()] * len(header)
    return pl.DataFrame(
        {name: [_plain(v) for v in values] for name, values in zip(header, columns, strict=True) if name},
        schema={name: pl.String for name in header if name},
    )


def _plain(value: object) -> str:
    """A cell as a CSV file would hold it; whole numbers without ``.0``, days as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds() / 3600)
    return str(value)


def sheets(path: Path) -> Iterator[str]:
    """The sheets of a workbook, once it is known to be harmless."""
    check_workbook(path)
    yield from sheet_names(path)
