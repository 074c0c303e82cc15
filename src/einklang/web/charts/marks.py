"""What a forecast chart points at: events along the time, and months that stand out of their history."""

from collections.abc import Sequence

import polars as pl
from django.utils.translation import gettext as _

from einklang.web.charts.grammar import Spec, Unit, along, records, tip, tip_along

SHAPES = {"odd": "triangle-up", "sold out": "diamond", "repaired": "cross"}


def mark_layers(marks: pl.DataFrame | None, y: Spec, unit: Unit) -> Sequence[Spec]:
    """Layers over a forecast chart for `marks` (period, value, mark, text); mark is "event" or a shape.

    Every mark says in its tooltip what it is, and its shape differs, so that colour is not needed.
    """
    if marks is None or marks.is_empty():
        return []
    tips = [tip_along(marks, "period"), tip("text", _("What"))]
    events = marks.filter(pl.col("mark") == "event")
    odd = marks.filter(pl.col("mark") != "event")
    layers: list[Spec] = []
    if events.height:
        layers.append(
            {
                "data": {"values": records(events, unit)},
                "mark": {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 2, "color": "@limit"},
                "encoding": {"x": along(events, "period"), "tooltip": tips},
            }
        )
    if odd.height:
        kinds = odd["mark"].unique(maintain_order=True).to_list()
        shape = {"domain": kinds, "range": [SHAPES.get(kind, "square") for kind in kinds]}
        layers.append(
            {
                "data": {"values": records(odd, unit)},
                "mark": {"type": "point", "filled": True, "size": 110, "color": "@bad"},
                "encoding": {
                    "x": along(odd, "period"),
                    "y": {**y, "field": "value"},
                    "shape": {"field": "mark", "type": "nominal", "scale": shape, "legend": None},
                    "tooltip": tips,
                },
            }
        )
    return layers
