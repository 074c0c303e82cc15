"""One month of the invented company, played by its people through the same actions that pages call.

Budget and sellers' quotas stand at the beginning. Then the month: data, forecast, voices with reasons,
one demand, the supply plan and a second shift on the test bench as a scenario, the money, the
signatures by those who may sign, and quotas that the plan can keep.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import polars as pl
from django.db import transaction

from einklang.cycle import actions as cycle_actions
from einklang.cycle import month as cycle_month
from einklang.cycle import queries as cycle
from einklang.cycle.models import Cycle, PlanVersion
from einklang.cycle.settings import OVERTIME
from einklang.demand import actions as demand_actions
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.demo import supply as floor
from einklang.demo.company import CURRENCY
from einklang.demo.deals import FRANC
from einklang.demo.times import Times
from einklang.engine.periods import add_months, month_end
from einklang.incentives import actions as incentives
from einklang.incentives import queries as quotas
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply import actions as supply_actions
from einklang.supply import queries as supply

Say = Callable[[str], None]
SCENARIO = "Zweite Schicht Prüfstand"
BUDGET_GROWTH = Decimal("0.06")
QUOTA_GROWTH = 1.05
STRETCH = 1.04  # by how much the month's target exceeds what the plan can deliver: what is uncovered shows


class View(NamedTuple):
    """What somebody expects: of what, how many months ahead, by which factor on the forecast, and why."""

    who: str
    kind: str
    series: str
    ahead: int
    factor: str
    reason: str
    territory: str = ""
    reviews: int = 0  # how many later reviews it is still heard in


FORMER_VIEWS: tuple[View, ...] = (
    # said in the review of the month before, and heard in this one too
    View(
        "wiebke", "sales", "NK-065-E", 4, "1.30", "Klärwerk Siel: Ausschreibung gewonnen, Abruf ab Frühjahr.",
        "nord", 3,
    ),
    View("frauke", "finance", "family:ersatzteile", 3, "1.05", "Wartungsverträge laufen an.", "", 2),
    View("annika.sailer", "sales", "TP-100-G", 1, "1.10", "Nachbestellungen nach dem Starkregen."),
)  # fmt: skip
EVENTS: tuple[tuple[str, str, int, int, str, str | None, str | None, str], ...] = (
    # kind, name, months ahead, days, series, expected change of demand, of the price, note
    ("campaign", "Messe Wasser und Technik", 5, 28, "family:tauchpumpen", "0.08", None,
     "Neuheiten TP-080-X und DP digital am Stand."),
    ("price", "Preisrunde zum Jahreswechsel", 3, 300, "family:dosierpumpen", None, "0.03",
     "Drei Prozent, mit den Händlern abgestimmt."),
    ("other", "Betriebsferien der Haustechnik-Großhändler", 2, 12, "family:umwaelzpumpen", "-0.4", None,
     "Zwei Wochen ohne Abrufe."),
)  # fmt: skip
ODD = "Einmaliger Großauftrag, im Vertrieb nachgefragt: kommt so nicht wieder."

VIEWS: tuple[View, ...] = (
    View(
        "wiebke", "sales", "NK-050-G", 2, "1.25", "Pumpwerk Nord wird vorgezogen, Auftrag mündlich zugesagt."
    ),
    View(
        "wiebke", "sales", "AK-100-W", 3, "1.15", "Netzerneuerung von zwei Stadtwerken beginnt im Frühjahr."
    ),
    View("annika.sailer", "sales", "TP-080-G", 4, "1.20", "Hochwasserschutzprogramm: Ausschreibung läuft."),
    View(
        "jonas",
        "key account",
        "TP-080-X",
        2,
        "1.40",
        "Rahmenvertrag mit einem Abwasserverband unterschrieben.",
    ),
    View("jonas", "key account", "DP-040-D", 3, "1.30", "Drei Brauereien stellen auf digitale Dosierung um."),
    View(
        "svea",
        "marketing",
        "family:umwaelzpumpen",
        1,
        "1.08",
        "Nachfassaktion Heizungsstart läuft einen Monat länger.",
    ),
    View(
        "svea", "marketing", "family:kugelhaehne", 5, "1.10", "Frühjahrsaktion auch für die Edelstahlreihe."
    ),
    View("frauke", "finance", "family:dosierpumpen", 3, "0.94", "Die Preiserhöhung dämpft erfahrungsgemäß."),
)
AGENDA: dict[str, tuple[str, str]] = {
    # step: who answers for it, what is on the agenda
    "data": ("jonas", "Auftragseingang, Bestände und Preise des Monats freigeben."),
    "product": ("henrike", "TP-080-X löst TP-080-S ab; KH-010-P ausgelaufen, Restbestand."),
    "demand": ("henrike", "Stimmen des Vertriebs, Verzerrung der Prognose, Aktionen im Frühjahr."),
    "supply": ("mattis", "Engpass Prüfstand, Rückstände Gusswerk Hallmoor, Überbestände."),
    "reconciliation": ("frauke", "Lücke zum Budget, Deckungsbeitrag, Kapitalbindung."),
    "executive": ("henrike", "Plan unterschreiben, zweite Schicht am Prüfstand entscheiden."),
    "publish": ("jonas", "Vertriebsziele setzen, Lieferanten informieren."),
}
COMMENTS: dict[str, str] = {
    "data": "Daten vollständig. Lagerverluste in drei Zeiträumen sind als entgangener Bedarf erfasst.",
    "product": "Neuanläufe DP-040-D und TP-080-X laufen besser als erwartet; TP-080-S endet wie geplant.",
    "demand": "Die Prognose liegt wegen der Fehlmengen etwas zu tief; die Stimmen gleichen das aus.",
    "supply": "Der Prüfstand ist in der Saison der Engpass: im Winter vorbauen, zweite Schicht prüfen.",
    "reconciliation": "Die Lücke zum Budget liegt in der Saison der Tauchpumpen und folgt aus dem Engpass.",
    "executive": "Freigegeben. Zweite Schicht ab März wird vorbereitet.",
    "publish": "Plan ist in Kraft; Ziele und Lieferantenvorschau sind verteilt.",
}
FROZEN_MONTHS = 1
HANDLED = "Mit dem Lieferanten gesprochen, Teillieferung zugesagt."


def play(times: Times, say: Say) -> None:
    """From the orders of the demo month to a signed plan and quotas, whole or not at all."""
    with transaction.atomic():
        _targets_of_sellers(times)
        _budget(times)
        _events(times)
        say("  The review of the month before ...")
        _former_review(times)
        month = _open(times)
        say("  Forecast and voices ...")
        demand_actions.run_forecast(times.month, by=_who("tarek"))
        _voices(times.month, VIEWS)
        agreed = demand_actions.agree(times.month, by=_who("tarek"))
        _sign(month, "demand")
        say("  Supply plan and a scenario ...")
        planned = cycle_month.plan_under(agreed, cycle.scenario(month, cycle.BASE), by=_who("mattis"))
        _handle(planned)
        _sign(month, "supply")
        version = cycle_actions.freeze(month, agreed, planned, note="Grundplan", by=_who("jonas"))
        other = cycle_actions.copy_scenario(
            cycle.scenario(month, cycle.BASE),
            SCENARIO,
            settings={OVERTIME: 3.0},
            note="Überstunden am Engpass verdreifacht",
            by=_who("mattis"),
        )
        second = cycle_month.plan_under(agreed, other, by=_who("mattis"))
        cycle_actions.freeze(
            month, agreed, second, scenario=SCENARIO, note="Zweite Schicht", by=_who("jonas")
        )
        say("  Money, signatures, quotas ...")
        _written_down(times, month, version)
        for step in ("reconciliation", "executive", "publish"):
            _sign(month, step, version)
        _quotas(times, version)
        _what_if(agreed)
        floor.use(times, planned, planner=_who("mattis"), seller=_who("wiebke"))


def _what_if(agreed: Consensus) -> None:
    """What planning thinks about next: a third shift, a supplier who gives less; the first months stand."""
    mattis = _who("mattis")
    supply_actions.set_plan_rules(FROZEN_MONTHS, 0.0, by=mattis)
    third = supply_actions.make_scenario(
        agreed, "Dritte Schicht ab März", note="Prüfstand in der Saison rund um die Uhr.", by=mattis
    )
    spring = add_months(agreed.as_of, (3 - agreed.as_of.month) % 12)
    shift = supply_actions.Wanted(
        "hours", work_centre="PRF", start=spring, factor=1.4, reason="Dritte Schicht, fünf Leute."
    )
    supply_actions.change_scenario(third, shift, by=mattis)
    short = supply_actions.make_scenario(agreed, "Hallmoor liefert weniger", by=mattis)
    castings = supply_actions.Wanted(
        "supplier", supplier="L01", amount=250.0, reason="Gießerei baut ihren Ofen um."
    )
    supply_actions.change_scenario(short, castings, by=mattis)


def _who(username: str) -> User:
    return people.user(username)


def _targets_of_sellers(times: Times) -> None:
    """Quotas by quarter: last year's sales of the seller and a little more; newcomers begin lower."""
    known = {person.username: person for person in people.sellers()}
    sold = orders.orders_frame(times.last_day).filter(pl.col("seller").is_in(list(known)))
    quarter = pl.col("period").dt.truncate("1q")
    in_euros = pl.when(pl.col("currency") == "CHF").then(1 / FRANC).otherwise(1.0) * pl.col("subtotal_cents")
    rows = sold.group_by("seller", quarter.alias("quarter")).agg(in_euros.sum().round(0).cast(pl.Int64))
    sums = {(seller, start): cents for seller, start, cents in rows.iter_rows()}
    first = add_months(times.month, 1 - (times.month.month - 1) % 3 - 1)
    lines: list[tuple[User, date, date | None, int, str]] = []
    for back in range(-1, 8):
        start = add_months(first, -3 * back)
        end = month_end(add_months(start, 2))
        usual = [cents for (_, day), cents in sums.items() if day == add_months(start, -12)]
        for name, person in sorted(known.items()):
            if (
                person.hired_on
                and person.hired_on <= start
                and (person.left_on is None or person.left_on >= end)
            ):
                before = sums.get((name, add_months(start, -12)), sum(usual) // max(len(usual), 1) * 6 // 10)
                cents = round(before * QUOTA_GROWTH / 1_000_00) * 1_000_00
                lines.append((person, start, end, cents, CURRENCY))
    incentives.set_seller_quotas(lines, by=_who("henrike"))


def _budget(times: Times) -> None:
    """The budget of the year that is ending and of the one that begins."""
    for first in (add_months(times.month, -11), add_months(times.month, 1)):
        cycle_actions.budget_from_last_year(first, 12, BUDGET_GROWTH, by=_who("frauke"))


def _open(times: Times) -> Cycle:
    """The month's cycle with its owners and agenda; data and product review signed."""
    jonas = _who("jonas")
    month = cycle_actions.open_cycle(times.month, by=jonas)
    due = {step.code: step.due_on for step in month.steps.all()}
    for code, (name, agenda) in AGENDA.items():
        cycle_actions.assign_step(month, code, owner=_who(name), due=due[code], agenda=agenda, by=jonas)
    cycle_actions.invite(month, "demand", [_who(name) for name in ("wiebke", "svea", "tarek")], by=jonas)
    cycle_actions.invite(month, "supply", [_who(name) for name in ("jonas", "imke.dirkson")], by=jonas)
    for step in ("data", "product"):
        _sign(month, step)
    return month


def _sign(month: Cycle, step: str, version: PlanVersion | None = None) -> None:
    """A step signed by who answers for it, with a comment."""
    who = _who(AGENDA[step][0])
    if version is None:
        cycle_actions.take_step(month, step, comment=COMMENTS[step], by=who)
    else:
        cycle_actions.sign(version, step, comment=COMMENTS[step], by=who)


def _events(times: Times) -> None:
    """What marketing has in its calendar beside the promotions of the catalog."""
    for kind, name, ahead, days, series, uplift, price, note in EVENTS:
        first = add_months(times.month, ahead)
        happening = demand_actions.Happening(
            kind=kind,
            name=name,
            first=first,
            last=first + timedelta(days=days - 1),
            series=series,
            uplift=Decimal(uplift) if uplift else None,
            price_change=Decimal(price) if price else None,
            note=note,
        )
        demand_actions.plan_event(happening, by=_who("svea"))


def _former_review(times: Times) -> None:
    """The demand review a month ago: its numbers are kept, some of its voices are still heard now."""
    month = add_months(times.month, -1)
    run = demand_actions.run_forecast(month, by=_who("tarek"))
    _voices(month, FORMER_VIEWS)
    demand_actions.agree(month, by=_who("tarek"))
    for odd in demand.outliers(run)[:1]:
        demand_actions.judge_outlier(odd.series, odd.period, repair=True, reason=ODD, by=_who("tarek"))


def _voices(as_of: date, views: tuple[View, ...]) -> None:
    """What people know that the history cannot know."""
    for view in views:
        period = add_months(as_of, view.ahead)
        stated = demand.stated(as_of, view.series, period, view.territory)
        demand_actions.give_voice(
            as_of,
            view.series,
            period,
            (Decimal(str(stated)) * Decimal(view.factor)).quantize(Decimal(1)),
            kind=view.kind,
            reason=view.reason,
            territory=view.territory,
            expires=add_months(as_of, view.reviews) if view.reviews else None,
            by=_who(view.who),
        )


def _handle(planned: supply.SupplyRun) -> None:
    """The planner works the first of the exceptions."""
    for exception in list(supply.exceptions(planned)[:3]):
        supply_actions.handle(exception, HANDLED, by=_who("mattis"))


def _written_down(times: Times, month: Cycle, version: PlanVersion) -> None:
    """What the plan takes for granted, what may happen, and what was decided."""
    frauke, henrike, mattis = _who("frauke"), _who("henrike"), _who("mattis")
    family = cycle.family_records()
    cycle_actions.note_assumption(month, "Listenpreise steigen zum Jahreswechsel um drei Prozent.", by=frauke)
    cycle_actions.note_assumption(
        month,
        "Dichtungstechnik Reiffel schließt zum Halbjahr: Ersatz bei SealTec Midwest, längere Lieferzeit.",
        kind="risk",
        family=family["ersatzteile"],
        amount_cents=180_000_00,
        probability=Decimal("0.6"),
        by=mattis,
    )
    cycle_actions.note_assumption(
        month,
        "Hochwasserschutzprogramm der Länder: Mehrbedarf an Tauchpumpen.",
        kind="opportunity",
        family=family["pumpen"],
        amount_cents=420_000_00,
        probability=Decimal("0.4"),
        by=henrike,
    )
    cycle_actions.record_decision(
        month,
        "Zweite Schicht am Prüfstand von März bis Juli",
        reason="Der Prüfstand begrenzt die Saison; die Schicht kostet weniger als die entgangenen Aufträge.",
        version=version,
        owner=mattis,
        due_on=times.today + timedelta(days=60),
        by=henrike,
    )
    cycle_actions.record_decision(
        month,
        "Überbestand NK in Bronze und KH-010-P mit Abschlag verkaufen",
        reason="Die Artikel sind ausgelaufen oder drehen seit mehr als einem Jahr nicht mehr.",
        version=version,
        owner=_who("svea"),
        due_on=times.today + timedelta(days=30),
        by=henrike,
    )


def _quotas(times: Times, version: PlanVersion) -> None:
    """The next month's target, a little above what can be delivered, shared by potential and by history."""
    for ahead, weights in ((1, "potential"), (2, "history")):
        month = add_months(times.month, ahead)
        sellable = quotas.propose(version, 0, month=month, weights_by=weights).sellable_cents
        target = round(sellable * STRETCH / 10_000_00) * 10_000_00
        incentives.set_quotas(version, target, month=month, weights=weights, by=_who("henrike"))
