"""What open deals will ask for, and how much of it the statistical forecast does not know yet."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.periods import month_range
from einklang.engine.pipeline import consumed, item_demand, outlook
from tests.engine.pipelines import AS_OF, ODDS, book, company

JULY = date(2014, 7, 1)
HISTORY = pl.DataFrame(
    {"item": "P-20", "period": month_range(date(2013, 7, 1), 12), "quantity": [100.0] * 12}
)


def lines(deals: pl.DataFrame, quantity: float) -> pl.DataFrame:
    return deals.select("deal", pl.lit("P-20").alias("item"), pl.lit(quantity).alias("quantity"))


def months(statistical: list[float], large: list[float], share: float | None) -> tuple[pl.DataFrame, ...]:
    periods = month_range(JULY, len(statistical))
    keys = {"item": ["P-20"] * len(periods), "period": periods}
    demand = pl.DataFrame({**keys, "mean": large, "large": large, "share": [share] * len(periods)})
    return pl.DataFrame({**keys, "mean": statistical}), demand.with_columns(pl.col("share").cast(pl.Float64))


def test_a_deals_items_are_expected_by_its_chance():
    deals, visits = book(90, 30)
    found = outlook(deals, visits, ODDS, AS_OF)
    items = item_demand(found, lines(deals, 40.0))
    assert items["mean"].sum() == pytest.approx(40 * found.won.sum())
    assert items["period"].to_list() == found.months["period"].to_list()


def test_items_are_wanted_when_they_are_wished_for():
    deals, visits = book(90, 30)
    wished = lines(deals, 40.0).with_columns(wished_on=pl.lit(date(2014, 11, 15)))
    items = outlook(deals, visits, ODDS, AS_OF, lines=wished).items
    november = items.filter(pl.col("period") == date(2014, 11, 1))["mean"][0]
    assert november > 0.8 * items["mean"].sum()


def test_items_wished_for_too_early_come_as_late_after_winning_as_they_usually_did():
    """Won deals wished for their items 65 days later; this one is about to be won, and wished for June."""
    deals, visits = book(90, 30)
    closed = pl.col("closed_on").fill_null(AS_OF - timedelta(days=85))
    wished = lines(deals, 40.0).with_columns(wished_on=deals.select(closed + timedelta(days=65)).to_series())
    items = outlook(deals, visits, ODDS, AS_OF, lines=wished).items
    assert items.sort("mean")["period"][-1] == date(2014, 9, 1)


def test_a_line_of_half_a_usual_month_is_large_and_its_share_of_history_is_known():
    """100 a month are ordered; two won deals of 60 in the last twelve months are a tenth of 1,200."""
    deals, visits = book(2, 0)
    deals = deals.with_columns(
        closed_on=pl.when(pl.col("outcome") == "won").then(pl.lit(date(2014, 3, 1))),
    )
    items = outlook(deals, visits, ODDS, AS_OF, lines=lines(deals, 60.0), history=HISTORY).items
    assert items["share"].unique().to_list() == [pytest.approx(0.1)]
    assert items["large"].to_list() == items["mean"].to_list()


def test_a_small_line_is_within_what_the_statistics_expect():
    deals, visits = book(90, 30)
    found = outlook(deals, visits, ODDS, AS_OF, lines=lines(deals, 10.0), history=HISTORY)
    assert found.items["large"].sum() == 0
    statistical = found.items.select("item", "period", pl.lit(100.0).alias("mean"))
    assert consumed(statistical, found.items)["quantity"].unique().to_list() == [100.0]


def test_the_range_of_an_item_holds_what_is_drawn():
    deals, visits = company(200)
    found = outlook(deals, visits, None, AS_OF, lines=lines(deals, 5.0))
    assert (found.items["lo-90"] <= found.items["lo-80"]).all()
    assert (found.items["hi-80"] <= found.items["hi-90"]).all()
    assert found.items["mean"].sum() == pytest.approx(
        5 * (found.drawn.fates < 12).mean(axis=1).sum(), rel=0.05
    )


def test_no_lines_ask_for_nothing():
    deals, visits = book(9, 3)
    assert outlook(deals, visits, ODDS, AS_OF, lines=lines(deals, 1.0).clear()).items.is_empty()


def test_only_what_exceeds_the_usual_large_deals_is_extra():
    """A tenth of 100 a month comes from large deals: of 25, ten are expected already; of 4, all are."""
    both = consumed(*months([100.0, 100.0], [25.0, 4.0], 0.1))
    assert both["extra"].to_list() == [15.0, 0.0]
    assert both["quantity"].to_list() == [115.0, 100.0]


def test_without_a_share_only_what_exceeds_the_whole_forecast_is_extra():
    both = consumed(*months([100.0, 100.0], [25.0, 130.0], None))
    assert both["quantity"].to_list() == [100.0, 130.0]


def test_an_item_that_only_deals_ask_for_is_extra_in_full():
    statistical, demand = months([100.0], [25.0], 0.1)
    both = consumed(statistical.clear(), demand)
    assert both.select("statistical", "extra", "quantity").row(0) == (0.0, 25.0, 25.0)


def test_series_and_quantity_are_names_the_forecast_may_use():
    statistical, demand = months([100.0], [25.0], 0.1)
    named = statistical.rename({"item": "series", "mean": "quantity"})
    assert consumed(named, demand)["quantity"].to_list() == [115.0]


def test_a_forecast_without_periods_is_refused():
    with pytest.raises(Impossible, match="period"):
        consumed(pl.DataFrame({"item": ["P-20"], "mean": [1.0]}), months([1.0], [1.0], 0.1)[1])


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=12),
    st.none() | st.floats(0, 1),
)
def test_nothing_counts_twice_and_nothing_is_lost(figures, share):
    statistical, large = ([pair[at] for pair in figures] for at in (0, 1))
    both = consumed(*months(statistical, large, share))
    assert (both["included"] + both["extra"]).to_list() == pytest.approx(large)
    assert (both["quantity"] >= both["statistical"]).all()
    assert (both["quantity"] <= both["statistical"] + both["pipeline"] + 1e-6).all()
