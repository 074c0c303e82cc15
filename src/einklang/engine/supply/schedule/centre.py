"""A work centre's time: when it is open, and which of its open seconds are still free on each machine."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

DAY = 86_400
MORNING = 6 * 3600
Piece = tuple[int, int, int]
"""A machine, and the open seconds from which to which it works."""


class Centre:
    """Open time counted in seconds, gaps left by what is already booked, machine by machine.

    Nights and free days do not count: work that begins on Friday afternoon goes on on Monday. A centre of a
    named number of machines does each piece of work on one of them without a break. One without a number
    is a group whose hours are shared: work fills whatever hours are free, also beside and around other work.
    More hours a day than a day has mean that it works that much faster.

    >>> bench = Centre("bench", [8.0, 8.0, 0.0, 8.0], machines=1)
    >>> bench.need(4.0), bench.latest(14_400, 4 * DAY)
    (14400, [(0, 72000, 86400)])
    >>> bench.starts_at(72_000) == 3 * DAY + MORNING + 4 * 3600
    True
    """

    __slots__ = ("cumulative", "ends", "is_pool", "length", "name", "opens", "speed", "starts", "total")

    def __init__(self, name: str, hours: Sequence[float], machines: int | None = None) -> None:
        self.name = name
        self.is_pool = machines is None
        count = machines or 1
        self.speed = max(1.0, max(hours, default=0.0) / count / 24)
        self.length = [round(each / count / self.speed * 3600) for each in hours]
        self.opens = [min(MORNING, DAY - length) for length in self.length]
        self.cumulative = [0, *accumulate(self.length)]
        self.total = self.cumulative[-1]
        self.starts = [[0] if self.total else [] for _ in range(count)]
        self.ends = [[self.total] if self.total else [] for _ in range(count)]

    def need(self, hours: float) -> int:
        """Open seconds that some hours of work take on one machine; a begun second counts as whole."""
        return -int(-hours * 3600 / self.speed // 1)

    def worked(self, at: int) -> int:
        """Open seconds that lie before a moment."""
        day = at // DAY
        if day >= len(self.length):
            return self.total
        if day < 0:
            return 0
        inside = at - day * DAY - self.opens[day]
        length = self.length[day]
        return self.cumulative[day] + (0 if inside < 0 else length if inside > length else inside)

    def starts_at(self, second: int) -> int:
        """The moment at which work starts that begins with this open second."""
        day = bisect_right(self.cumulative, second) - 1
        return day * DAY + self.opens[day] + second - self.cumulative[day]

    def ends_at(self, second: int) -> int:
        """The moment at which work ends that takes all open seconds before this one."""
        day = bisect_left(self.cumulative, second) - 1
        return day * DAY + self.opens[day] + second - self.cumulative[day]

    def ideal(self, need: int, since: int) -> int:
        """When this much work would end if nothing else were booked."""
        second = self.worked(since) + need
        return self.ends_at(second) if second <= self.total else len(self.length) * DAY

    def latest(self, need: int, by: int) -> list[Piece] | None:
        """Where this much work ends as late as possible, but by a moment; earliest piece last."""
        limit = self.worked(by)
        if self.is_pool:
            return self._pieces_before(need, limit)
        best, at = -1, 0
        for machine, starts in enumerate(self.starts):
            ends = self.ends[machine]
            for gap in range(bisect_left(starts, limit) - 1, -1, -1):
                end = ends[gap]
                start = (end if end < limit else limit) - need
                if start <= best:
                    break
                if start >= starts[gap]:
                    best, at = start, machine
                    break
        return [(at, best, best + need)] if best >= 0 else None

    def earliest(self, need: int, since: int) -> list[Piece] | None:
        """Where this much work ends as early as possible, but starts not before a moment; last piece last."""
        limit = self.worked(since)
        if self.is_pool:
            return self._pieces_after(need, limit)
        best, at = self.total + 1, 0
        for machine, starts in enumerate(self.starts):
            ends = self.ends[machine]
            for gap in range(bisect_right(ends, limit), len(starts)):
                start = starts[gap]
                if start < limit:
                    start = limit
                if start >= best:
                    break
                if ends[gap] - start >= need:
                    best, at = start, machine
                    break
        return [(at, best, best + need)] if best <= self.total else None

    def _pieces_before(self, need: int, limit: int) -> list[Piece] | None:
        starts, ends, pieces = self.starts[0], self.ends[0], []
        for gap in range(bisect_left(starts, limit) - 1, -1, -1):
            end = ends[gap] if ends[gap] < limit else limit
            start = starts[gap]
            if end - start >= need:
                pieces.append((0, end - need, end))
                return pieces
            pieces.append((0, start, end))
            need -= end - start
        return None

    def _pieces_after(self, need: int, limit: int) -> list[Piece] | None:
        starts, ends, pieces = self.starts[0], self.ends[0], []
        for gap in range(bisect_right(ends, limit), len(starts)):
            start = starts[gap] if starts[gap] > limit else limit
            end = ends[gap]
            if end - start >= need:
                pieces.append((0, start, start + need))
                return pieces
            pieces.append((0, start, end))
            need -= end - start
        return None

    def book(self, machine: int, start: int, end: int) -> None:
        """Take open seconds out of the gap they lie in."""
        starts, ends = self.starts[machine], self.ends[machine]
        gap = bisect_right(starts, start) - 1
        left, right = starts[gap] < start, end < ends[gap]
        if left and right:
            starts.insert(gap + 1, end)
            ends.insert(gap, start)
        elif left:
            ends[gap] = start
        elif right:
            starts[gap] = end
        else:
            del starts[gap], ends[gap]

    def release(self, machine: int, start: int, end: int) -> None:
        """Give open seconds back; they join the gaps beside them."""
        starts, ends = self.starts[machine], self.ends[machine]
        gap = bisect_left(starts, end)
        joins_next = gap < len(starts) and starts[gap] == end
        joins_last = gap > 0 and ends[gap - 1] == start
        if joins_next and joins_last:
            del starts[gap], ends[gap - 1]
        elif joins_next:
            starts[gap] = start
        elif joins_last:
            ends[gap - 1] = end
        else:
            starts.insert(gap, start)
            ends.insert(gap, end)
