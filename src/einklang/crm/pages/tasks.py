"""Tasks as a page: what is to be done, the most urgent first."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.crm import actions, queries
from einklang.crm.forms import TaskForm
from einklang.kernel import clock
from einklang.people.http import UserRequest
from einklang.web.paging import paged


@login_required
def tasks(request: UserRequest) -> HttpResponse:
    """One's own tasks, or all that one may see; a new one is set here too."""
    everyone = request.GET.get("whose") == "all"
    state = "done" if request.GET.get("state") == "done" else "open"
    form = TaskForm(request.POST or None)
    if form.is_valid():
        actions.add_task(form.cleaned_data["title"], due_on=form.cleaned_data["due_on"], by=request.user)
        return redirect("tasks")
    owner = "" if everyone else request.user.username
    found = queries.tasks(seen_by=request.user, owner=owner, state=state)
    found = found.order_by("-done_at") if state == "done" else found
    context = {
        "page": paged(request, found),
        "everyone": everyone,
        "state": state,
        "today": clock.today(),
        "form": form,
        "may_edit": request.user.may("edit deals"),
        "here": request.get_full_path(),
    }
    return render(request, "crm/tasks.html", context)


@login_required
@require_POST
def finish(request: UserRequest, number: int) -> HttpResponse:
    """Tick a task off, or take it up again."""
    task = queries.task(number, seen_by=request.user)
    deed = actions.reopen_task if task.done_at else actions.finish_task
    deed(task, version=int(request.POST.get("version") or 0), by=request.user)
    if not task.done_at:
        messages.success(request, _("Done: %(task)s") % {"task": task.title})
    back = request.POST.get("back", "")
    here = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if here else reverse("tasks"))


urlpatterns = [
    path("tasks/", tasks, name="tasks"),
    path("tasks/<int:number>/finish/", finish, name="finish-task"),
]
