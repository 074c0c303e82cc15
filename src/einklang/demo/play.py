"""One month of the invented company, played through the same actions that people use."""

from collections.abc import Callable

from einklang.demo.times import Times


def play(times: Times, say: Callable[[str], None]) -> None:
    """From the orders of the demo month to a signed plan."""
