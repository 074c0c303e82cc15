"""What a scenario can change: factors on demand, capacity, overtime and price, each with its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from einklang.kernel.errors import Refused

DEMAND, CAPACITY, OVERTIME, PRICE = "demand_factor", "capacity_factor", "overtime_factor", "price_factor"


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing a scenario can change; 1 leaves it as it is."""

    name: str
    label: str | Promise
    hint: str | Promise
    least: float
    most: float


LEVERS: dict[str, Lever] = {
    lever.name: lever
    for lever in (
        Lever(DEMAND, _lazy("Demand"), _lazy("1.1 plans a tenth more than was agreed."), 0.0, 10.0),
        Lever(CAPACITY, _lazy("Capacity"), _lazy("Regular hours of every work centre."), 0.0, 10.0),
        Lever(OVERTIME, _lazy("Overtime"), _lazy("Overtime that may be worked; 0 allows none."), 0.0, 10.0),
        Lever(PRICE, _lazy("Price"), _lazy("0.95 sells everything five percent cheaper."), 0.01, 10.0),
    )
}


def as_settings(given: Mapping[str, Any]) -> dict[str, float]:
    """Settings as they are kept: known levers within their limits, those at 1 left out."""
    kept = {}
    for name, value in given.items():
        lever = LEVERS.get(name)
        if lever is None:
            raise Refused(_("A scenario has no setting %(name)s.") % {"name": name}, status=422)
        if not isinstance(value, int | float) or not lever.least <= value <= lever.most:
            raise Refused(
                _("%(name)s lies between %(least)s and %(most)s.")
                % {"name": lever.label, "least": lever.least, "most": lever.most},
                status=422,
            )
        if value != 1:
            kept[name] = float(value)
    return kept
