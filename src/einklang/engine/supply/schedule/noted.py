"""What is noted while orders are settled: work, lots and purchases, what goes into what, and what waited."""

from typing import NamedTuple


class Cause(NamedTuple):
    """What made something wait: how long, of what kind, at which centre or of which item, from when to when.

    Kinds: ``full`` (a centre has no free hours), ``purchase`` (lead time of what is bought), ``receipt``
    (waits for an open order), ``work`` (the work itself), ``lead_time`` (making without routing), ``past``
    (was due before the start), ``never`` (a centre has no hours left before the calendar ends).
    """

    span: int
    kind: str
    name: str
    since: int
    until: int


class Booked(NamedTuple):
    """Work at a centre: of which lot, which step, on which machine, which of its open seconds."""

    lot: int
    step: int
    centre: int
    machine: int
    first: int
    last: int


class Supply(NamedTuple):
    """A lot or a purchase: of what, how much, when it is begun and there, and for which order first."""

    number: int
    item: int
    quantity: float
    start: int
    there: int
    made: bool
    order: int


class Peg(NamedTuple):
    """Units of a supply that go into a lot, or (as minus one less its number) to an order.

    ``stored`` units lay in store; the others go straight from their lot or purchase to who asked for them.
    """

    supply: int
    user: int
    item: int
    quantity: float
    there: int
    stored: bool


Path = tuple["Path", Cause] | None
"""The waits on the critical path of an order, the last one on top."""


def blamed(path: Path, lateness: int) -> Cause | None:
    """Of the waits on a critical path the one to name.

    Where all queues together made the order late, that is the longest of them; else the longest wait of all.

    >>> first, second = Cause(40, "full", "bench", 0, 40), Cause(30, "full", "saw", 50, 80)
    >>> path = (((None, first), second), Cause(90, "work", "pump", 0, 90))
    >>> blamed(path, 60).name, blamed(path, 80).name
    ('bench', 'pump')
    """
    causes = []
    while path is not None:
        path, cause = path
        causes.append(cause)
    queues = [cause for cause in causes if cause.kind == "full"]
    return max(queues if sum(cause.span for cause in queues) >= lateness else causes, default=None)
