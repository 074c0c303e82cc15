"""DDMRP: buffers in three colours, and the net flow position that says when and how much to order.

Per item, with ADU the average daily usage and DLT the decoupled lead time in days:

    yellow     = ADU * DLT
    red base   = ADU * DLT * lead time factor;   red safety = red base * variability factor
    green      = max(ADU * DLT * lead time factor, ADU * order cycle, minimum order)
    net flow   = on hand + on the way - qualified demand (due by today, and spikes within the horizon)

Ordered is when the net flow is not above the top of yellow, up to the top of green (Ptak and Smith, Demand
Driven Material Requirements Planning).
"""

import polars as pl

from einklang.engine.frames import Frame, number, text

LEAD_TIME_FACTORS = {"short": 0.75, "medium": 0.5, "long": 0.25}
VARIABILITY_FACTORS = {"low": 0.25, "medium": 0.5, "high": 0.75}
EXECUTION_RED = 0.5
"""On hand below this share of the red zone is red in execution."""
SPIKE = 0.5
"""A day's demand above this share of the red zone is a spike."""

BUFFERS = Frame(
    "buffers",
    {
        "item": text(),
        "adu": number("units a day", at_least=0),
        "dlt": number("days", at_least=0),
        "lead_time_factor": number("share", at_least=0),
        "variability_factor": number("share", at_least=0),
        "minimum": number("units", optional=True, blank=True, at_least=0),
        "order_cycle": number("days", optional=True, blank=True, at_least=0),
    },
    ("item",),
    "What a buffer is sized by.",
)
FLOW = Frame(
    "flow",
    {
        "item": text(),
        "on_hand": number("units"),
        "incoming": number("units", at_least=0),
        "qualified_demand": number("units", at_least=0),
    },
    ("item",),
    "What is there, what comes within the lead time, and demand that counts today.",
)


def buffers(table: pl.DataFrame) -> pl.DataFrame:
    """Every buffer with its zones: red_base, red_safety, red, yellow, green and the tops of the three.

    >>> factors = {"lead_time_factor": [0.5], "variability_factor": [0.5]}
    >>> pump = pl.DataFrame({"item": ["pump"], "adu": [4.0], "dlt": [10.0], **factors})
    >>> buffers(pump).select("red", "yellow", "green", "top_of_green").row(0)
    (30.0, 40.0, 20.0, 90.0)
    """
    checked = BUFFERS.check(table)
    absent = [name for name in ("minimum", "order_cycle") if name not in checked.columns]
    checked = checked.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in absent)
    usage = pl.col("adu") * pl.col("dlt")
    return (
        checked.with_columns(yellow=usage, red_base=usage * pl.col("lead_time_factor"))
        .with_columns(red_safety=pl.col("red_base") * pl.col("variability_factor"))
        .with_columns(
            red=pl.col("red_base") + pl.col("red_safety"),
            green=pl.max_horizontal(
                "red_base",
                pl.col("minimum").fill_null(0.0),
                pl.col("order_cycle").fill_null(0.0) * pl.col("adu"),
            ),
        )
        .with_columns(top_of_red=pl.col("red"), top_of_yellow=pl.col("red") + pl.col("yellow"))
        .with_columns(top_of_green=pl.col("top_of_yellow") + pl.col("green"))
    )


def net_flow(sized: pl.DataFrame, flow: pl.DataFrame) -> pl.DataFrame:
    """Where each buffer stands: net_flow, its share of the top of green, zone, order, and colour on hand.

    ``zone`` (for planning) is by net flow, ``colour`` (for whom to help first) by what lies on hand: red
    below half of the red zone, yellow within it, green above. ``order`` is at least the minimum.

    >>> factors = {"lead_time_factor": [0.5], "variability_factor": [0.5]}
    >>> pump = pl.DataFrame({"item": ["pump"], "adu": [4.0], "dlt": [10.0], **factors})
    >>> now = pl.DataFrame({"item": ["pump"], "on_hand": [200], "incoming": [0], "qualified_demand": [150]})
    >>> net_flow(buffers(pump), now).select("net_flow", "zone", "order", "colour").row(0)
    (50.0, 'yellow', 40.0, 'green')
    """
    position = pl.col("on_hand") + pl.col("incoming") - pl.col("qualified_demand")
    missing = pl.col("top_of_green") - pl.col("net_flow")
    return (
        sized.join(FLOW.check(flow), on="item", how="inner", maintain_order="left")
        .with_columns(net_flow=position)
        .with_columns(
            share=_share("net_flow", "top_of_green"),
            zone=pl.when(pl.col("net_flow") <= pl.col("top_of_red"))
            .then(pl.lit("red"))
            .when(pl.col("net_flow") <= pl.col("top_of_yellow"))
            .then(pl.lit("yellow"))
            .otherwise(pl.lit("green")),
            order=pl.when((pl.col("net_flow") <= pl.col("top_of_yellow")) & (pl.col("top_of_green") > 0))
            .then(pl.max_horizontal(missing, pl.col("minimum").fill_null(0.0)))
            .otherwise(0.0),
            on_hand_share=_share("on_hand", "top_of_red"),
        )
        .with_columns(
            colour=pl.when(pl.col("on_hand_share") < EXECUTION_RED)
            .then(pl.lit("red"))
            .when(pl.col("on_hand_share") < 1)
            .then(pl.lit("yellow"))
            .otherwise(pl.lit("green"))
        )
    )


def _share(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole)).otherwise(None)


def qualified(demand: pl.DataFrame, sized: pl.DataFrame) -> pl.DataFrame:
    """Demand that counts today: what is due by today, and spikes within the lead time ahead.

    ``demand`` has item, day (0 is today, past days below) and quantity. A day ahead is a spike if its demand
    exceeds half of the red zone.

    >>> factors = {"lead_time_factor": [0.5], "variability_factor": [0.5]}
    >>> pump = pl.DataFrame({"item": ["pump"], "adu": [4.0], "dlt": [10.0], **factors})
    >>> due = pl.DataFrame({"item": ["pump"] * 4, "day": [-1, 0, 3, 12], "quantity": [2.0, 4.0, 20.0, 90.0]})
    >>> qualified(due, buffers(pump)).row(0)
    ('pump', 26.0)
    """
    ahead = pl.col("day").is_between(1, pl.col("dlt")) & (pl.col("quantity") > SPIKE * pl.col("top_of_red"))
    daily = demand.group_by("item", "day").agg(pl.col("quantity").sum())
    counted = (
        daily.join(sized.select("item", "dlt", "top_of_red"), on="item")
        .filter((pl.col("day") <= 0) | ahead)
        .group_by("item")
        .agg(qualified_demand=pl.col("quantity").sum())
    )
    return sized.select("item").join(counted, on="item", how="left", maintain_order="left").fill_null(0.0)
