"""What must hold of plans: a version's totals are the sums of its lines, and a signed one never changes."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanLine, PlanVersion, Signature

KINDS = ("demand_cents", "revenue_cents", "cost_cents", "margin_cents")


def footings() -> Iterator[str]:
    """Every version whose totals are not the sums of its lines, or whose signature is of other numbers."""
    for kind in KINDS:
        for version in PlanVersion.objects.annotate(of_lines=_sum(kind)).exclude(of_lines=F(kind)):
            yield _("The lines of plan %(plan)s do not add up to its total.") % {"plan": version}
    signed_otherwise = Signature.objects.filter(version__isnull=False).exclude(
        Q(fingerprint=F("version__fingerprint"))
    )
    for signature in signed_otherwise.select_related("version"):
        yield _("A signature of plan %(plan)s is of other numbers than it holds.") % {
            "plan": signature.version
        }


def _sum(kind: str) -> Coalesce:
    lines: QuerySet[PlanLine] = PlanLine.objects.filter(version=OuterRef("pk")).order_by()
    return Coalesce(Subquery(lines.values("version").annotate(total=Sum(kind)).values("total")), 0)
