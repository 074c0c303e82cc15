"""Supply's long work: a plan of everything, in the background."""

from typing import Any

from einklang.demand import queries as demand
from einklang.kernel.models import Job
from einklang.people import queries as people
from einklang.supply import actions, queries
from einklang.supply.levers import Levers


def plan(
    job: Job, *, consensus: int, scenario: str, levers: dict[str, float], username: str
) -> dict[str, Any]:
    """Work a plan out, then keep it; others can write meanwhile."""
    agreed = demand.agreed(consensus)
    told = queries.work_out(
        agreed,
        scenario=scenario,
        levers=Levers(**levers),
        progress=lambda done, sentence: job.progress(done, queries.PARTS, sentence),
    )
    run = actions.plan_supply(agreed, scenario=scenario, by=people.user(username), worked_out=told)
    return {"run": run.pk, "address": f"/supply/runs/{run.pk}/"}
