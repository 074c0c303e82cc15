"""What people said: standing voices, how each came about, and what each kind was worth so far."""

from datetime import date

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import ForecastPoint, Voice
from einklang.demand.queries.forecasts import latest_run, run_of
from einklang.demand.queries.tree import actuals
from einklang.engine import consensus
from einklang.kernel import tables
from einklang.kernel.errors import NotFound, Refused
from einklang.people.models import User

ENOUGH = 12
"""A kind of voice is weighed by its past once it can be compared this many times."""


def voices(as_of: date, *, seen_by: User, series: str = "") -> QuerySet[Voice]:
    """The standing voices about a month's forecast."""
    seen_by.must("see demand")
    found = Voice.objects.standing().filter(as_of=as_of).select_related("author")
    return found.filter(series=series) if series else found


def voice(voice_id: int) -> Voice:
    """One voice by its number."""
    found = Voice.objects.select_related("author").filter(pk=voice_id).first()
    if found is None:
        raise NotFound(_("There is no such voice."))
    return found


def about(as_of: date, series: str, period: date) -> QuerySet[Voice]:
    """Everything that was ever said about one series in one month, newest first."""
    found = Voice.objects.filter(as_of=as_of, series=series, period=period)
    return found.select_related("author", "withdrawal", "replaced_by").order_by("-given_at", "-pk")


def chain(as_of: date, series: str, period: date, kind: str) -> QuerySet[Voice]:
    """The versions of one kind of voice, newest first."""
    return Voice.objects.filter(as_of=as_of, series=series, period=period, kind=kind).order_by("-version")


def standing_voice(as_of: date, series: str, period: date, kind: str) -> Voice | None:
    """The voice of one kind that holds now."""
    found = Voice.objects.standing().filter(as_of=as_of, series=series, period=period, kind=kind)
    return found.select_related("author").first()


def seen(as_of: date, series: str, period: date) -> str:
    """The versions that stand now, by kind of voice, as a form carries them: ``sales:2;finance:1``."""
    standing = Voice.objects.standing().filter(as_of=as_of, series=series, period=period).order_by("kind")
    return ";".join(f"{voice.kind}:{voice.version}" for voice in standing)


def kinds() -> list[tuple[str, str]]:
    """The kinds of voices, as data and for people."""
    return [(value, str(label)) for value, label in Voice.Kind.choices]


def place(as_of: date, series: str, period: date) -> ForecastPoint:
    """The forecast that a voice would speak about; refuses what is not forecast."""
    found = run_of(as_of).points.filter(series=series, period=period).first()
    if found is None:
        raise Refused(
            _("%(series)s has no forecast for %(month)s to speak about.")
            % {"series": series, "month": f"{period:%Y-%m}"}
        )
    return found


def voices_frame(as_of: date) -> pl.DataFrame:
    """Standing voices as the consensus engine reads them."""
    return tables.read(
        Voice.objects.standing().filter(as_of=as_of).order_by("series", "period", "kind"),
        series="series",
        period="period",
        quantity="quantity",
        kind="kind",
        author="author__name",
        reason="reason",
    )


def record(until: date) -> pl.DataFrame:
    """What voices said, what the forecast said then, and what came: kind, author, series, period, ...

    Columns: as_of, series, period, kind, author, quantity, statistical, actual; months up to ``until``.
    """
    said = tables.read(
        Voice.objects.standing().filter(period__lte=until).order_by("as_of", "series", "period"),
        as_of="as_of",
        series="series",
        period="period",
        kind="kind",
        author="author__name",
        quantity="quantity",
    )
    if said.is_empty():
        return said.with_columns(statistical=pl.lit(None, pl.Float64), actual=pl.lit(None, pl.Float64))
    made = [latest_run(month) for month in said["as_of"].unique()]
    stated = tables.read(
        ForecastPoint.objects.filter(run__in=[run for run in made if run], period__lte=until),
        as_of="run__as_of",
        series="series",
        period="period",
        statistical="mean",
    )
    came = actuals(until).rename({"quantity": "actual"})
    return said.join(stated, on=["as_of", "series", "period"]).join(came, on=["series", "period"])


def trust(as_of: date) -> dict[str, float]:
    """How much each kind of voice weighs beside the forecast, from months that are over."""
    past = record(as_of)
    enough = past.group_by("kind").len().filter(pl.col("len") >= ENOUGH)["kind"].to_list()
    return consensus.weights(past.filter(pl.col("kind").is_in(enough))) if enough else {}
