"""What must hold of quotas: shares and what is uncovered add up to the target, and fit what can be made."""

from collections.abc import Iterator

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from einklang.incentives.models import QuotaRound


def footings() -> Iterator[str]:
    """Every round whose quotas do not add up, or ask for more than the plan can deliver."""
    rounds = QuotaRound.objects.annotate(shared=Coalesce(Sum("quotas__amount_cents"), 0))
    for found in rounds.exclude(target_cents=F("shared") + F("uncovered_cents")):
        yield _("The quotas of %(month)s do not add up to their target.") % {"month": found}
    for found in rounds.filter(shared__gt=F("sellable_cents")):
        yield _("The quotas of %(month)s ask for more than the plan can deliver.") % {"month": found}
