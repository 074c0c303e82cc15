"""Files that come through the browser: kept in the house's own folder until their import is over."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from einklang.kernel.errors import Refused
from einklang.transfer.reading.files import ENDINGS
from einklang.transfer.reading.streams import LARGEST_FILE, MIB

WELCOME = (*ENDINGS, ".xlsx", ".toml")
MOST_FILES = 200


def root() -> Path:
    """Where uploads are kept."""
    return Path(settings.DATA) / "imports"


def keep(files: Iterable[UploadedFile[bytes]]) -> Path:
    """Keep uploaded files under a folder of their own; only tables and recipes, and not too much of them."""
    some = list(files)
    if not some or len(some) > MOST_FILES:
        raise Refused(_("Choose between 1 and %(most)d files.") % {"most": MOST_FILES}, status=422)
    if sum(file.size or 0 for file in some) > LARGEST_FILE:
        raise Refused(
            _("These files are larger than %(size)d MiB together.") % {"size": LARGEST_FILE // MIB},
            status=422,
        )
    names = [Path(file.name or "").name for file in some]
    for name in names:
        if not name.lower().endswith(WELCOME) or name.startswith("."):
            sentence = _("%(name)s is no table: choose CSV, CSV.GZ, TXT, TSV or XLSX files.")
            raise Refused(sentence % {"name": name}, status=422)
        if names.count(name) > 1:
            raise Refused(_("%(name)s was chosen twice.") % {"name": name}, status=422)
    folder = root() / uuid.uuid4().hex
    folder.mkdir(parents=True)
    for name, file in zip(names, some, strict=True):
        with (folder / name).open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
    return folder


def discard(folder: str) -> None:
    """Delete uploaded files whose import is over; folders of the server itself are left alone."""
    place = Path(folder)
    if place.parent == root() and place.is_dir():
        shutil.rmtree(place)
