"""What people enter about supply."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.catalog import queries as catalog
from einklang.demand import queries as demand
from einklang.kernel import clock
from einklang.supply import actions, queries
from einklang.supply.levers import BASE, MOST, SCENARIOS, Levers
from einklang.web import formats
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


class PolicyForm(forms.Form):
    """A safety stock set by hand, and why."""

    safety_stock = forms.FloatField(label=_("Safety stock"), min_value=0, max_value=1e11, localize=True)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ScenarioForm(forms.Form):
    """A scenario's name, and what it is about."""

    name = forms.CharField(label=_("Name"), max_length=60)
    note = forms.CharField(label=_("What it is about"), max_length=300, required=False)


class ChangeForm(forms.Form):
    """One change of a scenario: of what, by which factor or amount, in which months, and why."""

    kind = forms.ChoiceField(label=_("What"), choices=queries.CHANGE_KINDS)
    item = forms.CharField(
        label=_("Item"), max_length=200, required=False, widget=suggesting("item-list", "suggest-items")
    )
    family = forms.ChoiceField(label=_("Family"), required=False)
    work_centre = forms.ChoiceField(label=_("Work centre"), required=False)
    supplier = forms.ChoiceField(label=_("Supplier"), required=False)
    start = forms.ChoiceField(label=_("From"), required=False)
    end = forms.ChoiceField(label=_("Until"), required=False)
    factor = forms.FloatField(
        label=_("Factor"), min_value=0, max_value=MOST, required=False, localize=True,
        help_text=_("1.1 is a tenth more."),
    )  # fmt: skip
    amount = forms.FloatField(
        label=_("Or amount"), required=False, localize=True,
        help_text=_("Units or hours more each month; of a limit or a price: what it is then."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        """Offer the families, work centres, suppliers and months there are."""
        super().__init__(*args, **kwargs)
        every = ("", _("All"))
        offered = {
            "family": [(one.code, one.name) for one in catalog.families()],
            "work_centre": [(one.code, one.name) for one in catalog.work_centres()],
            "supplier": [(one.code, one.name) for one in catalog.suppliers()],
        }
        spans = [(month.isoformat(), formats.month(month)) for month in months]
        for name, rows in (*offered.items(), ("start", spans), ("end", spans)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [every if name in offered else ("", "–"), *rows]

    def wanted(self) -> actions.Wanted:
        """The change as the action takes it; a price is entered in money."""
        given = dict(self.cleaned_data)
        given["item"] = given["item"].split(" ")[0]
        for name in ("start", "end"):
            given[name] = date.fromisoformat(given[name]) if given[name] else None
        if given["kind"] == "price" and given["amount"] is not None:
            given["amount"] *= 100
        return actions.Wanted(**given)


class MoveForm(forms.Form):
    """Another day on which an order is due, and why."""

    due_on = forms.DateField(label=_("New due day"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class CancelForm(forms.Form):
    """Why an order is cancelled."""

    reason = forms.CharField(label=_("Why?"), max_length=300)


class FenceForm(forms.Form):
    """Why the frozen months are opened."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class RulesForm(forms.Form):
    """How steady plans are kept."""

    frozen_months = forms.IntegerField(
        label=_("Frozen months"), min_value=0, max_value=12,
        help_text=_("So many first months keep to the approved plan."),
    )  # fmt: skip
    change_percent = forms.FloatField(
        label=_("Price of a later change, %"), min_value=0, max_value=100, localize=True,
        help_text=_("Of the item's cost, for each unit changed after them; 0 changes freely."),
    )  # fmt: skip


class KeepForm(forms.Form):
    """Until when units are kept: of which item of a deal, or of which line of an order."""

    item = forms.CharField(max_length=80, required=False)
    line = forms.IntegerField(min_value=1, required=False)
    until = forms.DateField(label=_("Kept until"), widget=forms.DateInput(attrs={"type": "date"}))
