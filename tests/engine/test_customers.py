"""Customer value against the published figures of CDNOW, and churn by own rhythm."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from einklang.engine.customers import (
    churn,
    churn_rate,
    fit_buying,
    fit_spending,
    lifetime_value,
    summarised,
)
from einklang.engine.errors import BadTable, Impossible
from tests.shared import shared


def cdnow() -> pl.DataFrame:
    return pl.read_csv(shared("data/cdnow/cdnow_customers_summary_with_transactions.csv"))


@pytest.mark.shared
def test_buying_equals_the_published_bg_nbd_of_cdnow():
    """Fader, Hardie and Lee 2005: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4."""
    base = pl.read_csv(shared("data/cdnow/cdnow_customers_summary.csv"))
    found = fit_buying(*(base[name].to_numpy().astype(float) for name in ("frequency", "recency", "T")))
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (0.2426, 4.4135, 0.7929, 2.4258), abs=1e-3
    )
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.01)


@pytest.mark.shared
def test_a_customer_of_the_paper_is_expected_to_order_as_published():
    """With x = 2, t_x = 30.43, T = 38.86: 1.226 orders in the next 39 weeks."""
    base = pl.read_csv(shared("data/cdnow/cdnow_customers_summary.csv"))
    found = fit_buying(*(base[name].to_numpy().astype(float) for name in ("frequency", "recency", "T")))
    expected = found.expected(39, np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert expected[0] == pytest.approx(1.226, abs=1e-3)


@pytest.mark.shared
def test_spending_equals_the_published_gamma_gamma_of_cdnow():
    """Fader and Hardie 2013: p 6.25, q 3.74, gamma 15.44, LL -4055.9."""
    base = cdnow()
    found = fit_spending(base["x"].to_numpy().astype(float), base["zbar"].to_numpy())
    assert (found.p, found.q, found.gamma) == pytest.approx((6.2488, 3.7446, 15.4477), abs=1e-3)
    assert found.log_likelihood == pytest.approx(-4055.92, abs=0.01)


@pytest.mark.shared
def test_the_value_of_all_customers_is_positive_and_falls_with_interest():
    base = cdnow().rename(
        {"ID": "customer", "x": "frequency", "t_x": "recency", "T": "age", "zbar": "amount"}
    )
    plain, dear = lifetime_value(base, periods=39), lifetime_value(base, periods=39, rate_per_period=0.01)
    assert plain.table["value"].min() > 0
    assert dear.total < plain.total
    assert plain.table["orders"].sum() == pytest.approx(
        plain.buying.expected(
            39, *(base[name].to_numpy().astype(float) for name in ("frequency", "recency", "age"))
        ).sum()
    )


def test_orders_of_one_day_count_once_and_the_first_is_not_a_repeat():
    orders = pl.DataFrame(
        {
            "customer": ["a"] * 3,
            "day": [date(2024, 1, 1), date(2024, 1, 15), date(2024, 1, 15)],
            "amount": [10.0, 20.0, 20.0],
        }
    )
    assert summarised(orders, date(2024, 1, 29)).row(0) == ("a", 1.0, 2.0, 4.0, 40.0, 0.0)


def rhythm(**days: list[str]) -> pl.DataFrame:
    rows = [(name, date.fromisoformat(day)) for name, given in days.items() for day in given]
    return pl.DataFrame(rows, schema={"customer": pl.String, "day": pl.Date}, orient="row")


def test_a_customer_is_lost_after_three_own_intervals_of_silence():
    orders = rhythm(weekly=["2024-01-01", "2024-01-08", "2024-01-15"], yearly=["2022-01-01", "2023-01-01"])
    quiet = {row["customer"]: row for row in churn(orders, date(2024, 3, 1)).iter_rows(named=True)}
    assert quiet["weekly"]["lost"]
    assert quiet["weekly"]["lost_on"] == date(2024, 2, 6)
    assert not quiet["yearly"]["lost"]


def test_a_customer_with_one_order_is_measured_by_everybodys_rhythm():
    orders = rhythm(weekly=["2024-01-01", "2024-01-08", "2024-01-15"], once=["2024-01-01"])
    quiet = churn(orders, date(2024, 3, 1)).filter(pl.col("customer") == "once")
    assert quiet.select("interval_days", "lost").row(0) == (7.0, True)


def test_churn_rate_leaves_out_who_came_within_the_period():
    orders = rhythm(
        stays=["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"],
        goes=["2024-01-01", "2024-01-08", "2024-01-15", "2024-02-05"],
        new=["2024-03-20"],
    )
    firsts = orders.group_by("customer").agg(pl.col("day").min().alias("first_on"))
    quiet = churn(orders, date(2024, 4, 1), times_interval=2)
    assert churn_rate(quiet, firsts, date(2024, 2, 1), date(2024, 3, 31)) == (1, 2)


def test_too_few_customers_have_no_lifetime_value():
    with pytest.raises(Impossible, match="ten customers"):
        fit_buying(np.array([1.0]), np.array([1.0]), np.array([2.0]))


def test_an_order_without_a_day_is_refused():
    with pytest.raises(BadTable, match="day"):
        churn(pl.DataFrame({"customer": ["a"]}), date(2024, 1, 1))


def test_where_all_order_alike_their_orders_go_on():
    """Twelve customers who order every four weeks for two years: in twelve weeks come about three orders."""
    x, recency, age = np.full(12, 26.0), np.full(12, 104.0), np.full(12, 105.0)
    found = fit_buying(x, recency, age)
    assert found.expected(12, x, recency, age) == pytest.approx(np.full(12, 3.0), rel=0.1)


def test_what_is_said_of_amounts_uses_how_much_a_customers_own_orders_differ():
    """Customers who each pay one price keep it; nobody is drawn to the mean of all."""
    prices = np.linspace(100, 1000, 12)
    found = fit_spending(np.full(12, 20.0), prices, np.zeros(12))
    assert found.expected(np.full(12, 20.0), prices) == pytest.approx(prices, rel=0.02)


def test_where_amounts_differ_without_end_the_mean_seen_stands_for_the_unknown():
    found = fit_spending(np.full(12, 9.0), np.geomspace(1, 1e9, 12), np.zeros(12))
    assert np.isfinite(found.expected(np.zeros(1), np.zeros(1))).all()
