"""One balance as arrays: places (an item at a site), periods, resources, and what ties them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from einklang.engine.supply.balance.places import Floats, Ints, Places
from einklang.engine.supply.balance.settings import Settings

Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Lines:
    """Demand lines: one place, one segment, one price step; ``need`` and ``price`` by line and period."""

    place: Ints
    segment: list[str]
    step: Ints
    need: Floats
    price: Floats
    owed: Floats
    backorder_cost: Floats
    lost_cost: Floats
    lost_share: Floats

    def __len__(self) -> int:
        return len(self.place)


@dataclass(slots=True)
class Steps:
    """Price steps of the places that may be marked down, the list price first; prices only fall."""

    place: Ints
    name: list[str]
    price: Floats
    first: Ints

    def __len__(self) -> int:
        return len(self.place)


@dataclass(slots=True)
class Draws:
    """What making one unit of a parent draws of a component, by line and period."""

    parent: Ints
    component: Ints
    quantity: Floats


@dataclass(slots=True)
class Routes:
    """Hours by unit and by lot that making at a place takes of a resource."""

    place: Ints
    resource: Ints
    hours: Floats
    setup_hours: Floats
    setup_cost: Floats


@dataclass(slots=True)
class Offers:
    """What suppliers sell: price and limits by offer and period."""

    supplier: list[str]
    place: Ints
    price: Floats
    least: Floats
    most: Floats
    lead: Ints

    def __len__(self) -> int:
        return len(self.place)


@dataclass(slots=True)
class Contract:
    """A total over offers and periods."""

    name: str
    offers: Ints
    periods: Ints
    least: float
    most: float


@dataclass(slots=True)
class Lanes:
    """Ways from place to place; several items may share the row of the table, and with it its maximum."""

    source: Ints
    target: Ints
    cost: Floats
    lead: Ints
    row: Ints
    names: list[str]
    most: Floats
    resource: Ints
    hours: Floats

    def __len__(self) -> int:
        return len(self.source)


@dataclass(slots=True)
class Staff:
    """Hours by resource and period, or the workforce that gives them."""

    names: list[str]
    hours: Floats
    overtime: Floats
    overtime_cost: Floats
    efficiency: Floats
    crew: dict[str, Floats]

    @property
    def has_crew(self) -> Flags:
        """Which resources are a workforce the plan may size."""
        return ~np.isnan(self.crew["initial_workers"])


@dataclass(slots=True)
class Former:
    """The plan approved last and what planners fixed, by place and period; ``nan`` where there is none."""

    make: Floats
    subcontract: Floats
    fixed: Floats


@dataclass(slots=True)
class Problem:
    """All that one balance is about; ``nan`` in a cost means: not allowed."""

    settings: Settings
    places: Places
    periods: list[str]
    days: Floats
    item: dict[str, Floats]
    lead: Ints
    coming: Floats
    safety: Floats
    safety_cost: Floats
    policy: Floats
    room: Floats
    lines: Lines
    steps: Steps
    draws: Draws
    routes: Routes
    staff: Staff
    offers: Offers
    contracts: list[Contract]
    lanes: Lanes
    former: Former
    segmented: bool
    notes: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Places by periods."""
        return len(self.places), len(self.periods)

    @property
    def bought(self) -> Flags:
        """Which places are supplied by suppliers' offers."""
        mine = np.zeros(len(self.places), dtype=bool)
        mine[self.offers.place] = True
        return mine

    def needed(self) -> Floats:
        """What each place needs in a period to serve all demand, through all levels of the bills."""
        need = np.zeros(self.shape)
        np.add.at(need, self.lines.place, self.lines.need)
        return self.exploded(need)

    def exploded(self, need: Floats) -> Floats:
        """A need with all that goes into it, level by level."""
        total, layer = need.copy(), need
        while layer.any():
            below = np.zeros(self.shape)
            np.add.at(below, self.draws.component, layer[self.draws.parent] * self.draws.quantity)
            total, layer = total + below, below
        return total
