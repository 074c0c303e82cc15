"""Quotas: share a month's target among territories without promising what cannot be made.

    promised = min(target, sellable)
    quota_i  = promised * weight_i / sum(weights)      whole cents, summing to ``promised``

``sellable`` is the money value of what the signed supply plan can deliver that month. What the
target asks beyond it comes back as ``uncovered``: a question for the supply review, not a cut
made in secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from einklang.engine.errors import Impossible
from einklang.engine.money import split, whole_weights


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """Cents per territory, and the cents of target that have no capacity behind them."""

    quotas: dict[str, int]
    uncovered: int


def plan_quotas(target: int, sellable: int, weights: Mapping[str, int]) -> QuotaPlan:
    """Share as much of ``target`` as can be made, by each territory's weight.

    >>> plan_quotas(target=100_00, sellable=80_00, weights={"north": 2, "south": 1})
    QuotaPlan(quotas={'north': 5333, 'south': 2667}, uncovered=2000)
    """
    if target < 0 or sellable < 0:
        raise Impossible("Target and sellable capacity cannot be negative.")
    promised = min(target, sellable)
    return QuotaPlan(split(promised, weights), uncovered=target - promised)


def weights_of(
    potential: Mapping[str, int], history: Mapping[str, int], *, history_share: float = 0.5
) -> dict[str, int]:
    """Weights that look forward (potential) and back (what was sold), each as a share of its total.

    A territory that stands in only one of the two counts as nothing in the other.

    >>> weights_of({"north": 300, "south": 100}, {"north": 100, "south": 100}, history_share=0.5)
    {'north': 625000000, 'south': 375000000}
    """
    if not 0 <= history_share <= 1:
        raise Impossible("The share of history lies between 0 and 1.")
    if min([0, *potential.values(), *history.values()]) < 0:
        raise Impossible("Potential and history cannot be negative.")
    ahead, behind = sum(potential.values()), sum(history.values())
    if not ahead and not behind:
        raise Impossible(
            "Quotas need a potential or a history to be shared by: enter one for at least one territory."
        )
    # Where one side is wholly empty, the other decides alone.
    back = history_share if ahead and behind else float(bool(behind))
    shares = {
        key: (1 - back) * potential.get(key, 0) / (ahead or 1) + back * history.get(key, 0) / (behind or 1)
        for key in dict.fromkeys([*potential, *history])
    }
    return whole_weights(shares)


def over_assign(quotas: Mapping[str, int], share: float) -> dict[str, int]:
    """Raise quotas together so that some may fall short and the target is still met, to the cent.

    Their sum is then above the plan on purpose; the parts of the raised sum are whole cents.

    >>> over_assign({"north": 200_00, "south": 100_00}, 0.05)
    {'north': 21000, 'south': 10500}
    """
    if share < 0:
        raise Impossible("Over-assignment is a share of 0 or more.")
    total = sum(quotas.values())
    if not total:
        return dict(quotas)
    return split(total + round(total * share), quotas)


def check_over_assignment(quotas: Mapping[str, int], target: int, *, limit: float = 0.1) -> str | None:
    """A sentence when quotas add up to more than the target by over the limit; nothing when they do not.

    >>> check_over_assignment({"north": 120}, 100, limit=0.1)
    'Quotas add up to 20.0 % more than the target; at most 10.0 % is agreed.'
    """
    over = sum(quotas.values()) - target
    if target <= 0 or over <= limit * target:
        return None
    return (
        f"Quotas add up to {over / target:.1%} more than the target; at most {limit:.1%} is agreed.".replace(
            "%", " %"
        )
    )
