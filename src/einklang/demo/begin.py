"""Brings the invented company into an empty house and plays its month; once there, it stays."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from einklang.demo import company, load, play, world
from einklang.demo.company import SEATS, STAFF, Person
from einklang.demo.times import Times
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people import queries as people
from einklang.people.roles import ROLES

Say = Callable[[str], None]


def begin(say: Say) -> None:
    """Make the company where there is none and play its month; a second time nothing is left to do."""
    made = journal.entries(event="demo.made").first()
    if made is None:
        _must_be_empty()
        say(f"Making {company.NAME} ...")
        times = Times(clock.today())
        load.load(world.make(times))
        made = journal.record("demo.made", about=people.company(), today=times.today, seed=times.seed)
    if not journal.entries(event="demo.played").exists():
        say("Playing its month: forecast, voices, supply plan, money, quotas, signatures ...")
        play.play(Times(date.fromisoformat(made.facts["today"])), say)
        journal.record("demo.played", about=people.company())


def sign_ins() -> list[tuple[str, str, str]]:
    """Who may sign in here: user name, name and role."""
    staff = [*STAFF, *(person for seat in SEATS for person in seat.people)]
    order = list(ROLES)
    chosen: list[Person] = sorted((p for p in staff if p.signs_in), key=lambda p: order.index(p.role))
    return [(person.username, person.name, str(ROLES[person.role].label)) for person in chosen]


def _must_be_empty() -> None:
    if people.sign_ins():
        raise Refused(
            _(
                "This database already holds %(company)s: the invented company goes only into an empty one. "
                "Name another with --db sqlite:///demo.sqlite3."
            )
            % {"company": people.company().name}
        )
