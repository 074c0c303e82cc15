"""What is expected: forecast runs, events, the voices of people, and the consensus; facts, none is edited."""

from einklang.demand.models.agreements import Consensus, ConsensusLine, ReviewRule
from einklang.demand.models.events import Event, Repair
from einklang.demand.models.runs import (
    DeepTier,
    ForecastEffect,
    ForecastMemory,
    ForecastPoint,
    ForecastRun,
    ForecastSeries,
    Level,
    Outlier,
    WalkBackPoint,
)
from einklang.demand.models.voices import Voice, VoiceBatch, Withdrawal

__all__ = [
    "Consensus",
    "ConsensusLine",
    "DeepTier",
    "Event",
    "ForecastEffect",
    "ForecastMemory",
    "ForecastPoint",
    "ForecastRun",
    "ForecastSeries",
    "Level",
    "Outlier",
    "Repair",
    "ReviewRule",
    "Voice",
    "VoiceBatch",
    "WalkBackPoint",
    "Withdrawal",
]
