"""A file as safe text: bounded in size and line length, unpacked with care, its encoding found out."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from einklang.engine.errors import BadTable, Fault

MIB = 2**20
LARGEST_FILE = 1024 * MIB
LARGEST_UNPACKED = 2048 * MIB
LARGEST_RATIO = 200
LONGEST_LINE = 1 * MIB
CHUNK = 1 * MIB
LINE_END = re.compile(rb"[\r\n]")
NEVER_IN_CP1252 = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x81\x8d\x8f\x90\x9d]")


def refuse(
    file: str, got: str, expected: str, mend: str, *, row: int | None = None, column: str | None = None
) -> BadTable:
    """A whole file that cannot be used, as one fault."""
    return BadTable([Fault(file, row, column, got, expected, mend)])


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A file's bytes, unpacked when it is packed."""
    if path.stat().st_size > LARGEST_FILE:
        raise refuse(
            path.name,
            _("%(size)d MiB") % {"size": path.stat().st_size // MIB},
            _("a file of up to %(size)d MiB") % {"size": LARGEST_FILE // MIB},
            _("split the file"),
        )
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            if packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield unpacked
            else:
                yield raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise refuse(
                path.name,
                _("a packed file that ends too early"),
                _("a whole file"),
                _("fetch the file again"),
            ) from fault


def inspected(path: Path) -> str:
    """Read a file once from end to end: refuse what is too large or too long; return its encoding."""
    finder = _Encoding()
    size, line = 0, 0
    most = min(LARGEST_UNPACKED, max(path.stat().st_size, 64 * 1024) * LARGEST_RATIO)
    with opened(path) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise refuse(
                    path.name,
                    _("more than %(size)d MiB when unpacked") % {"size": most // MIB},
                    _("a file that is not blown up"),
                    _("fetch the file again, or split it"),
                )
            line = _longest(chunk, line, path.name)
            finder.feed(chunk)
    if size == 0:
        raise refuse(path.name, _("an empty file"), _("a header line and rows"), _("export the table again"))
    return finder.found(path.name)


def _longest(chunk: bytes, line: int, file: str) -> int:
    """How long the line is that the chunk leaves open; refuse one that is too long."""
    ends = LINE_END.search(chunk)
    if ends is None:
        line += len(chunk)
        longest = line
    else:
        longest = line + ends.start()
        line = len(chunk) - 1 - max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    if longest > LONGEST_LINE:
        raise refuse(
            file,
            _("a line longer than %(size)d MiB") % {"size": LONGEST_LINE // MIB},
            _("one row a line"),
            _("check that this is a CSV file with line breaks"),
        )
    return line


class _Encoding:
    """Finds a text's encoding as its bytes go by: a mark at its start, else what the bytes can be."""

    def __init__(self) -> None:
        self.first = b""
        self.utf8 = codecs.getincrementaldecoder("utf-8")()
        self.is_utf8 = True
        self.is_cp1252 = True

    def feed(self, chunk: bytes) -> None:
        """Look at more of the file."""
        if len(self.first) < 4096:
            self.first += chunk[:4096]
        if self.is_utf8:
            try:
                self.utf8.decode(chunk)
            except UnicodeDecodeError:
                self.is_utf8 = False
        self.is_cp1252 = self.is_cp1252 and not NEVER_IN_CP1252.search(chunk)

    def found(self, file: str) -> str:
        """The encoding, or a refusal."""
        for mark, name in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (codecs.BOM_UTF16_LE, "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16"),
        ):
            if self.first.startswith(mark):
                return name
        if self.first[1::2].count(0) > len(self.first) // 4:
            return "utf-16-le"
        if self.first[0::2].count(0) > len(self.first) // 4:
            return "utf-16-be"
        if self.is_utf8 and b"\x00" not in self.first:
            try:
                self.utf8.decode(b"", final=True)
            except UnicodeDecodeError:
                pass
            else:
                return "utf-8"
        if self.is_cp1252:
            return "cp1252"
        raise refuse(
            file, _("bytes that are no text"), _("UTF-8, UTF-16 or Windows-1252 text"), _("save it as UTF-8")
        )


@contextmanager
def text_of(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """A file's text, line ends as they are."""
    with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        yield text
