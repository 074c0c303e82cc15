"""What people enter about people: signing in, profile, users, memberships, tokens."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.people import queries
from einklang.people.roles import CHOICES


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class PasswordForm(forms.Form):
    """A new password, with the present one to show whose hands these are."""

    present = forms.CharField(
        label=_("Present password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters; a sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class TokenForm(forms.Form):
    """A key for the API."""

    name = forms.CharField(label=_("What is it for?"), max_length=120)
    scopes = forms.ChoiceField(
        label=_("Allowed to"), choices=[("read", _("read")), ("read write", _("read and write"))]
    )
    days = forms.IntegerField(label=_("Ends after days"), initial=90, min_value=1, max_value=366)


class UserForm(forms.Form):
    """A person's facts."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=CHOICES)
    team = forms.ChoiceField(label=_("Team"), required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=120, required=False)
    department = forms.CharField(label=_("Department"), max_length=120, required=False)
    hired_on = DayField(label=_("Hired on"), required=False)
    left_on = DayField(label=_("Left on"), required=False)
    sells = forms.BooleanField(label=_("Carries a quota and counts as a seller"), required=False)
    is_active = forms.BooleanField(label=_("May sign in"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the teams there are."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.teams = {team.code: team for team in queries.teams()}
        choices = [("", "–"), *((code, team.name) for code, team in self.teams.items())]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]

    def facts(self) -> dict[str, object]:
        """The facts as the action takes them."""
        facts = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        facts["team"] = self.teams.get(facts["team"])
        return facts


class NewUserForm(forms.Form):
    """A new person; with a password they may sign in at once."""

    username = forms.CharField(label=_("User name"), max_length=120)
    name = forms.CharField(label=_("Name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=CHOICES, initial="rep")
    password = forms.CharField(
        label=_("First password"),
        required=False,
        help_text=_("Without one the person is known here but cannot sign in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class JoinForm(forms.Form):
    """From when on a person works a territory."""

    territory = forms.ChoiceField(label=_("Territory"))
    start = DayField(label=_("From"))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        """Offer the territories there are, from today on."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.territories = queries.territories()
        self.fields["territory"].choices = [  # type: ignore[attr-defined]
            (code, territory.name) for code, territory in self.territories.items()
        ]
        self.fields["start"].initial = today
