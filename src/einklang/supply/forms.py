"""What people enter about supply."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.demand import queries as demand
from einklang.kernel import clock
from einklang.supply import queries
from einklang.supply.levers import BASE, MOST, SCENARIOS, Levers
from einklang.web.forms import suggesting

OWN = "own"


class PromiseForm(forms.Form):
    """What a customer asks for."""

    item = forms.CharField(
        label=_("Item"),
        max_length=200,
        widget=suggesting("item-list", "suggest-items"),
        help_text=_("Begin to write an item's code or name, then choose."),
    )
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.0001"), max_digits=18, decimal_places=4, localize=True
    )
    wished_on = forms.DateField(label=_("Wished for"), widget=forms.DateInput(attrs={"type": "date"}))

    def asked(self) -> queries.Asked:
        """The line to be promised; what was wished for before today is wished for today."""
        said = self.cleaned_data
        return queries.Asked(
            said["item"].split(" ")[0], said["quantity"], max(said["wished_on"], clock.today())
        )


class PlanForm(forms.Form):
    """Under which assumptions to plan: a ready scenario, or factors of one's own."""

    consensus = forms.IntegerField(widget=forms.HiddenInput)
    scenario = forms.ChoiceField(label=_("Scenario"), initial=BASE)
    name = forms.SlugField(
        label=_("Name of your own"), max_length=40, required=False, help_text=_("Letters, digits, hyphens.")
    )
    demand_factor = forms.FloatField(
        label=_("Demand ×"), min_value=0, max_value=MOST, initial=1, localize=True
    )
    capacity_factor = forms.FloatField(
        label=_("Hours ×"), min_value=0, max_value=MOST, initial=1, localize=True
    )
    overtime_factor = forms.FloatField(
        label=_("Overtime ×"), min_value=0, max_value=MOST, initial=1, localize=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the scenarios of the house, and one's own."""
        super().__init__(*args, **kwargs)
        field = self.fields["scenario"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*queries.scenarios(), (OWN, _("Own assumptions"))]

    def clean(self) -> dict[str, Any]:
        """One's own assumptions need a name to be found again."""
        given = super().clean() or {}
        if given.get("scenario") == OWN and not given.get("name"):
            self.add_error("name", _("Name it, so that it can be told from the others."))
        if given.get("name") in SCENARIOS:
            self.add_error("name", _("This name is taken by a scenario of the house."))
        if given.get("consensus"):
            demand.agreed(given["consensus"])
        return given

    def levers(self) -> tuple[str, Levers]:
        """The scenario's name and its factors."""
        given = self.cleaned_data
        if given["scenario"] != OWN:
            return given["scenario"], SCENARIOS[given["scenario"]].levers
        factors = (given[name] for name in ("demand_factor", "capacity_factor", "overtime_factor"))
        return given["name"], Levers(*factors)


class HandleForm(forms.Form):
    """How an exception was handled."""

    reason = forms.CharField(label=_("What was done"), max_length=300)


class PolicyForm(forms.Form):
    """A safety stock set by hand, and why."""

    safety_stock = forms.FloatField(label=_("Safety stock"), min_value=0, max_value=1e11, localize=True)
    reason = forms.CharField(label=_("Reason"), max_length=300)
