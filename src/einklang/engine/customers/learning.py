"""A risk is learned from earlier days whose end is known, and measured on later ones.

On each of several earlier days (as-of dates) the facts of all customers are taken, with what became of
them in the ``days`` after. Three ways of telling the risk are measured side by side on dates later than
they learned from, and the first stays unless the next wins:

    rhythm   the pause by the own usual interval, alone
    orders   the chance of silence that the order model (BG/NBD) gives
    learned  3/4 of a ridge logistic model on all facts and 1/4 of the order model, in logits

LightGBM on the same facts did not win on published orders, so it is not part of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.engine import scores
from einklang.engine.customers import facts
from einklang.engine.customers.buying import Buying, fit_buying
from einklang.engine.customers.frames import Numbers, checked, order_days
from einklang.engine.errors import Impossible
from einklang.engine.logistic import Logistic, chance_of, fit, logit_of

WINDOWS = (30, 60, 91, 182, 365)  # days ahead that are offered; the first that fits the usual interval
ORIGINS = 10
LEARN_ROWS = 60_000
LEAST_ROWS, LEAST_KIND = 100, 20  # customers and days to learn from, and of each outcome
LEAST_TESTS = 2
LEAST_AUC = 0.55  # what ranks no better than this says nothing, and is not told
OWN = 0.75  # what the own facts weigh beside the order model
PENALTY = 10.0
MEMORY_DAYS = 365  # who was quiet longer than this on a day is neither learned from nor measured


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of telling risk, on as-of dates later than it learned from (means over these dates)."""

    auc: float
    brier_skill: float
    ece: float
    lift: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Learned:
    """How risk is told in a base, and how good that was; small, and told of any of its customers.

    ``way`` is the one that was kept, or "rule" where there was too little to learn from, or nothing ranked
    better than chance; ``why`` says so in a sentence. ``dates`` counts the as-of dates it was measured on,
    ``learned_from`` customers times dates.
    """

    days: int
    way: str
    why: str
    measured: Mapping[str, Measured]
    dates: int = 0
    learned_from: int = 0
    model: Logistic | None = None
    rhythm: Logistic | None = None
    buying: Buying | None = None

    def chances(self, known: pl.DataFrame, numbers: Numbers) -> Numbers:
        """The risk of customers as of :func:`known_on`, told the kept way."""
        assert self.model is not None and self.rhythm is not None  # noqa: PT018
        return _ways(self.model, self.rhythm, numbers, known, self.buying, self.days)[self.way]


@dataclass(frozen=True, slots=True)
class _Origin:
    """One earlier day: what was known of whom, and who stayed away afterwards."""

    on: date
    known: pl.DataFrame
    away: Numbers


def learn(orders: pl.DataFrame, as_of: date, *, days: int | None = None) -> Learned:
    """What a base's history says about risk (frame ORDERS).

    ``days`` to look ahead: by default about one and a half usual intervals, and at most a third of the
    history. With too little history the rule of the rhythm answers, and ``why`` says so.
    """
    table = checked(orders).filter(pl.col("day") <= as_of)
    bought = order_days(table, as_of)
    if bought.is_empty():
        raise Impossible("There are no orders up to that day.")
    first = bought["day"].min()
    span = (as_of - first).days if isinstance(first, date) else 0
    ahead = _window(table, as_of, span) if days is None else days
    if ahead < 1:
        raise Impossible("Risk is told for at least one day ahead.")
    origins = _origins(table, as_of, span, ahead)
    tests = [one for one in origins if any(_over(earlier, one.on, ahead) for earlier in origins)]
    seen = sum(one.away.size for one in origins)
    away = sum(float(one.away.sum()) for one in origins)
    if len(tests) < LEAST_TESTS or seen < LEAST_ROWS or min(away, seen - away) < LEAST_KIND:
        why = _too_little(len(tests), bought["customer"].n_unique(), away, seen)
        return Learned(ahead, "rule", why, {})
    on_each = _measured(origins, tests, ahead)
    way = _kept(on_each)
    measured = {name: _mean(rows) for name, rows in on_each.items()}
    if not measured[way].auc >= LEAST_AUC:
        return Learned(ahead, "rule", _no_better(measured[way], len(tests)), measured, len(tests), seen)
    buying = _buying(facts.known_on(table, as_of, ahead))
    return Learned(
        ahead,
        way,
        _because(way, measured, len(tests), seen),
        measured,
        len(tests),
        seen,
        _learn(origins, buying, ahead),
        _rhythm_only(origins, buying, ahead),
        buying,
    )


def _window(table: pl.DataFrame, as_of: date, span: int) -> int:
    """Days ahead that fit the usual interval, and leave three windows of history."""
    bought = order_days(table, as_of)
    same = pl.col("customer") == pl.col("customer").shift(1)
    usual = facts.usual_interval(
        bought.with_columns(pause=pl.when(same).then(pl.col("day").diff().dt.total_days()))
    )
    fitting = next((days for days in WINDOWS if days >= 1.5 * usual), WINDOWS[-1])
    room = [days for days in WINDOWS if days <= fitting and 3.4 * days <= span]
    return room[-1] if room else fitting


def _origins(table: pl.DataFrame, as_of: date, span: int, days: int) -> list[_Origin]:
    """Earlier days with their outcome, oldest first; before each lies at least one window of history."""
    found: list[_Origin] = []
    on = as_of - timedelta(days=days)
    while len(found) < ORIGINS and span - (as_of - on).days >= days:
        known = facts.known_on(table, on, days).filter(pl.col("quiet_days") <= max(MEMORY_DAYS, 2 * days))
        if known.height:
            found.append(_Origin(on, known, facts.stayed_away(table, known, on, days)))
        on -= timedelta(days=max(7, days // 3))
    return found[::-1]


def _over(earlier: _Origin, on: date, days: int) -> bool:
    """Whether the outcome of an earlier day was known on a day."""
    return earlier.on + timedelta(days=days) <= on


def _buying(known: pl.DataFrame) -> Buying | None:
    """The order model as it was known on a day, or none where too few ordered again."""
    age = known["tenure_days"].to_numpy() / facts.WEEK
    try:
        return fit_buying(
            known["orders"].to_numpy() - 1, age - known["quiet_days"].to_numpy() / facts.WEEK, age
        )
    except Impossible:
        return None


def _learn(origins: list[_Origin], buying: Buying | None, days: int) -> Logistic:
    """The ridge model of all facts on some as-of dates."""
    numbers = np.vstack([facts.as_numbers(one.known, buying, days) for one in origins])
    away = np.concatenate([one.away for one in origins])
    every = max(1, -(-away.size // LEARN_ROWS))
    return fit(numbers[::every], away[::every], penalty=PENALTY)


def _rhythm_only(origins: list[_Origin], buying: Buying | None, days: int) -> Logistic:
    """The rhythm rule as a chance: the pause by the own interval, and nothing else."""
    numbers = np.vstack([facts.as_numbers(one.known, buying, days)[:, :1] for one in origins])
    return fit(numbers, np.concatenate([one.away for one in origins]), penalty=PENALTY)


def _ways(
    model: Logistic,
    rhythm: Logistic,
    numbers: Numbers,
    known: pl.DataFrame,
    buying: Buying | None,
    days: int,
) -> dict[str, Numbers]:
    """Each way's chance that customers stay away."""
    found = {"rhythm": rhythm.chances(numbers[:, :1])}
    own = model.logits(numbers)
    if buying is None:
        return found | {"learned": chance_of(own)}
    other = facts.silence(known, buying, days)
    return found | {"orders": other, "learned": chance_of(OWN * own + (1 - OWN) * logit_of(other))}


def _measured(origins: list[_Origin], tests: list[_Origin], days: int) -> dict[str, list[Numbers]]:
    """How good each way was on each test date, from nothing that was not known on it."""
    buying = _buying(tests[0].known)  # as known on the first test date, for all of them
    found: dict[str, list[Numbers]] = {}
    for test in tests:
        before = [one for one in origins if _over(one, test.on, days)]
        model, rhythm = _learn(before, buying, days), _rhythm_only(before, buying, days)
        numbers = facts.as_numbers(test.known, buying, days)
        for name, chance in _ways(model, rhythm, numbers, test.known, buying, days).items():
            figures = (scores.auc, scores.brier_skill, scores.ece, scores.lift, scores.log_loss)
            found.setdefault(name, []).append(np.array([one(chance, test.away) for one in figures]))
    return found


def _mean(rows: list[Numbers]) -> Measured:
    return Measured(*(float(value) for value in np.nanmean(rows, axis=0)))


def _kept(measured: dict[str, list[Numbers]]) -> str:
    """The way with the least surprise; a later one must win on most of the dates, not only in the mean."""
    kept = "rhythm"
    for name in ("orders", "learned"):
        if name not in measured:
            continue
        gained = np.array([was[4] - now[4] for was, now in zip(measured[kept], measured[name], strict=True)])
        if gained.mean() > 0 and (gained > 0).mean() > 0.5:
            kept = name
    return kept


def _too_little(tests: int, customers: int, away: float, seen: int) -> str:
    if tests < LEAST_TESTS:
        return (
            "The history is too short to learn a risk from and measure it later: "
            "the rule of the own rhythm answers, without a chance."
        )
    return (
        f"{customers} customers, {away:.0f} of {seen} observations without a new order: too few to learn "
        "a risk from. The rule of the own rhythm answers, without a chance."
    )


def _no_better(best: Measured, dates: int) -> str:
    """Why the rule answers although there is history."""
    return (
        f"On {dates} later dates nothing told who stays away better than chance (AUC {best.auc:.2f}): "
        "the rule of the own rhythm answers, without a chance."
    )


def _because(way: str, measured: Mapping[str, Measured], dates: int, seen: int) -> str:
    """What the risk rests on, in a sentence."""
    name = {
        "rhythm": "the own rhythm alone",
        "orders": "the order model (BG/NBD)",
        "learned": "a model learned from the own customers",
    }[way]
    return (
        f"Told by {name}, which ranked best on {dates} later dates: AUC {measured[way].auc:.2f} "
        f"(own rhythm alone {measured['rhythm'].auc:.2f}), learned from {seen:,} observations."
    )
