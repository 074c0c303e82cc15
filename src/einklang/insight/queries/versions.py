"""Since when a figure stands: the last line of the journal that could have changed its records.

Nothing is done in the house without a line, so what was measured after that line is never old.
"""

from collections.abc import Iterable

from einklang.insight.registry import Kpi
from einklang.insight.sources import changed_by
from einklang.kernel import journal


class Versions:
    """The version of each KPI's records, read for all of them at once."""

    def __init__(self, kpis: Iterable[Kpi]) -> None:
        """Ask the journal."""
        heads = journal.heads()
        self._last = {
            kpi.id: max(
                (line for event, line in heads.items() if event.startswith(changed_by(kpi.reads))), default=0
            )
            for kpi in kpis
        }
        self._digests = journal.digests(set(self._last.values()))

    def of(self, kpi: Kpi) -> str:
        """The version of one KPI's records; empty in a house whose journal is silent about them."""
        return self._digests.get(self._last[kpi.id], "")
