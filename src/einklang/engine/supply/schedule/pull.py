"""One order after another: pulled back from its due date, or planned forward where that does not fit.

Whatever is booked, taken or put stands in one log until the order is settled, so that an attempt that does
not fit is taken back to the last second and unit. Recursion follows the bill of materials.
"""

from dataclasses import dataclass
from typing import NamedTuple

from einklang.engine.supply.schedule.centre import DAY, Piece
from einklang.engine.supply.schedule.noted import Booked, Cause, Path, Peg, Supply, blamed
from einklang.engine.supply.schedule.plant import Plant, Step
from einklang.engine.supply.schedule.store import DUST, Store, Taken

NOW = 0


class _Put(NamedTuple):
    item: int
    there: int
    quantity: float
    supply: int


class _Full(Exception):
    """There is no room before the calendar ends."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Settled:
    """How an order came out: when it is there (nothing: never), and what made it wait."""

    there: int | None
    cause: Cause | None


class Pull:
    """The plant while orders are settled one by one."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.stores = [Store() for _ in plant.items]
        self.names: list[str] = []
        self.booked: list[Booked] = []
        self.supplies: list[Supply] = []
        self.pegs: list[Peg] = []
        self._log: list[Booked | Supply | Peg | _Put] = []
        self._order = 0
        for item, quantity in enumerate(plant.on_hand):
            if quantity > 0:
                self.receive(item, NOW, quantity, "stock")

    def receive(self, item: int, there: int, quantity: float, name: str) -> None:
        """Something that is there or on its way, under its name."""
        self.stores[item].put(max(NOW, there), quantity, len(self.names))
        self.names.append(name)

    def finish(self, item: int, quantity: float, from_step: int, name: str) -> int | None:
        """Do the remaining steps of an order under way, as early as possible; when it is there."""
        steps = [step for step in self.plant.steps[item] if step.number >= from_step]
        lot, mark = self._number(name), len(self._log)
        try:
            there, _path = self._steps_forward(steps, item, quantity, NOW, lot, None)
        except _Full:
            self._undo(mark)
            return None
        self._log.append(Supply(lot, item, quantity, NOW, there, True, -1))
        self.stores[item].put(there, quantity, lot)
        self._settle()
        return there

    def settle(self, order: int, item: int, quantity: float, due: int) -> Settled:
        """Plan one order: late as possible for its due date, else as early as possible."""
        if quantity <= DUST:
            return Settled(min(NOW, due), None)
        self._order, user = order, -1 - order
        if due >= NOW and self._back(item, quantity, due, user):
            return Settled(self._settle(user), None)
        self._undo(0)
        try:
            there, path = self._forward(item, quantity, user)
        except _Full as full:
            self._undo(0)
            return Settled(None, full.cause)
        # Nothing is gained by being ready before the slowest branch: pull all others back to it.
        self._undo(0)
        if not self._back(item, quantity, there, user):
            self._undo(0)
            self._forward(item, quantity, user)
        there = self._settle(user)
        if there <= due:
            return Settled(there, None)
        return Settled(
            there, blamed(path, there - due) or Cause(0, "past", self.plant.items[item], due, there)
        )

    # -- backwards ---------------------------------------------------------------------------------------

    def _back(self, item: int, quantity: float, by: int, user: int) -> bool:
        """Have units by a moment, as late as possible; no if something would have to begin before now."""
        for there, taken, supply in self.stores[item].latest(quantity, by):
            self._log.append(Peg(supply, user, item, taken, there, True))
            quantity -= taken
        if quantity <= DUST:
            return True
        if not self.plant.made[item]:
            # What goes out on a day must come in on its morning, not at the midnight that ends it.
            return self._buy(item, quantity, (by - (user < 0)) // DAY * DAY, user)
        for lot in self.plant.lots(item, quantity):
            if not self._make_back(item, lot, min(lot, quantity), by, user):
                return False
            quantity -= lot
        return True

    def _buy(self, item: int, quantity: float, by: int, user: int) -> bool:
        """Order what is missing so that it comes in the morning of a day."""
        ordered = by - self.plant.lead[item]
        if ordered < NOW or not self.plant.has_source[item]:
            return False
        for lot in self.plant.lots(item, quantity):
            self._supply(self._number(""), item, lot, min(lot, quantity), ordered, by, user, made=False)
            quantity -= lot
        return True

    def _make_back(self, item: int, lot: float, used: float, by: int, user: int) -> bool:
        """One lot, its last step first; its parts when its first step begins."""
        number, start, there = self._number(""), by, by
        steps = self.plant.steps[item]
        for step in reversed(steps):
            found = self._book_back(step, lot, start, number)
            if found is None:
                return False
            start, end = found
            there = end if step is steps[-1] else there
        if not steps:
            start -= self.plant.lead[item]
        if start < NOW:
            return False
        for part, each in self.plant.parts[item]:
            if not self._back(part, each * lot, start, number):
                return False
        self._supply(number, item, lot, used, start, there, user, made=True)
        return True

    def _book_back(self, step: Step, lot: float, by: int, number: int) -> tuple[int, int] | None:
        """The latest start and end of a step at all its centres at once, booked."""
        if not step.work:
            return by - round(step.wait + step.wait_a_unit * lot), by
        centres, end = self.plant.centres, by
        while True:
            before, found = end, []
            for number_of, setup, each in step.work:
                centre = centres[number_of]
                need = centre.need(setup + each * lot)
                if not need:
                    continue
                pieces = centre.latest(need, end)
                if pieces is None:
                    return None
                found.append((number_of, pieces))
                end = min(end, centre.ends_at(pieces[0][2]))
            if len(found) < 2 or end == before:
                break
        return self._book(found, step, number, end, end)

    # -- forwards ----------------------------------------------------------------------------------------

    def _forward(self, item: int, quantity: float, user: int) -> tuple[int, Path]:
        """Have units as early as possible: when, and what it waited for on the way."""
        if quantity <= DUST:
            return NOW, None
        store, lead, made = self.stores[item], self.plant.lead[item], self.plant.made[item]
        covered = store.covered(quantity)
        if covered is not None and (covered <= NOW or (not made and covered <= lead)):
            return self._wait_for(item, quantity, covered, user)
        if not self.plant.has_source[item]:
            if covered is None:
                raise _Full(Cause(1, "source", self.plant.items[item], NOW, self.plant.days * DAY))
            return self._wait_for(item, quantity, covered, user)
        mark = len(self._log)
        missing = self._use(store.earliest(quantity, NOW if made else lead), item, quantity, user)
        if not made:
            there = -(-lead // DAY) * DAY
            self._buy(item, missing, there, user)
            return there, (None, Cause(there, "purchase", self.plant.items[item], NOW, there))
        there, path = NOW, None
        try:
            for lot in self.plant.lots(item, missing):
                ready, way = self._make_forward(item, lot, min(lot, missing), user)
                there, path = (ready, way) if ready > there else (there, path)
                missing -= lot
        except _Full as full:
            if covered is None:
                raise
            there, path = covered, (None, full.cause)
        if covered is None or covered > there:
            return there, path
        # What others leave over is there before an own lot would be: what holds that one up is the reason.
        self._undo(mark)
        return self._wait_for(item, quantity, covered, user, path)

    def _use(self, taken: list[Taken], item: int, quantity: float, user: int) -> float:
        """Note what was taken; how much is still missing."""
        for there, amount, supply in taken:
            self._log.append(Peg(supply, user, item, amount, there, True))
            quantity -= amount
        return quantity

    def _wait_for(
        self, item: int, quantity: float, covered: int, user: int, path: Path = None
    ) -> tuple[int, Path]:
        """Use what is there or on its way already; ``path``: what holds up an own lot."""
        taken = self.stores[item].earliest(quantity, covered)
        self._use(taken, item, quantity, user)
        if covered <= NOW:
            return covered, None
        if name := self.names[taken[-1][2]]:
            return covered, (None, Cause(covered, "receipt", name, NOW, covered))
        return covered, path or (None, Cause(covered, "purchase", self.plant.items[item], NOW, covered))

    def _make_forward(self, item: int, lot: float, used: float, user: int) -> tuple[int, Path]:
        """One lot, parts first, then step by step."""
        number = self._number("")
        start: int = NOW
        path: Path = None
        for part, each in self.plant.parts[item]:
            ready, way = self._forward(part, each * lot, number)
            start, path = (ready, way) if ready > start else (start, path)
        steps = self.plant.steps[item]
        if steps:
            there, path = self._steps_forward(steps, item, lot, start, number, path)
        else:
            there = start + self.plant.lead[item]
            path = (path, Cause(there - start, "lead_time", self.plant.items[item], start, there))
        self._supply(number, item, lot, used, start, there, user, made=True)
        return there, path

    def _steps_forward(
        self, steps: list[Step], item: int, lot: float, since: int, number: int, path: Path
    ) -> tuple[int, Path]:
        """Steps in order, each as early as possible; the queues they stood in, and the work."""
        at, worked = since, 0
        for step in steps:
            end, ideal, slowest = self._book_forward(step, lot, at, number)
            if end > ideal:
                path = (path, Cause(end - ideal, "full", slowest, at, at + end - ideal))
            worked += ideal - at
            at = end
        return at, (path, Cause(worked, "work", self.plant.items[item], since, since + worked))

    def _book_forward(self, step: Step, lot: float, since: int, number: int) -> tuple[int, int, str]:
        """The earliest end of a step, booked; the end it would have without others; its slowest centre."""
        if not step.work:
            end = since + round(step.wait + step.wait_a_unit * lot)
            return end, end, ""
        centres, start = self.plant.centres, since
        while True:
            before, found, ideal, slowest = start, [], since, (since, "")
            for number_of, setup, each in step.work:
                centre = centres[number_of]
                need = centre.need(setup + each * lot)
                if not need:
                    continue
                pieces = centre.earliest(need, start)
                if pieces is None:
                    raise _Full(Cause(1, "never", centre.name, since, self.plant.days * DAY))
                found.append((number_of, pieces))
                ideal = max(ideal, centre.ideal(need, since))
                slowest = max(slowest, (centre.ends_at(pieces[-1][2]), centre.name))
                start = max(start, centre.starts_at(pieces[0][1]))
            if len(found) < 2 or start == before:
                break
        _start, end = self._book(found, step, number, start, since)
        return end, ideal, slowest[1]

    # -- what both ways share ----------------------------------------------------------------------------

    def _book(
        self, found: list[tuple[int, list[Piece]]], step: Step, lot: int, start: int, end: int
    ) -> tuple[int, int]:
        """Book a step at its centres: from when to when it runs."""
        for number, pieces in found:
            centre = self.plant.centres[number]
            for machine, first, last in pieces:
                centre.book(machine, first, last)
                self._log.append(Booked(lot, step.number, number, machine, first, last))
            ordered = (pieces[0], pieces[-1]) if pieces[0][1] < pieces[-1][1] else (pieces[-1], pieces[0])
            start = min(start, centre.starts_at(ordered[0][1]))
            end = max(end, centre.ends_at(ordered[1][2]))
        return start, end

    def _supply(
        self,
        number: int,
        item: int,
        lot: float,
        used: float,
        start: int,
        there: int,
        user: int,
        *,
        made: bool,
    ) -> None:
        """A new lot or purchase: part of it for its user, the rest for whoever comes later."""
        self._log.append(Supply(number, item, lot, start, there, made, self._order))
        self._log.append(Peg(number, user, item, used, there, False))
        if lot - used > DUST:
            self._log.append(_Put(item, there, lot - used, number))
            self.stores[item].put(there, lot - used, number)

    def _number(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def _undo(self, mark: int) -> None:
        """Take back everything since a mark, newest first."""
        while len(self._log) > mark:
            one = self._log.pop()
            if type(one) is Booked:
                self.plant.centres[one.centre].release(one.machine, one.first, one.last)
            elif type(one) is _Put:
                self.stores[one.item].remove(one.there, one.quantity, one.supply)
            elif type(one) is Peg and one.stored:
                self.stores[one.item].put(one.there, one.quantity, one.supply)

    def _settle(self, user: int | None = None) -> int:
        """Keep what the log holds; when the last of it reaches its user."""
        there = NOW
        for one in self._log:
            if type(one) is Booked:
                self.booked.append(one)
            elif type(one) is Peg:
                self.pegs.append(one)
                there = max(there, one.there) if one.user == user else there
            elif type(one) is Supply:
                self.supplies.append(one)
        self._log.clear()
        return there
