"""What every command with the database shares: which database, who acts, and refusals as exit codes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from einklang.cli.tables import CONFLICT, ERROR, INVALID_DATA, NOT_ALLOWED, errors_in_words, say, stop

if TYPE_CHECKING:
    from einklang.people.models import User

Db = Annotated[str | None, typer.Option("--db", metavar="URL", help="sqlite:///file or postgresql://...")]
As = Annotated[str | None, typer.Option("--as", metavar="USERNAME", help="Who acts; else the first who may.")]

EXIT_CODES = {403: NOT_ALLOWED, 409: CONFLICT, 412: CONFLICT, 422: INVALID_DATA}


@contextmanager
def house(db: str | None = None) -> Iterator[None]:
    """Open the house on a database; what rooms refuse becomes a sentence and the contract's exit code."""
    if db:
        os.environ["EINKLANG_DATABASE_URL"] = db
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "einklang.config.settings")
    import django
    from django.db.utils import OperationalError, ProgrammingError

    from einklang.kernel.errors import Refused

    try:
        django.setup()
    except ValueError as fault:
        raise stop(ERROR, str(fault)) from fault
    try:
        with errors_in_words():
            yield
    except Refused as no:
        raise stop(EXIT_CODES.get(no.status, ERROR), str(no)) from no
    except (OperationalError, ProgrammingError) as fault:
        raise stop(ERROR, f"The database did not answer: {str(fault).splitlines()[0]}") from fault


def person(username: str | None, *, who_may: str) -> "User":
    """The user in whose name a command acts: the one named, else the first who may do it."""
    from einklang.people import queries

    if username:
        return queries.user(username)
    found = queries.first_who_may(who_may)
    if found is None:
        raise stop(NOT_ALLOWED, f"Nobody here may {who_may}: add a user first (einklang user add).")
    say(f"Acting as {found.username}.")
    return found
