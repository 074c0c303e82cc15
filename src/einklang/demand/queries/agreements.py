"""What was agreed: consensuses and their lines; what a new one would rest on and say."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus, ConsensusLine, ForecastRun
from einklang.demand.queries import forecasts, pipeline, places, speaking
from einklang.demand.queries.tree import hierarchy
from einklang.engine import consensus as engine
from einklang.engine.consensus import PIPELINE, Places
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User

COLUMNS = ("series", "period", "quantity", "low", "high", "statistical")
STEPS = ("naive", "effects", "pipeline")


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything a consensus rests on."""

    run: ForecastRun
    stated: pl.DataFrame
    voices: pl.DataFrame
    trust: dict[str, float]
    pipeline: pl.DataFrame
    places: Places | None


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
    return tables.read(consensus.lines.order_by("series", "period"), **{name: name for name in COLUMNS})


def consensus_lines(consensus: Consensus, series: str = "") -> QuerySet[ConsensusLine]:
    """The agreed lines, of one item or of all."""
    return consensus.lines.filter(series=series) if series else consensus.lines.all()


def moved_lines(consensus: Consensus) -> QuerySet[ConsensusLine]:
    """The lines that a voice had a part in."""
    return consensus.lines.exclude(heard=[])


def grounds(run: ForecastRun, *, patient: bool = False) -> Grounds:
    """The forecast, the voices heard in its review, what they weigh, and what open deals add.

    The patient wait until the deals are worked out; others take what is known of them.
    """
    stated, heard = forecasts.forecast_frame(run), speaking.voices_frame(run.as_of)
    local = heard.filter(pl.col("territory") != "").height > 0
    deals = pipeline.kept_stream(run, patient=True) if patient else kept_pipeline(run)
    return Grounds(
        run=run,
        stated=stated,
        voices=heard,
        trust=speaking.trust(run.as_of),
        pipeline=PIPELINE.empty() if deals is None else deals,
        places=places.places(stated["series"].unique().to_list(), run.as_of) if local else None,
    )


def kept_pipeline(run: ForecastRun) -> pl.DataFrame:
    """What open deals add, as far as it is known without working it out: now, or at the last consensus."""
    known = pipeline.kept_stream(run, patient=False)
    if known is not None:
        return known
    plan = latest_consensus(run.as_of)
    if plan is None:
        return PIPELINE.empty()
    found = tables.read(
        plan.lines.filter(pipeline__gt=0), series="series", period="period", quantity="pipeline"
    )
    return PIPELINE.check(found)


def agreed_lines(given: Grounds) -> pl.DataFrame:
    """One number per item and month as a consensus would hold it (columns of its lines)."""
    lines = engine.agree(
        given.stated,
        given.voices,
        hierarchy=hierarchy(given.stated["series"].unique().to_list()),
        trust=given.trust,
        pipeline=given.pipeline,
        places=given.places,
    )
    more = (
        forecasts.effects_frame(given.run, level="item")
        .group_by("series", "period")
        .agg(pl.col("quantity").sum().alias("effects"))
    )
    return (
        lines.join(_year_before(given.run), on=["series", "period"], how="left", maintain_order="left")
        .join(more, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("quantity").clip(0), pl.col("effects").fill_null(0.0))
    )


def _year_before(run: ForecastRun) -> pl.DataFrame:
    """What was asked for in the same month of the last year that is known: ``series, period, naive``."""
    history = orders.demand_history(run.as_of).select("series", "period", pl.col("quantity").alias("naive"))
    ahead = [
        history.with_columns(pl.col("period").dt.offset_by(f"{12 * years}mo"))
        for years in range(1, run.horizon // 12 + 2)
    ]
    found = pl.concat(ahead).filter(pl.col("period") > run.as_of)
    return found.unique(["series", "period"], keep="first", maintain_order=True)
