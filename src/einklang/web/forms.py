"""Forms in the house's look, and refusals shown where the person can act on them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.forms.renderers import DjangoTemplates
from django.urls import reverse_lazy

from einklang.engine.errors import Impossible
from einklang.kernel.errors import NotAllowed, NotFound, Refused


class HouseRenderer(DjangoTemplates):
    """Every `{{ form }}` as labelled fields, hints and sentences; named in FORM_RENDERER."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"


@contextmanager
def refusals_on(form: forms.BaseForm) -> Iterator[None]:
    """Put the sentence of a refusal on the form, so the person reads it beside what they entered.

    What they may not do, and what is not there, is no matter of this form: it becomes its own page.
    """
    try:
        yield
    except (NotAllowed, NotFound):
        raise
    except (Refused, Impossible) as refusal:
        form.add_error(None, str(refusal))


def suggesting(choices: str, address: str) -> forms.TextInput:
    """A text field that offers what fits, as one writes, in the list of choices beside it."""
    asks = {
        "hx-get": reverse_lazy(address),
        "hx-trigger": "input changed delay:200ms",
        "hx-target": f"#{choices}",
    }
    return forms.TextInput(attrs={"list": choices, "autocomplete": "off", **asks})


WIDGET_CLASSES = {
    "checkbox": "form-check-input",
    "radio": "form-check-input",
    "select": "form-select",
    "selectmultiple": "form-select",
    "range": "form-range",
}


def widget_class(field: forms.BoundField) -> str:
    """The class that gives a field's widget the house's look, red where it was refused."""
    kind = getattr(field.field.widget, "input_type", "")
    look = WIDGET_CLASSES.get(kind) or WIDGET_CLASSES.get(field.widget_type) or "form-control"
    return f"{look} is-invalid" if field.errors else look
