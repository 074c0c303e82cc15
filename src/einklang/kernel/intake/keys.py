"""Which rows are there: every table's keys with their numbers, read once and added to as rows come."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from einklang.kernel import tables
from einklang.kernel.intake.targets import Target, Targets

KEY, ROW = "_key", "_row"
BETWEEN = "\x1f"  # stands between the parts of a key and in no text of a file


def key_of(columns: Iterable[str]) -> pl.Expr:
    """The parts of a key as one text, the same for values from a file and from the database."""
    return pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in columns], separator=BETWEEN)


class Keys:
    """The keys of all tables, with the number of each row; rows about to come have none yet."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self._known: dict[str, pl.DataFrame] = {}

    def of(self, target: Target) -> pl.DataFrame:
        """One table's rows: ``_key, id``. A key that stands there twice is left out: it names no one row."""
        if target.name not in self._known:
            self._known[target.name] = self._read(target)
        return self._known[target.name]

    def add(self, target: Target, rows: pl.DataFrame) -> None:
        """Rows that come with this import: ``_key, id`` (or without ``id`` while it is only planned)."""
        if "id" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias("id"))
        merged = pl.concat([self.of(target), rows.select(KEY, "id")])
        self._known[target.name] = merged.unique(KEY, keep="last", maintain_order=True)

    def take_back(self, target: Target, keys: pl.Series) -> None:
        """Rows that will not come after all."""
        self._known[target.name] = self.of(target).join(keys.alias(KEY).to_frame(), on=KEY, how="anti")

    def has(self, target: Target, keys: pl.Series) -> pl.Series:
        """Which of these keys name a row."""
        return keys.is_in(self.of(target)[KEY].implode())

    def numbers(
        self, target: Target, frame: pl.DataFrame, columns: Iterable[str], place: str
    ) -> pl.DataFrame:
        """The frame with the numbers of the rows that ``columns`` name, as column ``place``."""
        keyed = frame.with_columns(key_of(columns).alias("_named"))
        found = self.of(target).select(pl.col(KEY).alias("_named"), pl.col("id").alias(place))
        return keyed.join(found, on="_named", how="left", maintain_order="left").drop("_named")

    def _read(self, target: Target) -> pl.DataFrame:
        paths = self.targets.paths(target)
        columns = self.targets.key_columns(target)
        rows = tables.read(
            target.model._default_manager.order_by("pk"), **{name: paths[name] for name in columns}, id="pk"
        )
        keyed = rows.select(key_of(columns).alias(KEY), pl.col("id").cast(pl.Int64))
        return keyed.filter(pl.col(KEY).is_unique())
