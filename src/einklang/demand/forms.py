"""What people enter about demand."""

from datetime import date
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from einklang.demand import queries
from einklang.demand.actions.events import Happening
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
    expires = forms.TypedChoiceField(
        label=_("Heard until"), required=False, coerce=date.fromisoformat, empty_value=None
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, until: list[date], **kwargs: object) -> None:
        """Offer the reviews until which it can be heard."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        kept = self.initial.get("expires")
        days = sorted({*until, *([kept] if kept else [])})
        choices = [("", _("In this review only")), *((f"{day:%Y-%m-%d}", formats.month(day)) for day in days)]
        self.fields["expires"].choices = choices  # type: ignore[attr-defined]

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


HUNDRED = Decimal(100)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EventForm(forms.Form):
    """Something that moves demand; shares are entered as percentages."""

    kind = forms.ChoiceField(label=_("What"), choices=queries.event_kinds)
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Events of one name are learned from together.")
    )
    first = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    series = forms.CharField(
        label=_("Item or family"),
        required=False,
        max_length=80,
        help_text=_("Empty: everything."),
        widget=forms.TextInput(attrs={"list": "series-choices", "autocomplete": "off"}),
    )
    territory = forms.ChoiceField(label=_("Territory"), required=False)
    uplift = forms.DecimalField(
        label=_("Expected change of demand in %"),
        required=False,
        localize=True,
        decimal_places=2,
        min_value=-100,
        help_text=_("Used until past events of this name tell it. Minus: less."),
    )
    price_change = forms.DecimalField(
        label=_("Change of the price in %"), required=False, localize=True, decimal_places=2, min_value=-99
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(
        self, *args: object, series: dict[str, str], territories: list[tuple[str, str]], **kwargs: object
    ) -> None:
        """Offer what there is to speak about, and where."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.series_choices = list(series.items())
        self.fields["territory"].choices = [("", _("Everywhere")), *territories]  # type: ignore[attr-defined]

    @staticmethod
    def start_of(event: "object") -> dict[str, object]:
        """An event as the form shows it."""
        facts = {name: getattr(event, name) for name in Happening.__dataclass_fields__}
        for name in ("uplift", "price_change"):
            if facts[name] is not None:
                facts[name] = (facts[name] * HUNDRED).normalize()
        return facts

    def happening(self) -> Happening:
        """What was entered, as the room takes it."""
        facts = dict(self.cleaned_data)
        for name in ("uplift", "price_change"):
            facts[name] = None if facts[name] is None else facts[name] / HUNDRED
        return Happening(**facts)


class RuleForm(forms.Form):
    """Within which limits an item needs nobody; entered as percentages."""

    error_limit = forms.DecimalField(label=_("Error up to %"), localize=True, min_value=0, decimal_places=1)
    bias_limit = forms.DecimalField(label=_("Bias up to %"), localize=True, min_value=0, decimal_places=1)
    change_limit = forms.DecimalField(label=_("Change up to %"), localize=True, min_value=0, decimal_places=1)
    top_share = forms.DecimalField(
        label=_("Always the most valuable, up to % of value"),
        localize=True,
        min_value=0,
        max_value=100,
        decimal_places=1,
    )

    @classmethod
    def of(cls, rule: object, posted: "QueryDict | None") -> "RuleForm":
        """The limits that hold, as the form shows them."""
        start = {name: Decimal(getattr(rule, name)) * HUNDRED for name in cls.base_fields}
        return cls(posted, initial={name: share.normalize() for name, share in start.items()})

    def shares(self) -> dict[str, Decimal]:
        """The limits as shares."""
        return {name: value / HUNDRED for name, value in self.cleaned_data.items()}
