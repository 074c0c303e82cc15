"""Charts on paper: the same specs as drawings for packs, statements and mails."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from django.utils.translation import get_language

from einklang.web.charts.grammar import Chart


def to_svg(chart: Chart, *, width: int = 640) -> str:
    """The chart as an SVG drawing on white, in the reader's language, with its title in it."""
    import vl_convert

    theme = themes()
    colours = theme["light"] | {"ground": "#ffffff"}
    spec = coloured({**chart.spec, "title": chart.title, "width": width}, colours)
    german = (get_language() or "en").startswith("de")
    locale: Literal["de-DE", "en-US"] = "de-DE" if german else "en-US"
    return vl_convert.vegalite_to_svg(
        json.dumps(spec),
        config=coloured(theme["config"], colours),
        format_locale=locale,
        time_format_locale=locale,
    )


@cache
def themes() -> dict[str, Any]:
    """The colours and the manner of all charts: one file, read here and by the browser."""
    text = files("einklang.web").joinpath("static/web/chart-themes.json").read_text("utf-8")
    return dict(json.loads(text))


def coloured(part: Any, colours: Mapping[str, str]) -> Any:
    """A spec with the theme's colours in place of their names.

    >>> coloured({"mark": {"color": "@plan"}}, {"plan": "#b4540a"})
    {'mark': {'color': '#b4540a'}}
    """
    if isinstance(part, str):
        return colours.get(part[1:], part) if part.startswith("@") else part
    if isinstance(part, Mapping):
        return {key: coloured(value, colours) for key, value in part.items()}
    return [coloured(value, colours) for value in part] if isinstance(part, list) else part
