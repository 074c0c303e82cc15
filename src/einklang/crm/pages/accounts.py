"""Accounts as pages: the list, one account with its people, deals and timeline."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.crm import actions, queries
from einklang.crm.forms import AccountForm, ActivityForm, ContactForm, GivenAwayForm, TaskForm
from einklang.crm.pages.noting import note_what_happened, set_a_task
from einklang.kernel import clock
from einklang.kernel.errors import Stale
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

FILTERS = ("search", "owner", "territory")
SORTS = ("name", "city", "industry", "owner__name", "open_deals", "created_on")


@login_required
def accounts(request: UserRequest) -> HttpResponse:
    """The accounts one may see, with how many deals are open at each."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    found = queries.accounts(seen_by=request.user, **asked)
    sort = request.GET.get("sort", "name")
    sort = sort if sort.lstrip("-") in SORTS else "name"
    context = {
        "page": paged(request, found.order_by(sort, "code")),
        "asked": asked,
        "filtered": any(asked.values()),
        "owners": queries.owners(),
        "territories": people.territories().values(),
        "may_add": request.user.may("edit accounts"),
    }
    return render(request, "crm/accounts.html", context)


@login_required
def account(request: UserRequest, code: str) -> HttpResponse:
    """One account: facts, people, deals, what happened and what is to be done."""
    found = queries.account(code, seen_by=request.user)
    kind = request.GET.get("kind", "")
    deals = queries.deals(seen_by=request.user, account=code)
    context = {
        "account": found,
        "contacts": queries.contacts(found, seen_by=request.user),
        "deals": deals.order_by("stage__ends", "-created_on")[:30],
        "sums": queries.sums(queries.deals(seen_by=request.user, account=code, stage="open")),
        "timeline": queries.timeline(found, kind=kind),
        "kind": kind,
        "tasks": queries.open_tasks(found),
        "today": clock.today(),
        "contact_form": ContactForm(),
        "activity_form": ActivityForm(),
        "task_form": TaskForm(),
        "may_edit": request.user.may("edit accounts"),
        "may_sell": request.user.may("edit deals"),
    }
    return render(request, "crm/account.html", context)


@login_required
def add_account(request: UserRequest) -> HttpResponse:
    """A new account."""
    request.user.must("edit accounts")
    form = _form(request)(request.POST or None)
    if form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        facts.pop("version", None)
        with refusals_on(form):
            made = actions.add_account(by=request.user, **facts)
            messages.success(request, _("%(account)s was added.") % {"account": made})
            return redirect("account", made.code)
    return render(request, "crm/account_form.html", {"form": form})


@login_required
def edit_account(request: UserRequest, code: str) -> HttpResponse:
    """Change an account's facts; if somebody was quicker, both values are shown and nothing is lost."""
    request.user.must("edit accounts")
    found = queries.account(code, seen_by=request.user)
    names = ("name", "industry", "street", "postal_code", "city", "country", "website", "version")
    now: dict[str, Any] = {name: getattr(found, name) for name in names}
    now["owner"] = found.owner.username if found.owner else ""
    now["territory"] = found.territory.code if found.territory else ""
    form = _form(request)(request.POST or None, initial=now)
    if form.is_valid():
        facts = dict(form.cleaned_data)
        version = facts.pop("version") or 0
        with refusals_on(form):
            try:
                actions.change_account(found, version=version, by=request.user, **facts)
            except Stale as stale:
                theirs = [f"{form.fields[name].label}: {value or '–'}" for name, value in stale.theirs.items()  # type: ignore[attr-defined]
                          if value != facts[name]]  # fmt: skip
                form.data = (
                    form.data | {"version": str(found.version)} if isinstance(form.data, dict) else form.data
                )
                form.add_error(None, f"{stale} {'; '.join(theirs)}")
                return render(request, "crm/account_form.html", {"form": form, "account": found})
            return redirect("account", code)
    return render(request, "crm/account_form.html", {"form": form, "account": found})


def _form(request: UserRequest) -> type[AccountForm]:
    return GivenAwayForm if request.user.may("assign records") else AccountForm


@login_required
@require_POST
def add_contact(request: UserRequest, code: str) -> HttpResponse:
    """A new person at an account."""
    found = queries.account(code, seen_by=request.user)
    form = ContactForm(request.POST)
    if form.is_valid():
        made = actions.add_contact(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("%(name)s was added.") % {"name": made.name})
    else:
        messages.error(request, _("A contact needs a name, and an e-mail address that is one."))
    return redirect("account", code)


@login_required
@require_POST
def log_on_account(request: UserRequest, code: str) -> HttpResponse:
    """Note what happened at an account."""
    found = queries.account(code, seen_by=request.user)
    note_what_happened(request, found)
    return redirect("account", code)


@login_required
@require_POST
def task_on_account(request: UserRequest, code: str) -> HttpResponse:
    """Set oneself a task about an account."""
    found = queries.account(code, seen_by=request.user)
    set_a_task(request, found)
    return redirect("account", code)


@login_required
def suggest_accounts(request: UserRequest) -> HttpResponse:
    """Accounts that fit what somebody began to write, as choices."""
    words = request.GET.get("account", "").strip()
    found = queries.accounts(seen_by=request.user, search=words)[:20] if len(words) > 1 else []
    return render(
        request, "crm/choices.html", {"choices": [(one.code, f"{one.name}, {one.city}") for one in found]}
    )


urlpatterns = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/new/", add_account, name="add-account"),
    path("accounts/suggest/", suggest_accounts, name="suggest-accounts"),
    path("accounts/<str:code>/", account, name="account"),
    path("accounts/<str:code>/edit/", edit_account, name="edit-account"),
    path("accounts/<str:code>/contacts/", add_contact, name="add-contact"),
    path("accounts/<str:code>/activities/", log_on_account, name="log-on-account"),
    path("accounts/<str:code>/tasks/", task_on_account, name="task-on-account"),
]
