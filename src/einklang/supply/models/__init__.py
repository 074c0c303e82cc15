"""What is planned to be made and bought, what that leaves in stock, and what planners should look at."""

from einklang.supply.models.edits import EditBatch, FenceOpening, PlanApproval, PlanEdit, PlanRules
from einklang.supply.models.exceptions import Handling, PlanException
from einklang.supply.models.plans import LoadPoint, Peg, PlannedOrder, SupplierPoint, SupplyPoint, SupplyRun
from einklang.supply.models.policies import StockPolicy
from einklang.supply.models.promises import Release, Reservation, ReservationEnd
from einklang.supply.models.remedies import Remedy, RemedyUndo
from einklang.supply.models.scenarios import Scenario, ScenarioEdit, ScenarioUndo

__all__ = [
    "EditBatch",
    "FenceOpening",
    "Handling",
    "LoadPoint",
    "Peg",
    "PlanApproval",
    "PlanEdit",
    "PlanException",
    "PlanRules",
    "PlannedOrder",
    "Release",
    "Remedy",
    "RemedyUndo",
    "Reservation",
    "ReservationEnd",
    "Scenario",
    "ScenarioEdit",
    "ScenarioUndo",
    "StockPolicy",
    "SupplierPoint",
    "SupplyPoint",
    "SupplyRun",
]
