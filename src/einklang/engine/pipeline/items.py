"""Items that open deals will ask for, and how much of it the statistical forecast does not know yet.

The statistical forecast is learned from all orders, and past deals became orders: what deals usually
bring is in it already. Extra is only what the large deals of the pipeline bring beyond that:

    large      a line of at least half of the item's usual month
    share      what large lines of won deals brought in the last 12 months / what was ordered of the item
    extra      max(0, expected from large lines of open deals - share * statistical)
    demand     statistical + extra

A pipeline that is empty takes nothing away: deals that are not there yet can still come.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months, month_of, months_between
from einklang.engine.pipeline.arrays import Flags, Numbers, Whole
from einklang.engine.pipeline.draws import Fates
from einklang.engine.pipeline.frames import LINES

if TYPE_CHECKING:
    from einklang.engine.pipeline.outlook import Pipeline

LARGE = 0.5  # of an item's usual month
USUAL_MONTHS = 12
LEVELS = {"lo-80": 0.1, "hi-80": 0.9, "lo-90": 0.05, "hi-90": 0.95}
COLUMNS = ("mean", "large", "share", *LEVELS)


def item_demand(
    found: "Pipeline", lines: pl.DataFrame, *, history: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What open deals will ask for by item and month, with the ranges of the same drawn courses.

    ``lines``: deal, item, quantity (units)[, wished_on]. A line is wanted in the month it is wished for,
    or, once that has passed, as long after winning as won deals usually wished. ``history`` (item or
    series, period, quantity: what the statistical forecast learns from) gives what counts as large.

    Columns: item, period, mean, large (the part from large lines), share (what of the statistical
    forecast comes from such lines; blank without history), lo-80, hi-80, lo-90, hi-90.
    """
    table = LINES.check(lines)
    months = found.months["period"].to_list()
    rows = found.deals.select("deal").with_row_index("row").join(table, on="deal", how="inner")
    rows = rows.sort("row", "item", maintain_order=True)
    names = rows["item"].unique().sort().to_list()
    if not names:
        return no_items()
    usual = large_lines(found.past_deals, table, history, found.as_of)
    rows = rows.join(usual, on="item", how="left", maintain_order="left")
    row = rows["row"].cast(pl.Int64).to_numpy()
    quantity = rows["quantity"].to_numpy()
    large = (rows["quantity"] >= rows["large_from"].fill_null(0.0)).to_numpy()
    arrives = _arrivals(rows, months, _usual_wait(table, found.past_deals))
    place = {name: at for at, name in enumerate(names)}
    item = np.array([place[name] for name in rows["item"]])
    means = _means(found.won[row] * quantity[:, None], arrives, item, len(names))
    larges = _means(found.won[row] * (quantity * large)[:, None], arrives, item, len(names))
    bounds = _bounds(found.drawn.fates[row], quantity, arrives, item, len(names))
    columns = {"mean": means, "large": larges, **dict(zip(LEVELS, bounds, strict=True))}
    both = pl.DataFrame(
        {
            "item": np.repeat(np.array(names, dtype=object), len(months)).tolist(),
            "period": months * len(names),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )
    return both.join(usual.select("item", "share"), on="item", how="left", maintain_order="left").select(
        "item", "period", *COLUMNS
    )


def no_items() -> pl.DataFrame:
    """The table of item demand without a row."""
    return pl.DataFrame(schema={"item": pl.String, "period": pl.Date, **dict.fromkeys(COLUMNS, pl.Float64)})


def large_lines(
    past: pl.DataFrame, lines: pl.DataFrame, history: pl.DataFrame | None, as_of: date
) -> pl.DataFrame:
    """By item: from which quantity a line is large, and the share of past demand that such lines brought.

    >>> past = pl.DataFrame({"deal": ["D1", "D2"], "outcome": ["won", "won"],
    ...                      "closed_on": [date(2014, 1, 9), date(2014, 2, 9)]})
    >>> lines = pl.DataFrame({"deal": ["D1", "D2"], "item": ["P-20", "P-20"], "quantity": [120.0, 30.0]})
    >>> months = [date(2013, month, 1) for month in range(7, 13)] + [date(2014, m, 1) for m in range(1, 7)]
    >>> history = pl.DataFrame({"item": "P-20", "period": months, "quantity": 100.0})
    >>> large_lines(past, lines, history, date(2014, 6, 30)).row(0)
    ('P-20', 50.0, 0.1)
    """
    schema = {"item": pl.String, "large_from": pl.Float64, "share": pl.Float64}
    if history is None:
        return pl.DataFrame(schema=schema)
    known = _by_item(history, ("quantity",), "history")
    end = month_of(as_of + timedelta(days=1))
    since = add_months(end, -USUAL_MONTHS)
    lately = known.filter((pl.col("period") >= since) & (pl.col("period") < end))
    usual = lately.group_by("item").agg(
        pl.col("quantity").sum().alias("ordered"), pl.col("quantity").mean().alias("month")
    )
    won = past.filter((pl.col("outcome") == "won") & (pl.col("closed_on") >= since)).select("deal")
    brought = lines.select("deal", "item", "quantity").join(won, on="deal", how="inner")
    large = (
        brought.join(usual, on="item")
        .filter(pl.col("quantity") >= LARGE * pl.col("month"))
        .group_by("item")
        .agg(pl.col("quantity").sum().alias("large"))
    )
    share = (pl.col("large").fill_null(0.0) / pl.col("ordered")).fill_nan(0.0).clip(0.0, 1.0)
    return (
        usual.join(large, on="item", how="left")
        .select("item", (LARGE * pl.col("month")).alias("large_from"), share.alias("share"))
        .sort("item")
    )


def consumed(statistical: pl.DataFrame, pipeline_demand: pl.DataFrame) -> pl.DataFrame:
    """Statistical forecast and pipeline in one demand, so that nothing counts twice.

    ``statistical``: item or series, period, mean or quantity. ``pipeline_demand``: as ``item_demand``
    gives it. Where ``share`` is blank nothing is known about past deals, and a deal is extra only as far
    as it exceeds the whole statistical forecast. Rows that only the pipeline has are extra in full.

    Columns: item, period, statistical, pipeline (all open deals), included (of the large ones, what the
    statistics expect already), extra, quantity (statistical + extra).

    100 a month are forecast, a tenth of it from large deals. July's large deals bring 25: 10 are in the
    forecast, 15 are extra. August's bring 4, which are all in it.

    >>> statistical = pl.DataFrame({"item": ["P-20"] * 2, "period": [date(2014, 7, 1), date(2014, 8, 1)],
    ...                             "mean": [100.0, 100.0]})
    >>> deals = statistical.with_columns(mean=pl.Series([31.0, 6.0]), large=pl.Series([25.0, 4.0]), share=0.1)
    >>> consumed(statistical, deals).select("included", "extra", "quantity").rows()
    [(10.0, 15.0, 115.0), (4.0, 0.0, 100.0)]
    """
    known = _by_item(statistical, ("mean", "quantity"), "statistical").rename({"quantity": "statistical"})
    deals = pipeline_demand.select("item", "period", pl.col("mean").alias("pipeline"), "large", "share")
    both = known.join(deals, on=["item", "period"], how="full", coalesce=True, validate="1:1")
    expected = pl.col("share").fill_null(1.0) * pl.col("statistical").clip(0.0)
    return (
        both.with_columns(pl.col("statistical", "pipeline", "large").fill_null(0.0))
        .with_columns(pl.min_horizontal("large", expected).alias("included"))
        .with_columns((pl.col("large") - pl.col("included")).alias("extra"))
        .select(
            "item",
            "period",
            "statistical",
            "pipeline",
            "included",
            "extra",
            (pl.col("statistical") + pl.col("extra")).alias("quantity"),
        )
        .sort("item", "period")
    )


def _by_item(table: pl.DataFrame, values: tuple[str, ...], what: str) -> pl.DataFrame:
    """The table as item, period, quantity, whatever it calls them."""
    name = next((one for one in ("item", "series") if one in table.columns), None)
    value = next((one for one in values if one in table.columns), None)
    if name is None or value is None or "period" not in table.columns:
        raise Impossible(f"The table {what} needs item (or series), period and {' or '.join(values)}.")
    columns = (pl.col(name).alias("item"), pl.col("period"), pl.col(value).cast(pl.Float64).alias("quantity"))
    return table.select(*columns)


def _usual_wait(lines: pl.DataFrame, past: pl.DataFrame) -> int:
    """Days from winning a deal to when its items are wished for, in the middle of won deals."""
    if "wished_on" not in lines.columns:
        return 0
    won = past.filter(pl.col("outcome") == "won").select("deal", "closed_on")
    waits = lines.join(won, on="deal").select((pl.col("wished_on") - pl.col("closed_on")).dt.total_days())
    middle = waits.to_series().drop_nulls().clip(0).median()
    return int(middle) if isinstance(middle, int | float) else 0


def _arrivals(rows: pl.DataFrame, months: list[date], wait: int) -> Whole:
    """By line and month of winning: the month, counted from the first, in which its items are wanted."""
    after = [months_between(months[0], month_of(month + timedelta(days=14 + wait))) for month in months]
    after = [max(after[at], at) for at in range(len(months))]
    if "wished_on" not in rows.columns:
        return np.tile(np.array(after, dtype=np.int64), (rows.height, 1))
    wished = np.array(
        [months_between(months[0], month_of(day)) if day else -1 for day in rows["wished_on"]], dtype=np.int64
    )
    won_in = np.arange(len(months))
    # A wish that lies in or after the month of winning stands; one that has passed by then is put off.
    return np.where(wished[:, None] >= won_in, np.maximum(wished[:, None], won_in), np.array(after))


def _means(expected: Numbers, arrives: Whole, item: Whole, items: int) -> Numbers:
    """Quantities by item and month; what is wanted after the last month is left out."""
    months = expected.shape[1]
    found = np.zeros((items, months))
    within: Flags = arrives < months
    at = np.broadcast_to(item[:, None], expected.shape)
    np.add.at(found, (at[within], arrives[within]), expected[within])
    return found


def _bounds(fates: Fates, quantity: Numbers, arrives: Whole, item: Whole, items: int) -> Numbers:
    """Quantiles by level, item and month of what the drawn courses ask for."""
    months, draws = arrives.shape[1], fates.shape[1]
    found = np.zeros((len(LEVELS), items, months))
    padded = np.minimum(np.pad(arrives, ((0, 0), (0, 1)), constant_values=months), months)
    every = np.arange(draws)
    for at in range(items):
        asked = np.zeros((months + 1, draws))
        for line in np.nonzero(item == at)[0]:
            asked[padded[line][fates[line]], every] += quantity[line]
        found[:, at] = np.quantile(asked[:months], list(LEVELS.values()), axis=1)
    return found
