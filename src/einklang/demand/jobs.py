"""Demand's long work: a forecast of everything, and the slow models of the night, in the background."""

from datetime import date
from typing import Any

from einklang.demand import actions, queries
from einklang.kernel.models import Job
from einklang.people import queries as people

STEPS = 4


def forecast(
    job: Job, *, as_of: str, horizon: int, username: str, without: list[str] | None = None
) -> dict[str, Any]:
    """Work a forecast out, then keep it; others can write meanwhile."""
    month, left_out = date.fromisoformat(as_of), tuple(without or ())
    told = None
    if not queries.is_made(month, horizon=horizon, without=left_out):
        told = queries.work_out(
            month,
            horizon=horizon,
            without=left_out,
            progress=lambda done, sentence: job.progress(done, STEPS, sentence),
        )
    run = actions.run_forecast(
        month, horizon=horizon, without=left_out, by=people.user(username), worked_out=told
    )
    return {"run": run.pk, "series": sum(run.kinds.values()), "address": f"/demand/runs/{run.pk}/"}


def deep(job: Job, *, as_of: str, horizon: int, items: int, username: str) -> dict[str, Any]:
    """Let the slow models look at the most valuable items, keep what they say, and forecast with it."""
    month, by = date.fromisoformat(as_of), people.user(username)
    job.progress(0, STEPS + 1, "")
    said = queries.look_deep(month, horizon=horizon, items=items)
    actions.keep_deep_tier(month, horizon=horizon, table=said.table, failures=said.failures.to_dicts(), by=by)
    told = queries.work_out(
        month,
        horizon=horizon,
        progress=lambda done, sentence: job.progress(done + 1, STEPS + 1, sentence),
    )
    run = actions.run_forecast(month, horizon=horizon, by=by, worked_out=told)
    return {"run": run.pk, "deep": said.table["series"].n_unique(), "address": f"/demand/runs/{run.pk}/"}
