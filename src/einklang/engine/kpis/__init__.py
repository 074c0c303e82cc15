"""The formulas of the KPIs, one pure function each: records in, a figure with both its counts out.

Every function takes the records of its population and the days of the period, and gives a
:class:`~einklang.engine.kpis.figure.Figure`: value, numerator, denominator, how many records, what
stands beside it, and the records themselves. What cannot be divided is not measurable; it is never 0 %.
Money is in whatever unit the records are in; one currency only.
"""

from einklang.engine.kpis.customers import (
    acquisition_cost,
    churn,
    contract_value,
    lifetime_value,
)
from einklang.engine.kpis.deals import close_rate, pipeline_velocity, sales_cycle, velocity, win_rate
from einklang.engine.kpis.delivery import (
    delivered,
    fill_rate,
    on_time,
    on_time_in_full,
    order_cycle_time,
    schedule_adherence,
)
from einklang.engine.kpis.figure import Figure, Span, WhyNot
from einklang.engine.kpis.leads import lead_conversion, response_time
from einklang.engine.kpis.sales import attainment, forecast_accuracy, margin, revenue, team_turnover
from einklang.engine.kpis.stock import (
    days_of_supply,
    days_out,
    forward_cover,
    stock_levels,
    stock_outs,
    stock_turns,
)
from einklang.engine.kpis.worktime import WorkingTime

__all__ = [
    "Figure",
    "Span",
    "WhyNot",
    "WorkingTime",
    "acquisition_cost",
    "attainment",
    "churn",
    "close_rate",
    "contract_value",
    "days_of_supply",
    "days_out",
    "delivered",
    "fill_rate",
    "forecast_accuracy",
    "forward_cover",
    "lead_conversion",
    "lifetime_value",
    "margin",
    "on_time",
    "on_time_in_full",
    "order_cycle_time",
    "pipeline_velocity",
    "response_time",
    "revenue",
    "sales_cycle",
    "schedule_adherence",
    "stock_levels",
    "stock_outs",
    "stock_turns",
    "team_turnover",
    "velocity",
    "win_rate",
]
