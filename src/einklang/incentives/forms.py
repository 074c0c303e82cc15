"""What people enter about quotas: a target and what it is shared by, and a seller's quota."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.engine.money import cents
from einklang.incentives.models import QuotaRound


class TargetForm(forms.Form):
    """A month's target and what it is shared by."""

    target = forms.DecimalField(label=_("Target"), min_value=Decimal(0), max_digits=16, decimal_places=2)
    weights = forms.ChoiceField(label=_("Shared by"), choices=QuotaRound.Weights.choices)

    def cents(self) -> int:
        """The target in whole cents."""
        return cents(self.cleaned_data["target"])
