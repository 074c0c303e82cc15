"""What can be done about people: add, change, move, let in and shut out."""

import secrets
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.kernel import clock, journal
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.people.models import Company, Membership, SignInAttempt, Team, Territory, Token, User
from einklang.people.queries import token_digest
from einklang.people.roles import CHOICES, OPERATOR

SCOPES = ("read", "write")
EDITABLE = (
    "name",
    "email",
    "role",
    "team",
    "job_title",
    "department",
    "sells",
    "hired_on",
    "left_on",
    "is_active",
)


@transaction.atomic
def add_user(username: str, *, by: User | None, password: str = "", **facts: Any) -> User:
    """Add a person; with a password they may sign in. ``by=None`` is the terminal of the house."""
    if by is not None:
        by.must("manage users")
    if facts.get("role", "rep") not in dict(CHOICES):
        raise Refused(_("There is no role %(role)s.") % {"role": facts["role"]})
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(_("There is a user %(name)s already.") % {"name": username})
    user = User(username=username, **{"name": username, "is_active": bool(password), **facts})
    _set_password(user, password)
    user.save()
    journal.record("people.user_added", about=user, by=by, role=user.role)
    return user


@transaction.atomic
def open_terminal(*, by: None = None) -> User:
    """The user in whose name the house's terminal acts where no person is named; it can never sign in."""
    found = User.objects.filter(role=OPERATOR).first()
    if found is not None:
        return found
    user = User(username="terminal", name="Terminal", role=OPERATOR, is_active=True)
    user.set_unusable_password()
    user.save()
    journal.record("people.terminal_opened", about=user, by=by)
    return user


@transaction.atomic
def change_user(user: User, *, version: int, by: User, **facts: Any) -> User:
    """Change a person's facts; a role is changed only by somebody who manages users, never one's own."""
    by.must("manage users")
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.version != version:
        raise Stale(
            _("Somebody changed this person meanwhile; look at it again."), yours=facts, theirs=user.version
        )
    _must_be_a_person(user)
    if facts.get("role", user.role) not in dict(CHOICES):
        raise Refused(_("There is no role %(role)s.") % {"role": facts["role"]})
    if user == by and (facts.get("role", by.role) != by.role or facts.get("is_active", True) is False):
        raise Refused(_("Nobody changes their own role or shuts themselves out; ask another administrator."))
    changed = {
        name: value for name, value in facts.items() if name in EDITABLE and getattr(user, name) != value
    }
    for name, value in changed.items():
        setattr(user, name, value)
    user.version += 1
    user.save()
    if not user.is_active:
        _end_sessions(user)
    journal.record(
        "people.user_changed",
        about=user,
        by=by,
        changed={name: str(value) for name, value in changed.items()},
    )
    return user


@transaction.atomic
def set_password(user: User, password: str, *, by: User | None) -> None:
    """Set a password: one's own, or somebody else's as who manages users; all other sessions end."""
    if by is not None and by != user:
        by.must("manage users")
    _must_be_a_person(user)
    _set_password(user, password)
    user.is_active = True
    user.save(update_fields=["password", "is_active"])
    _end_sessions(user)
    journal.record("people.password_set", about=user, by=by)


@transaction.atomic
def choose_language(language: str, *, by: User) -> None:
    """Set the language somebody reads in."""
    if language not in ("en", "de"):
        raise Refused(_("Choose English or German."))
    User.objects.filter(pk=by.pk).update(language=language)
    journal.record("people.language_chosen", about=by, by=by, language=language)


@transaction.atomic
def add_team(code: str, name: str, *, parent: Team | None = None, by: User) -> Team:
    """Add a team."""
    by.must("manage users")
    team = Team.objects.create(code=code, name=name, parent=parent)
    journal.record("people.team_added", about=team, by=by, parent=parent and parent.code)
    return team


@transaction.atomic
def add_territory(
    code: str,
    name: str,
    *,
    by: User,
    parent: Territory | None = None,
    country: str = "",
    potential_cents: int = 0,
) -> Territory:
    """Add a territory."""
    by.must("manage users")
    territory = Territory.objects.create(
        code=code, name=name, parent=parent, country=country, potential_cents=potential_cents
    )
    journal.record("people.territory_added", about=territory, by=by, potential_cents=potential_cents)
    return territory


@transaction.atomic
def join_territory(user: User, territory: Territory, start: date, *, by: User) -> Membership:
    """Let a person work a territory from a day on; the past stays as it was."""
    by.must("manage users")
    if Membership.objects.select_for_update().on(start).filter(user=user, territory=territory).exists():
        raise Refused(
            _("%(user)s works %(territory)s on that day already.") % {"user": user, "territory": territory}
        )
    membership = Membership.objects.create(user=user, territory=territory, start=start)
    journal.record("people.territory_joined", about=user, by=by, territory=territory.code, start=start)
    return membership


@transaction.atomic
def leave_territory(membership: Membership, end: date, *, by: User) -> None:
    """End a person's time in a territory on a day."""
    by.must("manage users")
    membership = (
        Membership.objects.select_for_update().select_related("user", "territory").get(pk=membership.pk)
    )
    if end < membership.start:
        raise Refused(_("The last day cannot lie before the first."))
    membership.end = end
    membership.save(update_fields=["end"])
    journal.record(
        "people.territory_left", about=membership.user, by=by, territory=membership.territory.code, end=end
    )


@transaction.atomic
def issue_token(name: str, *, by: User, scopes: list[str], days: int = 90) -> str:
    """Make an API key for oneself; it is shown this once and ends after ``days``."""
    by.must("issue tokens")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refused(_("A token reads, writes, or both."))
    if not 1 <= days <= 366:
        raise Refused(_("A token lasts from one day to a year."))
    key = "ek_" + secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=by,
        name=name[:120],
        digest=token_digest(key),
        scopes=sorted(scopes),
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    journal.record("people.token_issued", about=token, by=by, scopes=scopes, days=days)
    return key


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    """End an API key now: one's own, or anybody's as who manages users."""
    if token.user != by and not by.may("manage users"):
        raise NotAllowed(_("This is somebody else's token."))
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
    journal.record("people.token_revoked", about=token, by=by)


@transaction.atomic
def note_sign_in(user: User, *, by: User) -> None:
    """Remember a sign-in; earlier failures from anywhere stop counting."""
    SignInAttempt.objects.filter(username=user.username.lower()).delete()
    journal.record("people.signed_in", about=user, by=by)


@transaction.atomic
def note_failed_sign_in(username: str, address: str, *, by: None = None) -> None:
    """Count a sign-in that failed, by name and address."""
    SignInAttempt.objects.create(username=username.lower()[:120], address=address[:64], at=clock.now())
    journal.record("people.sign_in_failed", by=by, username=username[:120], address=address[:64])


@transaction.atomic
def name_company(name: str, home_currency: str, *, by: User | None) -> Company:
    """Say which company this is and which currency it counts in."""
    if by is not None:
        by.must("manage users")
    company = Company.objects.select_for_update().first() or Company()
    company.name, company.home_currency = name, home_currency.upper()
    company.save()
    journal.record("people.company_named", about=company, by=by, home_currency=company.home_currency)
    return company


def _must_be_a_person(user: User) -> None:
    """The house's own terminal is nobody: it gets no password and no other role."""
    if user.role == OPERATOR:
        raise Refused(_("The terminal of the house is no person: it cannot sign in or be changed."))


def _set_password(user: User, password: str) -> None:
    if not password:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as fault:
        raise Refused(" ".join(fault.messages)) from fault
    user.set_password(password)


def _end_sessions(user: User) -> None:
    """Signed-in browsers of a person are signed out: sessions name their user inside."""
    for session in Session.objects.filter(expire_date__gte=clock.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
