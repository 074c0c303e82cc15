"""Two plan versions side by side: what differs, in sentences and as a table by family and month."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanVersion
from einklang.cycle.queries.plan_versions import lines
from einklang.web import formats

ALIKE_CENTS = 100
TOLD = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """How version b differs from version a over the months both plan."""

    a: PlanVersion
    b: PlanVersion
    sentences: list[str]
    by_family: pl.DataFrame
    by_item: pl.DataFrame
    by_month: pl.DataFrame


def compare(a: PlanVersion, b: PlanVersion) -> Difference:
    """What changed from ``a`` to ``b``, the largest first; months only one of them plans are said."""
    both = _side_by_side(lines(a), lines(b))
    by_family = _summed(both, "top", "top_name").sort("change_cents", descending=True)
    by_item = _summed(both, "item", "name").filter(pl.col("change_cents").abs() > ALIKE_CENTS)
    by_item = by_item.sort(pl.col("change_cents").abs(), "item", descending=[True, False])
    by_month = _summed(both, "top", "top_name", "period").sort("top", "period")
    return Difference(a, b, list(_sentences(a, b, both, by_family, by_item)), by_family, by_item, by_month)


def _side_by_side(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    keys = ["item", "name", "top", "top_name", "period"]
    names = ["demand", "sellable", "stock", "short", "price_cents", "revenue_cents"]
    common = pl.col("period").is_in(theirs["period"].unique().implode())
    mine = ours.filter(common).select(*keys, *names)
    other = theirs.filter(pl.col("period").is_in(ours["period"].unique().implode())).select(*keys, *names)
    both = mine.join(other, on=keys, how="full", coalesce=True, suffix="_b", nulls_equal=True)
    return both.with_columns(
        pl.col(name).fill_null(0)
        for name in both.columns
        if name not in (*keys, "price_cents", "price_cents_b")
    )


def _summed(both: pl.DataFrame, *keys: str) -> pl.DataFrame:
    sums = both.group_by(keys).agg(
        pl.col("demand").sum().alias("demand_a"),
        pl.col("demand_b").sum(),
        pl.col("sellable").sum().alias("sellable_a"),
        pl.col("sellable_b").sum(),
        pl.col("revenue_cents").sum().alias("revenue_a"),
        pl.col("revenue_cents_b").sum().alias("revenue_b"),
    )
    return sums.with_columns(
        (pl.col("revenue_b") - pl.col("revenue_a")).alias("change_cents"),
        (pl.col("sellable_b") - pl.col("sellable_a")).alias("change"),
    )


def _sentences(
    a: PlanVersion, b: PlanVersion, both: pl.DataFrame, families: pl.DataFrame, items: pl.DataFrame
) -> Iterator[str]:
    if both.is_empty():
        yield _("The two plans have no month in common.")
        return
    yield _reach(both)
    change = int(families["change_cents"].sum())
    if abs(change) <= ALIKE_CENTS and items.is_empty():
        yield _("They plan the same, item by item and month by month.")
        return
    yield _total(change, int(families["revenue_a"].sum()), a, b)
    yield from _largest(families, b.currency)
    yield from _causes(both, b.currency)
    short_a, short_b = float(both["short"].sum()), float(both["short_b"].sum())
    if round(short_a) != round(short_b):
        yield _("Units that cannot be delivered: %(before)s before, %(after)s now.") % {
            "before": formats.quantity(round(short_a)),
            "after": formats.quantity(round(short_b)),
        }
    if a.scenario.settings != b.scenario.settings:
        yield _("Their scenarios differ: %(a)s against %(b)s.") % {"a": a.scenario, "b": b.scenario}


def _reach(both: pl.DataFrame) -> str:
    first, last = both["period"].min(), both["period"].max()
    return _("Compared over %(first)s to %(last)s, the months both plan.") % {
        "first": formats.month(first),  # type: ignore[arg-type]
        "last": formats.month(last),  # type: ignore[arg-type]
    }


def _total(change: int, before: int, a: PlanVersion, b: PlanVersion) -> str:
    values = {
        "a": str(a),
        "b": str(b),
        "amount": formats.money_short(abs(change), b.currency),
        "share": formats.percent(abs(change) / before, 1) if before else formats.MISSING,
    }
    if change >= 0:
        return _("%(b)s plans %(amount)s (%(share)s) more revenue than %(a)s.") % values
    return _("%(b)s plans %(amount)s (%(share)s) less revenue than %(a)s.") % values


def _largest(families: pl.DataFrame, currency: str) -> Iterator[str]:
    largest = families.sort(pl.col("change_cents").abs(), descending=True).head(TOLD)
    for row in largest.filter(pl.col("change_cents").abs() > ALIKE_CENTS).iter_rows(named=True):
        values = {
            "family": row["top_name"],
            "amount": formats.money_short(abs(row["change_cents"]), currency),
            "units": formats.quantity(abs(round(row["change"]))),
        }
        if row["change_cents"] >= 0:
            yield _("%(family)s: %(amount)s more, a change of %(units)s units.") % values
        else:
            yield _("%(family)s: %(amount)s less, a change of %(units)s units.") % values


def _causes(both: pl.DataFrame, currency: str) -> Iterator[str]:
    """How much of the change comes from what is wished, from what can be delivered, and from prices."""
    price = pl.col("price_cents_b").fill_null(pl.col("price_cents")).fill_null(0)
    before = pl.col("price_cents").fill_null(price)
    parts = both.select(
        ((pl.col("demand_b") - pl.col("demand")) * before).sum().alias("wished"),
        ((pl.col("sellable_b") - pl.col("demand_b") - pl.col("sellable") + pl.col("demand")) * before)
        .sum()
        .alias("deliverable"),
        ((price - before) * pl.col("sellable_b")).sum().alias("price"),
    ).row(0, named=True)
    yield _("From demand %(wished)s, from what can be delivered %(deliverable)s, from prices %(price)s.") % {
        name: _signed(round(cents), currency) for name, cents in parts.items()
    }


def _signed(cents: int, currency: str) -> str:
    return ("+" if cents > 0 else "") + formats.money_short(cents, currency)
