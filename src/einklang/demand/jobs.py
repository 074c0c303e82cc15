"""Demand's long work: a forecast of everything, in the background."""

from datetime import date
from typing import Any

from einklang.demand import actions, queries
from einklang.kernel.models import Job
from einklang.people import queries as people

STEPS = 4


def forecast(job: Job, *, as_of: str, horizon: int, username: str) -> dict[str, Any]:
    """Work a forecast out, then keep it; others can write meanwhile."""
    month = date.fromisoformat(as_of)
    told = queries.work_out(
        month, horizon=horizon, progress=lambda done, sentence: job.progress(done, STEPS, sentence)
    )
    run = actions.run_forecast(month, horizon=horizon, by=people.user(username), worked_out=told)
    return {"run": run.pk, "series": sum(run.kinds.values()), "address": f"/demand/runs/{run.pk}/"}
