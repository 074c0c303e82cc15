"""What things cost and are sold for by date, and what francs and dollars were worth."""

from datetime import date, timedelta

import polars as pl

from einklang.demo.times import Times

PRICE_RISE, COST_RISE = 0.03, 0.025


def rates(times: Times) -> pl.DataFrame:
    """Daily rates of the franc and the dollar against the euro: ``day, base, quote, closing, average``."""
    dice = times.dice("rates")
    start = times.at(-4)
    days = [start + timedelta(days=step) for step in range((times.today - start).days + 1)]
    parts = []
    for quote, level, swing in (("CHF", 0.955, 0.0016), ("USD", 1.085, 0.0026)):
        path = [level]
        for step in dice.normal(0, swing, len(days) - 1):
            path.append(path[-1] * (1 + step) + 0.01 * (level - path[-1]))
        parts.append(pl.DataFrame({"day": days, "closing": path}).with_columns(pl.lit(quote).alias("quote")))
    table = pl.concat(parts).with_columns(pl.col("closing").round(6), pl.lit("EUR").alias("base"))
    return table.with_columns(
        pl.col("closing").rolling_mean(3, min_samples=1).over("quote").round(6).alias("average")
    )


def by_year(times: Times, cents: int, rise: float) -> list[tuple[int, date, date | None]]:
    """An amount of today as it stood from each new year on: ``cents, valid_from, valid_to``."""
    this_year = times.month.year
    return [
        (
            round(cents * (1 + rise) ** (year - this_year)),
            date(year, 1, 1),
            date(year, 12, 31) if year < this_year else None,
        )
        for year in range(times.first.year - 1, this_year + 1)
    ]
