"""Imports as pages: choose files, answer what is unclear, see what would happen, take in, undo."""

from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.transfer import doing, queries, running, uploads, words
from einklang.transfer.forms import AnswerForm, NewImportForm
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@login_required
def import_list(request: UserRequest) -> HttpResponse:
    """All imports that one may see, newest first."""
    request.user.must("import data")
    return render(
        request, "transfer/imports.html", {"page": paged(request, queries.runs(seen_by=request.user))}
    )


@login_required
def new_import(request: UserRequest) -> HttpResponse:
    """Choose files or a folder; their check begins at once."""
    request.user.must("import data")
    form = NewImportForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            said = form.cleaned_data
            folder = Path(said["folder"]) if said.get("folder") else uploads.keep(said["chosen"])
            run = doing.begin(folder, said["recipe"], by=request.user)
            return redirect("import", run.pk)
    return render(request, "transfer/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def import_run(request: UserRequest, number: int) -> HttpResponse:
    """One import: what was found, what to do next, how far it is, or what came of it."""
    request.user.must("import data")
    run = queries.run(number, seen_by=request.user)
    job, recipe = doing.job_of(run), running.recipe_of(run)
    context: dict[str, Any] = {
        "run": run,
        "job": job if job and not job.is_over else None,
        "failed": job if job and job.error else None,
        "form": AnswerForm(questions=run.questions),
        "problems": queries.problems(run) if run.rejected else [],
        "mapping": list(words.mapping(recipe, {line["table"] for line in run.report})),
        "lines": [{**line, "because": words.spoken(recipe, line["because"])} for line in run.report],
        "no_room": {name: words.spoken(recipe, why) for name, why in run.notes.get("no_room", {}).items()},
        "faults": run.notes.get("faults", []),
        "counts": {
            name: run.total(name) for name in ("created", "updated", "unchanged", "rejected", "left_out")
        },
    }
    return render(request, "transfer/run.html", context)


@login_required
@require_POST
def answer(request: UserRequest, number: int) -> HttpResponse:
    """Take the answers and check again."""
    run = queries.run(number, seen_by=request.user)
    form = AnswerForm(request.POST, questions=run.questions)
    if not form.is_valid():
        raise Refused(_("Answer each question."), status=422)
    doing.answer(run, form.cleaned_data, by=request.user)
    return redirect("import", run.pk)


@login_required
@require_POST
def take_in(request: UserRequest, number: int) -> HttpResponse:
    """Take the good rows in."""
    run = queries.run(number, seen_by=request.user)
    doing.take_in(run, by=request.user)
    return redirect("import", run.pk)


@login_required
def undo(request: UserRequest, number: int) -> HttpResponse:
    """Say what an undo would do, and do it once it is confirmed."""
    request.user.must("import data")
    run = queries.run(number, seen_by=request.user)
    if request.method == "POST":
        doing.undo(run, by=request.user)
        return redirect("import", run.pk)
    return render(request, "transfer/undo.html", {"run": run, "counts": queries.to_undo(run)})


@login_required
def rejected(request: UserRequest, number: int) -> HttpResponse:
    """The rows that could not be taken, each with its reason."""
    request.user.must("import data")
    run = queries.run(number, seen_by=request.user)
    context = {"run": run, "page": paged(request, queries.rejected(run))}
    return render(request, "transfer/rejected.html", context)


@login_required
def rejected_csv(request: UserRequest, number: int) -> HttpResponse:
    """The same rows as a file: mend them there and import the file again."""
    request.user.must("import data")
    run = queries.run(number, seen_by=request.user)
    response = HttpResponse(queries.rejected_text(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{run.pk}.csv"'
    return response


urlpatterns = [
    path("imports/", import_list, name="imports"),
    path("imports/new/", new_import, name="new-import"),
    path("imports/<int:number>/", import_run, name="import"),
    path("imports/<int:number>/answer/", answer, name="import-answer"),
    path("imports/<int:number>/take-in/", take_in, name="import-take-in"),
    path("imports/<int:number>/undo/", undo, name="import-undo"),
    path("imports/<int:number>/rejected/", rejected, name="import-rejected"),
    path("imports/<int:number>/rejected.csv", rejected_csv, name="import-rejected-file"),
]
