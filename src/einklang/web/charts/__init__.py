"""One grammar of charts: what happened is solid, what is expected dashed with its band, the plan outlined.

Every kind takes a frame and the message as the title, and returns a `Chart`: a drawing whose colours
are names of the theme, and the same numbers as a table. Colour never carries a meaning alone.
"""

from einklang.web.charts.grammar import Chart, Unit
from einklang.web.charts.kinds import Step, bars, forecast_chart, heat, lines, stacked_bars, waterfall
from einklang.web.charts.paper import to_svg

__all__ = [
    "Chart",
    "Step",
    "Unit",
    "bars",
    "forecast_chart",
    "heat",
    "lines",
    "stacked_bars",
    "to_svg",
    "waterfall",
]
