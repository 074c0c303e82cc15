"""What is written down beside an account or a deal: what happened, and what is to be done."""

from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from einklang.crm import actions
from einklang.crm.forms import ActivityForm, TaskForm
from einklang.people.http import UserRequest


def note_what_happened(request: UserRequest, about: Any) -> None:
    """Log the activity that was sent; an empty one is answered with what it needs."""
    form = ActivityForm(request.POST)
    if form.is_valid():
        actions.log_activity(about, form.cleaned_data["kind"], form.cleaned_data["text"], by=request.user)
    else:
        messages.error(request, _("Say what happened."))


def set_a_task(request: UserRequest, about: Any) -> None:
    """Set oneself the task that was sent."""
    form = TaskForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        actions.add_task(said["title"], about=about, due_on=said["due_on"], by=request.user)
    else:
        messages.error(request, _("Say what is to be done."))
