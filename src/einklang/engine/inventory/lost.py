"""What was lost for want of stock: demand behind the sales of periods that ran out.

    likelihood   product of f(y_t) in stock, times product of P(D >= s_t) where the shelf was empty
    lost         E[D | D >= s] - s, for each period that ran out

The likelihood is solved in :mod:`einklang.engine.forecast.unconstrain`, so that a forecast and a lost sale
rest on the same demand. Where no law shall be assumed, the product-limit estimate (Kaplan and Meier 1958)
says how often demand is above a quantity, as far as it was ever seen.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.unconstrain import Law, demand

SMALL_COUNTS = 20.0
FEWEST_TOLD = 3


def survival(observed: Sequence[float], censored: Sequence[bool]) -> pl.DataFrame:
    """How often demand is above a quantity: quantity, above. Censored: demand was at least that much.

    Nothing is said beyond the largest observation: if that one is censored, ``above`` stays where it is.

    >>> survival([3, 5, 5], [False, False, True])["above"].round(4).to_list()
    [0.6667, 0.3333]
    """
    if len(observed) != len(censored) or not len(observed):
        raise Impossible("Every observation needs to say whether it was cut short, and there must be one.")
    seen, cut = np.asarray(observed, np.float64), np.asarray(censored, bool)
    values = np.unique(seen)
    happened = np.array([int(((seen == value) & ~cut).sum()) for value in values])
    at_risk = np.array([int((seen >= value).sum()) for value in values])
    return pl.DataFrame({"quantity": values, "above": np.cumprod(1 - happened / at_risk)})


def law_of(sold: Sequence[float], out: Sequence[bool]) -> Law:
    """Which law the periods in stock call for: small whole numbers are counted, the others normal.

    >>> law_of([4, 6, 5], [False] * 3), law_of([42, 55.5, 60], [False] * 3)
    ('poisson', 'normal')
    """
    told = np.asarray(sold, np.float64)[~np.asarray(out, bool)]
    if len(told) and (told == np.rint(told)).all() and told.mean() < SMALL_COUNTS:
        # Counts that scatter far more than they should are nearer to normal than to Poisson.
        return "poisson" if told.var() <= 4 * max(told.mean(), 1.0) else "normal"
    return "normal"


def lost_sales(table: pl.DataFrame) -> pl.DataFrame:
    """What each series probably lost while it was out of stock.

    ``table``: series, period, quantity (what was sold), available. Columns: series, periods_out, sold (in
    them), wished (a period, by the likelihood), naive (the mean of all sales), lost, distribution. A series
    with fewer than three periods in stock says too little: it stands there with no estimate.
    """
    if "available" not in table.columns:
        raise Impossible(
            "Lost sales can only be estimated where the data says when an item was out of stock."
        )
    rows = []
    by_series = table.sort("series", "period").group_by("series", maintain_order=True)
    for (name,), part in by_series:
        out = ~part["available"].fill_null(True).to_numpy()
        if out.any():
            rows.append(_estimate(str(name), part["quantity"].to_numpy().astype(np.float64), out))
    names = ("series", "periods_out", "sold", "wished", "naive", "lost", "distribution")
    kinds = (pl.String, pl.Int64, pl.Float64, pl.Float64, pl.Float64, pl.Float64, pl.String)
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def _estimate(name: str, sold: np.ndarray, out: np.ndarray) -> tuple[object, ...]:
    facts = (name, int(out.sum()), float(sold[out].sum()))
    if (~out).sum() < FEWEST_TOLD:
        return (*facts, None, float(sold.mean()), None, None)
    law = law_of(sold.tolist(), out.tolist())
    found = demand(sold, out, law)
    return (*facts, found.mean, float(sold.mean()), found.lost * int(out.sum()), law)
