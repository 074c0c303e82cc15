"""The monthly cycle at a terminal: plan a month in one go, see where it stands, sign, compare."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli import app
from einklang.cli.database import As, Db, house, person
from einklang.cli.tables import CONFLICT, USAGE, AsJson, say, show, stop

if TYPE_CHECKING:
    from einklang.cycle.models import PlanVersion
    from einklang.people.models import User

cycle_app = typer.Typer(
    no_args_is_help=True, help="The monthly cycle: data, demand, supply, money, signature."
)
app.add_typer(cycle_app, name="cycle")

Month = Annotated[
    str, typer.Option("--as-of", metavar="YYYY-MM", help="The last month whose orders the plan knows.")
]


@cycle_app.command("run")
def run(
    as_of: Month,
    scenario: Annotated[str, typer.Option(help="Which scenario of the month to plan.")] = "base",
    pack: Annotated[
        Path | None, typer.Option(help="Write the pack (PDF, XLSX, HTML) into this folder.")
    ] = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="Also sign the steps that the acting user may sign.")
    ] = False,
    comment: Annotated[str, typer.Option(help="What is said beside the signatures.")] = "",
    target: Annotated[
        float | None,
        typer.Option(
            help="The first month's target to share as quotas; else the budget, else what is wished."
        ),
    ] = None,
    who: As = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Plan a month without a person: data, forecast, consensus, supply plan, money, version, quotas."""
    start = time.perf_counter()
    with house(db):
        from einklang.cycle import actions
        from einklang.engine.periods import parse_month

        by = _planner(who)
        done = actions.run_cycle(
            parse_month(as_of), scenario=scenario, sign=sign, comment=comment, by=by, progress=_progress
        )
        seconds = dict(done.seconds)
        quotas = _quotas(done.version, target, by)
        written = _write_pack(done.version, pack, by) if pack else []
        seconds["total"] = round(time.perf_counter() - start, 2)
        summary = {
            "status": "ok",
            **_told(done.version),
            "signed": done.signed,
            "stopped": done.stopped,
            "quotas": quotas,
            "pack": [str(path) for path in written],
            "seconds": seconds,
        }
        _print(summary, as_json=as_json)


@cycle_app.command("status")
def status(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="YYYY-MM", help="Else the newest month.")
    ] = None,
    who: As = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Where a month stands: each step, who answers, by when, and what to do next."""
    with house(db):
        from einklang.cycle import queries
        from einklang.engine.periods import parse_month

        by = person(who, "see demand")
        found = queries.cycle(parse_month(as_of)) if as_of else queries.latest_cycle()
        if found is None:
            raise stop(CONFLICT, "No cycle is open yet: einklang cycle run --as-of YYYY-MM")
        steps = queries.board(found, seen_by=by)
        rows = [
            {
                "step": step.kind.code,
                "state": step.state,
                "owner": str(step.row.owner or step.kind.owner),
                "due": step.row.due_on,
                "signed_by": str(step.signature.by) if step.state == "done" and step.signature else None,
                "next": step.next_deed,
            }
            for step in steps
        ]
        if as_json:
            show({"status": "ok", "month": f"{found.month:%Y-%m}", "steps": rows})
            return
        print(f"Cycle {found.month:%Y-%m}")
        for row in rows:
            who_signed = row["signed_by"] or row["owner"]
            print(f"{row['step']:<15} {row['state']:<6} {row['due']}  {who_signed:<24} {row['next']}")


@cycle_app.command("sign")
def sign(
    step: Annotated[
        str, typer.Argument(help="data, product, demand, supply, reconciliation, executive or publish.")
    ],
    as_of: Month,
    comment: Annotated[str, typer.Option(help="What is said beside the signature.")] = "",
    version: Annotated[
        int | None, typer.Option(help="The version's number in its month; else the one in force.")
    ] = None,
    who: As = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Sign one step of a month in a person's name."""
    with house(db):
        from einklang.cycle import actions, queries
        from einklang.cycle.steps import kind_of
        from einklang.engine.periods import parse_month

        by = person(who, kind_of(step).may)
        found = queries.cycle(parse_month(as_of))
        chosen = queries.version_named(f"{as_of} v{version}", seen_by=by) if version else None
        signature = actions.take_step(found, step, comment=comment, version=chosen, by=by)
        if as_json:
            show({"status": "ok", "step": signature.step, "by": by.username, "at": signature.at})
        else:
            say(f"{signature.step} of {as_of} is signed by {by}.")


@cycle_app.command("compare")
def compare(a: str, b: str, who: As = None, as_json: AsJson = False, db: Db = None) -> None:
    """What changed from one plan version to another (2014-04, "2014-05 v2" or a number)."""
    with house(db):
        from einklang.cycle import queries

        by = person(who, "see demand")
        one, other = queries.version_named(a, seen_by=by), queries.version_named(b, seen_by=by)
        difference = queries.compare(one, other)
        if as_json:
            families = difference.by_family.select("top", "revenue_a", "revenue_b", "change_cents").to_dicts()
            show(
                {
                    "status": "ok",
                    "a": str(one),
                    "b": str(other),
                    "sentences": difference.sentences,
                    "families": families,
                }
            )
            return
        for sentence in difference.sentences:
            print(sentence)


def _planner(username: str | None) -> "User":
    """The user who plans the month: the one named, else the first whose role covers every part of it."""
    from einklang.cycle.month import NEEDED

    return person(username, *NEEDED)


def _told(version: "PlanVersion") -> dict[str, Any]:
    from einklang.cycle import queries

    gap = queries.gap(version)
    return {
        "version": str(version),
        "id": version.pk,
        "start": version.start,
        "months": version.months,
        "currency": version.currency,
        "demand_cents": version.demand_cents,
        "revenue_cents": version.revenue_cents,
        "margin_cents": version.margin_cents,
        "stock_cents": version.stock_cents,
        "budget_cents": gap.budget_cents,
        "unpriced": version.unpriced,
        "bottlenecks": version.bottlenecks[:10],
        "fingerprint": version.fingerprint,
        "is_signed": version.is_signed,
    }


def _quotas(version: "PlanVersion", target: float | None, by: "User") -> dict[str, Any]:
    """Quotas of the plan's first month: set where the plan is signed and the role may, else proposed."""
    from einklang.engine.errors import Impossible
    from einklang.incentives import actions, queries

    cents = round(target * 100) if target is not None else queries.usual_target(version, version.start)
    weights = queries.usual_weights(version)
    if not weights:
        return {"status": "none", "why": "No territory has a potential or sales to share by."}
    try:
        may_set = version.is_signed and by.may("set quotas")
        if may_set:
            actions.set_quotas(version, cents, weights=weights, by=by)
        proposal = queries.propose(version, cents, weights_by=weights)
    except Impossible as no:
        raise stop(USAGE, str(no)) from no
    return {
        "status": "set" if may_set else "proposed",
        "month": version.start,
        "weights": weights,
        "target_cents": proposal.target_cents,
        "sellable_cents": proposal.sellable_cents,
        "uncovered_cents": proposal.shared.uncovered,
        "territories": proposal.shared.quotas,
    }


def _write_pack(version: "PlanVersion", folder: Path, by: "User") -> list[Path]:
    from django.utils import translation

    from einklang.cycle.pack import KINDS, pack

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with translation.override(by.language):
        for kind in KINDS:
            path = folder / f"plan-{version.cycle}-v{version.number}.{kind}"
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(pack(version, kind, seen_by=by))
            part.replace(path)
            written.append(path)
    return written


def _progress(done: int, total: int, sentence: str) -> None:
    say(f"[{done}/{total}] {sentence}")


def _print(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show(summary)
        return
    money = {name: summary[name] / 100 for name in ("demand_cents", "revenue_cents", "margin_cents")}
    print(f"{summary['version']}  {summary['months']} months from {summary['start']:%Y-%m}")
    print(f"wished       {money['demand_cents']:>18,.2f} {summary['currency']}")
    print(f"deliverable  {money['revenue_cents']:>18,.2f} {summary['currency']}")
    print(f"margin       {money['margin_cents']:>18,.2f} {summary['currency']}")
    quotas = summary["quotas"]
    if quotas["status"] != "none":
        uncovered = quotas["uncovered_cents"] / 100
        print(f"quotas {quotas['status']} for {quotas['month']:%Y-%m}, uncovered {uncovered:,.2f}")
        for code, cents in quotas["territories"].items():
            print(f"  {code:<20} {cents / 100:>15,.2f}")
    for path in summary["pack"]:
        say(f"wrote {path}")
    if summary["stopped"]:
        say(summary["stopped"])
    say("  ".join(f"{part} {seconds:.1f} s" for part, seconds in summary["seconds"].items()))
