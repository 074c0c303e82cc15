"""What people enter about demand."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from einklang.demand import queries
from einklang.web import formats


class VoiceForm(forms.Form):
    """One figure for one series in one month, and why."""

    kind = forms.ChoiceField(label=_("Voice of"), choices=queries.kinds)
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=0, max_digits=18, decimal_places=4, localize=True
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("What do you know that the orders of the past do not?")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def seen_version(self) -> int:
        """The version of the chosen kind of voice that the person had before them; 0 for none."""
        pairs = (part.rpartition(":") for part in self.cleaned_data["seen"].split(";") if part)
        versions = {kind: int(version) for kind, _sep, version in pairs if version.isdigit()}
        return versions.get(self.cleaned_data["kind"], 0)


class RunForm(forms.Form):
    """As of which month to forecast, and how far."""

    as_of = forms.DateField(label=_("Last month with orders"))
    horizon = forms.IntegerField(label=_("Months ahead"), min_value=1, max_value=36, initial=queries.HORIZON)

    def __init__(self, *args: object, months: list[date], **kwargs: object) -> None:
        """Offer the months that have orders, the newest first."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(f"{month:%Y-%m-%d}", formats.month(month)) for month in months]
        self.fields["as_of"].widget = forms.Select(choices=choices)


class SheetForm(forms.Form):
    """A workbook of the grid, filled in."""

    workbook = forms.FileField(
        label=_("Workbook"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_("The Excel file you took out of the demand grid, up to 10 MiB."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Stands wherever a line gives no reason of its own."),
    )
