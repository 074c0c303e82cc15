"""Which effects are kept: those that would have made earlier forecasts better, by more than chance.

At two earlier dates the effects are measured from what was known then, and the periods that followed are
forecast with them and without, their prices, promotions and happenings as they came. The gains are
paired by series. A group of causes that did not act in those periods could not be tried, and is not kept.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast.causes import GROUPS, Causes
from einklang.engine.forecast.effects import Effects, measured
from einklang.engine.forecast.learned import Step
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.tell import equal, tell

SAMPLED = 250
FEWEST_ROWS = 3
SURE = 2.0
"""How many standard errors all effects together must win by; each alone one."""
SURE_EACH = 1.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One earlier date: the histories then, the effects measured from them, and what came."""

    then: Panel
    effects: Effects
    rows: Whole
    came: Matrix
    season: int

    def missed(self, groups: set[str]) -> tuple[Matrix, Matrix]:
        """Mean absolute error of each sampled series with some groups of causes; and the mean forecast."""
        effects = self.effects.only(groups, self.rows)
        horizon = self.came.shape[1]
        part = (effects.removed(self.then) if groups else self.then).take(self.rows)
        mean = tell(part, equal(self.season), self.season, horizon).mean
        if groups:
            whole = np.zeros((len(self.then.names), horizon))
            whole[self.rows] = mean
            mean = mean + np.sum([line[self.rows] for line in effects.ahead(whole).values()], axis=0)
        return np.abs(mean - self.came).mean(1), mean


def kept(
    panel: Panel, causes: Causes, season: int, families: Whole | None = None
) -> tuple[Effects, tuple[Step, ...]]:
    """The effects worth having, and what the trial of each group said."""
    given = [group for group in GROUPS if group in causes.groups]
    trials = [
        trial
        for back in (causes.horizon, 2 * causes.horizon)
        if (trial := _trial(panel, causes, season, families, back)) is not None
    ]
    everything = measured(panel, causes, season, families)
    if not trials:
        return everything.only(set()), tuple(
            Step("effects", group, False, 0.0, 0.0, 0.0, 0) for group in given
        )
    full = _missed(trials, set(given))
    steps, good = [], set()
    for group in given:
        without = _missed(trials, set(given) - {group})
        step = _step(trials, group, without, full, SURE_EACH)
        steps.append(step)
        good |= {group} if step.kept else set()
    bare = _missed(trials, set())
    together = full if len(good) == len(given) else _missed(trials, good)
    verdict = _step(trials, "all together", bare, together, SURE)
    if not verdict.kept:
        good = set()
        steps = [Step(s.kind, s.step, False, s.won, s.sure, s.bias, s.series) for s in steps]
    return everything.only(good), (*steps, verdict)


def _trial(panel: Panel, causes: Causes, season: int, families: Whole | None, back: int) -> Trial | None:
    """An earlier date with enough of a past to measure effects from."""
    then = panel.before(back)
    rows = np.flatnonzero(then.lengths >= max(season + 2, 2 * causes.horizon // 3, 12)).astype(np.int64)
    rows = rows[:: -(-len(rows) // SAMPLED)] if len(rows) else rows
    if len(rows) < FEWEST_ROWS:
        return None
    effects = measured(then, causes.before(back), season, families)
    first = then.values.shape[1]
    return Trial(then, effects, rows, panel.values[rows, first : first + causes.horizon], season)


def _missed(trials: list[Trial], groups: set[str]) -> tuple[Matrix, float]:
    """Errors of all trials in units of what the series sells, and the bias of their sum."""
    errors, said, came = [], 0.0, 0.0
    for trial in trials:
        error, mean = trial.missed(groups)
        size = np.maximum(np.abs(trial.came).mean(1), 1e-9)
        errors.append(error / size)
        said, came = said + float(mean.sum()), came + float(trial.came.sum())
    return np.concatenate(errors), (said - came) / came if came else 0.0


def _step(
    trials: list[Trial], name: str, without: tuple[Matrix, float], having: tuple[Matrix, float], sure: float
) -> Step:
    """Whether errors without a group of causes are surely larger than with it."""
    gain = without[0] - having[0]
    doubt = float(gain.std() / np.sqrt(len(gain)))
    certain = float(gain.mean() / doubt) if doubt > 0 else 0.0
    won = float(gain.mean() / max(without[0].mean(), 1e-300))
    count = sum(len(trial.rows) for trial in trials)
    return Step("effects", name, certain > sure, won, certain, having[1], count)
