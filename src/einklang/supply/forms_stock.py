"""What people assume and ask about stock."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.supply.queries import holding
from einklang.supply.queries.holding.spare import ELASTICITY, MONTHS, SALVAGE
from einklang.supply.queries.holding.together import LINE_CENTS, ORDER_CENTS


class SpareForm(forms.Form):
    """What overstock is judged by."""

    months = forms.FloatField(
        label=_("Months to use it in"), min_value=1, max_value=60, initial=MONTHS, localize=True
    )
    elasticity = forms.FloatField(
        label=_("Elasticity"),
        min_value=0,
        max_value=10,
        initial=ELASTICITY,
        localize=True,
    )
    salvage = forms.FloatField(
        label=_("What is left brings, % of cost"),
        min_value=0,
        max_value=100,
        initial=SALVAGE * 100,
        localize=True,
    )

    def assumed(self) -> dict[str, float]:
        """What was said, or what is usual."""
        if not self.is_bound or not self.is_valid():
            return {}
        said = self.cleaned_data
        return {
            "months": said["months"],
            "elasticity": said["elasticity"],
            "salvage": said["salvage"] / 100,
        }


class BudgetForm(forms.Form):
    """A sum of money for safety stock, in whole units of the currency."""

    budget = forms.FloatField(label=_("Money in safety stock"), min_value=0, max_value=1e12, required=False)

    def cents(self) -> int | None:
        """The sum, or nothing for today's."""
        if not self.is_bound or not self.is_valid() or self.cleaned_data["budget"] is None:
            return None
        return round(float(self.cleaned_data["budget"]) * 100)


class KeepBudgetForm(BudgetForm):
    """A mix that is to be kept."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class TogetherForm(forms.Form):
    """What orders cost."""

    order = forms.FloatField(
        label=_("Cost of an order"), min_value=0.01, max_value=1e6, initial=ORDER_CENTS / 100, localize=True
    )
    line = forms.FloatField(
        label=_("Cost of each line"), min_value=0.01, max_value=1e6, initial=LINE_CENTS / 100, localize=True
    )

    def costs(self) -> dict[str, int]:
        """What was said, or what is usual, in cents."""
        if not self.is_bound or not self.is_valid():
            return {}
        said = self.cleaned_data
        return {"order_cents": round(said["order"] * 100), "line_cents": round(said["line"] * 100)}


TARGETS = (
    ("cycle", _("Cycles without a stock-out")),
    ("fill", _("Units from stock")),
    ("ready", _("Time with stock")),
)
LAWS = (
    ("auto", _("By the data")),
    ("normal", _("Normal")),
    ("gamma", _("Gamma")),
    ("negative binomial", _("Negative binomial")),
    ("poisson", _("Poisson")),
    ("empirical", _("Its own history")),
)


def law_name(law: str) -> str:
    """A law of demand in the reader's language."""
    return str({**dict(LAWS), "certain": _("Certain")}[law])


class TrialForm(forms.Form):
    """A service target to try out on one item."""

    service = forms.FloatField(
        label=_("Service target, %"), min_value=1, max_value=99.99, initial=95, localize=True
    )
    target = forms.ChoiceField(label=_("What it counts"), choices=TARGETS)
    law = forms.ChoiceField(label=_("Law of demand"), choices=LAWS, required=False)

    def wish(self) -> "holding.Wish | None":
        """What is to be tried, or nothing yet."""
        if not self.is_bound or not self.is_valid():
            return None
        said: dict[str, Any] = self.cleaned_data
        return holding.Wish(said["service"] / 100, said["target"], said["law"] or "auto")


class KeepForm(forms.Form):
    """A safety stock that was tried out and is to be kept."""

    safety_stock = forms.FloatField(min_value=0, max_value=1e11)
    service = forms.FloatField(min_value=1, max_value=99.99)
    target = forms.ChoiceField(choices=TARGETS)
    reason = forms.CharField(label=_("Reason"), max_length=300)
