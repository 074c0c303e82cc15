"""From a pool of methods to one number: the equal mean, unless the company's own past says otherwise.

    equal mean -> own weights -> a gate -> a share for the trees

An equal mean of unlike methods is hard to beat. Each step is therefore kept only where it would have won
at earlier dates, learned from what was known before them, paired by series and by more than chance; and
weights go only half the way. What was tried, and by how much it won or lost, is said.
"""

from dataclasses import dataclass, replace

import numpy as np

from einklang.engine.forecast.blend import BOOSTED, LASTING, Blend
from einklang.engine.forecast.boosted import Booster
from einklang.engine.forecast.classify import LAST_YEAR
from einklang.engine.forecast.gate import Gate, fitted, opening
from einklang.engine.forecast.learned import Step
from einklang.engine.forecast.panel import Matrix, Whole
from einklang.engine.forecast.tell import Means, Origin
from einklang.engine.periods import Frequency

FEWEST_SERIES = 30
"""Weights are learned from at least this many series."""
SURE, VERY_SURE = 1.0, 2.0
"""How many standard errors a step must win by, and one that leaves the equal mean altogether."""
PULL = 3.0
"""How strongly a gate is drawn to what it starts from."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Lasting series at earlier dates: what each method said, what a gate saw, what came.

    ``cost``: what a unit of error weighs, so that small and large, calm and rough series count alike.
    """

    methods: tuple[str, ...]
    said: Matrix
    seen: Matrix
    came: Matrix
    cost: Matrix
    series: Whole
    boosted: Matrix

    def loss(self, mean: Matrix) -> Matrix:
        """The mean error of each example."""
        missed: Matrix = (np.abs(mean - self.came) * self.cost[:, None]).mean(1)
        return missed

    def mixed(self, share: Matrix) -> Matrix:
        """The combined forecast."""
        mean: Matrix = np.matmul(share[:, None, :], self.said)[:, 0]
        return mean


def examples(origins: list[Origin], blend: Blend) -> Examples | None:
    """What can be learned from: series of lasting kinds whose whole horizon has come."""
    methods = tuple(blend.weights[LASTING[0]])
    start = np.array(list(blend.weights[LASTING[0]].values()))
    said, seen, came, scale, series, boosted = [], [], [], [], [], []
    for origin in origins:
        made = origin.made
        use = np.isin(made.kinds, LASTING) & np.isfinite(origin.came).all(1) & (made.scale > 0)
        rows = np.flatnonzero(use)
        if made.seen is None or not len(rows):
            continue
        said.append(np.stack([made.parts[name][rows] for name in methods], axis=1))
        seen.append(made.seen[rows])
        came.append(origin.came[rows])
        scale.append(made.scale[rows])
        series.append(origin.rows[rows])
        boosted.append(made.parts[BOOSTED][rows])
    if sum(map(len, said)) < FEWEST_SERIES:
        return None
    every, actual, usual = np.concatenate(said), np.concatenate(came), np.concatenate(scale)
    middle = np.tensordot(every, start, axes=(1, 0))
    size = np.maximum(np.abs(middle).mean(1), 1e-9)
    missed = np.abs(middle - actual).mean(1)
    cost = sum(0.5 / unit / max(np.minimum(missed / unit, 10).mean(), 1e-9) for unit in (usual, size))
    return Examples(
        methods, every, np.concatenate(seen), actual, cost, np.concatenate(series), np.concatenate(boosted)
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """Every way of combining, as fitted on some dates."""

    weights: Gate
    gate: Gate
    booster: Booster | None


def fit(past: Examples, booster: Booster | None, blend: Blend, frequency: Frequency) -> Tried:
    """All ways of combining from what was known by some date."""
    equally = blend.weights[LASTING[0]]
    blind = np.zeros((len(past.said), 0))
    flat = opening(past.methods, equally, blind, "D")
    weights = fitted(flat, blind, past.said, past.came, past.cost, 0.0)
    start = opening(past.methods, equally, past.seen, frequency)
    gate = fitted(start, past.seen, past.said, past.came, past.cost, PULL)
    return Tried(weights, gate, booster)


@dataclass(frozen=True, slots=True)
class Settings:
    """How far to go: from equal to own weights, from those to the gate's, and the share of the trees."""

    weights: float = 0.0
    gate: float = 0.0
    trees: float = 0.0


STEPS = (
    ("own weights", {"weights": 0.5}),
    ("own weights in full", {"weights": 1.0}),
    ("gate", {"gate": 0.5}),
    ("gate in full", {"gate": 1.0}),
    ("trees 25 %", {"trees": 0.25}),
    ("trees 50 %", {"trees": 0.5}),
)
"""What is tried, in this order; a step beyond one that was not kept is not tried."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One date at which every step is tried against the one before, learned only from what lay before it."""

    test: Examples
    tried: Tried

    def loss(self, settings: Settings, start: Blend) -> Matrix:
        """What would have been missed by with these settings."""
        return self.test.loss(self.mean(settings, start))

    def mean(self, settings: Settings, start: Blend) -> Matrix:
        """What would have been said with these settings."""
        blend = finished(settings, self.tried, start)
        fixed = np.array(list(blend.weights[LASTING[0]].values()))
        share = np.broadcast_to(fixed, (len(self.test.said), len(fixed)))
        if blend.gate is not None:
            share = (1 - blend.trust) * share + blend.trust * blend.gate.weights(self.test.seen)
        mean = self.test.mixed(share)
        return (1 - blend.share) * mean + blend.share * self.test.boosted if blend.share else mean


def chosen(trials: list[Trial], start: Blend) -> tuple[Settings, list[Step]]:
    """The steps that won, and what was tried."""
    best, steps, lost = Settings(), list[Step](), set[str]()
    for name, change in STEPS:
        what = next(iter(change))
        if what in lost or (what == "trees" and any(trial.tried.booster is None for trial in trials)):
            continue
        better = replace(best, **change)
        step = _judged(name, trials, start, best, better)
        steps.append(step)
        if step.kept:
            best = better
        else:
            lost.add(what)
    return best, steps


def _judged(name: str, trials: list[Trial], start: Blend, old: Settings, new: Settings) -> Step:
    """Whether a step won: the gain by series, over all trials, against its own scatter."""
    before = np.concatenate([trial.loss(old, start) for trial in trials])
    after = np.concatenate([trial.loss(new, start) for trial in trials])
    _, which = np.unique(np.concatenate([trial.test.series for trial in trials]), return_inverse=True)
    count = np.bincount(which)
    said = sum(float(trial.mean(new, start).sum()) for trial in trials)
    came = sum(float(trial.test.came.sum()) for trial in trials)
    bias = (said - came) / came if came else 0.0
    by_series = [np.bincount(which, part) / count for part in (before, after)]
    return _step("lasting", name, by_series[0], by_series[1], bias)


def finished(settings: Settings, tried: Tried, start: Blend) -> Blend:
    """The blend of these settings, with what was fitted."""
    weights = dict(start.weights)
    if settings.weights:
        own = tried.weights.weights(np.zeros((1, 0)))[0]
        for kind in LASTING:
            pairs = zip(start.weights[kind].items(), own, strict=True)
            weights[kind] = {name: float(old + settings.weights * (new - old)) for (name, old), new in pairs}
    gate = tried.gate if settings.gate else None
    booster = tried.booster if settings.trees else None
    return Blend(weights, gate, settings.gate, booster, settings.trees if booster else 0.0)


def with_last_year(origins: list[Origin], start: Blend, horizon: int) -> tuple[Blend, tuple[Step, ...]]:
    """How much short histories repeat last year: what errs least at earlier dates, by more than chance."""
    said, came, scale, kind = [], [], [], "short"
    for origin in origins:
        made, whole = origin.made, np.isfinite(origin.came).all(1)
        rows = np.flatnonzero((made.kinds == kind) & whole & (made.scale > 0))
        if origin.back in (horizon, 2 * horizon) and len(rows):
            said.append(np.stack([made.parts[name][rows] for name in start.weights[kind]], axis=1))
            came.append(origin.came[rows])
            scale.append(made.scale[rows])
    if sum(map(len, said)) < FEWEST_SERIES:
        return start, ()
    every, actual, usual = np.concatenate(said), np.concatenate(came), np.concatenate(scale)
    names = list(start.weights[kind])
    own = np.array([float(name == LAST_YEAR) for name in names])
    best, steps = np.array(list(start.weights[kind].values())), list[Step]()
    for name, share in (("last year, half", 0.5), ("last year in full", 1.0)):
        more = (1 - share) * np.array(list(start.weights[kind].values())) + share * own
        means = [np.tensordot(every, weights, axes=(1, 0)) for weights in (best, more)]
        before, after = (np.abs(mean - actual).mean(1) / usual for mean in means)
        bias = float((means[1] - actual).sum() / actual.sum()) if actual.sum() else 0.0
        steps.append(_step(kind, name, before, after, bias))
        if steps[-1].kept:
            best = more
    weights = {**start.weights, kind: dict(zip(names, best.tolist(), strict=True))}
    return replace(start, weights=weights), tuple(steps)


def _step(kind: str, name: str, before: Matrix, after: Matrix, bias: float) -> Step:
    """Whether one way erred less than another, paired by series."""
    gain = before - after
    error = gain.std() / np.sqrt(len(gain))
    sure = float(gain.mean() / error) if error > 0 else 0.0
    return Step(
        kind, name, sure > SURE, float(gain.mean() / max(before.mean(), 1e-300)), sure, bias, len(gain)
    )


def remixed(made: Means, blend: Blend) -> Means:
    """The same forecasts combined in another way."""
    mean = made.mean.copy()
    for kind, weights in blend.weights.items():
        rows = np.flatnonzero(made.kinds == kind)
        if not len(rows):
            continue
        said = np.stack([np.nan_to_num(made.parts[name][rows]) for name in weights], axis=1)
        share = np.broadcast_to(np.array(list(weights.values())), (len(rows), len(weights)))
        if blend.gate is not None and kind in LASTING and made.seen is not None:
            share = (1 - blend.trust) * share + blend.trust * blend.gate.weights(made.seen[rows])
        mean[rows] = np.matmul(share[:, None, :], said)[:, 0]
        if blend.booster is not None and kind in LASTING and np.isfinite(made.parts[BOOSTED][rows]).all():
            mean[rows] = (1 - blend.share) * mean[rows] + blend.share * made.parts[BOOSTED][rows]
    return replace(made, mean=mean)
