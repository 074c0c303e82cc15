"""What people fill in about figures: a target, and what was spent."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.engine.money import cents
from einklang.insight.registry import Kpi


class Month(forms.DateField):
    """A month as browsers send it: 2014-05."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **options: Any) -> None:
        """Takes 2014-05 as well as any day of the month."""
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], **options)


class TargetForm(forms.Form):
    """What a KPI is to reach in a month."""

    month = Month(label=_("Month"))
    scope = forms.ChoiceField(label=_("For"), required=False)
    value = forms.DecimalField(label=_("Target value"), min_value=0, localize=True)

    def __init__(
        self, kpi: Kpi, month: date, scopes: list[tuple[str, str]], *args: Any, **options: Any
    ) -> None:
        """Ask in the unit people think in: percent, whole currency, days."""
        super().__init__(*args, **options)
        self.kpi = kpi
        self.fields["month"].initial = month
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        hints = {"share": _("In percent."), "money": _("In the home currency.")}
        self.fields["value"].help_text = str(hints.get(kpi.unit, ""))

    def target(self) -> float:
        """The target in the KPI's own unit."""
        given: Decimal = self.cleaned_data["value"]
        if self.kpi.unit == "share":
            return float(given / 100)
        return float(cents(given)) if self.kpi.unit in ("money", "money_day") else float(given)

    def when(self) -> date:
        """The month."""
        found: date = self.cleaned_data["month"]
        return found


class SpendForm(forms.Form):
    """What was spent to win customers in a month."""

    month = Month(label=_("Month"))
    kind = forms.ChoiceField(label=_("On"), choices=[("sales", _("Sales")), ("marketing", _("Marketing"))])
    amount = forms.DecimalField(label=_("Amount"), localize=True, help_text=_("In the home currency."))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def cents(self) -> int:
        """The amount in whole cents."""
        return cents(self.cleaned_data["amount"])
