"""What was agreed: consensuses and their lines."""

from datetime import date

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus, ConsensusLine
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.people.models import User


def agreed_list(*, seen_by: User) -> QuerySet[Consensus]:
    """All consensuses, newest first."""
    seen_by.must("see demand")
    return Consensus.objects.select_related("run", "agreed_by")


def agreed(consensus_id: int) -> Consensus:
    """One consensus by its number."""
    found = Consensus.objects.select_related("run", "agreed_by").filter(pk=consensus_id).first()
    if found is None:
        raise NotFound(_("There is no such consensus."))
    return found


def latest_consensus(as_of: date | None = None) -> Consensus | None:
    """The newest consensus; of one month, or of all."""
    found = Consensus.objects.select_related("run", "agreed_by")
    return (found.filter(as_of=as_of) if as_of else found).first()


def consensus_frame(consensus: Consensus) -> pl.DataFrame:
    """The agreed items: series, period, quantity, low, high, statistical."""
    columns = ("series", "period", "quantity", "low", "high", "statistical")
    return tables.read(consensus.lines.order_by("series", "period"), **{name: name for name in columns})


def consensus_lines(consensus: Consensus, series: str = "") -> QuerySet[ConsensusLine]:
    """The agreed lines, of one item or of all."""
    return consensus.lines.filter(series=series) if series else consensus.lines.all()


def moved_lines(consensus: Consensus) -> QuerySet[ConsensusLine]:
    """The lines that a voice had a part in."""
    return consensus.lines.exclude(heard=[])
