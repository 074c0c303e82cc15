"""Alternates: what may stand in for a component, a bill or a supplier, and how one is chosen.

Every lot (or draw) looks at its alternates once, in their order, and takes the first that serves it: no
combinations are tried, so a thousand alternates cost a thousand looks, not a thousand times each other.

* by priority: the lowest number first; the usual one has priority 0 unless it is listed itself;
* by share: where shares are given, the one that is furthest behind its share comes first.

One that would come too late, or has no room left, is passed over; if none serves, the first in order takes
it all the same and the delay is said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

USUAL = "usual"
ALWAYS = np.iinfo(np.int64).max


@dataclass(slots=True)
class Option:
    """One way to serve an item; ``taken`` is what it has been given so far."""

    name: str
    number: int
    priority: int
    share: float | None
    ratio: float = 1.0
    parent: int | None = None
    lead: int | None = None
    maximum: float = np.inf
    valid_from: int = -ALWAYS
    valid_to: int = ALWAYS
    usual: bool = False
    taken: float = 0.0
    by_period: dict[int, float] = field(default_factory=dict)

    def take(self, period: int, quantity: float) -> None:
        """Give it this much."""
        self.taken += quantity
        self.by_period[period] = self.by_period.get(period, 0.0) + quantity

    def has_room(self, period: int, quantity: float) -> bool:
        """Whether its maximum of a period holds this much more."""
        return self.by_period.get(period, 0.0) + quantity <= self.maximum + 1e-9

    def valid(self, period: int) -> bool:
        """Whether it may be used in a period (counted from 0)."""
        return self.valid_from <= period + 1 <= self.valid_to


Choices = dict[int, list[Option]]


@dataclass(frozen=True, slots=True)
class Options:
    """The alternates of every item by number, the usual one among them."""

    components: Choices
    bills: Choices
    suppliers: Choices
    bill_names: tuple[str, ...] = (USUAL,)
    longest_lead: int = 0

    @property
    def none(self) -> bool:
        """Whether there is nothing to choose."""
        return not (self.components or self.bills or self.suppliers)

    def bill_codes(self, bill: pl.DataFrame) -> npt.NDArray[np.int64]:
        """Each bill line's bill by number, 0 the usual one."""
        codes = {name: code for code, name in enumerate(self.bill_names)}
        return np.array([codes[name or USUAL] for name in bill["bill"]], dtype=np.int64)

    def other_suppliers(self) -> Iterator[tuple[int, str]]:
        """Every item by number with each supplier it may be ordered from."""
        for item, options in self.suppliers.items():
            yield from ((item, option.name) for option in options)

    def involved(self) -> Iterator[int]:
        """The items with something to choose, and what may stand in for them."""
        for choices in (self.components, self.bills, self.suppliers):
            yield from choices
        for options in self.components.values():
            yield from (option.number for option in options)

    def start_over(self) -> None:
        """Forget what was given out."""
        for choices in (self.components, self.bills, self.suppliers):
            for options in choices.values():
                for option in options:
                    option.taken = 0.0
                    option.by_period.clear()


def in_order(options: Sequence[Option]) -> list[Option]:
    """The options as they are asked: furthest behind its share first, else by priority."""
    if any(option.share for option in options):
        return sorted(
            options,
            key=lambda option: (option.taken / option.share if option.share else np.inf, option.priority),
        )
    return sorted(options, key=lambda option: option.priority)


def chosen(options: Sequence[Option], serves: Callable[[Option], bool]) -> tuple[Option, bool]:
    """The first option that serves, or the first of all; and whether it does."""
    asked = in_order(options)
    for option in asked:
        if serves(option):
            return option, True
    return asked[0], False


def read_options(alternates: pl.DataFrame, stock: pl.DataFrame, bill: pl.DataFrame) -> Options:
    """The checked table of alternates by item number, with the usual way added where it is not listed."""
    number = {name: place for place, name in enumerate(stock["item"])} if alternates.height else {}
    names = [USUAL, *bill["bill"].drop_nulls().unique(maintain_order=True).to_list()]
    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    found: dict[str, Choices] = {"component": {}, "bom": {}, "supplier": {}}
    for row in alternates.iter_rows(named=True):
        kind = row["kind"].strip().lower()
        number_of = {"component": number, "bom": codes}.get(kind, {})
        option = Option(
            row["alternate"], number_of.get(row["alternate"], -1),
            1 if row["priority"] is None else row["priority"], row["share"],
            row["quantity"] or 1.0, number[row["parent"]] if row["parent"] else None, row["lead_time"],
            np.inf if row["maximum"] is None else row["maximum"],
            -ALWAYS if row["valid_from"] is None else row["valid_from"],
            ALWAYS if row["valid_to"] is None else row["valid_to"],
        )  # fmt: skip
        found[kind].setdefault(number[row["item"]], []).append(option)
    suppliers = stock["supplier"].to_list()
    items = stock["item"].to_list()
    has_usual = set(bill.filter(pl.col("bill").is_null())["parent"])
    for item, options in found["component"].items():
        _with_usual(options, items[item], item)
    for item, options in found["bom"].items():
        if items[item] in has_usual:
            _with_usual(options, USUAL, 0)
    for item, options in found["supplier"].items():
        _with_usual(options, suppliers[item] or USUAL, -1)
    longest = max((o.lead or 0 for options in found["supplier"].values() for o in options), default=0)
    return Options(found["component"], found["bom"], found["supplier"], tuple(codes), longest)


def _with_usual(options: list[Option], name: str, number: int) -> None:
    """Mark the usual one, or add it in front."""
    listed = [option for option in options if option.name == name]
    for option in listed:
        option.usual = True
    if not listed:
        options.insert(0, Option(name, number, 0, None, usual=True))


def stand_ins(options: Options, bill: pl.DataFrame, names: pl.Series) -> Iterator[tuple[str, str]]:
    """Which parents may draw an alternate instead of a component, as names."""
    if not options.components:
        return
    number = {name: place for place, name in enumerate(names)}
    for parent, component in bill.select("parent", "component").iter_rows():
        for option in options.components.get(number[component], ()):
            if option.parent in (None, number[parent]) and option.name != component:
                yield parent, option.name
