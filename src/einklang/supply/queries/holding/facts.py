"""What is known of every item that is held: stock, use ahead and how sure that is, policy, price."""

from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months, month_end, month_of
from einklang.people import queries as people
from einklang.supply.models import StockPolicy
from einklang.supply.queries.policies import standing_frame
from einklang.supply.queries.runs import latest
from einklang.supply.queries.stock import stock_health, use_ahead


def last_full_month(as_of: date) -> date:
    """The newest month whose orders are all there."""
    month = month_of(as_of)
    return month if as_of == month_end(month) else add_months(month, -1)


def facts(as_of: date) -> pl.DataFrame:
    """The stock lines with what is needed to judge them; a row an item.

    Beside those of ``stock_health``: demand a month (all that the plan lets leave, else the policy's),
    forecast (what is sold of it), sd a month (the forecast's error, else as the plan's months differ),
    reorder_point, order_up_to, law, target, service, price_cents, lead and life in days.
    """
    run = latest(month_of(as_of)) or latest()
    ahead = (
        use_ahead(run, as_of)
        .group_by("item")
        .agg(planned=pl.col("quantity").mean(), planned_sd=pl.col("quantity").std())
    )
    kept = standing_frame().select(
        "item", "demand", "error_sd", "reorder_point", "order_up_to", "law", "target", "service",
        "lead_time_months", "origin",
    )  # fmt: skip
    return (
        stock_health(as_of)
        .join(ahead, on="item", how="left", maintain_order="left")
        .join(kept, on="item", how="left", maintain_order="left")
        .join(
            catalog.prices_frame(as_of, people.company().home_currency),
            on="item",
            how="left",
            maintain_order="left",
        )
        .join(
            catalog.items_frame().select("item", "lead_time_days", "shelf_life_days", "unit"),
            on="item",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            # Some are sold and built in, too: all that is planned to leave counts, and apart what is sold.
            forecast=pl.col("demand").fill_null(0.0),
            demand=pl.coalesce("planned", "demand", pl.lit(0.0)),
            sd=pl.coalesce("error_sd", "planned_sd", pl.lit(0.0)),
            law=pl.col("law").fill_null(StockPolicy.Law.NORMAL.value),
        )
        .drop("planned", "planned_sd", "error_sd")
    )
