"""What people enter about customers, deals and tasks."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.catalog import queries as catalog
from einklang.crm import queries
from einklang.crm.stages import LOST_REASONS
from einklang.engine.money import cents
from einklang.kernel.errors import NotFound
from einklang.people import queries as people
from einklang.web.forms import suggesting

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
KINDS = [("call", _("Call")), ("meeting", _("Meeting")), ("mail", _("Mail")), ("note", _("Note"))]


class Cents(forms.DecimalField):
    """An amount as people write it, kept as whole cents."""

    def __init__(self, **options: Any) -> None:
        """Amounts are zero or more and have two decimals."""
        limits: dict[str, Any] = {"min_value": Decimal(0), "max_digits": 14, "decimal_places": 2}
        super().__init__(**(limits | {"localize": True} | options))

    def prepare_value(self, value: Any) -> Any:
        """Cents that are kept are shown as an amount."""
        return Decimal(value) / 100 if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """What was written, in cents."""
        amount = super().clean(value)
        return None if amount is None else cents(amount)


class AccountForm(forms.Form):
    """An account's facts."""

    name = forms.CharField(label=_("Name"), max_length=200)
    industry = forms.CharField(label=_("Industry"), max_length=120, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two letters: DE.")
    )
    website = forms.CharField(label=_("Website"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class GivenAwayForm(AccountForm):
    """An account's facts for who may give records to others."""

    owner = forms.ChoiceField(label=_("Owner"), required=False)
    territory = forms.ChoiceField(label=_("Territory"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the sellers and territories there are."""
        super().__init__(*args, **options)
        self.fields["owner"].choices = [("", "–"), *people_choices()]  # type: ignore[attr-defined]
        areas = people.territories()
        self.fields["territory"].choices = [("", "–"), *((code, one.name) for code, one in areas.items())]  # type: ignore[attr-defined]

    def clean_owner(self) -> Any:
        """The person behind the name."""
        name = self.cleaned_data["owner"]
        return people.user(name) if name else None

    def clean_territory(self) -> Any:
        """The territory behind the code."""
        return people.territories().get(self.cleaned_data["territory"])


class ContactForm(forms.Form):
    """A person at an account."""

    name = forms.CharField(label=_("Name"), max_length=150)
    job_title = forms.CharField(label=_("Job title"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)


class DealForm(forms.Form):
    """A new deal."""

    account = forms.CharField(
        label=_("Account"),
        widget=suggesting("account-list", "suggest-accounts"),
        help_text=_("Begin to write a name, then choose."),
    )
    name = forms.CharField(label=_("What is it about?"), max_length=200)
    amount_cents = Cents(label=_("Amount"), required=False)
    expected_on = forms.DateField(label=_("Expected decision"), required=False, widget=DAY)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    source = forms.CharField(label=_("Source"), max_length=60, required=False)


class DealFactsForm(forms.Form):
    """Some facts of a deal: one that is edited in place, or those a stage's gate asks for."""

    name = forms.CharField(label=_("Name"), max_length=200)
    amount_cents = Cents(label=_("Amount"), required=False)
    expected_on = forms.DateField(label=_("Expected decision"), required=False, widget=DAY)
    decision_maker = forms.ChoiceField(label=_("Decision maker"), required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    source = forms.CharField(label=_("Source"), max_length=60, required=False)
    owner = forms.ChoiceField(label=_("Owner"))
    lost_reason = forms.ChoiceField(
        label=_("Reason for the loss"), choices=[("", "–"), *LOST_REASONS.items()]
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, deal: Any, named: list[str], data: Any = None, *, by: Any, required: bool = False
    ) -> None:
        """Keep the facts that are named, as they stand on the deal."""
        values = {name: getattr(deal, name) for name in (*named, "version")}
        values["decision_maker"] = deal.decision_maker.code if deal.decision_maker else ""
        values["owner"] = deal.owner.username
        super().__init__(data, initial=values)
        self.deal, self.by, self.theirs = deal, by, ""
        for name in list(self.fields):
            if name not in (*named, "version"):
                del self.fields[name]
            elif required:
                self.fields[name].required = True
        self._offer()

    def _offer(self) -> None:
        if "decision_maker" in self.fields:
            there = queries.contacts(self.deal.account, seen_by=self.by)
            self.fields["decision_maker"].choices = [("", "–"), *((one.code, one.name) for one in there)]  # type: ignore[attr-defined]
        if "owner" in self.fields:
            now = (self.deal.owner.username, self.deal.owner.name)
            self.fields["owner"].choices = list(dict([now, *people_choices()]).items())  # type: ignore[attr-defined]

    def clean_decision_maker(self) -> Any:
        """The contact behind the code."""
        code = self.cleaned_data["decision_maker"]
        return queries.contact(code, seen_by=self.by) if code else None

    def clean_owner(self) -> Any:
        """The person behind the name."""
        return people.user(self.cleaned_data["owner"])

    def facts(self) -> dict[str, Any]:
        """What was entered, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def again(self, deal: Any) -> None:
        """After a conflict: what was entered stays, and saving again is saving over the newer value."""
        data = self.data.copy()  # type: ignore[attr-defined]
        data["version"] = str(deal.version)
        self.data = data


class LineForm(forms.Form):
    """One line of a deal; a line without an item is left out."""

    item = forms.CharField(
        label=_("Item"),
        required=False,
        widget=suggesting("item-list", "suggest-items"),
    )
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=0, max_digits=18, decimal_places=4, required=False, localize=True
    )
    amount_cents = Cents(label=_("Amount"), required=False)
    wished_on = forms.DateField(label=_("Wished for"), required=False, widget=DAY)

    def clean_item(self) -> Any:
        """The item behind the code that begins what was written."""
        code = self.cleaned_data["item"].split(" ")[0]
        try:
            return catalog.item(code) if code else None
        except NotFound as no:
            raise forms.ValidationError(str(no)) from no

    def clean(self) -> dict[str, Any]:
        """A line with an item needs a quantity and an amount."""
        found = super().clean() or self.cleaned_data
        if found.get("item"):
            for name in ("quantity", "amount_cents"):
                if found.get(name) is None and name not in self.errors:
                    self.add_error(name, _("A line needs this."))
        return found


LineFormSet = forms.formset_factory(LineForm, extra=2)


class ActivityForm(forms.Form):
    """What happened."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    text = forms.CharField(
        label=_("What happened?"), widget=forms.Textarea(attrs={"rows": 2}), max_length=10_000
    )


class TaskForm(forms.Form):
    """Something to be done."""

    title = forms.CharField(label=_("What is to be done?"), max_length=200)
    due_on = forms.DateField(label=_("Due"), required=False, widget=DAY)


def people_choices() -> list[tuple[str, str]]:
    """Sellers who work here, for a choice."""
    return [(one.username, one.name) for one in queries.owners()]
