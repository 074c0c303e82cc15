"""What was said one, two, three and more months before, kept as it was said, beside what came.

Where a month has a stored forecast (and consensus), that is what counts; for months before the first
stored one the newest run's walk-back stands in. Each row says which: ``stored`` or ``walk back``.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus, ConsensusLine, ForecastPoint, ForecastRun, Level
from einklang.demand.queries import forecasts, places
from einklang.demand.queries import tree as trees
from einklang.engine.forecast.accuracy import by
from einklang.engine.periods import add_months
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.people import queries as people

LAGS = 6
MONTHS = 12
STORED, WALKED = "stored", "walk back"
SCHEMA = {
    "source": pl.String,
    "as_of": pl.Date,
    "series": pl.String,
    "period": pl.Date,
    "lag": pl.Int64,
    "statistical": pl.Float64,
    "agreed": pl.Float64,
    "naive": pl.Float64,
    "actual": pl.Float64,
}
GROUPS = ("item", "family", "total", "territory", "person")
BY_PLACE = ("territory", "person")


@dataclass(frozen=True, slots=True)
class Scored:
    """How right the forecast and the consensus were, for one item, family, territory or person.

    Shares are None where they cannot be measured; ``stored`` says how many comparisons rest on what was
    really said then, the others on the walk-back.
    """

    key: str
    name: str
    count: int
    stored: int
    actual: float
    forecast: float
    wape: float | None
    bias: float | None
    naive_wape: float | None
    fva: float | None
    agreed_wape: float | None
    agreed_bias: float | None
    agreed_added: float | None


def snapshots(
    until: date, *, level: str = Level.ITEM, lags: int = LAGS, months: int = MONTHS
) -> pl.DataFrame:
    """Every statement about the last ``months`` months, by how many months before it was made.

    Columns: source, as_of, series, period, lag, statistical, agreed (null: nothing was agreed), naive
    (the same month a year before), actual.
    """
    first = add_months(until, 1 - months)
    stored = _stored(until, first, level, lags)
    walked = _walked(until, first, level, lags)
    walked = walked.join(stored.select("period", "lag").unique(), on=["period", "lag"], how="anti")
    came = _came(until, first, level)
    return (
        pl.concat([stored, walked])
        .join(came, on=["series", "period"], how="left")
        .with_columns(pl.col("actual").fill_null(0.0))
        .select(list(SCHEMA))
        .sort("series", "period", "lag")
    )


def scores(until: date, *, by_what: str = "item", lag: int = 1, months: int = MONTHS) -> list[Scored]:
    """Error and bias by item, family, total, territory or person, the largest first.

    A person's rows are those of the territories worked in the month; in territories the forecast is the
    items' forecast times the territory's share of their recent demand.
    """
    if by_what not in GROUPS:
        raise NotFound(_("Accuracy is measured by %(groups)s.") % {"groups": ", ".join(GROUPS)})
    if by_what in BY_PLACE:
        rows = _in_territories(until, lag, months)
        names = places.names()
        if by_what == "person":
            rows, names = _of_people(rows), {user.username: user.name for user in people.sellers()}
    else:
        rows = snapshots(until, level=by_what, lags=lag, months=months).filter(pl.col("lag") == lag)
        rows, names = rows.rename({"series": "key"}), trees.names()
    return [_scored(row, names) for row in _measured(rows).iter_rows(named=True)]


def by_lag(until: date, *, series: str = "", level: str = Level.ITEM, lags: int = LAGS) -> pl.DataFrame:
    """Error and bias by how many months before it was said; of one series, or of all of a level.

    Columns: lag, count, stored, wape, bias, naive_wape, fva, agreed_wape, agreed_bias, agreed_added.
    """
    rows = snapshots(until, level=trees.level_of(series) if series else level, lags=lags)
    if series:
        rows = rows.filter(pl.col("series") == series)
    return _measured(rows.with_columns(pl.col("lag").alias("key"))).rename({"key": "lag"}).sort("lag")


def stairs(until: date, *, lag: int = 1, months: int = MONTHS) -> list[tuple[str, float]]:
    """The error of each step of the process over the same comparisons: naive, statistical, agreed.

    Only where something was agreed does the last step appear; then all steps are over those months.
    """
    rows = snapshots(until, lags=lag, months=months).filter(pl.col("lag") == lag)
    agreed = rows.filter(pl.col("agreed").is_not_null() & pl.col("naive").is_not_null())
    if agreed.is_empty():
        rows, names = rows.filter(pl.col("naive").is_not_null()), ("naive", "statistical")
    else:
        rows, names = agreed, ("naive", "statistical", "agreed")  # type: ignore[assignment]
    size = float(rows["actual"].abs().sum())
    if not size:
        return []
    return [(name, float((rows[name] - rows["actual"]).abs().sum()) / size) for name in names]


def _measured(rows: pl.DataFrame) -> pl.DataFrame:
    """The measures by key, the largest first."""
    table = rows.rename({"statistical": "mean"})
    plain = by(table, "key")
    stored = table.group_by("key").agg((pl.col("source") == STORED).sum().alias("stored"))
    heard = table.filter(pl.col("agreed").is_not_null())
    agreed = by(heard.with_columns(pl.col("mean").alias("naive"), pl.col("agreed").alias("mean")), "key")
    agreed = agreed.select(
        "key", agreed_wape="wape", agreed_bias="bias", agreed_added=pl.col("naive_wape") - pl.col("wape")
    )
    return plain.join(stored, on="key").join(agreed, on="key", how="left").sort("actual", descending=True)


def _scored(row: dict[str, object], names: dict[str, str]) -> Scored:
    key = str(row["key"])
    facts = {name: row[name] for name in Scored.__dataclass_fields__ if name not in ("key", "name")}
    return Scored(key=key, name=names.get(key, key), **facts)  # type: ignore[arg-type]


def _stored(until: date, first: date, level: str, lags: int) -> pl.DataFrame:
    """What runs and consensuses said of the months, each at its own time."""
    agreed = {
        plan.as_of: plan
        for plan in Consensus.objects.filter(as_of__gte=add_months(first, -lags), as_of__lt=until)
        .select_related("run")
        .order_by("number")
    }
    made = ForecastRun.objects.filter(as_of__gte=add_months(first, -lags), as_of__lt=until)
    runs = {run.as_of: run.pk for run in made.order_by("made_at", "pk")}
    runs |= {month: plan.run_id for month, plan in agreed.items()}
    said = tables.read(
        ForecastPoint.objects.filter(
            run__in=list(runs.values()), level=level, period__gte=first, period__lte=until
        ),
        as_of="run__as_of", series="series", period="period", statistical="mean",
    )  # fmt: skip
    lines = tables.read(
        ConsensusLine.objects.filter(
            consensus__in=list(agreed.values()), period__gte=first, period__lte=until
        ),
        as_of="consensus__as_of", series="series", period="period", agreed="quantity",
    )  # fmt: skip
    if level != Level.ITEM:
        nodes = trees.ancestors(trees.hierarchy(lines["series"].unique().to_list()))
        lines = (
            lines.join(nodes, on="series")
            .group_by("as_of", pl.col("above").alias("series"), "period")
            .agg(pl.col("agreed").sum())
        )
    months = (pl.col("period").dt.year() - pl.col("as_of").dt.year()) * 12
    lag = months + pl.col("period").dt.month().cast(pl.Int32) - pl.col("as_of").dt.month()
    return (
        said.join(lines, on=["as_of", "series", "period"], how="left")
        .with_columns(pl.lit(STORED).alias("source"), lag.cast(pl.Int64).alias("lag"))
        .filter(pl.col("lag").is_between(1, lags))
        .select([name for name in SCHEMA if name not in ("naive", "actual")])
    )


def _walked(until: date, first: date, level: str, lags: int) -> pl.DataFrame:
    """What the engine would have said of the months, by the newest run that walked back over them."""
    wanted = [name for name in SCHEMA if name not in ("naive", "actual")]
    run = forecasts.latest_run(until)
    if run is None:
        return pl.DataFrame(schema={name: SCHEMA[name] for name in wanted})
    back = forecasts.walk_back_frame(run, level).filter((pl.col("period") >= first) & (pl.col("lag") <= lags))
    return back.select(
        pl.lit(WALKED).alias("source"),
        pl.col("origin").alias("as_of"),
        "series",
        "period",
        "lag",
        pl.col("mean").alias("statistical"),
        pl.lit(None, pl.Float64).alias("agreed"),
    )


def _came(until: date, first: date, level: str) -> pl.DataFrame:
    """What came, and what came a year before."""
    asked = trees.actuals(until, add_months(first, -12)).filter(trees.level_column() == level)
    before = asked.select("series", pl.col("period").dt.offset_by("12mo"), naive="quantity")
    return (
        asked.rename({"quantity": "actual"})
        .join(before, on=["series", "period"], how="full", coalesce=True)
        .filter(pl.col("period").is_between(first, until))
    )


def _in_territories(until: date, lag: int, months: int) -> pl.DataFrame:
    """What the items' forecasts meant for each territory, beside what it asked for."""
    rows = snapshots(until, lags=lag, months=months).filter(pl.col("lag") == lag)
    shares = places.shares_at(rows["as_of"].unique().to_list())
    said = [
        rows.filter(pl.col("as_of") == month)
        .join(part, on="series")
        .with_columns(pl.col("statistical", "agreed") * pl.col("share"))
        for month, part in sorted(shares.items())
    ]
    if not said:
        return pl.DataFrame(schema={**SCHEMA, "key": pl.String})
    first = add_months(until, -months - 11)
    asked = places.asked(until, first).rename({"quantity": "actual"})
    before = asked.select("series", "territory", pl.col("period").dt.offset_by("12mo"), naive="actual")
    key = ["series", "territory", "period"]
    return (
        pl.concat(said)
        .drop("actual", "naive")
        .join(asked, on=key, how="left")
        .join(before, on=key, how="left")
        .with_columns(pl.col("actual", "naive").fill_null(0.0))
        .filter(pl.col("territory") != "")
        .rename({"territory": "key"})
    )


def _of_people(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of territories as those of the people who worked there in the month."""
    stays = [
        (stay.territory.code, stay.user.username, stay.start, stay.end or date.max)
        for stay in people.memberships()
    ]
    worked = pl.DataFrame(
        stays,
        schema={"key": pl.String, "person": pl.String, "start": pl.Date, "end": pl.Date},
        orient="row",
    )
    return (
        rows.join(worked, on="key")
        .filter(pl.col("period").is_between(pl.col("start").dt.truncate("1mo"), pl.col("end")))
        .drop("key")
        .rename({"person": "key"})
    )
