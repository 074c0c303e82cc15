"""What an item is made of, all the way down, and what it goes into, all the way up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from einklang.catalog import queries
from einklang.catalog.models import Item

DEEPEST = 20  # no bill of material is deeper; a circle in bad data ends here


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the tree: the item, how much of it one unit of the line above takes, and of the top."""

    code: str
    name: str
    unit: str
    kind: str
    quantity: float
    scrap: float
    in_all: float
    parts: "tuple[Part, ...]"


def made_of(item: Item, as_of: date) -> tuple[Part, ...]:
    """The tree of components below an item on a day; quantities include scrap."""
    lines: dict[str, list[tuple[str, float, float]]] = {}
    for parent, component, quantity, scrap in queries.bom_frame(as_of).iter_rows():
        lines.setdefault(parent, []).append((component, quantity, scrap))
    known = {code: (name, unit, kind) for code, name, unit, kind in _names()}

    def below(code: str, needed: float, depth: int) -> Iterator[Part]:
        for component, quantity, scrap in lines.get(code, []) if depth < DEEPEST else []:
            name, unit, kind = known[component]
            in_all = needed * quantity / (1 - scrap)
            deeper = tuple(below(component, in_all, depth + 1))
            yield Part(component, name, unit, kind, quantity, scrap, in_all, deeper)

    return tuple(below(item.code, 1.0, 0))


def _names() -> Iterator[tuple[str, str, str, str]]:
    return queries.items_frame().select("item", "name", "unit", "kind").iter_rows()
