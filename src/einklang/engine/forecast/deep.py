"""The deep tier: slow, well-known statistical models for the few series of most value, at night.

Each series is forecast by four models (of the extra ``deep``) at the present and at the same earlier
dates that ``learn`` looks at. Their median then takes part in the combination by the share that would
have won there, in pairs, by more than chance; where none would have, it takes no part and that is said.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib import util
from typing import Any

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast import season as seasons
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.learned import Learned, Step
from einklang.engine.forecast.panel import NOTES, Matrix, Panel, Whole
from einklang.engine.forecast.reconcile import Nodes, shapes
from einklang.engine.forecast.tell import Means, tell
from einklang.engine.frames import Frame, day, number, text, whole

DEEP = Frame(
    "deep",
    {
        "series": text(),
        "origin": day(),
        "step": whole("periods ahead", at_least=1),
        "method": text(),
        "mean": number("units"),
    },
    ("series", "origin", "step", "method"),
    "What each model said; origin is the last period that was known to it.",
)
MODELS = ("AutoETS", "AutoCES", "AutoARIMA", "DynamicOptimizedTheta")
FEWEST_KNOWN = 10
"""A model with several parameters has nothing to hold on to in a shorter history."""
LONGEST_SEASON = 24
"""Longer seasons are taken out first: the models would drop them or take minutes a series."""
SHARES = (0.25, 0.5, 0.75, 1.0)
FEWEST_SERIES = 8
"""What fewer series would have won says nothing."""
SURE = 1.645
"""How many standard errors (over series) the models must win by: one chance in twenty to be wrong."""

Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
Pairs = list[tuple[Whole, Matrix]]
"""By earlier date: the rows, and their errors by share of the models (none first)."""


@dataclass(frozen=True, slots=True)
class Deep:
    """What the models said (:data:`DEEP`), and what they could not: series, step, sentence."""

    table: pl.DataFrame
    failures: pl.DataFrame


def modelled(
    known: Panel,
    names: Sequence[str],
    *,
    season: int,
    horizon: int,
    backs: Sequence[int],
    models: Sequence[str] = MODELS,
    run: Run = map,
) -> Deep:
    """Forecasts of the named series by every model, at the present and ``backs`` periods before it.

    About a second a series and date; ``run`` shares the series among processes or machines.
    """
    installed()
    unknown = sorted(set(names) - set(known.names))
    if unknown:
        raise Impossible(f"The deep tier is asked for {named(unknown[0])}, which has no history.")
    place = {name: row for row, name in enumerate(known.names)}
    chosen = known.take(np.array([place[name] for name in names], dtype=np.int64))
    parts = [chosen.take(np.array([row])) for row in range(len(names))]
    work = partial(_told, season=season, horizon=horizon, backs=tuple(backs), models=tuple(models))
    found = list(run(work, parts))
    told = [pl.DataFrame(rows, schema=DEEP.empty().schema, orient="row") for rows, _ in found if rows]
    failed = [row for _, faults in found for row in faults]
    table = pl.concat(told) if told else DEEP.empty()
    return Deep(table, pl.DataFrame(failed, schema=NOTES, orient="row"))


def installed() -> None:
    """Say how to get the models where they are not there."""
    if util.find_spec("statsforecast") is None:
        raise Impossible(
            'The deep tier needs the extra "deep": install it with pip install "einklang[deep]", '
            "or forecast without it."
        )


def most_valuable(history: pl.DataFrame, count: int) -> list[str]:
    """The series of most value (quantity by price, where every one has a price), or else of most volume.

    >>> rows = pl.DataFrame({"series": ["a", "b", "b"], "quantity": [9.0, 4.0, 6.0]})
    >>> most_valuable(rows, 1)
    ['b']
    """
    amount = pl.col("quantity").cast(pl.Float64, strict=False).fill_null(0.0)
    if "price" in history.columns and history["price"].null_count() == 0:
        amount = amount * pl.col("price").cast(pl.Float64, strict=False)
    worth = history.group_by("series").agg(amount.sum().alias("worth"))
    ranked = worth.sort("worth", "series", descending=[True, False])
    return ranked["series"].cast(pl.String).head(count).to_list()


def taken(
    made: Means, known: Panel, learned: Learned, table: pl.DataFrame, nodes: Nodes | None = None
) -> tuple[Means, Learned, list[str]]:
    """The combined forecast with the models' median in it, as far as that would have won before.

    Also what was learned, with this step in its report, and the series it was kept for. What the models
    said when the history ended earlier than now is not used.
    """
    said = DEEP.check(table)
    wanted = set(said["series"].to_list())
    rows = np.array([row for row, name in enumerate(known.names) if name in wanted], dtype=np.int64)
    now = _medians(said, known.take(rows), learned.horizon)
    spoken = np.isfinite(now).all(1)
    rows, now = rows[spoken], now[spoken]
    if not len(rows):
        return made, learned, []
    step, share = _decided(_pairs(known, rows, learned, said, nodes), len(rows))
    learned = replace(learned, steps=(*learned.steps, step))
    if not step.kept:
        return made, learned, []
    mean = made.mean.copy()
    mean[rows] += share * (now - mean[rows])
    return replace(made, mean=mean), learned, [known.names[row] for row in rows]


def signed(table: pl.DataFrame, names: Sequence[str], learned: Learned) -> pl.DataFrame:
    """The forecast table with the deep tier named among the methods of the series that have it."""
    if not names:
        return table
    share = next(step.step for step in learned.steps if step.kind == "deep")
    method = pl.concat_str("method", pl.lit(f", {share}"))
    return table.with_columns(
        pl.when(pl.col("series").is_in(list(names))).then(method).otherwise("method").alias("method")
    )


def _told(
    one: Panel, season: int, horizon: int, backs: tuple[int, ...], models: tuple[str, ...]
) -> tuple[list[tuple[Any, ...]], list[tuple[str, str, str]]]:
    """Every model's forecasts of one series at every date; pure, so that it may run anywhere."""
    name, rows, failures = one.names[0], [], []
    for back in (0, *backs):
        then = one.before(back)
        if then.lengths[0] < FEWEST_KNOWN:
            if back == 0:
                failures.append((name, "deep", _too_short(name, int(then.lengths[0]))))
            continue
        origin = then.ends[0]
        for model in models:
            try:
                ahead = _ahead(model, then, season, horizon)
            # The library raises bare Exceptions: a model that fails is counted and named, the others stand.
            except Exception as fault:  # noqa: BLE001
                failures.append((name, model, _failed(name, model, origin, str(fault))))
                continue
            rows += [(name, origin, step + 1, model, float(mean)) for step, mean in enumerate(ahead)]
    return rows, failures


def _ahead(model: str, then: Panel, season: int, horizon: int) -> Matrix:
    """One model's forecast of one series."""
    from statsforecast import models as library

    start = then.starts[0]
    values = then.values[:, start:]
    length, own_season = values.shape[1], season if season > 1 else 1
    shape = None
    if own_season > LONGEST_SEASON:
        prior = None if then.shapes is None else then.shapes
        shape = seasons.measured(values, np.zeros(1, dtype=np.int64), season, prior)[1]
        values, own_season = shape.removed(values), 1
    if length < 2 * own_season + 1:
        own_season = 1
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fitted = getattr(library, model)(season_length=own_season)
        ahead = np.asarray(fitted.forecast(y=values[0].astype(float), h=horizon)["mean"], dtype=float)
    if shape is not None:
        ahead = shape.applied(ahead[None, :])[0]
    return _sane(ahead, then.values[0, start:])


def _sane(ahead: Matrix, values: Matrix) -> Matrix:
    """The forecast, not below zero unless the history is; one that runs away is no forecast."""
    lowest, highest = float(values.min()), float(values.max())
    reach = 3 * max(highest - lowest, abs(highest), abs(lowest))
    if not np.isfinite(ahead).all():
        raise ArithmeticError("it gave no number")
    if (ahead > highest + reach).any() or (ahead < lowest - reach).any():
        raise ArithmeticError("it ran away from everything the history has seen")
    return np.maximum(ahead, 0.0) if lowest >= 0 else ahead


def _too_short(name: str, length: int) -> str:
    return f"Series {named(name)}: {length} periods are too few; the deep tier needs {FEWEST_KNOWN}."


def _failed(name: str, model: str, origin: date, why: str) -> str:
    return f"Series {named(name)}: {model} gave no forecast as of {origin} ({why or 'no reason given'})."


def _medians(said: pl.DataFrame, then: Panel, horizon: int) -> Matrix:
    """The median of the models by series and step, said at the panel's end; NaN unless two of them spoke."""
    place = pl.DataFrame(
        {"series": then.names, "origin": then.ends, "row": np.arange(len(then.names))},
        schema_overrides={"series": pl.String, "origin": pl.Date},
    )
    middle = (
        said.filter(pl.col("step") <= horizon)
        .join(place, on=["series", "origin"])
        .group_by("row", "step")
        .agg(pl.col("mean").median(), pl.len().alias("models"))
        .filter(pl.col("models") >= 2)
    )
    found: Matrix = np.full((len(then.names), horizon), np.nan)
    found[middle["row"].to_numpy(), middle["step"].to_numpy() - 1] = middle["mean"].to_numpy()
    return found


def _pairs(known: Panel, rows: Whole, learned: Learned, said: pl.DataFrame, nodes: Nodes | None) -> Pairs:
    """What each share would have missed by at every earlier date of the table, in the series' own scale."""
    horizon, few = learned.horizon, known.take(rows)
    found: Pairs = []
    for back in range(1, few.values.shape[1]):
        deeply = _medians(said, few.before(back), horizon)
        spoke = np.flatnonzero(np.isfinite(deeply).all(1))
        if not len(spoke):
            continue
        then = known.before(back)
        then = then if nodes is None else replace(then, shapes=shapes(then, nodes, learned.season))
        lightly = tell(then.take(rows[spoke]), learned.blend, learned.season, horizon)
        steps, first = min(back, horizon), known.values.shape[1] - back
        came = known.values[rows[spoke], first : first + steps]
        scale = np.where(lightly.scale > 0, lightly.scale, np.nan)[:, None]
        light, slow = ((each[:, :steps] - came) / scale for each in (lightly.mean, deeply[spoke]))
        missed = [np.abs((1 - share) * light + share * slow).mean(1) for share in (0.0, *SHARES)]
        found.append((rows[spoke], np.stack(missed, axis=1)))
    return found


def _decided(pairs: Pairs, series: int) -> tuple[Step, float]:
    """The share with the least error that wins by more than chance, or none; with the figures."""
    each = _by_series(pairs)
    if len(each) < FEWEST_SERIES or not each[:, 0].any():
        return Step("deep", "deep: too few series to tell", False, 0.0, 0.0, 0.0, series), 0.0
    gains = each[:, :1] - each[:, 1:]
    best = int(gains.mean(0).argmax())
    won, noise = float(gains[:, best].mean()), float(gains[:, best].std(ddof=1) / np.sqrt(len(gains)))
    sure = won / noise if noise > 0 else 0.0
    kept = won > 0 and sure > SURE
    name = f"deep {SHARES[best]:.0%}".replace("%", " %")
    step = Step("deep", name, kept, won / float(each[:, 0].mean()), sure, 0.0, series)
    return step, SHARES[best] if kept else 0.0


def _by_series(pairs: Pairs) -> Matrix:
    """The mean error of each series by share: the dates of one series are no independent witnesses."""
    if not pairs:
        return np.zeros((0, 1 + len(SHARES)))
    rows, missed = np.concatenate([rows for rows, _ in pairs]), np.concatenate([each for _, each in pairs])
    known = np.isfinite(missed).all(1)
    _, place = np.unique(rows[known], return_inverse=True)
    total = np.zeros((int(place.max(initial=-1)) + 1, missed.shape[1]))
    np.add.at(total, place, missed[known])
    mean: Matrix = total / np.bincount(place)[:, None] if len(place) else total
    return mean
