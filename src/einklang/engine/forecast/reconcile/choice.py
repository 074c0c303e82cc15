"""Which way of adding up has been best: each is tried on earlier dates, the usual one stays unless one wins.

scale        each node's variance is its usual miss squared (weighted least squares; the usual way)
equal        all nodes alike (ordinary least squares)
structure    a node's variance is the number of its leaves
bottom-up    only the leaves are heard
top-down     only the top is heard, and shared like the leaves' forecasts
joint        with the correlation of the nodes' errors, shrunk (MinT); for small trees
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast.learned import Step
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.reconcile.trees import Forest, Nodes
from einklang.engine.forecast.reconcile.weighted import reconciled
from einklang.engine.forecast.tell import Means

WAYS = ("scale", "together", "equal", "structure", "bottom-up", "top-down", "joint")
MOST_NODES = 400
"""Larger trees are added up in the usual way, untried: little is left to win, and the trial takes time."""
WORTHWHILE = 0.01
"""A way that takes away less than this share of the error is not worth a change."""
SHARED = 0.2
"""The part of the leaves' error variance that is common to all (way ``together``)."""


@dataclass(frozen=True, slots=True)
class Adding:
    """A way of adding up; ``correlation`` of the nodes' errors for the joint one."""

    way: str = "scale"
    correlation: Matrix | None = None

    def added_up(
        self, mean: Matrix, scale: Matrix, nodes: Nodes, floor: Matrix, still: np.ndarray | None = None
    ) -> Matrix:
        """The forecasts, adding up in this way; what is ``still`` (node by step) does not move."""
        if self.way == "joint" and self.correlation is not None and still is None:
            return _jointly(mean, scale, self.correlation, nodes, floor)
        variance = self.variance(mean, scale, nodes)
        if still is not None:
            variance = np.where(still, 0.0, variance[:, None])
        if self.way == "together" and still is None:
            return _together(mean, scale, variance, nodes, floor)
        return reconciled(mean, variance, nodes, floor)

    def variance(self, mean: Matrix, scale: Matrix, nodes: Nodes) -> Matrix:
        """The variance of each node's own forecast; infinite if it is not heard."""
        leaf = nodes.leaves
        top = nodes.main.parents < 0
        usual: Matrix = scale**2
        match self.way:
            case "equal":
                return np.ones_like(scale)
            case "structure":
                return nodes.summed(np.ones((len(scale), 1)))[:, 0]
            case "bottom-up":
                return np.where(leaf, usual, np.inf)
            case "top-down":
                size = np.abs(mean).mean(1)
                return np.where(
                    leaf, size + 1e-9 * max(float(size.max(initial=0.0)), 1.0), np.where(top, 0.0, np.inf)
                )
            case _:
                return usual


def best_way(
    known: Panel, nodes: Nodes, told: Callable[[Panel], Means], horizon: int
) -> tuple[Adding, Step | None]:
    """The way that would have won at three earlier dates; else the usual one.

    ``told`` says what each node's own forecast would have been, from a panel as it stood then.
    """
    if len(nodes.names) > MOST_NODES:
        return Adding(), None
    tried = [
        _trial(known, told, back, horizon) for back in (horizon, horizon + -(-horizon // 2), 2 * horizon)
    ]
    trials = [trial for trial in tried if trial is not None]
    if len(trials) < 3:
        return Adding(), None
    level = _levels(nodes)
    usual = _misses(Adding(), trials, nodes, level)
    if not usual.size:
        return Adding(), None
    best, chosen = Adding(), Step("sums", "scale", True, 0.0, 0.0, 0.0, len(nodes.names))
    for way in WAYS[1:]:
        gain = 1 - _misses(_as_of(way, trials), trials, nodes, level) / np.maximum(usual, 1e-300)
        won = float(gain.mean())
        doubt = float(gain.mean(1).std() / np.sqrt(len(gain)))
        always = bool((gain.mean(1) > 0).all() and (gain.mean(0) > -WORTHWHILE).all())
        if always and won > max(WORTHWHILE, chosen.won):
            best = Adding(way, _correlation(trials) if way == "joint" else None)
            chosen = Step("sums", way, True, won, won / doubt if doubt > 0 else 0.0, 0.0, len(nodes.names))
    return best, chosen


def _levels(nodes: Nodes) -> Whole:
    """The level of each node: 0 the leaves, then the sums from the top downwards."""
    depths = nodes.main.depths + 1
    found: Whole = np.where(nodes.leaves, 0, depths)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was said at an earlier date of every node, and what came."""

    mean: Matrix
    scale: Matrix
    came: Matrix
    floor: Matrix

    @property
    def errors(self) -> Matrix:
        """Errors in units of each node's scale."""
        return (self.came - self.mean) / np.maximum(self.scale, 1e-12)[:, None]


def _trial(known: Panel, told: Callable[[Panel], Means], back: int, horizon: int) -> Trial | None:
    """What was said some periods ago, and what came; nothing where there was too little to say it from."""
    then = known.before(back)
    first = then.values.shape[1]
    if first < horizon or not (then.lengths > 1).mean() > 0.5:
        return None
    made = told(then)
    came = known.values[:, first : first + horizon]
    floor = np.where(np.nan_to_num(then.values).min(1, initial=0.0) >= 0, 0.0, -np.inf)
    return Trial(made.mean, made.scale, np.nan_to_num(came), floor)


def _misses(adding: "Adding | list[Adding]", trials: list[Trial], nodes: Nodes, level: Whole) -> Matrix:
    """Mean absolute error by date and level, in units of each node's scale."""
    ways = adding if isinstance(adding, list) else [adding] * len(trials)
    found = []
    for way, trial in zip(ways, trials, strict=True):
        mean = way.added_up(trial.mean, trial.scale, nodes, trial.floor)
        found.append(np.abs(mean - trial.came).mean(1))
    scale = np.stack([trial.scale for trial in trials])
    # A node that never misses says nothing about ways of adding up.
    judged = (scale > 1e-9 * max(float(scale.max(initial=0.0)), 1e-300)).all(0)
    missed = np.stack(found)[:, judged] / scale[:, judged]
    levels = [missed[:, level[judged] == place] for place in np.unique(level[judged])]
    by_level: Matrix = np.stack([part.mean(1) for part in levels], axis=1) if levels else np.zeros((0, 0))
    return by_level


def _as_of(way: str, trials: list[Trial]) -> "Adding | list[Adding]":
    """A way as each trial may know it: correlations only from the other dates."""
    if way != "joint":
        return Adding(way)
    return [Adding(way, _correlation([other for other in trials if other is not trial])) for trial in trials]


def _correlation(trials: list[Trial]) -> Matrix:
    """The correlation of the nodes' errors, shrunk to none as far as it is uncertain (Schaefer, Strimmer)."""
    errors = np.concatenate([trial.errors for trial in trials], axis=1)
    spread = np.maximum(np.sqrt((errors**2).mean(1)), 1e-12)
    unit = errors / spread[:, None]
    count = unit.shape[1]
    raw = unit @ unit.T / count
    squares = (unit**2) @ (unit**2).T / count - raw**2
    off = ~np.eye(len(raw), dtype=bool)
    shrink = float(np.clip(squares[off].sum() / count / max((raw[off] ** 2).sum(), 1e-300), 0.0, 1.0))
    found: Matrix = np.where(off, (1 - shrink) * raw, 1.0)
    return found


def _together(mean: Matrix, scale: Matrix, variance: Matrix, nodes: Nodes, floor: Matrix) -> Matrix:
    """Weighted least squares in which a shock z moves all leaves: f + z g, with g = sqrt(part) * scale.

    The answer is linear in z, so two solutions give it: z^2 + sum of (x0 + z x1 - f - z g)^2 / v is least.
    """
    leaf, free = nodes.leaves, np.full(len(scale), -np.inf)
    alone = np.where(leaf, (1 - SHARED) * variance, variance)
    shock = np.where(leaf, np.sqrt(SHARED) * scale, 0.0)[:, None]
    still, moved = reconciled(mean, alone, nodes, free), reconciled(shock, alone, nodes, free)
    weight = 1 / np.maximum(alone, 1e-12 * max(float(alone.max(initial=0.0)), 1e-300))[:, None]
    first, second = still - mean, moved - shock
    size = -(first * second * weight).sum(0) / (1 + (second**2 * weight).sum())
    found = still + size * moved
    return nodes.summed(np.maximum(found, np.where(leaf, floor, -np.inf)[:, None]))


def _jointly(mean: Matrix, scale: Matrix, correlation: Matrix, nodes: Nodes, floor: Matrix) -> Matrix:
    """F - W C' (C W C')^-1 C f, where C f is what does not add up."""
    covariance = scale[:, None] * correlation * scale
    inner = np.flatnonzero(~nodes.leaves)
    gaps = np.eye(len(scale))[inner] - _membership(nodes)
    system = gaps @ covariance @ gaps.T
    system += np.eye(len(inner)) * max(float(np.trace(system)), 1e-12) * 1e-10
    moved = mean - covariance @ gaps.T @ np.linalg.solve(system, gaps @ mean)
    return nodes.summed(np.maximum(moved, np.where(nodes.leaves, floor, -np.inf)[:, None]))


def _membership(nodes: Nodes) -> Matrix:
    """Which leaf adds into which inner node, as a matrix of inner nodes by all nodes."""
    count = len(nodes.names)
    inner = np.flatnonzero(~nodes.leaves)
    found = np.zeros((len(inner), count))
    if isinstance(nodes, Forest):
        found[:, nodes.leaves] = nodes.members.toarray()
        return found
    for place, node in enumerate(inner):
        found[place, nodes.leaves_of(int(node))] = 1.0
    return found
