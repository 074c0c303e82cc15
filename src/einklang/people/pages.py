"""People as pages: signing in and out, one's own profile, users, roles, teams and territories."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from einklang.kernel import clock
from einklang.people import actions, queries, roles
from einklang.people.forms import JoinForm, NewUserForm, PasswordForm, SignInForm, TokenForm, UserForm
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let somebody in, or say why not without saying which of the two was wrong."""
    goal = safe_goal(request, request.POST.get("next") or request.GET.get("next") or "/")
    if request.user.is_authenticated:
        return redirect(goal)
    form = SignInForm(request.POST or None)
    if form.is_valid():
        username, address = form.cleaned_data["username"], address_of(request)
        if until := queries.must_wait(username, address):
            sentence = _("Too many tries from here. Try again at %(time)s.")
            form.add_error(None, sentence % {"time": formats.moment(until)})
        elif (
            user := authenticate(request, username=username, password=form.cleaned_data["password"])
        ) is None:
            actions.note_failed_sign_in(username, address, by=None)
            form.add_error(None, _("This name and password do not fit together."))
        else:
            login(request, user)
            actions.note_sign_in(user, by=user)
            return in_language(redirect(goal), user.language)
    return render(
        request, "people/sign_in.html", {"form": form, "next": goal}, status=422 if form.errors else 200
    )


def safe_goal(request: HttpRequest, goal: str) -> str:
    """An address in this house; anything else becomes the home page."""
    here = {request.get_host()}
    return goal if url_has_allowed_host_and_scheme(goal, here, require_https=request.is_secure()) else "/"


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind the house's own proxy, what that proxy says."""
    said = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return said.split(",")[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))


def in_language(response: HttpResponse, language: str) -> HttpResponse:
    """The answer, with the browser told which language to ask for."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=31_536_000, samesite="Lax", secure=settings.HTTPS
    )
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read on in another language; whoever is signed in finds it so on every machine."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        chosen = settings.LANGUAGE_CODE
    if request.user.is_authenticated:
        actions.choose_language(chosen, by=request.user)
    return in_language(redirect(safe_goal(request, request.POST.get("next", "/"))), chosen)


@login_required
def profile(request: UserRequest) -> HttpResponse:
    """One's own facts, territories, password and keys."""
    context = {
        "memberships": queries.memberships(user=request.user),
        "tokens": queries.tokens(request.user),
        "password_form": PasswordForm(),
        "token_form": TokenForm(),
        "today": clock.today(),
    }
    return render(request, "people/profile.html", context)


@login_required
@require_POST
@sensitive_post_parameters()
def change_password(request: UserRequest) -> HttpResponse:
    """Change one's own password; other sessions end, this one goes on."""
    form = PasswordForm(request.POST)
    if form.is_valid() and not request.user.check_password(form.cleaned_data["present"]):
        form.add_error("present", _("This is not your present password."))
    if form.is_valid():
        with refusals_on(form):
            actions.set_password(request.user, form.cleaned_data["new"], by=request.user)
    if form.is_valid():
        login(request, request.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _("Your password was changed; all your other sessions have ended."))
        return redirect("profile")
    return render(request, "people/password.html", {"form": form}, status=422)


@login_required
@require_POST
def issue_token(request: UserRequest) -> HttpResponse:
    """Make a key for the API and show it once."""
    form, key = TokenForm(request.POST), ""
    if form.is_valid():
        with refusals_on(form):
            scopes = form.cleaned_data["scopes"].split()
            key = actions.issue_token(
                form.cleaned_data["name"], scopes=scopes, days=form.cleaned_data["days"], by=request.user
            )
    return render(request, "people/token.html", {"form": form, "key": key}, status=200 if key else 422)


@login_required
@require_POST
def revoke_token(request: UserRequest, token_id: int) -> HttpResponse:
    """End a key."""
    actions.revoke_token(queries.token(token_id, seen_by=request.user), by=request.user)
    messages.success(request, _("The key has ended."))
    return redirect("profile")


@login_required
def people(request: UserRequest) -> HttpResponse:
    """The people of the house, found by name and role."""
    search, role = request.GET.get("search", ""), request.GET.get("role", "")
    found = queries.users(seen_by=request.user, search=search)
    if role in roles.ROLES:
        found = found.filter(role=role)
    context = {"page": paged(request, found), "search": search, "role": role, "roles": roles.CHOICES}
    return render(request, "people/people.html", context)


@login_required
def add_user(request: UserRequest) -> HttpResponse:
    """Add a person."""
    request.user.must("manage users")
    form = NewUserForm(request.POST or None)
    if form.is_valid():
        facts = dict(form.cleaned_data)
        with refusals_on(form):
            user = actions.add_user(facts.pop("username"), by=request.user, **facts)
            messages.success(request, _("%(name)s was added.") % {"name": user.name})
            return redirect("user", user.username)
    return render(request, "people/add_user.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def user(request: UserRequest, username: str) -> HttpResponse:
    """One person: facts, territories over time, and for who manages users the forms that change them."""
    person = queries.known_user(username, seen_by=request.user)
    manages = request.user.may("manage users")
    facts = {name: getattr(person, name) for name in actions.EDITABLE} | {"version": person.version}
    facts["team"] = person.team.code if person.team else ""
    form = UserForm(request.POST or None, initial=facts) if manages else None
    if form is not None and form.is_valid():
        with refusals_on(form):
            version = form.cleaned_data["version"]
            actions.change_user(person, version=version, by=request.user, **form.facts())
            messages.success(request, _("%(name)s was changed.") % {"name": person.name})
            return redirect("user", username)
    context = {
        "person": person,
        "form": form,
        "join_form": JoinForm(today=clock.today()) if manages else None,
        "memberships": queries.memberships(user=person),
        "role": roles.ROLES[person.role],
        "today": clock.today(),
    }
    return render(request, "people/user.html", context, status=422 if form and form.errors else 200)


@login_required
@require_POST
def join_territory(request: UserRequest, username: str) -> HttpResponse:
    """Let a person work a territory from a day on."""
    form = JoinForm(request.POST, today=clock.today())
    if form.is_valid():
        territory = form.territories[form.cleaned_data["territory"]]
        actions.join_territory(queries.user(username), territory, form.cleaned_data["start"], by=request.user)
        messages.success(request, _("The territory was added from that day on."))
    return redirect("user", username)


@login_required
@require_POST
def leave_territory(request: UserRequest, username: str, membership_id: int) -> HttpResponse:
    """End a person's time in a territory today."""
    membership = queries.membership(membership_id)
    actions.leave_territory(membership, clock.today(), by=request.user)
    messages.success(request, _("The territory ends for this person today."))
    return redirect("user", username)


@login_required
def role_table(request: UserRequest) -> HttpResponse:
    """Every permission with the roles that have it."""
    table = [
        (sentence, [(role.label, name in role.may) for role in roles.ROLES.values()])
        for name, sentence in roles.PERMISSIONS.items()
    ]
    scopes = {"own": _("own"), "territory": _("territory"), "team": _("team"), "all": _("everything")}
    sees = [(role.label, scopes[role.scope]) for role in roles.ROLES.values()]
    return render(request, "people/roles.html", {"table": table, "sees": sees})


@login_required
def teams(request: UserRequest) -> HttpResponse:
    """The teams as a tree."""
    return render(request, "people/teams.html", {"tree": tree(list(queries.teams()))})


@login_required
def territories(request: UserRequest) -> HttpResponse:
    """The territories as a tree, with who works each today and who did before."""
    today = clock.today()
    found = list(queries.territories().values())
    working: dict[int, list[object]] = {}
    for membership in queries.memberships().order_by("-start"):
        working.setdefault(membership.territory_id, []).append(membership)
    for territory in found:
        territory.worked = working.get(territory.pk, [])  # type: ignore[attr-defined]
    return render(request, "people/territories.html", {"tree": tree(found), "today": today})


def tree(nodes: Sequence[Any], above: int | None = None) -> list[tuple[Any, Any]]:
    """Rows that name the one above as nested pairs: (row, [(row below, [...]), ...])."""
    return [(node, tree(nodes, node.pk)) for node in nodes if node.parent_id == above]


urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("language/", language, name="language"),
    path("profile/", profile, name="profile"),
    path("profile/password/", change_password, name="change-password"),
    path("profile/tokens/", issue_token, name="issue-token"),
    path("profile/tokens/<int:token_id>/revoke/", revoke_token, name="revoke-token"),
    path("people/", people, name="people"),
    path("people/new/", add_user, name="add-user"),
    path("people/roles/", role_table, name="roles"),
    path("people/teams/", teams, name="teams"),
    path("people/territories/", territories, name="territories"),
    path("people/users/<str:username>/", user, name="user"),
    path("people/users/<str:username>/territories/", join_territory, name="join-territory"),
    path(
        "people/users/<str:username>/territories/<int:membership_id>/end/",
        leave_territory,
        name="leave-territory",
    ),
]
