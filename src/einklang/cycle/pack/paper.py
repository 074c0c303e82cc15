"""The pack on paper: set by Typst as PDF, or as one page of HTML that needs nothing beside it."""

import json
from importlib.resources import files
from typing import Any

from django.template.loader import render_to_string

from einklang.cycle.pack.content import Pack
from einklang.cycle.pack.words import Block, Drawing, Figures, Grid, Section, Sentences
from einklang.web.charts import to_svg

CHART_WIDTH = 660


def as_pdf(pack: Pack) -> bytes:
    """The pack as PDF; the same pack gives the same bytes."""
    import typst

    drawings: dict[str, bytes] = {}
    told = {
        "title": pack.title,
        "company": pack.company,
        "subtitle": pack.subtitle,
        "state": pack.state,
        "language": pack.language,
        "sections": [_section(section, drawings) for section in pack.sections],
    }
    template = files("einklang.cycle.pack").joinpath("pack.typ").read_bytes()
    source = {"main.typ": template, "pack.json": json.dumps(told).encode(), **drawings}
    # Typst's stubs do not know yet that a document may be a mapping of file names to contents.
    made: bytes = typst.compile(source, format="pdf", timestamp=pack.made_at.replace(microsecond=0))  # type: ignore[call-overload]
    return made


def as_html(pack: Pack) -> bytes:
    """The pack as one page of HTML, drawings within it."""
    sections = [
        {
            "title": section.title,
            "message": section.message,
            "blocks": [_html_block(block) for block in section.blocks],
        }
        for section in pack.sections
    ]
    return render_to_string("cycle/pack.html", {"pack": pack, "sections": sections}).encode()


def _section(section: Section, drawings: dict[str, bytes]) -> dict[str, Any]:
    return {
        "title": section.title,
        "message": section.message,
        "page": section.on_new_page,
        "blocks": [_block(block, drawings) for block in section.blocks],
    }


def _block(block: Block, drawings: dict[str, bytes]) -> dict[str, Any]:
    match block:
        case Figures():
            return {"kind": "figures", "items": block.items}
        case Sentences():
            return {"kind": "sentences", "lines": block.lines}
        case Grid():
            return {
                "kind": "grid",
                "head": block.head,
                "rows": block.rows,
                "sum": block.has_sum,
                "text": block.text_columns,
            }
        case Drawing():
            name = f"chart-{len(drawings) + 1}.svg"
            drawings[name] = to_svg(block.chart, width=CHART_WIDTH).encode()
            return {"kind": "drawing", "file": name, "alt": block.chart.title}


def _html_block(block: Block) -> dict[str, Any]:
    match block:
        case Drawing():
            return {
                "kind": "drawing",
                "svg": to_svg(block.chart, width=CHART_WIDTH),
                "alt": block.chart.title,
            }
        case _:
            return _block(block, {})
