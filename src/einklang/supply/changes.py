"""Changes to what a plan rests on: a factor on, or an amount added to, some of it in some months.

A scenario is a list of them; each table is changed by one function here, in the order they were made.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

DEMAND, HOURS, OVERTIME, SUPPLIER, PRICE = "demand", "hours", "overtime", "supplier", "price"


@dataclass(frozen=True, slots=True)
class Change:
    """One change; what is left empty narrows nothing. ``families`` are a family and all below it."""

    kind: str
    item: str = ""
    families: tuple[str, ...] = ()
    work_centre: str = ""
    supplier: str = ""
    start: date | None = None
    end: date | None = None
    factor: float | None = None
    amount: float | None = None

    def told(self) -> dict[str, Any]:
        """The change as plain values, to keep with a plan."""
        days = {name: day.isoformat() if (day := getattr(self, name)) else None for name in ("start", "end")}
        return {**asdict(self), **days, "families": list(self.families)}

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Change":
        """The change that was kept with a plan."""
        days = {name: date.fromisoformat(told[name]) if told[name] else None for name in ("start", "end")}
        return cls(**{**told, **days, "families": tuple(told["families"])})

    def months(self) -> pl.Expr:
        """Whether a row's period lies in its months."""
        begun = pl.col("period") >= self.start if self.start else pl.lit(value=True)
        return begun & (pl.col("period") <= self.end) if self.end else begun

    def goods(self) -> pl.Expr:
        """Whether a row's item or its family is meant."""
        named = pl.col("item") == self.item if self.item else pl.lit(value=True)
        return named & pl.col("family").is_in(self.families) if self.families else named

    def changed(self, column: str, here: pl.Expr, share: pl.Expr | float = 1.0) -> pl.Expr:
        """A column times the factor, or with its share of the amount, where ``here`` holds; never below 0."""
        value = pl.col(column)
        new = value * self.factor if self.factor is not None else value + pl.lit(self.amount) * share
        return pl.when(here).then(new.clip(0)).otherwise(value).alias(column)


def on_demand(agreed: pl.DataFrame, changes: Iterable[Change]) -> pl.DataFrame:
    """Agreed demand (item, family, period, quantity, low, high) as the changes would have it.

    An amount for several items is shared by what each of them is wished in the month.
    """
    for change in _of(DEMAND, changes):
        here = change.months() & change.goods()
        whole = pl.col("quantity").filter(here).sum().over("period")
        count = here.sum().over("period")
        share = pl.when(whole > 0).then(pl.col("quantity") / whole).otherwise(1.0 / count)
        agreed = agreed.with_columns(
            change.changed("quantity", here, share),
            change.changed("low", here, share),
            change.changed("high", here, share),
        )
    return agreed


def on_hours(hours: pl.DataFrame, changes: Iterable[Change]) -> pl.DataFrame:
    """Hours by work centre and month (resource, period, hours, overtime_hours) as the changes would have it.

    A factor on the hours holds for the overtime there may be as well, which is a share of them.
    """
    for change in _of((HOURS, OVERTIME), changes):
        at = pl.col("resource") == change.work_centre if change.work_centre else pl.lit(value=True)
        here = change.months() & at
        columns = [change.changed("overtime_hours", here)] if change.kind == OVERTIME else []
        if change.kind == HOURS:
            columns = [change.changed("hours", here)]
            columns += [change.changed("overtime_hours", here)] if change.factor is not None else []
        hours = hours.with_columns(columns)
    return hours


def on_terms(terms: pl.DataFrame, changes: Iterable[Change]) -> pl.DataFrame:
    """What suppliers give by month (supplier, item, family, period, maximum) as the changes would have it.

    A factor leaves a supplier without a limit unlimited; an amount is the limit itself.
    """
    for change in _of(SUPPLIER, changes):
        named = pl.col("supplier") == change.supplier if change.supplier else pl.lit(value=True)
        here = change.months() & change.goods() & named
        limit = pl.col("maximum")
        new = limit * change.factor if change.factor is not None else pl.lit(change.amount)
        terms = terms.with_columns(maximum=pl.when(here).then(new).otherwise(limit))
    return terms


def on_prices(prices: pl.DataFrame, changes: Iterable[Change]) -> pl.DataFrame:
    """Prices by item and month (item, family, period, price_cents) as the changes would have it."""
    for change in _of(PRICE, changes):
        here, price = change.months() & change.goods(), pl.col("price_cents")
        new = price * change.factor if change.factor is not None else pl.lit(change.amount)
        prices = prices.with_columns(price_cents=pl.when(here).then(new).otherwise(price))
    return prices


def _of(kinds: str | tuple[str, ...], changes: Iterable[Change]) -> list[Change]:
    wanted = (kinds,) if isinstance(kinds, str) else kinds
    return [change for change in changes if change.kind in wanted]
