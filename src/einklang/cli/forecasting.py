"""What ``einklang engine forecast`` does once its options are read: a forecast, and the reasons for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from einklang.cli.tables import by_file, progress_bar, read_table, say

if TYPE_CHECKING:
    import polars as pl

    from einklang.cli.tables import Written
    from einklang.engine.forecast import Forecast
    from einklang.engine.forecast.renewal import Former
    from einklang.engine.periods import Frequency

SHOWN = 20
"""So many sentences are said at the terminal; ``--explain`` writes all of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    table: Path
    out: Path
    horizon: int
    frequency: str
    season: int | None
    levels: tuple[float, ...]
    tables: dict[str, Path]
    country: str | None
    repair: Path | None
    deep: int
    former: Path | None
    keep: Path | None
    engine: str
    processes: int | None
    address: str | None
    explain: bool


def made(asked: Asked) -> "tuple[dict[Path, Written], dict[str, Any]]":
    """The tables to write, and the summary."""
    from einklang.engine.forecast import fingerprint, forecast
    from einklang.engine.forecast.histories import checked
    from einklang.engine.forecast.scale import running

    names = {"history": asked.table, **asked.tables, "repair": asked.repair}
    with by_file({name: path for name, path in names.items() if path}):
        history = checked(read_table(asked.table))
        given = _given(asked, history)
        settings: dict[str, Any] = {
            "horizon": asked.horizon,
            "frequency": asked.frequency,
            "season": asked.season,
        }
        former = _former(asked.former)
        deep, failures = _deep(asked, history, {**settings, **given}) if asked.deep else (None, [])
        with progress_bar("forecast") as told, running(**_place(asked), progress=told) as run:
            options = {**settings, **given, "levels": asked.levels, "deep": deep, "former": former}
            result = forecast(history, **options, run=run)
    failures.append(result.failures)
    beside = {**given, "deep": deep}
    marks = {name: _mark(table.write_csv().encode()) for name, table in beside.items() if table is not None}
    if former is not None:
        marks["former"] = _mark(former.learned.to_bytes())
    summary = _summary(result, failures, former is not None)
    summary["fingerprint"] = fingerprint(history, **settings, levels=asked.levels, **marks)
    written: dict[Path, Written] = {asked.out: result.table}
    if asked.explain:
        written |= _explained(asked.out, result, failures, history, former)
    if asked.keep:
        written[asked.keep] = result.kept(history).to_bytes()
    return written, summary


def _given(asked: Asked, history: "pl.DataFrame") -> dict[str, Any]:
    """The tables beside the history, by the name of the engine's argument."""
    given: dict[str, Any] = {name: read_table(path) for name, path in asked.tables.items()}
    if asked.country:
        given["events"] = _with_holidays(asked, history, given.get("events"))
    if asked.repair:
        given["repair"] = read_table(asked.repair)
    return given


def _with_holidays(asked: Asked, history: "pl.DataFrame", events: "pl.DataFrame | None") -> "pl.DataFrame":
    """The events, and the public holidays of a country from the first period to the last one ahead."""
    import polars as pl

    from einklang.engine.forecast.calendar import checked_events, holidays_of
    from einklang.engine.periods import step

    country, _, part = str(asked.country).upper().partition("-")
    first, last = history.select(first=pl.col("period").min(), last=pl.col("period").max()).row(0)
    until = step(last, cast("Frequency", asked.frequency), asked.horizon + 1)
    holidays = checked_events(holidays_of(country, first, until, part=part or None))
    return holidays if events is None else pl.concat([checked_events(events), holidays])


def _former(path: Path | None) -> "Former | None":
    """What a former run has kept."""
    from einklang.engine.errors import BadTable, Fault
    from einklang.engine.forecast.renewal import Former

    if path is None:
        return None
    if not path.is_file():
        raise BadTable([Fault(path.name, None, None, "no such file", str(path), "check the path")])
    return Former.from_bytes(path.read_bytes())


def _place(asked: Asked) -> dict[str, Any]:
    """Where the work is done, for ``running``."""
    return {"engine": asked.engine, "processes": asked.processes, "address": asked.address}


def _deep(
    asked: Asked, history: "pl.DataFrame", options: dict[str, Any]
) -> "tuple[pl.DataFrame, list[pl.DataFrame]]":
    """What slow models say of the series of most value."""
    from einklang.engine.forecast import deep_tier
    from einklang.engine.forecast.deep import most_valuable
    from einklang.engine.forecast.scale import running

    names = most_valuable(history, asked.deep)
    options = {name: given for name, given in options.items() if name != "overrides"}
    with progress_bar("deep tier") as told, running(**_place(asked), progress=told) as run:
        found = deep_tier(history, names, **options, run=run)
    return found.table, [found.failures]


def _mark(content: bytes) -> str:
    """A short name for what stands in a table, or for what was learned."""
    import hashlib

    return hashlib.sha256(content).hexdigest()[:16]


def _summary(result: "Forecast", failures: "list[pl.DataFrame]", after_former: bool) -> dict[str, Any]:
    """What the command says at its end; each failure in a sentence."""
    from dataclasses import asdict

    import polars as pl

    failed = pl.concat(failures)
    _say_all(pl.concat([failed, result.notes]))
    summary: dict[str, Any] = {
        "series": result.series.height,
        "rows": result.table.height,
        "kinds": dict(result.series.group_by("kind").len().sort("kind").iter_rows()),
        "steps": [asdict(step) for step in result.learned.steps],
        "weights": result.weights,
        "failures": failed.height,
        "failures_by_step": _counted(failed),
        "notes_by_step": _counted(result.notes),
    }
    if after_former:
        summary["changed"] = len(result.base.fresh)
    return summary


def _counted(notes: "pl.DataFrame") -> dict[str, int]:
    """How many sentences there are of each step."""
    return dict(notes.group_by("step").len().sort("step").iter_rows())


def _say_all(notes: "pl.DataFrame") -> None:
    """Sentences for people; of very many only the first."""
    for sentence in notes["sentence"].head(SHOWN).to_list():
        say(sentence)
    if notes.height > SHOWN:
        say(f"... and {notes.height - SHOWN:,} more; --explain writes all of them.")


def _explained(
    out: Path,
    result: "Forecast",
    failures: "list[pl.DataFrame]",
    history: "pl.DataFrame",
    former: "Former | None",
) -> "dict[Path, Written]":
    """The tables of reasons, beside the forecast."""
    import polars as pl

    from einklang.engine.forecast.changes import changes
    from einklang.engine.forecast.explain import explain

    why = explain(result)
    about = why.series
    if former is not None:
        about = about.join(changes(former, history, result), on="series", how="left", maintain_order="left")
    tables = {
        "explain": why.parts,
        "series": about,
        "effects": result.effects,
        "outliers": result.outliers(),
        "notes": pl.concat([*failures, result.notes]),
    }
    return {out.with_suffix(f".{name}{out.suffix}"): table for name, table in tables.items()}
