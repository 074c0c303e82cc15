"""What can be done about demand: forecast it, plan events, speak about it, agree it."""

from einklang.demand.actions.agreeing import agree, set_review_rule
from einklang.demand.actions.events import Happening, change_event, plan_event, withdraw_event
from einklang.demand.actions.forecasting import judge_outlier, keep_deep_tier, run_forecast
from einklang.demand.actions.said import Outcome, Said
from einklang.demand.actions.speaking import give_voice, give_voices, take_back, withdraw_voice

__all__ = [
    "Happening",
    "Outcome",
    "Said",
    "agree",
    "change_event",
    "give_voice",
    "give_voices",
    "judge_outlier",
    "keep_deep_tier",
    "plan_event",
    "run_forecast",
    "set_review_rule",
    "take_back",
    "withdraw_event",
    "withdraw_voice",
]
