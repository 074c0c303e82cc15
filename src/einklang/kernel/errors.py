"""The ways a room says no: a rule, a right, a missing record, a newer version."""


class Refused(Exception):
    """A rule said no; the sentence says what to do."""

    status = 409

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status or type(self).status


class NotAllowed(Refused):
    """The person's role does not allow this."""

    status = 403


class NotFound(Refused):
    """There is no such record, or the person may not know of it."""

    status = 404


class Stale(Refused):
    """Somebody changed the record since it was read; both values are kept for the reader."""

    status = 412

    def __init__(self, sentence: str, *, yours: object = None, theirs: object = None) -> None:
        super().__init__(sentence)
        self.yours = yours
        self.theirs = theirs
