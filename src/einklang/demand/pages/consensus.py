"""What was agreed: one consensus, line by line, and why."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from einklang.demand import queries
from einklang.people.http import UserRequest
from einklang.web.paging import paged


@login_required
def consensus(request: UserRequest, consensus_id: int) -> HttpResponse:
    """One consensus, line by line, with why."""
    request.user.must("see demand")
    agreed = queries.agreed(consensus_id)
    moved = queries.moved_lines(agreed)
    rows = moved if request.GET.get("moved", "1") == "1" else queries.consensus_lines(agreed)
    context = {
        "consensus": agreed,
        "page": paged(request, rows),
        "moved": moved.count(),
        "kinds": dict(queries.kinds()),
        "lines": queries.consensus_lines(agreed).count(),
        "former": queries.agreed_list(seen_by=request.user).filter(as_of=agreed.as_of),
    }
    return render(request, "demand/consensus.html", context)


urlpatterns = [
    path("demand/consensus/<int:consensus_id>/", consensus, name="consensus"),
]
