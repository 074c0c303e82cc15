"""The company, its people, teams and territories, and what lets them in."""

from datetime import date, datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from einklang.kernel.errors import NotAllowed
from einklang.people.roles import CHOICES, PERMISSIONS, ROLES

LANGUAGES = [("en", _("English")), ("de", _("German"))]


class Company(models.Model):
    """The one company this house works for."""

    name = models.CharField(max_length=200)
    home_currency = models.CharField(max_length=3, default="EUR")
    fiscal_year_starts_in = models.PositiveSmallIntegerField(default=1, help_text=_("Month, 1 to 12."))

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team, inside another team or at the top."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds people; a new one is made by ``people.actions.add_user``."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """A person by the name they sign in with; case does not matter."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """Somebody who works here; whether they may sign in is another matter."""

    username = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20, choices=CHOICES, default="rep")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    language = models.CharField(
        max_length=5, choices=[("en", _("English")), ("de", _("German"))], default="en"
    )
    job_title = models.CharField(max_length=120, blank=True)
    department = models.CharField(max_length=120, blank=True)
    sells = models.BooleanField(default=False, help_text=_("Carries a quota and counts as a seller."))
    hired_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=False, help_text=_("May sign in."))
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["sells", "hired_on"], name="user_sells")]

    def __str__(self) -> str:
        return self.name

    def may(self, permission: str) -> bool:
        """Whether the role allows it; an unknown permission is a mistake in the program."""
        if permission not in PERMISSIONS:
            raise KeyError(permission)
        return self.is_active and permission in ROLES[self.role].may

    def must(self, permission: str) -> None:
        """Refuse, in a sentence, what the role does not allow."""
        if not self.may(permission):
            raise NotAllowed(gettext("Your role may not %(do)s.") % {"do": PERMISSIONS[permission]})

    @property
    def sees_all(self) -> bool:
        """Whether no record is hidden from this role."""
        return ROLES[self.role].scope == "all"

    @property
    def permissions(self) -> frozenset[str]:
        """What the role may do."""
        return ROLES[self.role].may if self.is_active else frozenset()


class DepartmentStay(models.Model):
    """A person's time in one department."""

    user = models.ForeignKey(User, models.CASCADE, related_name="department_stays")
    department = models.CharField(max_length=120)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["user", "start"]
        constraints = [
            models.UniqueConstraint(fields=["user", "department", "start"], name="one_stay_per_start"),
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="stay_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.department} {self.start}"


class Territory(models.Model):
    """A part of the market, inside another one or at the top."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    country = models.CharField(max_length=2, blank=True)
    potential_cents = models.BigIntegerField(default=0, help_text=_("Yearly potential, whole cents."))

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "territories"
        constraints = [
            models.CheckConstraint(condition=Q(potential_cents__gte=0), name="potential_not_negative")
        ]

    def __str__(self) -> str:
        return self.name


class MembershipSet(models.QuerySet["Membership"]):
    """Who works which territory, when."""

    def on(self, day: date) -> "MembershipSet":
        """Those that hold on a day."""
        return self.filter(start__lte=day).filter(Q(end__isnull=True) | Q(end__gte=day))


class Membership(models.Model):
    """A person's time in one territory."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="memberships")
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    objects = MembershipSet.as_manager()

    class Meta:
        ordering = ["territory", "start"]
        constraints = [
            models.UniqueConstraint(fields=["user", "territory", "start"], name="one_membership_per_start"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="membership_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.territory} {self.start}"


class Token(models.Model):
    """A key for the API: only its hash is kept, it may do no more than its owner, and it ends."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def holds(self, moment: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.revoked_at is None and moment < self.expires_at and self.user.is_active


class SignInAttempt(models.Model):
    """A sign-in that failed: counted per address and name, so that nobody can lock the owner out."""

    username = models.CharField(max_length=120)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["username", "address", "at"], name="sign_in_attempts")]

    def __str__(self) -> str:
        return f"{self.username} {self.at}"
