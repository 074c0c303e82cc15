"""Stock policies: class, service target, safety stock and order point of every item that is sold."""

import numpy as np
import polars as pl
from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from einklang.engine.inventory.classify import abc, xyz
from einklang.engine.inventory.policy import policy
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.supply import rules
from einklang.supply.models import StockPolicy
from einklang.supply.queries.inputs import Inputs

MONTHS_LOOKED_AT = 3
FACTS = ("abc", "xyz", "service", "target", "law", "fill_rate", "demand", "error_sd", "lead_time_months",
         "safety_stock", "reorder_point", "order_up_to")  # fmt: skip


def standing() -> QuerySet[StockPolicy]:
    """The policy that holds now, one for each item that has any."""
    newest = StockPolicy.objects.values("item").annotate(newest=Max("id")).values("newest")
    return StockPolicy.objects.filter(pk__in=newest).select_related("item", "made_by")


def policy_of(code: str) -> StockPolicy | None:
    """The policy that holds for one item."""
    return (
        StockPolicy.objects.filter(item__code=code).select_related("item", "made_by").order_by("-id").first()
    )


def history(code: str) -> QuerySet[StockPolicy]:
    """All policies one item ever had, newest first."""
    return StockPolicy.objects.filter(item__code=code).select_related("made_by").order_by("-id")


def by_hand(code: str) -> StockPolicy:
    """The policy somebody set by hand for an item."""
    found = policy_of(code)
    if found is None or found.origin != StockPolicy.Origin.HAND:
        raise NotFound(_("No policy was set by hand for this item."))
    return found


def reasons_of_many() -> list[tuple[str, int]]:
    """Reasons for which several safety stocks are kept by hand, with their number, most first."""
    by_hand_now = standing().filter(origin=StockPolicy.Origin.HAND).order_by().values("reason")
    counted = by_hand_now.annotate(count=Count("id")).filter(count__gt=1).order_by("-count", "reason")
    return [(row["reason"], row["count"]) for row in counted]


def standing_frame() -> pl.DataFrame:
    """The policies that hold: item, origin and their facts."""
    return tables.read(
        standing().order_by("item__code"), item="item__code", origin="origin", **{n: n for n in FACTS}
    )


def policies(inputs: Inputs) -> pl.DataFrame:
    """The policy of every end item as it would be computed now; what was set by hand stays as it is.

    The forecast's own 80 % range gives the error, lead time and one month of review the exposure.
    """
    computed = _computed(inputs)
    kept = standing_frame().filter(
        (pl.col("origin") == StockPolicy.Origin.HAND) & pl.col("item").is_in(computed["item"].implode())
    )
    return pl.concat(
        [computed.join(kept, on="item", how="anti"), kept.select(computed.columns)], how="vertical_relaxed"
    ).sort("item")


def _expected(inputs: Inputs) -> pl.DataFrame:
    """Every end item with its demand and error a month, a year's demand, cost and lead time."""
    soon = (
        inputs.demand.sort("item", "period")
        .group_by("item", maintain_order=True)
        .agg(
            demand=pl.col("quantity").head(MONTHS_LOOKED_AT).mean(),
            error_sd=((pl.col("high") - pl.col("low")) / rules.BAND_IN_DEVIATIONS)
            .head(MONTHS_LOOKED_AT)
            .mean(),
            yearly=pl.col("quantity").mean() * 12,
        )
    )
    return (
        pl.DataFrame({"item": inputs.ends}, schema={"item": pl.String})
        .join(soon, on="item", how="left", maintain_order="left")
        .with_columns(pl.col("demand", "error_sd", "yearly").fill_null(0.0))
        .join(
            inputs.items.select(
                "item", "cost_cents", "lead_time_days", "lead_time_deviation_days", "lot_min"
            ),
            on="item",
            how="left",
            maintain_order="left",
        )
    )


def _computed(inputs: Inputs) -> pl.DataFrame:
    rows = _expected(inputs)
    values = abc(rows.select("item", value=pl.col("yearly") * pl.col("cost_cents")))
    varied = xyz(inputs.history)
    rows = (
        rows.join(values.select("item", abc="class"), on="item", how="left", maintain_order="left")
        .join(
            varied.select(pl.col("series").alias("item"), xyz="class"),
            on="item",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("xyz").fill_null("Z"),
            service=pl.col("abc").replace_strict(rules.SERVICE, return_dtype=pl.Float64),
            lead_time_months=pl.col("lead_time_days") / rules.DAYS_A_MONTH,
        )
    )
    past = dict(
        inputs.history.sort("series", "period")
        .group_by("series", maintain_order=True)
        .agg(pl.col("quantity"))
        .iter_rows()
    )
    found = policy(
        rows["demand"].to_numpy(),
        rows["error_sd"].to_numpy(),
        rows["lead_time_months"].to_numpy(),
        (rows["lead_time_deviation_days"] / rules.DAYS_A_MONTH).to_numpy(),
        service=rows["service"].to_numpy(),
        review=rules.REVIEW_MONTHS,
        lot=rows.select(pl.max_horizontal("demand", "lot_min")).to_series().to_numpy(),
        histories=[np.array(past.get(code, [])) for code in rows["item"]],
    )
    return rows.with_columns(
        origin=pl.lit(StockPolicy.Origin.COMPUTED.value),
        target=pl.lit(StockPolicy.Target.CYCLE.value),
        law=pl.Series(found.law, dtype=pl.String),
        fill_rate=pl.Series(found.fill_rate).round(6),
        safety_stock=pl.Series(found.safety_stock).clip(0).ceil(),
        reorder_point=pl.Series(found.reorder_point).clip(0).ceil(),
        order_up_to=pl.Series(found.order_up_to).clip(0).ceil(),
    ).select("item", "origin", *FACTS)
