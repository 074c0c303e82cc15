"""What the open pipeline is worth: how likely each deal is won, when, and the sum by month with its range.

Chances of a day to be won, lost or moved on, by stage and time in it, counted with deals still open
(``hazards``, with the ``calendar``), make the chances of the months ahead, exactly (``chain``). Deals
that do not exist yet are added (``inflow``), amounts are judged against what was stated (``values``).
The same is done as of earlier days (``replays``): from those the chances are set right (``calibrate``)
and the shock that all deals of a month share is measured (``shock``), so that the drawn ranges
(``draws``) are as wide as they have to be. ``items`` says what will be asked for and how much of that
is not in the statistical forecast; ``leaks`` warns of columns that know the outcome; ``backtest`` says
how good all that would have been.

With few decided deals it says so, and gives back the stated odds or the base rate.
"""

from einklang.engine.pipeline.backtest import Backtest, backtest
from einklang.engine.pipeline.frames import (
    DEALS,
    HISTORY,
    LINES,
    ODDS,
    VISITS,
    checked,
    checked_lines,
    checked_visits,
)
from einklang.engine.pipeline.items import consumed, item_demand
from einklang.engine.pipeline.leaks import leaks
from einklang.engine.pipeline.outlook import Known, Pipeline, outlook
from einklang.engine.pipeline.rates import base_rates, weighted

__all__ = [
    "DEALS",
    "HISTORY",
    "LINES",
    "ODDS",
    "VISITS",
    "Backtest",
    "Known",
    "Pipeline",
    "backtest",
    "base_rates",
    "checked",
    "checked_lines",
    "checked_visits",
    "consumed",
    "item_demand",
    "leaks",
    "outlook",
    "weighted",
]
