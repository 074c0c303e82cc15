"""What must hold of frozen plans: their lines add up to what was signed."""

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanVersion

SUMS = ("demand_cents", "revenue_cents", "cost_cents", "margin_cents")


def footings() -> Iterator[str]:
    """Every plan version whose lines do not add up to its totals."""
    summed = PlanVersion.objects.select_related("cycle", "scenario").annotate(
        **{f"lines_{name}": Sum(f"lines__{name}") for name in SUMS}
    )
    for version in summed:
        for name in SUMS:
            if getattr(version, name) != (getattr(version, f"lines_{name}") or 0):
                yield _("The lines of plan %(plan)s do not add up to its %(sum)s.") % {
                    "plan": version,
                    "sum": name.removesuffix("_cents"),
                }
