"""A run after a former one: what was learned is used again, and only changed series are forecast anew.

A series is unchanged when everything its own forecast rests on is the same to the last bit: its prepared
history, its drivers, and the seasonal shape it inherits. Deep tier, adding up, overrides and intervals
always follow afresh, so the result is that of a whole run with the same learning.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.forecast.learned import Learned
from einklang.engine.forecast.panel import Panel, Whole
from einklang.engine.forecast.reconcile import Nodes
from einklang.engine.forecast.tell import Means
from einklang.engine.frames import Frame, day, number, text

KEPT = Frame(
    "former run",
    {"series": text(), "mark": text(), "kinds": text(), "scale": number("units")},
    ("series",),
    "Each series' own forecast before anything was added up, and the mark of what it rested on.",
)
EFFECTS = Frame(
    "effects",
    {"series": text(), "period": day(), "effect": text(), "quantity": number("units")},
    ("series", "period", "effect"),
    "What each price, promotion and event adds to a forecast.",
)
AFRESH = ("deep", "effects", "sums")
"""Steps that every run decides for itself."""
TABLES = ("base", "table", "history", "effects")


@dataclass(frozen=True, slots=True)
class Base:
    """The prepared histories, each series' own forecast, and the rows that were forecast anew."""

    known: Panel
    made: Means
    fresh: Whole
    nodes: Nodes | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """What a later run needs of this one.

    ``base``: see :data:`KEPT`; ``table``: what was said in the end; ``history``: what was known then;
    ``effects``: see :data:`EFFECTS`.
    """

    learned: Learned
    base: pl.DataFrame
    table: pl.DataFrame
    history: pl.DataFrame
    effects: pl.DataFrame

    def to_bytes(self) -> bytes:
        """One archive of Parquet tables, for a file or a database."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("learned", self.learned.to_bytes())
            for name in TABLES:
                part = io.BytesIO()
                getattr(self, name).write_parquet(part)
                archive.writestr(f"{name}.parquet", part.getvalue())
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Former":
        """The archive read again; what is no such archive is refused."""
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                learned = Learned.from_bytes(archive.read("learned"))
                tables = [pl.read_parquet(archive.read(f"{name}.parquet")) for name in TABLES]
        except (zipfile.BadZipFile, KeyError, ValueError, pl.exceptions.PolarsError) as fault:
            raise Impossible("This is not what a former run has kept.") from fault
        return cls(learned, *tables)


def kept_base(base: Base) -> pl.DataFrame:
    """Each series' own forecast with its mark, as :data:`KEPT`."""
    columns = {"series": base.known.names, "mark": marks(base.known)}
    return pl.DataFrame({**columns, **{name: each.tolist() for name, each in _by_row(base.made).items()}})


def reused(former: Former, season: int, horizon: int, frequency: str) -> Learned:
    """What the former run has learned, if it was asked the same; without what is decided anew each time."""
    learned = former.learned
    for asked, then, name in (
        (season, learned.season, "season"),
        (horizon, learned.horizon, "horizon"),
        (frequency, learned.frequency, "frequency"),
    ):
        if asked != then:
            raise Impossible(
                f"The former run has {name} {then}, this one {asked}: ask the same, or forecast without it."
            )
    return replace(learned, steps=tuple(step for step in learned.steps if step.kind not in AFRESH))


def renewed(known: Panel, told: Callable[[Panel], Means], former: Former | None) -> tuple[Means, Whole]:
    """Each series' own forecast: told anew where it has changed, else as it was; and which rows are new."""
    count = len(known.names)
    if former is None:
        return told(known), np.arange(count, dtype=np.int64)
    places = {pair: row for row, pair in enumerate(former.base.select("series", "mark").iter_rows())}
    found = np.array(
        [places.get(pair, -1) for pair in zip(known.names, marks(known), strict=True)], dtype=np.int64
    )
    fresh = np.flatnonzero(found < 0).astype(np.int64)
    if len(fresh) == count:
        return told(known), fresh
    kept = former.base[found[found >= 0]]
    anew = told(known.take(fresh)) if len(fresh) else None
    return _spliced(known, kept, found >= 0, anew), fresh


def marks(known: Panel) -> list[str]:
    """A short name for everything each series' forecast rests on: equal data, equal name."""
    whole: list[NDArray[Any]] = [known.values, *(known.drivers[name] for name in sorted(known.drivers))]
    if known.state is not None:
        whole.append(known.state)
    found = []
    for row, (end, start) in enumerate(zip(known.ends, known.starts, strict=True)):
        mark = blake2b(f"{end} {known.frequency} {len(whole)}".encode(), digest_size=12)
        for matrix in whole:
            mark.update(matrix[row, start:].tobytes())
        if known.shapes is not None:
            mark.update(known.shapes[row].tobytes())
        found.append(mark.hexdigest())
    return found


def _by_row(made: Means) -> dict[str, NDArray[Any]]:
    """The parts of a forecast that have a value for every series."""
    values = {field.name: getattr(made, field.name) for field in fields(made)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _spliced(known: Panel, kept: pl.DataFrame, old: np.ndarray, anew: Means | None) -> Means:
    """Kept rows and new ones as one forecast, in the order of the panel."""
    rows = np.flatnonzero(~old)
    names = [field.name for field in fields(Means) if field.name in kept.columns]
    columns: dict[str, Any] = {}
    for name in names:
        then = np.array(kept[name].to_list())
        whole = np.empty((len(old), *then.shape[1:]), dtype="<U12" if name == "kinds" else then.dtype)
        whole[old] = then
        if anew is not None:
            whole[rows] = getattr(anew, name)
        columns[name] = whole
    failures = () if anew is None else tuple((int(rows[row]), step, why) for row, step, why in anew.failures)
    blank = Means(columns["mean"], columns["kinds"], columns["scale"])
    return replace(blank, **columns, failures=failures)
