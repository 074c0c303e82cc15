"""Items that sell now and then: a fade that is kept where it wins, quantiles that hold."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.forecast import forecast
from einklang.engine.forecast.blend import equal
from einklang.engine.forecast.counting import learn_counts
from einklang.engine.forecast.counts import Counts, quantiles, ratio_of
from einklang.engine.forecast.panel import Panel
from einklang.engine.periods import month_range
from tests.shared import shared


@settings(max_examples=80, deadline=None)
@given(st.floats(0.001, 200), st.floats(0.01, 50), st.floats(0.001, 0.999))
def test_quantiles_are_those_of_the_negative_binomial(rate, size, chance):
    from scipy.stats import nbinom

    (found,) = quantiles(np.array([rate]), np.array([size]), (chance,))
    exact = nbinom.ppf(chance, size, size / (size + rate))
    near = nbinom.ppf(np.clip([chance - 1e-9, chance + 1e-9], 0, 1), size, size / (size + rate))
    slack = 0 if rate <= 60 else 0.03 * (rate + np.sqrt(rate + rate**2 / size)) + 2
    assert min(near[0], exact) - slack <= found[0] <= max(near[1], exact) + slack


def test_an_items_own_scatter_is_drawn_to_that_of_all():
    calm, wild = np.ones((1, 12)), np.array([[0.0, 0, 0, 12] * 3])
    assert ratio_of(calm, np.array([0]), 2.0)[0] < 2.0 < ratio_of(wild, np.array([0]), 2.0)[0]


def parts(count: int, months: int, decay: float) -> Panel:
    """Items that sell whole pieces now and then, each month a little less often."""
    rng = np.random.default_rng(7)
    rate = rng.gamma(1.0, 0.5, (count, 1)) * decay ** np.arange(months)
    values = rng.poisson(rate).astype(float)
    names = [f"p{row}" for row in range(count)]
    return Panel(names, values, np.zeros(count, dtype=np.int64), [date(2024, 1, 1)] * count, "M")


def test_a_fade_is_learned_where_items_fade_and_only_there():
    fading, step = learn_counts(parts(500, 48, 0.97), equal(12), 12, 12)
    steady, _ = learn_counts(parts(500, 48, 1.0), equal(12), 12, 12)
    assert step is not None
    assert step.kept
    assert fading.fade(12)[-1] < 0.85
    assert steady.fade(12)[-1] > 0.9


def test_few_items_are_told_with_the_usual_scatter():
    assert learn_counts(parts(10, 36, 1.0), equal(12), 12, 12) == (Counts(), None)


def test_intervals_of_spare_parts_are_whole_pieces():
    values = [6.0 if place in (0, 2, 7, 8, 13, 15, 19, 24, 26, 31, 33, 35) else 0.0 for place in range(36)]
    rows = pl.DataFrame({"series": "a", "period": month_range(date(2020, 1, 1), 36), "quantity": values})
    found = forecast(rows, horizon=3).table
    assert (found["hi-95"] % 1 == 0).all()
    assert (found["lo-95"] == 0).all()


@pytest.mark.shared
def test_published_spare_parts_err_less_than_by_the_mean_of_three_methods():
    """Twelve months of car parts, forecast from the 24 before: RMSSE of ADIDA, IMAPA and TSB is .735."""
    table = pl.read_csv(shared("data/spare_parts_carparts/carparts_monthly.csv.gz"))
    months = [name for name in table.columns if name != "part"]
    quantity = table.select(pl.col(months).cast(pl.Float64, strict=False)).to_numpy()
    before, after = quantity[:, :24], quantity[:, 24:36]
    used = ~np.isnan(quantity).any(1) & ((before > 0).sum(1) >= 2)
    before, after = before[used], after[used]
    count = len(before)
    history = pl.DataFrame(
        {
            "series": np.repeat([f"{row:05}" for row in range(count)], 24),
            "period": month_range(date(1998, 1, 1), 24) * count,
            "quantity": before.ravel(),
        }
    )
    found = forecast(history, horizon=12, levels=(90, 98)).table
    mean, high = (found[name].to_numpy().reshape(count, 12) for name in ("mean", "hi-90"))
    scale = np.sqrt((np.diff(before, axis=1) ** 2).mean(1))
    moved = scale > 0
    error = np.sqrt(((mean - after)[moved] ** 2).mean(1)) / scale[moved]
    assert error.mean() < 0.715
    assert 0.94 < (after <= high).mean() < 0.985
