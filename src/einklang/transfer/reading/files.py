"""Tables in a folder: CSV (packed or not) and the sheets of workbooks, each row with its line number."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
from django.utils.translation import gettext as _

from einklang.engine.errors import BadTable, Fault
from einklang.kernel.intake import ROW
from einklang.transfer.reading import sheets
from einklang.transfer.reading.dialect import Answers, Question
from einklang.transfer.reading.streams import LONGEST_LINE, inspected, refuse, text_of

ENDINGS = (".csv", ".csv.gz", ".txt", ".tsv", ".tsv.gz")
SEPARATORS = (",", ";", "\t", "|")
ROWS_AT_ONCE = 50_000
MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table lies: a file, and the sheet when it is a workbook."""

    path: Path
    sheet: str = ""

    @property
    def label(self) -> str:
        """The name people know it by."""
        return f"{self.path.name} [{self.sheet}]" if self.sheet else self.path.name


@dataclass(slots=True)
class Table:
    """A table as text: what the file says, each row with the line it stands on."""

    place: Place
    frame: pl.DataFrame
    encoding: str = ""
    separator: str = ""
    question: Question | None = None


def tables_in(folder: Path) -> dict[str, Place]:
    """The tables of a folder (or of one file) by name, without ending; two of one name are refused."""
    found: dict[str, Place] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
        lower = path.name.lower()
        ending = max((one for one in ENDINGS if lower.endswith(one)), key=len, default="")
        if path.is_file() and lower.endswith(".xlsx"):
            book = list(sheets.sheets(path))
            places = {(name if len(book) > 1 else path.name[:-5]): Place(path, name) for name in book}
        elif path.is_file() and ending:
            places = {path.name[: -len(ending)]: Place(path)}
        else:
            continue
        for name, place in places.items():
            if name.lower() in found:
                raise refuse(
                    place.label,
                    _("two files for %(table)s") % {"table": name},
                    _("one file a table"),
                    _("take one of them away"),
                )
            found[name.lower()] = place
    return found


def fingerprint(places: list[Place]) -> str:
    """A hash of the files' contents: an import goes on only with the files it was begun with."""
    digest = hashlib.sha256()
    for path in sorted({place.path for place in places}):
        digest.update(path.name.encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def read(place: Place, wanted: set[str], answers: Answers) -> Table:
    """One table as text. ``wanted`` are columns the recipe knows, which help to tell the separator."""
    if place.sheet:
        frame = sheets.read_sheet(place.path, place.sheet)
        numbered = frame.with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int64))
        return Table(place, _tidy(numbered, place))
    encoding = answers.get("encoding") or inspected(place.path)
    separator, question = _separator(place, encoding, wanted, answers)
    if question:
        return Table(place, pl.DataFrame(), encoding, question=question)
    return Table(place, _tidy(_rows(place, encoding, separator), place), encoding, separator)


def header(place: Place, wanted: set[str], answers: Answers) -> list[str]:
    """The column names of a table, without reading its rows; none where they cannot be told."""
    if place.sheet:
        return sheets.read_sheet(place.path, place.sheet).columns
    encoding = answers.get("encoding") or inspected(place.path)
    separator, question = _separator(place, encoding, wanted, answers)
    if question:
        return []
    with text_of(place.path, encoding) as text:
        first = next(iter(text), "")
    return [name.strip().strip("\ufeff") for row in csv.reader([first], delimiter=separator) for name in row]


def _separator(
    place: Place, encoding: str, wanted: set[str], answers: Answers
) -> tuple[str, Question | None]:
    """What stands between cells: what fits the recipe's columns, what makes even rows, or a question."""
    if answer := answers.get("separator"):
        return {"tab": "\t", "\\t": "\t"}.get(answer, answer), None
    with text_of(place.path, encoding) as text:
        lines = list(islice(text, 50))
    scores = {separator: _score(lines, separator, wanted) for separator in SEPARATORS}
    best = max(scores.values())
    fitting = [separator for separator, score in scores.items() if score == best]
    if len(fitting) == 1 or best[2] <= 1:
        return fitting[0], None
    names = {"\t": "tab"}
    options = [names.get(separator, separator) for separator in fitting]
    return "", Question(
        place.label, "separator", "", [line.rstrip("\r\n")[:120] for line in lines[:3]], options
    )


def _score(lines: list[str], separator: str, wanted: set[str]) -> tuple[int, int, int]:
    """How well a separator fits: known columns in the header, even rows (in tenths), columns."""
    rows = list(csv.reader(lines, delimiter=separator))
    rows = [row for row in rows if row]
    header = {name.strip().strip("\ufeff") for name in rows[0]}
    even = sum(len(row) == len(rows[0]) for row in rows)
    width = len(rows[0])
    return len(header & wanted), (even * 10 // len(rows)) if width > 1 else 0, width


def _rows(place: Place, encoding: str, separator: str) -> pl.DataFrame:
    """All rows of a CSV file as text; a row of another length than the header stops the import."""
    csv.field_size_limit(LONGEST_LINE)
    parts: list[pl.DataFrame] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    uneven: list[Fault] = []
    with text_of(place.path, encoding) as text:
        reader = csv.reader(text, delimiter=separator, strict=True)
        try:
            header = _header(place, next(reader))
            for row in reader:
                if len(row) == len(header):
                    rows.append(row)
                    numbers.append(reader.line_num)
                    if len(rows) == ROWS_AT_ONCE:
                        parts.append(_part(header, rows, numbers))
                        rows, numbers = [], []
                elif row and any(cell.strip() for cell in row):
                    uneven.append(_uneven(place, reader.line_num, len(row), len(header)))
        except (csv.Error, UnicodeError) as fault:
            raise refuse(
                place.label,
                str(fault),
                _("quotes that close, and whole characters"),
                _("the file may be cut off: fetch it again"),
                row=reader.line_num,
            ) from fault
    if uneven:
        raise BadTable(uneven[:100])
    parts.append(_part(header, rows, numbers))
    return pl.concat(parts)


def _header(place: Place, header: list[str]) -> list[str]:
    names = [name.strip().strip("\ufeff") for name in header]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles or not all(names) or len(names) > MOST_COLUMNS:
        raise refuse(
            place.label,
            _("column %(name)s twice") % {"name": doubles[0]} if doubles else _("a column without a name"),
            _("a header line with a name for each column"),
            _("correct the first line"),
            row=1,
        )
    return names


def _uneven(place: Place, line: int, cells: int, width: int) -> Fault:
    return Fault(
        place.label,
        line,
        None,
        _("%(count)d cells") % {"count": cells},
        _("%(count)d cells, as in the header") % {"count": width},
        _("the file may be cut off or a separator stands in a text: fetch it again, or quote the text"),
    )


def _part(header: list[str], rows: list[list[str]], numbers: list[int]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    frame = pl.DataFrame(
        dict(zip(header, (list(values) for values in columns), strict=True)),
        schema=dict.fromkeys(header, pl.String),
    )
    return frame.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64))


def _tidy(frame: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Blank cells as nothing, other cells without blanks around them; zero bytes are no text."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if (
        texts
        and frame.select(pl.any_horizontal(pl.col(texts).str.contains("\x00", literal=True).any())).item()
    ):
        raise refuse(place.label, _("a zero byte"), _("text"), _("save it as UTF-8"))
    stripped = frame.with_columns(pl.col(texts).str.strip_chars())
    return stripped.with_columns(pl.when(pl.col(texts) != "").then(pl.col(texts)).name.keep())
