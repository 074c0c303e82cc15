"""Questions about people, teams and territories."""

import hashlib
from datetime import date, datetime, timedelta

import polars as pl
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.kernel import clock, tables
from einklang.kernel.errors import NotFound
from einklang.people.models import Company, Membership, SignInAttempt, Team, Territory, Token, User
from einklang.people.roles import ROLES

SIGN_IN_TRIES = 5
SIGN_IN_WAIT = timedelta(minutes=5)


def company() -> Company:
    """The one company; a house that was just opened gets a nameless one."""
    return Company.objects.first() or Company(name="Einklang", home_currency="EUR")


def home_currency() -> str:
    """The currency the company keeps its books in."""
    return company().home_currency


def users(*, seen_by: User, search: str = "") -> QuerySet[User]:
    """The people somebody may look up; all colleagues are known to each other by name."""
    found = User.objects.select_related("team")
    if not seen_by.may("manage users"):
        found = found.filter(Q(is_active=True) | Q(sells=True))
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(username__icontains=search) | Q(email__icontains=search)
        )
    return found


def user(username: str) -> User:
    """One person by the name they sign in with."""
    found = User.objects.filter(username__iexact=username).select_related("team").first()
    if found is None:
        raise NotFound(_("There is no user %(name)s.") % {"name": username})
    return found


def known_user(username: str, *, seen_by: User) -> User:
    """One person, if somebody may look them up."""
    found = users(seen_by=seen_by).filter(username__iexact=username).first()
    if found is None:
        raise NotFound(_("There is no user %(name)s.") % {"name": username})
    return found


def first_who_may(*permissions: str) -> User | None:
    """The first person whose role allows all of this, for work that a terminal or a clock starts."""
    able = [role.code for role in ROLES.values() if role.may.issuperset(permissions)]
    return User.objects.filter(is_active=True, role__in=able).order_by("pk").first()


def sign_ins() -> list[dict[str, object]]:
    """Everybody, with their role and whether they may sign in; for the terminal."""
    found = User.objects.order_by("username").values("username", "name", "role", "is_active")
    return [dict(person) for person in found]


def sellers(day: date | None = None) -> QuerySet[User]:
    """Those who carry a quota, on a day or ever."""
    found = User.objects.filter(sells=True)
    if day:
        found = found.filter(Q(hired_on__isnull=True) | Q(hired_on__lte=day)).filter(
            Q(left_on__isnull=True) | Q(left_on__gte=day)
        )
    return found


def teams() -> QuerySet[Team]:
    """All teams, with how many work in each."""
    return Team.objects.select_related("parent").annotate(size=Count("members"))


def territories() -> dict[str, Territory]:
    """All territories by their code."""
    return {territory.code: territory for territory in Territory.objects.select_related("parent")}


def members(day: date) -> QuerySet[Membership]:
    """Who works which territory on a day."""
    return Membership.objects.on(day).select_related("user", "territory")


def memberships(user: User | None = None) -> QuerySet[Membership]:
    """Who worked which territory from when to when: of one person, or of all."""
    found = Membership.objects.select_related("user", "territory")
    return found.filter(user=user).order_by("-start") if user else found


def membership(number: int) -> Membership:
    """One person's time in one territory."""
    found = Membership.objects.select_related("user", "territory").filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no such membership."))
    return found


def tokens(user: User) -> QuerySet[Token]:
    """A person's keys for the API that have not been revoked, newest first."""
    return Token.objects.filter(user=user, revoked_at=None)


def token(number: int, *, seen_by: User) -> Token:
    """One key: one's own, or anybody's for who manages users."""
    found = Token.objects.select_related("user").filter(pk=number).first()
    if found is None or (found.user_id != seen_by.pk and not seen_by.may("manage users")):
        raise NotFound(_("There is no such key."))
    return found


def employment_frame() -> pl.DataFrame:
    """Sellers with their dates: ``user, name, team, team_code, hired_on, left_on``; for turnover and ramp."""
    return tables.read(
        User.objects.filter(sells=True, hired_on__isnull=False),
        user="username",
        name="name",
        team="team__name",
        team_code="team__code",
        hired_on="hired_on",
        left_on="left_on",
    )


def token_owner(key: str) -> Token | None:
    """The token behind a key that still holds, or nothing."""
    found = Token.objects.select_related("user").filter(digest=token_digest(key)).first()
    return found if found and found.holds(clock.now()) else None


def token_digest(key: str) -> str:
    """What is kept of a key. Keys are 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def must_wait(username: str, address: str) -> datetime | None:
    """Until when this address may not try this name again, or nothing."""
    since = clock.now() - SIGN_IN_WAIT
    tries = SignInAttempt.objects.filter(username=username.lower(), address=address, at__gte=since)
    last = list(tries.values_list("at", flat=True)[:SIGN_IN_TRIES])
    return last[0] + SIGN_IN_WAIT if len(last) == SIGN_IN_TRIES else None
