"""What is said in one cell, and what became of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import ForecastPoint, Voice
from einklang.kernel.errors import Refused, Stale

Place = tuple[str, str, date, str]
"""Series, territory (empty: everywhere), month, kind of voice."""
State = Literal["given", "unchanged", "withdrawn", "stale", "refused"]
LARGEST = Decimal(10) ** 14


@dataclass(frozen=True, slots=True)
class Said:
    """One figure for one place; without a quantity the voice that stands there is taken back."""

    series: str
    period: date
    kind: str
    quantity: Decimal | None
    reason: str
    seen_version: int = 0
    expires: date | None = None
    territory: str = ""

    @property
    def place(self) -> Place:
        """What it speaks about."""
        return self.series, self.territory, self.period, self.kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one figure; where somebody else spoke since, theirs is ``standing``, yours ``said``."""

    said: Said
    state: State
    voice: Voice | None = None
    sentence: str | None = None
    standing: Voice | None = None
    batch: int | None = None

    @property
    def place(self) -> Place:
        """What it is about."""
        return self.said.place


@dataclass(slots=True)
class Ground:
    """What is known before anything is said: points, voices that stand, versions given, places allowed."""

    as_of: date
    points: dict[tuple[str, date], ForecastPoint]
    standing: dict[Place, Voice]
    versions: dict[Place, int]
    territories: frozenset[str] | None  # None: all

    def judged(self, said: Said) -> ForecastPoint:
        """The forecast that is spoken about; refuses what cannot be said."""
        point = self.points.get((said.series, said.period))
        if point is None:
            raise queries.nothing_to_speak_about(said.series, said.period)
        if said.territory and self.territories is not None and said.territory not in self.territories:
            raise Refused(
                _("You may speak about your own territories, and %(code)s is none of them.")
                % {"code": said.territory},
                status=403,
            )
        must_say_something(said, self.as_of)
        standing = self.standing.get(said.place)
        if (standing.version if standing else 0) != said.seen_version:
            raise somebody_spoke(standing, said)
        return point

    def next_version(self, place: Place) -> int:
        """The number of the next voice about a place."""
        standing = self.standing.get(place)
        return max(self.versions.get(place, 0), standing.version if standing else 0) + 1


def must_say_something(said: Said, as_of: date) -> None:
    """Refuse a kind that is none, a quantity that is none, a missing reason, an expiry in the past."""
    if said.kind not in dict(queries.kinds()):
        raise Refused(_("There is no kind of voice %(kind)s.") % {"kind": said.kind}, status=422)
    if said.quantity is not None and (not said.quantity.is_finite() or not 0 <= said.quantity < LARGEST):
        raise Refused(_("A quantity is zero or more."), status=422)
    if said.quantity is not None and not said.reason.strip():
        raise Refused(_("Say why: a figure without a reason cannot be weighed."), status=422)
    if said.expires is not None and said.expires < as_of:
        raise Refused(_("A voice cannot expire before the review it is given in."), status=422)


def somebody_spoke(standing: Voice | None, said: Said) -> Stale:
    """Both figures, side by side."""
    if standing is None:
        return Stale(
            _("The voice you saw was withdrawn meanwhile; look again."), yours=said.quantity, theirs=None
        )
    return Stale(
        _("%(who)s says %(theirs)s by now (%(reason)s); you say %(yours)s. Look at both, then say it again.")
        % {
            "who": standing.author,
            "theirs": f"{standing.quantity.normalize():f}",
            "yours": _("nothing") if said.quantity is None else f"{said.quantity.normalize():f}",
            "reason": standing.reason,
        },
        yours=said.quantity,
        theirs=standing.quantity,
    )
