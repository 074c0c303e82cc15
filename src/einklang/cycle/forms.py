"""What people enter in the cycle: comments, decisions, assumptions, scenarios, budgets."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.catalog import queries as catalog
from einklang.cycle.models import Assumption
from einklang.cycle.settings import LEVERS
from einklang.engine.errors import Impossible
from einklang.engine.money import cents
from einklang.engine.periods import parse_month
from einklang.people import queries as people
from einklang.people.models import User


class MonthField(forms.CharField):
    """A month, entered as 2014-05; browsers offer a calendar for it."""

    widget = forms.TextInput(attrs={"type": "month"})

    def clean(self, value: Any) -> Any:
        """The month's first day."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_month(text)
        except Impossible as fault:
            raise forms.ValidationError(str(fault)) from fault


class DayField(forms.DateField):
    """A day with the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def money(label: Any, *, required: bool = True) -> forms.DecimalField:
    """An amount with two decimals, zero or more."""
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_digits=16, decimal_places=2, required=required
    )


class OpenForm(forms.Form):
    """Which month to open."""

    month = MonthField(label=_("Month"), help_text=_("The last month whose orders the plan knows."))


class SignForm(forms.Form):
    """The words beside a signature."""

    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class StepForm(forms.Form):
    """Who answers for a step, by when, and its agenda."""

    owner = forms.ChoiceField(label=_("Owner"), required=False)
    due_on = DayField(label=_("Due on"))
    participants = forms.MultipleChoiceField(label=_("Takes part"), required=False)
    agenda = forms.CharField(label=_("Agenda"), required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, seen_by: User, **kwargs: Any) -> None:
        """Offer the people who may sign in."""
        super().__init__(*args, **kwargs)
        named = [(one.username, str(one)) for one in people.users(seen_by=seen_by) if one.is_active]
        self.fields["owner"].choices = [("", "–"), *named]  # type: ignore[attr-defined]
        self.fields["participants"].choices = named  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """What was decided, why, who does it, by when."""

    title = forms.CharField(label=_("Decision"), max_length=200)
    reason = forms.CharField(label=_("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ChoiceField(label=_("Who does it"), required=False)
    due_on = DayField(label=_("By when"), required=False)

    def __init__(self, *args: Any, seen_by: User, **kwargs: Any) -> None:
        """Offer the people who may sign in."""
        super().__init__(*args, **kwargs)
        named = [(one.username, str(one)) for one in people.users(seen_by=seen_by) if one.is_active]
        self.fields["owner"].choices = [("", "–"), *named]  # type: ignore[attr-defined]


class ResultForm(forms.Form):
    """How a decision turned out."""

    text = forms.CharField(label=_("How it turned out"), widget=forms.Textarea(attrs={"rows": 2}))


class AssumptionForm(forms.Form):
    """What the plan takes for granted, or a risk or chance beside it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Assumption.Kind.choices)
    text = forms.CharField(label=_("What is assumed"), widget=forms.Textarea(attrs={"rows": 2}))
    amount = forms.DecimalField(
        label=_("Worth"), required=False, max_digits=16, decimal_places=2, help_text=_("If it happens.")
    )
    probability = forms.IntegerField(
        label=_("Probability in percent"), required=False, min_value=0, max_value=100
    )

    def facts(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        given = self.cleaned_data
        chance = given["probability"]
        return {
            "kind": given["kind"],
            "amount_cents": None if given["amount"] is None else cents(given["amount"]),
            "probability": None if chance is None else Decimal(chance) / 100,
        }


class ScenarioForm(forms.Form):
    """A copy of a scenario with some levers moved."""

    name = forms.SlugField(
        label=_("Name"), max_length=60, help_text=_("Lower-case letters, digits and hyphens.")
    )
    note = forms.CharField(label=_("What it asks"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """One field a lever."""
        super().__init__(*args, **kwargs)
        for name, lever in LEVERS.items():
            self.fields[name] = forms.FloatField(
                label=str(lever.label),
                help_text=str(lever.hint),
                min_value=lever.least,
                max_value=lever.most,
                initial=1.0,
            )

    def settings(self) -> dict[str, float]:
        """The levers as they were set."""
        return {name: self.cleaned_data[name] for name in LEVERS}


class BudgetForm(forms.Form):
    """One figure of the budget."""

    family = forms.ChoiceField(label=_("Family"), required=False)
    month = MonthField(label=_("Month"))
    amount = money(_("Amount"))
    quantity = forms.DecimalField(
        label=_("Quantity"),
        required=False,
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=4,
        help_text=_("Splits a gap into price, volume and mix."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the families at the top, and the whole company."""
        super().__init__(*args, **kwargs)
        tops = [(family.code, family.name) for family in catalog.families() if family.parent is None]
        self.fields["family"].choices = [("", _("Whole company")), *tops]  # type: ignore[attr-defined]


class LastYearForm(forms.Form):
    """A budget from last year's sales."""

    start = MonthField(label=_("From"))
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=12, initial=12)
    growth = forms.DecimalField(
        label=_("Growth in percent"),
        initial=5,
        min_value=Decimal(-100),
        max_value=Decimal(1000),
        max_digits=6,
        decimal_places=2,
    )

    def rate(self) -> Decimal:
        """Growth as a share."""
        growth: Decimal = self.cleaned_data["growth"]
        return growth / 100


class CompareForm(forms.Form):
    """Two plan versions to hold side by side."""

    a = forms.TypedChoiceField(label=_("Before"), coerce=int)
    b = forms.TypedChoiceField(label=_("Now"), coerce=int)

    def __init__(self, *args: Any, versions: list[tuple[int, str]], **kwargs: Any) -> None:
        """Offer the versions there are."""
        super().__init__(*args, **kwargs)
        self.fields["a"].choices = versions  # type: ignore[attr-defined]
        self.fields["b"].choices = versions  # type: ignore[attr-defined]


def month_name(month: date) -> str:
    """A month as addresses write it.

    >>> month_name(date(2014, 5, 1))
    '2014-05'
    """
    return f"{month:%Y-%m}"
