"""The cycle's long work, in the background: a month in one go, under any of its scenarios."""

from datetime import date
from typing import Any

from einklang.cycle.month import run_cycle
from einklang.kernel.models import Job
from einklang.people import queries as people


def run_month(job: Job, *, month: str, scenario: str, username: str) -> dict[str, Any]:
    """Plan a month to a frozen version; run again, it finds what is done already."""
    found = run_cycle(
        date.fromisoformat(month), scenario=scenario, by=people.user(username), progress=job.progress
    )
    return {
        "version": found.version.pk,
        "seconds": found.seconds,
        "address": f"/plans/{found.version.pk}/",
    }
