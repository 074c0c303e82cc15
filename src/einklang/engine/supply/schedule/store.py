"""What is there of one item and when: every supply with its moment and what nobody has taken yet."""

from bisect import bisect_left, bisect_right

DUST = 1e-9
Taken = tuple[int, float, int]
"""The moment a supply is there, how much of it was taken, and its number."""


class Store:
    """Supplies of one item in order of time; whoever takes from one takes it from all who come later.

    >>> screws = Store()
    >>> screws.put(0, 10.0, 1)
    >>> screws.put(50, 5.0, 2)
    >>> screws.latest(12.0, by=60)
    [(50, 5.0, 2), (0, 7.0, 1)]
    """

    __slots__ = ("left", "supplies", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.left: list[float] = []
        self.supplies: list[int] = []

    def put(self, at: int, quantity: float, supply: int) -> None:
        """Add units, or give them back."""
        place = bisect_left(self.times, at)
        while place < len(self.times) and self.times[place] == at:
            if self.supplies[place] == supply:
                self.left[place] += quantity
                return
            place += 1
        self.times.insert(place, at)
        self.left.insert(place, quantity)
        self.supplies.insert(place, supply)

    def remove(self, at: int, quantity: float, supply: int) -> None:
        """Take back what was put."""
        place = bisect_left(self.times, at)
        while self.supplies[place] != supply:
            place += 1
        self._draw(place, quantity)

    def latest(self, quantity: float, by: int) -> list[Taken]:
        """Take what is there by a moment, the latest first: what lies longer may serve an earlier need."""
        taken: list[Taken] = []
        place = bisect_right(self.times, by) - 1
        while quantity > DUST and place >= 0:
            taken.append(self._part(place, quantity))
            quantity -= taken[-1][1]
            place -= 1
        return taken

    def earliest(self, quantity: float, by: int) -> list[Taken]:
        """Take what is there by a moment, the earliest first."""
        taken: list[Taken] = []
        while quantity > DUST and self.times and self.times[0] <= by:
            taken.append(self._part(0, quantity))
            quantity -= taken[-1][1]
        return taken

    def covered(self, quantity: float) -> int | None:
        """The moment by which this much is there without anything more, if ever."""
        for at, left in zip(self.times, self.left, strict=True):
            quantity -= left
            if quantity <= DUST:
                return at
        return None

    def _part(self, place: int, quantity: float) -> Taken:
        taken = (self.times[place], min(quantity, self.left[place]), self.supplies[place])
        self._draw(place, taken[1])
        return taken

    def _draw(self, place: int, quantity: float) -> None:
        self.left[place] -= quantity
        if self.left[place] <= DUST:
            del self.times[place], self.left[place], self.supplies[place]
