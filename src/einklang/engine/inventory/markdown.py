"""The markdown that still pays: at which price a stock that is too much earns most.

    linear      D(p) = a - b p         p = max((a + b s) / (2 b), (a - I) / b)
    isoelastic  D(p) = k p^-e          p = max(s e / (e - 1), (k / I)^(1/e))            e > 1
    uncertain   Poisson at a e^-p      J(n, t) = log sum_{i<=n} (a t / e)^i / i!     p = J(n) - J(n - 1) + 1

I the stock, s what a unit brings afterwards. What the goods once cost does not enter: it is spent either way.
Sources: Gallego and van Ryzin 1994 (uncertain demand); the others by setting the derivative to nothing.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.inventory.laws import Floats, Number

STEPS = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Markdown:
    """A price, what sells at it, and what it brings with the salvage of the rest."""

    price: float
    units: float
    value: float


def linear(a: float, b: float, stock: float, salvage: float = 0.0) -> Markdown:
    """The best price when demand falls in a straight line.

    >>> linear(100, 2, 20)
    Markdown(price=40.0, units=20.0, value=800.0)
    """
    if min(a, b) <= 0 or min(stock, salvage) < 0:
        raise Impossible("A line of demand needs a and b above 0, and stock and salvage of 0 or more.")
    price = max((a + b * salvage) / (2 * b), (a - stock) / b)
    units = float(max(0.0, min(stock, a - b * price)))
    return Markdown(price, units, price * units + salvage * (stock - units))


def isoelastic(k: float, elasticity: float, stock: float, salvage: float = 0.0) -> Markdown:
    """The best price when 1 % off the price always sells the same per cent more.

    >>> isoelastic(1000, 2, 400, 5)
    Markdown(price=10.0, units=10.0, value=2050.0)
    """
    if k <= 0 or stock <= 0 or salvage < 0:
        raise Impossible("Demand and stock must be above 0, and salvage 0 or more.")
    if elasticity <= 1:
        raise Impossible(
            f"With an elasticity of {elasticity:g} a lower price never earns more: do not mark it down."
        )
    price = max(salvage * elasticity / (elasticity - 1), (k / stock) ** (1 / elasticity))
    units = min(stock, k * price**-elasticity)
    return Markdown(price, units, price * units + salvage * (stock - units))


def required_uplift(margin: float, discount: float) -> float:
    """How much more must sell so that a discount costs nothing: d / (m - d), shares of the price.

    >>> round(required_uplift(0.4, 0.1), 4)
    0.3333
    """
    if not 0 <= discount < 1 or margin > 1:
        raise Impossible("A discount lies between 0 and 100 %, and no margin is above 100 %.")
    if discount >= margin:
        raise Impossible("This discount takes the whole margin: no uplift makes up for it.")
    return discount / (margin - discount)


@dataclass(frozen=True, slots=True)
class Course:
    """Expected revenue of the best pricing, its first price, and what certain demand would bring at most."""

    revenue: float
    price: float
    bound: float
    bound_price: float


def course(rate: float, time: float, stock: int, *, steepness: float = 1.0) -> Course:
    """The best prices when buyers come by chance, at a rate of a e^(-steepness p), until the time is over.

    >>> best = course(10, 1, 1)
    >>> round(best.revenue, 5), round(best.price, 5), round(best.bound, 5)
    (1.54304, 2.54304, 2.30259)
    """
    if min(rate, time, steepness) <= 0 or stock < 1:
        raise Impossible("Rate, time and steepness must be above 0, and at least one unit be in stock.")
    coming = rate * time / exp(1)
    worth = [_log_sum(coming, units) for units in (stock, stock - 1)]
    calm = max(1.0, log(rate * time / stock)) if rate * time > 0 else 1.0
    sold = min(float(stock), rate * time * exp(-calm))
    return Course(
        worth[0] / steepness, (worth[0] - worth[1] + 1) / steepness, calm * sold / steepness, calm / steepness
    )


def _log_sum(mean: float, last: int) -> float:
    """Log of the sum of mean^i / i! for i up to last, without large numbers."""
    terms = [i * log(mean) - lgamma(i + 1) for i in range(last + 1)]
    most = max(terms)
    return most + log(sum(exp(term - most) for term in terms))


@dataclass(frozen=True, slots=True)
class Proposals:
    """For each item: the price that pays most, its discount, what sells, what that gains over no markdown."""

    price: Floats
    discount: Floats
    units: Floats
    value: Floats
    gain: Floats


def proposals(
    stock: Number, demand: Number, price: Number, *, elasticity: Number, salvage: Number = 0.0
) -> Proposals:
    """The markdown of many items at once; ``demand``: what sells at today's price until the horizon.

    Isoelastic around today's price, which is never raised. Where nothing gains, the price stays.

    >>> best = proposals(400.0, 100.0, 10.0, elasticity=2.0, salvage=1.0)
    >>> [round(float(one[0]), 2) for one in (best.price, best.units, best.gain)]
    [5.0, 400.0, 700.0]
    """
    held, sells, today, bends, after = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(one, np.float64)) for one in (stock, demand, price, elasticity, salvage))
    )
    if min(held.min(initial=0), sells.min(initial=0), today.min(initial=0), after.min(initial=0)) < 0:
        raise Impossible("Stock, demand, price and salvage are 0 or more.")
    elastic = (bends > 1) & (sells > 0) & (held > 0) & (today > 0)
    safe = np.where(elastic, bends, 2.0)
    clears = today * (np.where(elastic, sells, 1.0) / np.where(elastic, held, 1.0)) ** (1 / safe)
    best = np.where(elastic, np.minimum(today, np.maximum(after * safe / (safe - 1), clears)), today)
    ratio = np.divide(best, today, out=np.ones_like(today), where=today > 0)
    units = np.minimum(held, sells * np.maximum(ratio, 1e-9) ** np.where(elastic, -bends, 0.0))
    kept = np.minimum(held, sells)
    value, without = best * units + after * (held - units), today * kept + after * (held - kept)
    gain = np.maximum(0.0, value - without)
    return Proposals(best, 1 - ratio, units, value, gain)


def levels(
    items: pl.DataFrame, *, steps: tuple[float, ...] = STEPS, first: int | str | None = None
) -> pl.DataFrame:
    """Price levels for the balance: item, level, price, demand_factor[, from]; only those that can pay.

    ``items``: item, price, elasticity[, salvage]. A level pays only while its price is above the salvage.

    >>> one = pl.DataFrame({"item": ["p"], "price": [10.0], "elasticity": [2.0]})
    >>> levels(one, steps=(0.0, 0.5)).rows()
    [('p', 1, 10.0, 1.0), ('p', 2, 5.0, 4.0)]
    """
    salvage = pl.col("salvage").fill_null(0.0) if "salvage" in items.columns else pl.lit(0.0)
    offs = pl.DataFrame({"level": list(range(1, len(steps) + 1)), "off": list(steps)})
    table = (
        items.join(offs, how="cross")
        .with_columns(
            now=pl.col("price") * (1 - pl.col("off")),
            demand_factor=(1 - pl.col("off")).pow(-pl.col("elasticity")),
        )
        .filter((pl.col("off") == 0) | (pl.col("now") > salvage))
        .select("item", "level", price="now", demand_factor="demand_factor")
    )
    return table if first is None else table.with_columns(pl.lit(first).alias("from"))
