"""What stands in a cycle just now: the data cut, the agreed demand, the supply plan, the version."""

from dataclasses import dataclass

from django.db.models import QuerySet

from einklang.cycle.models import Cycle, PlanVersion, Signature
from einklang.cycle.queries.records import BASE
from einklang.cycle.steps import STEPS, StepKind
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.supply import queries as supply
from einklang.supply.models import SupplyRun

SIGNED_ON_A_VERSION = tuple(code for code, kind in STEPS.items() if kind.basis == "version")


@dataclass(frozen=True, slots=True)
class Standing:
    """The one set of numbers a cycle speaks of."""

    cycle: Cycle
    consensus: Consensus | None
    supply_run: SupplyRun | None
    version: PlanVersion | None

    def basis(self, kind: StepKind) -> str:
        """The fingerprint of what a step signs; empty while there is nothing to sign."""
        match kind.basis:
            case "data":
                return str(self.cycle.data.get("fingerprint", ""))
            case "consensus":
                return f"consensus {self.consensus.pk}" if self.consensus else ""
            case "supply":
                return f"supply {self.supply_run.pk}" if self.supply_run else ""
            case "version":
                return self.version.fingerprint if self.version else ""


def standing(of: Cycle, version: PlanVersion | None = None) -> Standing:
    """What a cycle stands on: the given version, else the one in force, with what it was made from.

    In force is the signed version; before, the one finance signed; before, the newest of the base scenario.
    """
    found = version or in_force(of)
    newest = demand.latest_consensus(of.month)
    if found and (found.is_signed or newest is None or found.consensus_id == newest.pk or version):
        return Standing(of, found.consensus, found.supply_run, found)
    run = supply.latest_run(newest, scenario=BASE) if newest else None
    return Standing(of, newest, run, None)


def in_force(of: Cycle) -> PlanVersion | None:
    """The version people speak of when they say the month's plan."""
    versions = PlanVersion.objects.filter(cycle=of).select_related(
        "cycle", "scenario", "consensus__run", "supply_run__consensus", "frozen_by"
    )
    reviewed = Signature.objects.filter(cycle=of, step="reconciliation").values("version")
    return (
        versions.filter(signed_at__isnull=False).order_by("-signed_at").first()
        or versions.filter(pk__in=reviewed).first()
        or versions.filter(scenario__name=BASE).first()
        or versions.first()
    )


def signature(of: Standing, kind: StepKind) -> Signature | None:
    """The signature that holds for a step: the last one on exactly what stands now."""
    return (
        Signature.objects.filter(cycle=of.cycle, step=kind.code, fingerprint=of.basis(kind) or "-")
        .select_related("by", "version")
        .order_by("-id")
        .first()
    )


def signatures(of: PlanVersion) -> QuerySet[Signature]:
    """Who signed a version, in order."""
    return Signature.objects.filter(version=of).select_related("by")


def last_signature(of: Standing, kind: StepKind) -> Signature | None:
    """The last signature of a step, even if what it stood for has changed since."""
    return (
        Signature.objects.filter(cycle=of.cycle, step=kind.code)
        .select_related("by", "version")
        .order_by("-id")
        .first()
    )
