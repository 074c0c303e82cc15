"""Keeping the house: serve it, work its jobs, migrate, check, back up, restore, verify, let people in."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from einklang.cli import app
from einklang.cli.database import Db, house, make_tables
from einklang.cli.tables import ERROR, INVALID_DATA, USAGE, AsJson, DryRun, say, show, stop

user_app = typer.Typer(no_args_is_help=True, help="People who may sign in, and their keys for the API.")
app.add_typer(user_app, name="user")

Host = Annotated[str, typer.Option(help="The address to listen on; 127.0.0.1 is this machine alone.")]
Port = Annotated[int, typer.Option(help="The port to listen on.")]


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Processes that answer requests.")] = 1,
    db: Db = None,
) -> None:
    """Serve the pages and the API.

    On the embedded database it also works the background jobs.
    """
    from einklang.cli import serving

    with house(db):
        serving.prepare()
        serving.serve(host, port, workers)


@app.command()
def worker(
    parent: Annotated[int, typer.Option(hidden=True, help="Stop when this process is gone.")] = 0,
    db: Db = None,
) -> None:
    """Work the jobs that run in the background."""
    from einklang.cli import serving

    with house(db):
        serving.prepare()
        serving.work(parent)


@app.command()
def migrate(dry_run: DryRun = False, db: Db = None) -> None:
    """Bring the database to this version.

    The first time this makes its tables.
    """
    with house(db):
        from django.core.management import call_command

        if dry_run:
            call_command("showmigrations", plan=True, verbosity=1)
            return
        make_tables()
        say("The database is up to date.")


@app.command()
def check(
    deploy: Annotated[bool, typer.Option("--deploy", help="Also what matters on a server.")] = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Look for what is wrong.

    In the settings, in the migrations, and for gaps in the data that plans rest on.
    """
    with house(db):
        from einklang.config import quality

        errors = [*quality.settings_faults(deploy=deploy), *quality.migration_faults()]
        gaps = [] if errors else quality.gaps()
        if as_json:
            show({"status": "error" if errors else "ok", "errors": errors, "data": gaps})
        else:
            for line in [*errors, *(f"{gap['count']:>7,}  {gap['sentence']}" for gap in gaps)]:
                print(line)
            say(
                "Nothing is wrong."
                if not errors and not gaps
                else f"{len(errors)} errors, {len(gaps)} gaps in data."
            )
        if errors:
            raise typer.Exit(ERROR)


@app.command()
def backup(file: Path, as_json: AsJson = False, db: Db = None) -> None:
    """Write everything into one file.

    People may go on working meanwhile.
    """
    with house(db):
        from einklang.kernel import backup as keeping

        if not file.parent.is_dir():
            raise stop(USAGE, f"There is no folder {file.parent}.")
        manifest = keeping.backup(file)
        size, lines = file.stat().st_size, manifest["journal"]["lines"]
        if as_json:
            show({"status": "ok", "file": str(file), "bytes": size, "journal": manifest["journal"]})
        say(f"Backed up to {file}: {size / 1e6:,.1f} MB, {lines:,} journal lines.")


@app.command()
def restore(file: Path, db: Db = None) -> None:
    """Put a backup into an empty database.

    One made by an older version is brought to this one.
    """
    with house(db):
        from einklang.kernel import backup as keeping

        manifest = keeping.restore(file)
        say(f"Restored what was backed up on {manifest['made_at'][:16]}. Now run: einklang verify")


@app.command()
def verify(as_json: AsJson = False, db: Db = None) -> None:
    """Prove that nothing is broken.

    The database is whole, the journal unbroken, and the money foots.
    """
    with house(db):
        from einklang.config import quality
        from einklang.kernel import backup as keeping

        faults = keeping.verify(quality.FOOTINGS)
        if as_json:
            show({"status": "error" if faults else "ok", "faults": faults})
        else:
            for fault in faults:
                print(fault)
        say(
            f"{len(faults)} faults."
            if faults
            else "The database is whole, the journal unbroken, the money foots."
        )
        if faults:
            raise typer.Exit(INVALID_DATA)


@user_app.command("add")
def add_user(
    username: str,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    role: Annotated[
        str, typer.Option(help="vp, manager, specialist, analyst, rep, planner, finance or admin.")
    ] = "rep",
    email: Annotated[str, typer.Option(help="Where mail reaches the person.")] = "",
    language: Annotated[str, typer.Option(help="en or de.")] = "en",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from a pipe.")
    ] = False,
    db: Db = None,
) -> None:
    """Add a person who may sign in; asks for the password."""
    with house(db):
        from einklang.people import actions

        if password_stdin:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        actions.add_user(
            username,
            by=None,
            password=password,
            name=name or username,
            role=role,
            email=email,
            language=language,
        )
        say(f"{username} may sign in as {role}.")


@user_app.command("token")
def token(
    username: str,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "terminal",
    scope: Annotated[list[str] | None, typer.Option(help="read or write; may be given twice.")] = None,
    days: Annotated[int, typer.Option(help="How long it holds.")] = 90,
    db: Db = None,
) -> None:
    """Make a key for the API in a person's name; it is shown this once."""
    with house(db):
        from einklang.people import actions, queries

        print(actions.issue_token(name, by=queries.user(username), scopes=scope or ["read"], days=days))
        say(f"Holds {days} days. It is not shown again.")


@user_app.command("list")
def list_users(as_json: AsJson = False, db: Db = None) -> None:
    """Everybody with their role and whether they may sign in."""
    with house(db):
        from einklang.people import queries

        rows = queries.sign_ins()
        if as_json:
            show(rows)
            return
        for row in rows:
            state = "" if row["is_active"] else "may not sign in"
            print(f"{row['username']:<24} {row['role']:<12} {state:<16} {row['name']}")
