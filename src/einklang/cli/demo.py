"""The invented company at a terminal: made, played, served."""

from typing import Annotated

import typer

from einklang.cli import app
from einklang.cli.database import Db, house
from einklang.cli.tables import say


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only make it; serve nothing.")] = False,
    db: Db = None,
) -> None:
    """Make an invented company and serve it.

    One month of its life is played first; the second time it is there at once.
    """
    from einklang.cli import serving

    with house(db):
        serving.prepare()
        from einklang.demo import begin, company

        begin.begin(say)
        say(f"\n{company.NAME}, an invented company. Sign in at http://127.0.0.1:{port} as:\n")
        for username, name, role in begin.sign_ins():
            say(f"  {username:<10} {role:<30} {name}")
        say(f"\n  Password for all of them: {company.PASSWORD}\n")
        if not no_serve:
            serving.serve("127.0.0.1", port, 1)
