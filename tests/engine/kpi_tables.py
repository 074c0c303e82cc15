"""Tables as they are drawn, and the month the KPI tests stand in."""

from datetime import date

import polars as pl

from einklang.engine.kpis import Span

MAY = Span.read("2014-05", date(2014, 7, 31))


def frame(text: str) -> pl.DataFrame:
    """A table as it is drawn: names, then rows; ``-`` is blank."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    raw = pl.DataFrame(
        [[None if cell == "-" else cell for cell in row] for row in rows], schema=head, orient="row"
    )
    numbers = [
        name
        for name in head
        if name in ("amount", "cost", "quantity", "ordered", "shipped", "shipped_in_time")
    ]
    days = [name for name in head if name.endswith("_on") or name in ("period", "start", "end")]
    return raw.with_columns(pl.col(numbers).cast(pl.Float64), pl.col(days).str.to_date())
