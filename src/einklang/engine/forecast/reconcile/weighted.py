"""Forecasts that add up, each moved as little as its certainty allows (weighted least squares, exactly).

On one tree in two passes, without a matrix. With ``v`` the sum of the children's variances and ``w`` the
parent's own:

    up:    parent = sum of children + v / (v + w) * (own forecast - sum of children)
    down:  child += child's variance / v * (parent - sum of children)

On several trees over the same leaves, with ``P`` the membership of leaves in inner nodes, ``D`` and ``V``
the variances of leaves and inner nodes, and ``f`` what was forecast of them:

    leaves = f_leaf + D P' (V + P D P')^-1 (f_inner - P f_leaf)

An infinite variance says that a node's own forecast is not heard; a variance of 0 that it holds exactly.
"""

import numpy as np

from einklang.engine.forecast.panel import Matrix
from einklang.engine.forecast.reconcile.trees import Forest, Nodes, Tree, added

ROUNDS = 30
DENSE_NODES = 3_000
TINY = 1e-12


def reconciled(
    forecast: Matrix, variance: Matrix, nodes: Nodes, floor: Matrix, *, holds: bool = False
) -> Matrix:
    """The forecasts closest to the given ones that add up, none of the leaves below its floor.

    ``variance``: of each node, or of each node and step. ``holds``: some inner nodes hold exactly, so that
    what a leaf at its floor cannot give must come from the others.

    >>> import polars as pl
    >>> from einklang.engine.forecast.reconcile.trees import tree
    >>> pair = tree(pl.DataFrame({"series": ["a", "b"], "parent": ["all", "all"]}), ["a", "b"])
    >>> reconciled(np.array([[4.0], [6.0], [13.0]]), np.array([1.0, 1.0, 1.0]), pair, np.zeros(3)).ravel()
    array([ 5.,  7., 12.])
    """
    variance = variance.astype(float)
    if variance.ndim == 1:
        variance = variance[:, None]
    solve = _two_passes if isinstance(nodes, Tree) else _several
    least = np.where(nodes.leaves, floor, -np.inf)[:, None]
    best = solve(forecast, variance, nodes)  # type: ignore[arg-type]
    if holds:
        for _turn in range(ROUNDS):
            low = best < least - 1e-9
            if not low.any():
                break
            forecast = np.where(low, least, forecast)
            variance = np.where(low, 0.0, np.broadcast_to(variance, forecast.shape))
            best = solve(forecast, variance, nodes)  # type: ignore[arg-type]
    return nodes.summed(np.maximum(best, least))


def _two_passes(forecast: Matrix, variance: Matrix, nodes: Tree) -> Matrix:
    """Weighted least squares on one tree."""
    best, spread = forecast.copy(), variance.copy()
    below, noise = np.zeros_like(best), np.zeros_like(spread)
    levels = nodes.from_below()
    for children in levels:
        parents, sums = added(nodes.parents[children], best[children])
        below[parents] = sums
        own, under = spread[parents], added(nodes.parents[children], spread[children])[1]
        noise[parents] = under
        heard = np.isfinite(own)
        both = np.where(heard, under + own, 1.0)
        trust = np.divide(under, both, out=np.zeros_like(under), where=heard & (both > 0))
        best[parents] = below[parents] + trust * (best[parents] - below[parents])
        spread[parents] = np.where(heard, trust * np.where(heard, own, 0.0), under)
    for children in reversed(levels):
        parents = nodes.parents[children]
        whole = noise[parents]
        share = np.divide(spread[children], whole, out=np.zeros_like(whole), where=whole > 0)
        best[children] += share * (best[parents] - below[parents])
    return best


def _several(forecast: Matrix, variance: Matrix, nodes: Forest) -> Matrix:
    """Weighted least squares on several trees, step by step where the variances differ by step."""
    if variance.shape[1] == 1:
        return _at_once(forecast, variance[:, 0], nodes)
    steps = [_at_once(forecast[:, [step]], variance[:, step], nodes) for step in range(forecast.shape[1])]
    return np.concatenate(steps, axis=1)


def _at_once(forecast: Matrix, variance: Matrix, nodes: Forest) -> Matrix:
    """The small system of the inner nodes that are heard."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    leaf, inner = nodes.leaves, nodes.inner
    heard = np.isfinite(variance[inner])
    members = nodes.members[np.flatnonzero(heard)]
    spread, own = variance[leaf], variance[inner][heard]
    away = forecast[inner][heard] - members @ forecast[leaf]
    spreading = sparse.dia_array((spread[None, :], [0]), shape=(len(spread), len(spread)))
    joint = members @ spreading @ members.T
    # Sums of sums make the system singular where all hold exactly; a trace of doubt keeps it solvable.
    size = max(float(joint.diagonal().max(initial=0.0)), TINY)
    doubt = own + TINY * size
    if len(own) <= DENSE_NODES:
        weight = np.linalg.solve(joint.toarray() + np.diag(doubt), away)
    else:
        weight = splu((joint + sparse.dia_array((doubt[None, :], [0]), shape=joint.shape)).tocsc()).solve(
            away
        )
    found = forecast.copy()
    found[leaf] += spread[:, None] * (members.T @ weight)
    return found
