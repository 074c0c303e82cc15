"""Imports over JSON: send files, see what was found, take in, read the rejected rows, undo."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, UploadedFile

from einklang.people.http import UserRequest
from einklang.transfer import doing, queries, uploads
from einklang.web.api import REFUSALS, Strict, window

router = Router(tags=["imports"])

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


class TableCounts(Schema):
    """What an import does, or did, to one table."""

    table: str
    file: str
    created: int
    updated: int
    unchanged: int
    rejected: int
    left_out: int
    because: str


class ImportOut(Schema):
    """One import: its state, its counts by table, and what it asks."""

    id: int
    recipe: str
    source: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    report: list[TableCounts]
    questions: list[dict[str, Any]]
    notes: dict[str, Any]


class Imports(Schema):
    """Some imports, and the cursor that continues after them."""

    items: list[ImportOut]
    next: str | None


class RejectedOut(Schema):
    """One row that was not taken in: where it stands, what was wrong, how to mend it."""

    table: str
    file: str
    row: int | None
    column: str
    got: str
    expected: str
    mend: str


class Rejections(Schema):
    """Some rejected rows, and the cursor that continues after them."""

    items: list[RejectedOut]
    next: str | None


class AnswersIn(Strict):
    """What the files do not tell: ``decimal`` . or , ; ``dates`` DMY or MDY; ``separator``; ``encoding``."""

    decimal: str | None = None
    dates: str | None = None
    separator: str | None = None
    encoding: str | None = None


@router.get("/imports", response={200: Imports, **REFUSALS})
def list_imports(request: UserRequest, after: str | None = None, limit: Limit = 100) -> Any:
    """The imports you may see."""
    request.user.must("import data")
    items, following = window(queries.runs(seen_by=request.user), after=after, limit=limit)
    return {"items": items, "next": following}


@router.post("/imports", response={202: ImportOut, **REFUSALS})
def start_import(
    request: HttpRequest, files: Annotated[list[UploadedFile], File()], recipe: Annotated[str, Form()] = ""
) -> Any:
    """Send files; their check begins at once. Without a recipe the files say which."""
    request.user.must("import data")  # type: ignore[union-attr]
    run = doing.begin(uploads.keep(files), recipe, by=request.user)  # type: ignore[arg-type]
    return 202, queries.run(run.pk, seen_by=request.user)  # type: ignore[arg-type]


@router.get("/imports/{number}", response={200: ImportOut, **REFUSALS})
def show_import(request: UserRequest, number: int) -> Any:
    """One import."""
    request.user.must("import data")
    return queries.run(number, seen_by=request.user)


@router.post("/imports/{number}/answers", response={202: ImportOut, **REFUSALS})
def answer(request: UserRequest, number: int, body: AnswersIn) -> Any:
    """Say what the files do not tell; they are checked again."""
    run = queries.run(number, seen_by=request.user)
    doing.answer(run, body.model_dump(exclude_none=True), by=request.user)
    return 202, queries.run(number, seen_by=request.user)


@router.post("/imports/{number}/take-in", response={202: ImportOut, **REFUSALS})
def take_in(request: UserRequest, number: int) -> Any:
    """Take the good rows of a checked import in."""
    doing.take_in(queries.run(number, seen_by=request.user), by=request.user)
    return 202, queries.run(number, seen_by=request.user)


@router.post("/imports/{number}/undo", response={202: ImportOut, **REFUSALS})
def undo(request: UserRequest, number: int) -> Any:
    """Take a whole import back."""
    doing.undo(queries.run(number, seen_by=request.user), by=request.user)
    return 202, queries.run(number, seen_by=request.user)


@router.get("/imports/{number}/rejected", response={200: Rejections, **REFUSALS})
def list_rejected(request: UserRequest, number: int, after: str | None = None, limit: Limit = 100) -> Any:
    """The rows an import could not take."""
    request.user.must("import data")
    run = queries.run(number, seen_by=request.user)
    items, following = window(queries.rejected(run), after=after, limit=limit)
    return {"items": items, "next": following}
