"""All KPIs the house measures, by id: the page, the API, the terminal and the reference read them here."""

from django.utils.translation import gettext as _

from einklang.insight.registry.kpi import BESIDE, COLUMNS, DIMENSIONS, GROUPS, UNITS, WHY_NOT, Kpi
from einklang.insight.registry.operations import OPERATIONS
from einklang.insight.registry.sales import SALES
from einklang.kernel.errors import NotFound

KPIS: dict[str, Kpi] = {kpi.id: kpi for kpi in (*SALES, *OPERATIONS)}

__all__ = ["BESIDE", "COLUMNS", "DIMENSIONS", "GROUPS", "KPIS", "UNITS", "WHY_NOT", "Kpi", "find"]


def find(kpi_id: str) -> Kpi:
    """One KPI by its id."""
    if kpi_id not in KPIS:
        raise NotFound(_("There is no KPI %(id)s.") % {"id": kpi_id})
    return KPIS[kpi_id]
