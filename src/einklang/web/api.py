"""What every JSON door shares: strict bodies, refusals in the OpenAPI page, and cursors."""

import math
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from einklang.kernel.errors import Refused

Row = TypeVar("Row", bound=Model)


class Strict(Schema):
    """A body that means what it says: no unknown fields, no infinite or undefined numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=10_000)


class Problem(Schema):
    """Why a request was refused (RFC 9457): `detail` is a sentence for a person."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = Field(default_factory=list)


class JobOut(Schema):
    """Work that was queued; its page is ``/jobs/<job>/``."""

    job: str


REFUSALS: dict[int, type[Schema]] = dict.fromkeys((401, 403, 404, 409, 412, 422), Problem)


def window(rows: "QuerySet[Row]", *, after: str | None, limit: int) -> tuple[list[Row], str | None]:
    """The next rows in the order they were made, and the cursor that continues after them.

    A cursor stays true while rows are added: it names the last row seen, not a position.
    """
    ordered = rows.order_by("pk")
    if after is not None:
        if not after.isdigit():
            raise Refused(_("This cursor was not given out here: start again without one."), status=422)
        ordered = ordered.filter(pk__gt=int(after))
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], str(found[limit - 1].pk)


def finite(value: float | None) -> float | None:
    """A number that JSON can carry; what is undefined is null, never NaN."""
    return value if value is not None and math.isfinite(value) else None


def expected_version(request: HttpRequest) -> int:
    """The version a caller last read, from ``If-Match``; a change without it is refused (428)."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not tag:
        sentence = _("Send the version you read as If-Match, so that nobody's change is lost.")
        raise Refused(sentence, status=428)
    if not tag.isdigit():
        raise Refused(_("If-Match is the version number that the ETag of the record showed."), status=422)
    return int(tag)
