"""What must hold of quotas: every cent of a target is a quota or uncovered, and none exceeds supply."""

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext as _

from einklang.incentives.models import QuotaRound


def footings() -> Iterator[str]:
    """Every round of quotas that does not add up to its target, or promises more than can be made."""
    for shared in QuotaRound.objects.annotate(given=Sum("quotas__amount_cents")).order_by("pk"):
        given = shared.given or 0
        if given + shared.uncovered_cents != shared.target_cents:
            yield _("The quotas of %(month)s and what is uncovered do not add up to the target.") % {
                "month": shared
            }
        if given > shared.sellable_cents:
            yield _("The quotas of %(month)s exceed what the plan can deliver.") % {"month": shared}
