"""The few kinds of things a section of the pack is made of."""

from dataclasses import dataclass, field

from einklang.web.charts import Chart


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers at a glance: label, value, and a word beside it."""

    items: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences, one a line."""

    lines: list[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text, the first column left and the rest right; the last row may be a sum."""

    head: list[str]
    rows: list[list[str]]
    has_sum: bool = False
    text_columns: int = 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with its message as title."""

    chart: Chart


Block = Figures | Sentences | Grid | Drawing


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the pack: what it is about, its message, and what shows it."""

    title: str
    message: str
    blocks: list[Block] = field(repr=False)
    on_new_page: bool = True
