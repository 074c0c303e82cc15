"""Money as whole minor units: shared without losing one, and read from exact decimals."""

from collections.abc import Hashable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from einklang.engine.errors import Impossible

Key = TypeVar("Key", bound=Hashable)


def split(total: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Share ``total`` cents by weight; the parts always sum to ``total`` (largest remainder).

    A negative total (a credit note) is shared like its positive twin.

    >>> split(100, {"a": 1, "b": 1, "c": 1})
    {'a': 34, 'b': 33, 'c': 33}
    >>> split(-100, {"a": 1, "b": 1, "c": 1})
    {'a': -34, 'b': -33, 'c': -33}
    """
    if total < 0:
        return {key: -part for key, part in split(-total, weights).items()}
    whole = sum(weights.values())
    if whole <= 0 or min(weights.values()) < 0:
        raise Impossible("An amount can only be shared by weights that are positive.")
    parts = {key: total * weight // whole for key, weight in weights.items()}
    cents_left = total - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), str(key)))
    for key in by_remainder[:cents_left]:
        parts[key] += 1
    return parts


def share_cents(total: int, exact: Sequence[Decimal]) -> list[int]:
    """Whole cents shared among exact amounts, in their order, so that the parts sum to ``total``.

    >>> share_cents(cents(Decimal("0.3333") * 3), [Decimal("0.3333")] * 3)
    [34, 33, 33]
    """
    weights = {place: int(amount * 10**6) for place, amount in enumerate(exact)}
    if not any(weights.values()):
        return [0] * len(exact)
    parts = split(total, weights)
    return [parts[place] for place in range(len(exact))]


def whole_weights(shares: Mapping[Key, float], digits: int = 9) -> dict[Key, int]:
    """Turn shares into whole weights that ``split`` can use.

    >>> whole_weights({"a": 0.25, "b": 0.75}, digits=2)
    {'a': 25, 'b': 75}
    """
    return {key: round(share * 10**digits) for key, share in shares.items()}


def cents(amount: Decimal | str | int) -> int:
    """An exact amount as whole minor units, half away from zero.

    >>> cents("20565.6206"), cents("0.005"), cents("-0.005")
    (2056562, 1, -1)
    """
    return int((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
