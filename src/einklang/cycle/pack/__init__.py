"""The pack for the executive review: the month's plan in some pages, as PDF, workbook or one page of HTML."""

from django.utils.translation import gettext as _

from einklang.cycle.models import PlanVersion
from einklang.cycle.pack.content import Pack, content
from einklang.cycle.pack.paper import as_html, as_pdf
from einklang.cycle.pack.workbook import as_xlsx
from einklang.kernel.errors import NotFound
from einklang.people.models import User

__all__ = ["KINDS", "Pack", "content", "pack"]

KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


def pack(version: PlanVersion, kind: str, *, seen_by: User) -> bytes:
    """A version's pack in the reader's language; what the reader's role may not see is not in it."""
    if kind not in KINDS:
        raise NotFound(_("A pack comes as %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    if kind == "xlsx":
        return as_xlsx(version, seen_by=seen_by)
    told = content(version, seen_by=seen_by)
    return as_pdf(told) if kind == "pdf" else as_html(told)
