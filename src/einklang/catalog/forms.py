"""What people enter about items: prices and costs from a day on, and an item's own facts."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.engine.money import cents


class AmountForm(forms.Form):
    """What an item is sold for, or costs, from a day on."""

    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal(0), max_digits=14, decimal_places=2, localize=True
    )
    valid_from = forms.DateField(
        label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def cents(self) -> int:
        """The amount in whole cents."""
        return cents(self.cleaned_data["amount"])


class ItemForm(forms.Form):
    """The facts planning rests on."""

    name = forms.CharField(label=_("Name"), max_length=200)
    lead_time_days = forms.IntegerField(label=_("Lead time in days"), min_value=0, max_value=3650)
    safety_stock = forms.DecimalField(label=_("Safety stock"), min_value=0, max_digits=18, decimal_places=4)
    reorder_point = forms.DecimalField(label=_("Reorder point"), min_value=0, max_digits=18, decimal_places=4)
    lot_min = forms.DecimalField(label=_("Smallest lot"), min_value=0, max_digits=18, decimal_places=4)
    lot_multiple = forms.DecimalField(label=_("Lot multiple"), min_value=0, max_digits=18, decimal_places=4)
    version = forms.IntegerField(widget=forms.HiddenInput)
