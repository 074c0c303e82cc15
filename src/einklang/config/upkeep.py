"""Keeping the house as pages: the journal of everything done, and the jobs that work in the background."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.kernel import jobs, journal
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.web.paging import paged

FOUND_OF_EACH = 5


@login_required
def journal_page(request: UserRequest) -> HttpResponse:
    """Everything that was done, newest first, narrowed by event, person and record."""
    request.user.must("see journal")
    asked = {name: request.GET.get(name, "").strip() for name in ("event", "by", "about")}
    found = journal.entries(event=asked["event"])
    kinds = journal.entries().order_by("event").values_list("event", flat=True).distinct()
    if asked["by"]:
        found = found.filter(by_name__icontains=asked["by"])
    if asked["about"]:
        found = found.filter(about_name__icontains=asked["about"])
    context = {"page": paged(request, found), "asked": asked, "events": kinds}
    return render(request, "config/journal.html", context)


@login_required
@require_POST
def check_journal(request: UserRequest) -> HttpResponse:
    """Walk the whole chain and say whether any line was changed or taken out."""
    request.user.must("see journal")
    broken = list(journal.broken_links())
    return render(request, "config/journal_check.html", {"broken": broken[:50], "count": len(broken)})


@login_required
def job_list(request: UserRequest) -> HttpResponse:
    """The jobs one started; who may run jobs sees all."""
    found = jobs.listed(by=None if request.user.may("run jobs") else request.user)
    return render(request, "config/jobs.html", {"page": paged(request, found)})


@login_required
def job(request: UserRequest, job_id: Any) -> HttpResponse:
    """One job: how far it is, and what came of it."""
    return render(request, "config/job.html", {"job": seen_job(request, job_id)})


@login_required
@require_POST
def cancel_job(request: UserRequest, job_id: Any) -> HttpResponse:
    """Ask a job to stop at its next report."""
    seen_job(request, job_id)
    jobs.cancel(str(job_id))
    return redirect("job", job_id)


def seen_job(request: UserRequest, job_id: Any) -> Any:
    """A job one started, or any for who may run jobs."""
    found = jobs.find(str(job_id))
    if found.by_id != request.user.pk and not request.user.may("run jobs"):
        raise NotFound(_("There is no such job."))
    return found


@login_required
def find(request: UserRequest) -> HttpResponse:
    """Records whose code or name has these words: for the palette, and as a page without it."""
    words = request.GET.get("q", "").strip()
    found = found_records(request, words) if len(words) > 1 else []
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"found": found})
    return render(request, "config/find.html", {"words": words, "found": found})


def found_records(request: UserRequest, words: str) -> list[dict[str, str]]:
    """A few of each kind that the reader may see."""
    items = catalog.items(search=words)[:FOUND_OF_EACH]
    sold = orders.orders(seen_by=request.user, search=words)[:FOUND_OF_EACH]
    accounts = crm.accounts(seen_by=request.user, search=words)[:FOUND_OF_EACH]
    deals = crm.deals(seen_by=request.user, search=words)[:FOUND_OF_EACH]
    return [
        *({"label": str(one), "href": f"/items/{one.code}/", "hint": _("Item")} for one in items),
        *({"label": str(one), "href": f"/accounts/{one.code}/", "hint": _("Account")} for one in accounts),
        *({"label": str(one), "href": f"/deals/{one.code}/", "hint": _("Deal")} for one in deals),
        *(
            {"label": f"{one.number} {one.account}", "href": f"/orders/{one.number}/", "hint": _("Order")}
            for one in sold
        ),
    ]


urlpatterns = [
    path("journal/", journal_page, name="journal"),
    path("journal/check/", check_journal, name="check-journal"),
    path("jobs/", job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", cancel_job, name="cancel-job"),
    path("find/", find, name="find"),
]
