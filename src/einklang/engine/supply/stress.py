"""A plan put to the test: what is delivered, lost and left when demand comes as its forecast says it may.

A thousand futures are drawn from each item's own range; the plan's arrivals stand as they are, nobody
reacts. What comes back is a range for service, stock and money by period, and the items that would fail.

    demand     d = c + u * z   above the middle,  c - l * |z|  below it,   never under nothing
               l = (c - low) / 1.2816,  u = (high - c) / 1.2816   so that low and high are met 10 % each
    together   z = sqrt(r) * all + sqrt(1 - r) * own            r: share of a shock that all items feel
    lasting    z[t] = p * z[t-1] + sqrt(1 - p * p) * new        p: share of a miss that stays next period
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, flag, number, text, whole
from einklang.engine.supply.frames import known, whole_table

Floats = npt.NDArray[np.float64]

TENTH = 1.2815515655446004  # a tenth of a normal law lies beyond this many deviations
SPLIT = 1 / (TENTH * np.sqrt(2 * np.pi))  # how far unequal sides move the mean from the middle
AT_ONCE = 2_000_000  # numbers drawn at a time: enough to be fast, little enough for any machine
LITTLE = 1e-6

STRESS_ITEMS = Frame(
    "items",
    {
        "item": text(),
        "on_hand": number("units", blank=True, at_least=0),
        "owed": number("units", optional=True, blank=True, at_least=0),
        "waits": flag(optional=True),
        "price": number("money per unit", optional=True, blank=True, at_least=0),
        "cost": number("money per unit", optional=True, blank=True, at_least=0),
    },
    ("item",),
    "What is sold: stock at first, units owed already, and whether customers wait for what is not there.",
)
STRESS_ARRIVALS = Frame(
    "arrivals",
    {"item": text(), "period": whole("period", at_least=1), "quantity": number("units")},
    (),
    "What the plan brings in by period; what it takes out for other items is below nothing.",
)
STRESS_DEMAND = Frame(
    "demand",
    {
        "item": text(),
        "period": whole("period", at_least=1),
        "mean": number("units", at_least=0),
        "low": number("units", at_least=0),
        "high": number("units", at_least=0),
    },
    ("item", "period"),
    "What is expected, and the range that holds it four times in five.",
)


@dataclass(frozen=True, slots=True)
class Stressed:
    """What many futures do to one plan.

    ``periods``: period, measure (demand, delivered, lost, owed, stock in units; revenue, stock_value in
    money; service: delivered in time of what was wished), low, mean, high (a tenth of the futures lies
    below low, a tenth above high). ``whole``: the same measures over all periods together (stock and
    owed at the end). ``items``: item, service, short (share of the futures that leave a wish open),
    lost (units, mean), worst (period in which most futures fail; null if none does).
    """

    periods: pl.DataFrame
    whole: pl.DataFrame
    items: pl.DataFrame
    draws: int


def stress(
    items: pl.DataFrame,
    arrivals: pl.DataFrame,
    demand: pl.DataFrame,
    *,
    draws: int = 500,
    together: float = 0.3,
    lasting: float = 0.5,
    seed: int = 1,
) -> Stressed:
    """Let many possible demands meet one plan.

    Whoever ``waits`` gets the goods later (owed); whoever does not is lost. What is wished before and
    not delivered comes first. Raises Impossible for shares outside 0 to 1 or fewer than 10 draws.

    >>> sure = stress(
    ...     pl.DataFrame({"item": ["pump"], "on_hand": [10.0], "price": [2.0]}),
    ...     pl.DataFrame({"item": ["pump"], "period": [2], "quantity": [5.0]}),
    ...     pl.DataFrame({"item": ["pump"] * 2, "period": [1, 2], "mean": [8.0, 8.0],
    ...                   "low": [8.0, 8.0], "high": [8.0, 8.0]}),
    ... )
    >>> sure.whole.filter(pl.col("measure").is_in(["delivered", "lost", "revenue"])).select("mean").rows()
    [(15.0,), (1.0,), (30.0,)]
    """
    if not (0 <= together <= 1 and 0 <= lasting < 1):
        raise Impossible("What items share and what stays are shares from 0 to 1; a miss cannot stay whole.")
    if draws < 10:
        raise Impossible("Draw at least 10 futures; a tenth of fewer has no meaning.")
    case = _read(items, arrivals, demand)
    chance = np.random.default_rng(seed)
    common = _course(chance.standard_normal((case.periods, draws, 1)), lasting)
    sums = {measure: np.zeros((case.periods, draws)) for measure in ADDED}
    told: list[_Met] = []
    for part in _parts(case, draws):
        fresh = _course(chance.standard_normal((case.periods, draws, len(part))), lasting)
        told.append(_meet(case, part, np.sqrt(together) * common + np.sqrt(1 - together) * fresh, sums))
    return Stressed(_ranges(case, sums), _whole(sums), _items(case, told), draws)


def shared_shock(parts: pl.DataFrame, total: pl.DataFrame) -> float | None:
    """The share of a shock that all items feel, as the range of their total tells; None where it cannot.

    ``parts``: period, low, high of each item; ``total``: period, low, high of all together. With
    deviations s of the items and S of the total:  S^2 = r * (sum s)^2 + (1 - r) * sum s^2.

    >>> apart = pl.DataFrame({"period": [1, 1], "low": [0.0, 0.0], "high": [6.0, 8.0]})
    >>> shared_shock(apart, pl.DataFrame({"period": [1], "low": [0.0], "high": [10.0]}))
    0.0
    >>> shared_shock(apart, pl.DataFrame({"period": [1], "low": [0.0], "high": [14.0]}))
    1.0
    """
    wide = pl.col("high") - pl.col("low")
    spread = parts.group_by("period").agg(straight=wide.sum(), square=(wide**2).sum())
    both = spread.join(total.select("period", whole=wide), on="period").filter(
        pl.col("straight") ** 2 > pl.col("square") * (1 + LITTLE)
    )
    if both.is_empty():
        return None
    shares = both.select(
        ((pl.col("whole") ** 2 - pl.col("square")) / (pl.col("straight") ** 2 - pl.col("square"))).clip(0, 1)
    )
    return float(shares.to_series().median())  # type: ignore[arg-type]  # Polars types it for dates too


ADDED = ("demand", "delivered", "in_time", "lost", "owed", "stock", "revenue", "stock_value")


@dataclass(frozen=True, slots=True)
class _Case:
    """The tables as arrays by item and period."""

    named: list[str]
    periods: int
    arrivals: Floats
    middle: Floats
    below: Floats
    above: Floats
    on_hand: Floats
    owed: Floats
    waits: npt.NDArray[np.bool_]
    price: Floats
    cost: Floats


def _read(items: pl.DataFrame, arrivals: pl.DataFrame, demand: pl.DataFrame) -> _Case:
    stock = whole_table(STRESS_ITEMS, items).with_columns(
        pl.col("on_hand", "owed", "price", "cost").fill_null(0.0), pl.col("waits").fill_null(False)
    )
    coming, wished = STRESS_ARRIVALS.check(arrivals), STRESS_DEMAND.check(demand)
    if stock.is_empty() or wished.is_empty():
        raise Impossible("There is nothing to test: give at least one item and its demand.")
    known(coming, "item", stock["item"], called="arrivals", among="items")
    known(wished, "item", stock["item"], called="demand", among="items")
    periods = int(np.max(wished["period"].to_numpy()))
    at = {item: place for place, item in enumerate(stock["item"])}

    def grid(table: pl.DataFrame, column: str) -> Floats:
        whole_grid = np.zeros((len(at), periods))
        kept = table.filter(pl.col("period") <= periods)
        rows = kept["item"].replace_strict(at, return_dtype=pl.Int64).to_numpy()
        np.add.at(whole_grid, (rows, kept["period"].to_numpy() - 1), kept[column].to_numpy())
        return whole_grid

    mean, low, high = (grid(wished, column) for column in ("mean", "low", "high"))
    # The middle that keeps both ends of the range and, where it can, the mean as well.
    middle = np.clip((mean - SPLIT * (low + high)) / (1 - 2 * SPLIT), low, np.maximum(low, high))
    return _Case(
        stock["item"].to_list(), periods, grid(coming, "quantity"), middle,
        (middle - low) / TENTH, np.maximum(0.0, high - middle) / TENTH,
        stock["on_hand"].to_numpy(), stock["owed"].to_numpy(), stock["waits"].to_numpy(),
        stock["price"].to_numpy(), stock["cost"].to_numpy(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Met:
    """Some items after all futures: in time of what was wished, units lost, failures by period and ever."""

    service: Floats
    lost: Floats
    failed: Floats
    ever: Floats


def _parts(case: _Case, draws: int) -> Iterator[npt.NDArray[np.int64]]:
    """Some items at a time."""
    size = max(1, AT_ONCE // (draws * case.periods))
    for first in range(0, len(case.named), size):
        yield np.arange(first, min(first + size, len(case.named)))


def _course(fresh: Floats, lasting: float) -> Floats:
    """Shocks of which a share stays from period to period; every period has deviation 1."""
    for period in range(1, len(fresh)):
        fresh[period] = lasting * fresh[period - 1] + np.sqrt(1 - lasting**2) * fresh[period]
    return fresh


def _meet(case: _Case, part: npt.NDArray[np.int64], shocks: Floats, sums: dict[str, Floats]) -> _Met:
    """Period by period what some items deliver; adds to ``sums``."""
    draws = shocks.shape[1]
    stock = np.tile(case.on_hand[part], (draws, 1))
    owed = np.tile(case.owed[part], (draws, 1))
    waits, price, cost = case.waits[part], case.price[part], case.cost[part]
    wished_ever, in_time_ever, lost_ever = (np.zeros(len(part)) for _ in range(3))
    failed, ever = np.zeros((case.periods, len(part))), np.zeros((draws, len(part)), dtype=np.bool_)
    for period in range(case.periods):
        shock = shocks[period]
        side = np.where(shock > 0, case.above[part, period], case.below[part, period])
        wished = np.maximum(0.0, case.middle[part, period] + side * shock)
        # A plan that takes more than there is for other items leaves nothing here, not less than nothing.
        there = np.maximum(0.0, stock + case.arrivals[part, period])
        late = np.minimum(there, owed)
        in_time = np.minimum(there - late, wished)
        open_wishes = wished - in_time
        owed = owed - late + np.where(waits, open_wishes, 0.0)
        lost = np.where(waits, 0.0, open_wishes)
        stock = there - late - in_time
        for measure, value in (
            ("demand", wished), ("delivered", late + in_time), ("in_time", in_time), ("lost", lost),
            ("owed", owed), ("stock", stock), ("revenue", (late + in_time) * price),
            ("stock_value", stock * cost),
        ):  # fmt: skip
            sums[measure][period] += value.sum(axis=1)
        wished_ever += wished.sum(axis=0)
        in_time_ever += in_time.sum(axis=0)
        lost_ever += lost.sum(axis=0)
        fails = open_wishes > LITTLE * np.maximum(1.0, wished)
        failed[period], ever = fails.mean(axis=0), ever | fails
    served = np.divide(in_time_ever, wished_ever, out=np.full(len(part), np.nan), where=wished_ever > 0)
    return _Met(served, lost_ever / draws, failed, ever.mean(axis=0))


def _shares(sums: dict[str, Floats]) -> Floats:
    """Delivered in time of what was wished, by period and future; nothing wished is not measurable."""
    wished = sums["demand"]
    share = np.full(wished.shape, np.nan)
    return cast("Floats", np.divide(sums["in_time"], wished, out=share, where=wished > 0))


def _told(values: Floats) -> tuple[float | None, float | None, float | None]:
    kept = values[~np.isnan(values)]
    if not kept.size:
        return None, None, None
    low, high = np.quantile(kept, (0.1, 0.9))
    return float(low), float(kept.mean()), float(high)


MEASURES = ("demand", "delivered", "lost", "owed", "stock", "revenue", "stock_value", "service")
RANGE = {"low": pl.Float64, "mean": pl.Float64, "high": pl.Float64}


def _ranges(case: _Case, sums: dict[str, Floats]) -> pl.DataFrame:
    courses = {**sums, "service": _shares(sums)}
    rows = [
        (period + 1, measure, *_told(courses[measure][period]))
        for measure in MEASURES
        for period in range(case.periods)
    ]
    return pl.DataFrame(rows, schema={"period": pl.Int64, "measure": pl.String, **RANGE}, orient="row")


def _whole(sums: dict[str, Floats]) -> pl.DataFrame:
    total = {measure: values.sum(axis=0) for measure, values in sums.items()}
    at_the_end = {measure: sums[measure][-1] for measure in ("owed", "stock", "stock_value")}
    share = {"service": _shares(total)}
    rows = [(measure, *_told({**total, **at_the_end, **share}[measure])) for measure in MEASURES]
    return pl.DataFrame(rows, schema={"measure": pl.String, **RANGE}, orient="row")


def _items(case: _Case, told: list[_Met]) -> pl.DataFrame:
    failed = np.concatenate([one.failed for one in told], axis=1)
    worst = np.where(failed.max(axis=0) > 0, failed.argmax(axis=0) + 1.0, np.nan)
    return pl.DataFrame(
        {
            "item": case.named,
            "service": pl.Series(np.concatenate([one.service for one in told])).fill_nan(None),
            "short": np.concatenate([one.ever for one in told]),
            "lost": np.concatenate([one.lost for one in told]),
            "worst": pl.Series(worst).fill_nan(None).cast(pl.Int64),
        }
    ).sort("short", "lost", descending=True)
