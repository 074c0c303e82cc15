"""One deal as a page: its facts edited in place, its lines, its way, what happened and what is next."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.catalog import queries as catalog
from einklang.crm import actions, queries
from einklang.crm.forms import ActivityForm, DealFactsForm, LineFormSet, TaskForm
from einklang.crm.pages.noting import note_what_happened, set_a_task
from einklang.kernel import clock
from einklang.kernel.errors import Stale
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.forms import refusals_on

FACTS = ("name", "amount_cents", "expected_on", "decision_maker", "next_step", "source", "owner")


@login_required
def deal(request: UserRequest, code: str) -> HttpResponse:
    """One deal; ``?edit=`` names the fact that is edited in place."""
    found = queries.deal(code, seen_by=request.user)
    editing = request.GET.get("edit", "")
    form = None
    if editing in editable(request, found):
        form = DealFactsForm(found, [editing], request.POST or None, by=request.user)
        if form.is_valid() and _saved(request, found, form):
            return redirect("deal", code)
    return render(request, "crm/deal.html", _context(request, found, editing, form))


def editable(request: UserRequest, found: Any) -> list[str]:
    """The facts this reader may change here: giving away needs a right, a deal with lines is their sum."""
    if not request.user.may("edit deals"):
        return []
    names = [name for name in FACTS if name != "owner" or request.user.may("assign records")]
    return [name for name in names if name != "amount_cents" or not found.lines.exists()]


def _saved(request: UserRequest, found: Any, form: DealFactsForm) -> bool:
    saved = False
    with refusals_on(form):
        try:
            actions.change_deal(found, version=form.cleaned_data["version"], by=request.user, **form.facts())
        except Stale as stale:
            form.theirs = "; ".join(shown(value, found.currency) for value in stale.theirs.values())  # type: ignore[attr-defined]
            form.again(found)
        else:
            saved = True
    return saved


def shown(value: Any, currency: str) -> str:
    """A fact as it is read: an amount as money, a day as a day."""
    if isinstance(value, int):
        return formats.money(value, currency)
    return formats.day(value) if hasattr(value, "year") else str(value or formats.MISSING)


def _context(request: UserRequest, found: Any, editing: str, form: DealFactsForm | None) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    may_edit = request.user.may("edit deals")
    return {
        "deal": found,
        "card": queries.card(found, clock.today()),
        "form": form,
        "editing": editing if form else "",
        "editable": editable(request, found),
        "lines": found.lines.select_related("item"),
        "line_forms": _line_forms(found) if editing == "lines" and may_edit else None,
        "stages": queries.stages(),
        "passages": queries.passages(found),
        "timeline": queries.timeline(found, kind=kind),
        "kind": kind,
        "tasks": queries.open_tasks(found),
        "today": clock.today(),
        "activity_form": ActivityForm(),
        "task_form": TaskForm(),
        "may_edit": may_edit,
    }


def _line_forms(found: Any) -> Any:
    rows = [
        {
            "item": str(line.item),
            "quantity": Decimal(f"{line.quantity.normalize():f}"),
            "amount_cents": line.amount_cents,
            "wished_on": line.wished_on,
        }
        for line in found.lines.select_related("item")
    ]
    return LineFormSet(initial=rows)


@login_required
def lines(request: UserRequest, code: str) -> HttpResponse:
    """Say what a deal is about, item by item."""
    found = queries.deal(code, seen_by=request.user)
    forms = LineFormSet(request.POST or None)
    if request.method == "POST" and forms.is_valid():
        new = [actions.NewLine(**one.cleaned_data) for one in forms if one.cleaned_data.get("item")]
        version = int(request.POST.get("version") or 0)
        actions.set_lines(found, new, version=version, by=request.user)
        messages.success(request, _("The deal is now worth the sum of its lines."))
        return redirect("deal", code)
    context = _context(request, found, "lines", None) | {"line_forms": forms}
    return render(request, "crm/deal.html", context)


@login_required
@require_POST
def log(request: UserRequest, code: str) -> HttpResponse:
    """Note what happened about a deal."""
    found = queries.deal(code, seen_by=request.user)
    note_what_happened(request, found)
    return redirect("deal", code)


@login_required
@require_POST
def task(request: UserRequest, code: str) -> HttpResponse:
    """Set oneself a task about a deal."""
    found = queries.deal(code, seen_by=request.user)
    set_a_task(request, found)
    return redirect("deal", code)


@login_required
def suggest_items(request: UserRequest) -> HttpResponse:
    """Items that fit what somebody began to write, as choices."""
    words = next((str(value) for name, value in request.GET.items() if name.endswith("item")), "").strip()
    found = catalog.items(search=words, sold_only=True)[:20] if len(words) > 1 else []
    return render(request, "crm/choices.html", {"choices": [(one.code, one.name) for one in found]})


urlpatterns = [
    path("deals/items/", suggest_items, name="suggest-items"),
    path("deals/<str:code>/", deal, name="deal"),
    path("deals/<str:code>/lines/", lines, name="deal-lines"),
    path("deals/<str:code>/activities/", log, name="log-on-deal"),
    path("deals/<str:code>/tasks/", task, name="task-on-deal"),
]
