"""Work the list of what needs attention."""

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply.models import Handling, PlanException


@transaction.atomic
def handle(exception: PlanException, reason: str, *, by: User) -> Handling:
    """Mark an exception as dealt with, and say how; the exception itself stays as it was found."""
    by.must("handle exceptions")
    if not reason.strip():
        raise Refused(_("Say how it was handled."), status=422)
    held = PlanException.objects.select_for_update().get(pk=exception.pk)
    if Handling.objects.filter(exception=held).exists():
        raise Refused(_("Somebody handled this exception already."))
    handling = Handling.objects.create(exception=held, reason=reason.strip()[:300], by=by, at=clock.now())
    journal.record("supply.exception_handled", about=held, by=by, kind=held.kind, reason=handling.reason)
    return handling
