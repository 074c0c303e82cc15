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


def person(username: str | None, *who_may: str) -> "User":
    """The user in whose name a command acts: the one named, else the first who may, else the terminal itself.

    Signatures are given by people only.
    """
    from einklang.people import actions, queries

    _tables_of_a_new_house()
    if username:
        return queries.user(username)
    found = queries.first_who_may(*who_may) or actions.open_terminal()
    for permission in who_may:
        if not found.may(permission):
            raise stop(NOT_ALLOWED, f"Nobody here may {permission}: add a user first (einklang user add).")
    say(f"Acting as {found.username}.")
    return found


def make_tables() -> None:
    """Bring the database to this version; a new one gets its tables and the anchors of its journal."""
    from django.core.management import call_command

    from einklang.kernel import anchors, backup

    fresh = backup.is_empty()
    call_command("migrate", verbosity=0, interactive=False)
    if fresh:
        anchors.begin_anew("migrated an empty database")


def _tables_of_a_new_house() -> None:
    """The first command that works on a new database makes its tables."""
    from django.db import connection

    if not connection.introspection.table_names():
        say("Making the tables of a new database ...")
        make_tables()
