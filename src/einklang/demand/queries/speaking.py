"""What people said: standing voices, how each came about, and what each kind was worth so far."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import ForecastPoint, Voice, VoiceBatch
from einklang.demand.queries import places
from einklang.demand.queries.forecasts import latest_runs, run_of
from einklang.demand.queries.tree import actuals, hierarchy, under
from einklang.engine import consensus
from einklang.engine.consensus import VOICES
from einklang.kernel import tables
from einklang.kernel.errors import NotFound, Refused
from einklang.people.models import User

ENOUGH = 12
"""A kind of voice is weighed by its past once it can be compared this many times."""


def voices(as_of: date, *, seen_by: User, series: str = "") -> QuerySet[Voice]:
    """The voices heard in a month's review, those carried on from earlier reviews included."""
    seen_by.must("see demand")
    found = Voice.objects.heard_in(as_of).select_related("author")
    return found.filter(series=series) if series else found


def voice(voice_id: int) -> Voice:
    """One voice by its number."""
    found = Voice.objects.select_related("author").filter(pk=voice_id).first()
    if found is None:
        raise NotFound(_("There is no such voice."))
    return found


@dataclass(frozen=True, slots=True)
class BatchView:
    """Voices given together: by whom, how many, of which kinds, why, and whether they were taken back."""

    pk: int
    given_at: datetime
    author: str
    count: int
    kinds: list[str]
    reason: str
    taken_back: bool
    undoes: int | None


def batches(as_of: date, *, seen_by: User, own: bool = False, limit: int = 50) -> list[BatchView]:
    """Voices that were given together in a review, newest first; everybody's, or one's own."""
    seen_by.must("see demand")
    found = VoiceBatch.objects.filter(as_of=as_of).select_related("given_by", "undone_by")
    found = found.filter(given_by=seen_by) if own else found
    found = found.prefetch_related("voices", "withdrawals__voice")
    return [_batch_view(batch) for batch in found[:limit]]


def _batch_view(batch: VoiceBatch) -> BatchView:
    voices = [*batch.voices.all(), *(row.voice for row in batch.withdrawals.all())]
    return BatchView(
        pk=batch.pk,
        given_at=batch.given_at,
        author=batch.given_by.name,
        count=len(voices),
        kinds=sorted({voice.kind for voice in voices}),
        reason=voices[0].reason if voices else "",
        taken_back=hasattr(batch, "undone_by"),
        undoes=batch.undoes_id,
    )


def about(as_of: date, series: str, period: date, territory: str = "") -> QuerySet[Voice]:
    """Everything that was ever said about one series in one month, newest first."""
    found = Voice.objects.filter(as_of=as_of, series=series, period=period, territory=territory)
    found |= Voice.objects.filter(
        pk__in=Voice.objects.heard_in(as_of).filter(series=series, period=period, territory=territory)
    )
    return found.select_related("author", "withdrawal", "replaced_by").order_by("-given_at", "-pk")


def chain(as_of: date, series: str, period: date, kind: str, territory: str = "") -> QuerySet[Voice]:
    """The versions of one kind of voice, newest first."""
    found = Voice.objects.filter(as_of=as_of, series=series, period=period, kind=kind, territory=territory)
    return found.order_by("-version")


def standing_voice(as_of: date, series: str, period: date, kind: str, territory: str = "") -> Voice | None:
    """The voice of one kind that holds now."""
    found = Voice.objects.heard_in(as_of).filter(series=series, period=period, kind=kind, territory=territory)
    return found.select_related("author").order_by("-as_of", "-version").first()


def seen(as_of: date, series: str, period: date, territory: str = "") -> str:
    """The versions that stand now, by kind of voice, as a form carries them: ``sales:2;finance:1``."""
    heard = Voice.objects.heard_in(as_of).filter(series=series, period=period, territory=territory)
    standing = {voice.kind: voice.version for voice in heard.order_by("kind", "as_of", "version")}
    return ";".join(f"{kind}:{version}" for kind, version in standing.items())


def kinds() -> list[tuple[str, str]]:
    """The kinds of voices, as data and for people."""
    return [(value, str(label)) for value, label in Voice.Kind.choices]


def place(as_of: date, series: str, period: date) -> ForecastPoint:
    """The forecast that a voice would speak about; refuses what is not forecast."""
    found = run_of(as_of).points.filter(series=series, period=period).first()
    if found is None:
        raise nothing_to_speak_about(series, period)
    return found


def stated(as_of: date, series: str, period: date, territory: str = "") -> float:
    """What the forecast says of a place a voice would speak about: everywhere, or a territory's share."""
    point = place(as_of, series, period)
    if not territory:
        return point.mean
    items = under(hierarchy([]), series)
    part = places.share_of(territory, items, as_of)
    means = point.run.points.filter(series__in=items, period=period).values_list("series", "mean")
    return sum(mean * part.get(item, 0.0) for item, mean in means)


def nothing_to_speak_about(series: str, period: date) -> Refused:
    """The refusal where there is no forecast for a series in a month."""
    return Refused(
        _("%(series)s has no forecast for %(month)s to speak about.")
        % {"series": series, "month": f"{period:%Y-%m}"}
    )


def voices_frame(as_of: date) -> pl.DataFrame:
    """Voices heard in a review as the consensus engine reads them (frame VOICES)."""
    found = tables.read(
        Voice.objects.heard_in(as_of).order_by("series", "period", "kind", "territory", "as_of", "version"),
        series="series",
        period="period",
        quantity="quantity",
        kind="kind",
        author="author__name",
        reason="reason",
        territory="territory",
    )
    return VOICES.check(
        found.unique(["series", "period", "kind", "territory"], keep="last", maintain_order=True)
    )


def record(until: date) -> pl.DataFrame:
    """What voices said, what the forecast said then, and what came: kind, author, series, period, ...

    Columns: as_of, series, territory, period, kind, author, quantity, statistical, actual; months up to
    ``until``. A territory's voice is compared with the territory's share of the forecast of then.
    """
    said = tables.read(
        Voice.objects.standing().filter(period__lte=until).order_by("as_of", "series", "period"),
        as_of="as_of",
        series="series",
        territory="territory",
        period="period",
        kind="kind",
        author="author__name",
        quantity="quantity",
    )
    if said.is_empty():
        return said.with_columns(statistical=pl.lit(None, pl.Float64), actual=pl.lit(None, pl.Float64))
    runs = latest_runs(said["as_of"].unique().to_list())
    stated = tables.read(
        ForecastPoint.objects.filter(run__in=list(runs.values()), period__lte=until),
        as_of="run__as_of",
        series="series",
        period="period",
        statistical="mean",
    )
    everywhere = said.filter(pl.col("territory") == "")
    came = actuals(until).rename({"quantity": "actual"})
    found = everywhere.join(stated, on=["as_of", "series", "period"]).join(came, on=["series", "period"])
    local = said.filter(pl.col("territory") != "")
    if local.is_empty():
        return found
    return pl.concat([found, places.compared(local, stated, until).select(found.columns)])


def trust(as_of: date) -> dict[str, float]:
    """How much each kind of voice weighs beside the forecast, from months that are over."""
    past = record(as_of)
    enough = past.group_by("kind").len().filter(pl.col("len") >= ENOUGH)["kind"].to_list()
    return consensus.weights(past.filter(pl.col("kind").is_in(enough))) if enough else {}
