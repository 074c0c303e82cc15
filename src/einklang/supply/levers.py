"""The simplest scenarios: three factors on everything, and the ready ones the house comes with.

Each is a list of :class:`Change`, like every other scenario.
"""

from dataclasses import asdict, dataclass, fields

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from einklang.kernel.errors import Refused
from einklang.supply.changes import DEMAND, HOURS, OVERTIME, Change

BASE = "base"
MOST = 10.0


@dataclass(frozen=True, slots=True)
class Levers:
    """Factors on demand, on the hours of every work centre, and on the overtime there may be."""

    demand_factor: float = 1.0
    capacity_factor: float = 1.0
    overtime_factor: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no plan can mean."""
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= MOST:
                raise Refused(_("Each factor lies between 0 and 10; 1 changes nothing."), status=422)

    def changed(self) -> dict[str, float]:
        """Those that are not 1."""
        return {name: value for name, value in asdict(self).items() if value != 1.0}

    def changes(self) -> list[Change]:
        """The same as changes of a scenario."""
        kinds = {"demand_factor": DEMAND, "capacity_factor": HOURS, "overtime_factor": OVERTIME}
        return [Change(kinds[name], factor=factor) for name, factor in self.changed().items()]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of levers."""

    name: str
    label: str | Promise
    levers: Levers


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(BASE, gettext_lazy("As agreed"), Levers()),
        Scenario("demand-up", gettext_lazy("Demand 10 % higher"), Levers(demand_factor=1.1)),
        Scenario("demand-down", gettext_lazy("Demand 10 % lower"), Levers(demand_factor=0.9)),
        Scenario("capacity-down", gettext_lazy("Capacity 15 % lower"), Levers(capacity_factor=0.85)),
        Scenario("no-overtime", gettext_lazy("No overtime"), Levers(overtime_factor=0.0)),
    )
}


def label(name: str) -> str:
    """A scenario's name for a reader; one made elsewhere is called by its own name."""
    known = SCENARIOS.get(name)
    return str(known.label) if known else name
