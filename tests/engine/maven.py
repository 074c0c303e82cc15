"""The published Maven opportunities: no stages, only made, closed, won or lost; a list price by product."""

import polars as pl

from tests.shared import shared

OUTCOMES = {"Won": "won", "Lost": "lost", "Engaging": "open"}


def maven() -> pl.DataFrame:
    """The deals engaged: ``stated`` is the list price, ``amount`` what closing brought."""
    folder = shared("data/crm_maven")
    deals = pl.read_csv(folder / "sales_pipeline.csv", try_parse_dates=True)
    products = pl.read_csv(folder / "products.csv")
    prices = products.with_columns(pl.col("product").replace({"GTX Pro": "GTXPro"}))  # two ways to write it
    return (
        deals.filter(pl.col("engage_date").is_not_null())
        .join(prices, on="product", how="left", validate="m:1", maintain_order="left")
        .select(
            pl.col("opportunity_id").alias("deal"),
            pl.col("engage_date").alias("created_on"),
            pl.col("close_date").alias("closed_on"),
            pl.col("deal_stage").replace_strict(OUTCOMES).alias("outcome"),
            pl.col("close_value").cast(pl.Float64).alias("amount"),
            pl.col("sales_price").cast(pl.Float64).alias("stated"),
            "product",
            "account",
            pl.col("sales_agent").alias("agent"),
        )
    )
