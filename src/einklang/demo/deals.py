"""Two years of invented deals: how each went through the seven steps, and what was done on the way."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from einklang.demo.accounts import on_seat
from einklang.demo.company import SEATS
from einklang.demo.history.orders import DEAL_DISCOUNT
from einklang.demo.history.wishes import LIKES
from einklang.demo.items import Thing
from einklang.demo.times import Times, working_day
from einklang.engine.periods import add_months

DEALS = 500
SPAN_MONTHS = 24
FRANC = 0.955  # francs for a euro, as offers reckon

# step, usual days in it, share lost there
WAY: tuple[tuple[str, float, float], ...] = (
    ("prospect", 34, 0.15),
    ("prepare", 24, 0.08),
    ("approach", 34, 0.14),
    ("present", 44, 0.16),
    ("objections", 34, 0.15),
    ("close", 26, 0.11),
)
REASONS = ("price", "competitor", "late", "out_of_stock", "no_budget", "no_decision", "no_fit")
REASON_SHARES = (0.24, 0.21, 0.17, 0.08, 0.12, 0.13, 0.05)
SOURCES = ("Messe", "Empfehlung", "Bestandskunde", "Website", "Ausschreibung", "Kaltakquise")
SOURCE_SHARES = (0.16, 0.14, 0.32, 0.17, 0.13, 0.08)
OCCASIONS: dict[str, tuple[str, ...]] = {
    "kreiselpumpen": ("Druckerhöhung", "Pumpwerk Erneuerung", "Kühlwasserkreis", "Prozesswasser"),
    "tauchpumpen": ("Hebeanlage", "Hochwasserschutz", "Schmutzwasserschacht", "Baugrubenentwässerung"),
    "umwaelzpumpen": ("Heizzentrale", "Nahwärmenetz", "Wohnquartier Heizung"),
    "dosierpumpen": ("Chlordosierung", "Reinigungsanlage CIP", "Flockungsmittel"),
    "kugelhaehne": ("Rahmenvertrag Armaturen", "Jahresbedarf Kugelhähne"),
    "absperrklappen": ("Netzerneuerung", "Schieberschacht", "Filteranlage"),
    "rueckschlagventile": ("Pumpstation Rückflusssicherung",),
    "ersatzteile": ("Ersatzteilpaket",),
}
DONE: dict[str, tuple[tuple[str, str], ...]] = {
    "prospect": (
        ("mail", "Erstanfrage beantwortet, Ansprechpartner geklärt."),
        ("note", "Bedarf am Messestand aufgenommen."),
        ("call", "Kurzes Telefonat: Anlage steht zur Erneuerung an."),
    ),
    "prepare": (
        ("note", "Anlagendaten und Kennlinien zusammengestellt."),
        ("call", "Förderhöhe und Volumenstrom erfragt."),
    ),
    "approach": (
        ("meeting", "Termin vor Ort, Anlage besichtigt."),
        ("call", "Entscheidungsweg besprochen, Einkauf ist eingebunden."),
        ("mail", "Referenzen vergleichbarer Anlagen geschickt."),
    ),
    "present": (
        ("meeting", "Lösung und Energieverbrauch vorgestellt."),
        ("mail", "Angebot mit Lieferzeit versandt."),
        ("call", "Rückfragen zum Werkstoff beantwortet."),
    ),
    "objections": (
        ("call", "Preis verglichen, Lebenszykluskosten erläutert."),
        ("meeting", "Technischer Einkauf hat Bedenken zur Lieferzeit."),
        ("mail", "Alternative Ausführung angeboten."),
    ),
    "close": (
        ("call", "Letzte Konditionen geklärt."),
        ("mail", "Auftragsentwurf zur Freigabe geschickt."),
        ("meeting", "Vertragsgespräch mit der Geschäftsführung."),
    ),
    "follow-up": (
        ("call", "Inbetriebnahme abgestimmt."),
        ("mail", "Dank für den Auftrag, Liefertermin bestätigt."),
    ),
    "lost": (("note", "Absage erhalten, Gründe festgehalten."),),
}
NEXT: dict[str, tuple[str, ...]] = {
    "prospect": ("Ansprechpartner anrufen", "Bedarf klären"),
    "prepare": ("Anlagendaten anfordern", "Auslegung rechnen lassen"),
    "approach": ("Ortstermin vereinbaren", "Referenzen schicken"),
    "present": ("Angebot präsentieren", "Lieferzeit mit dem Werk klären"),
    "objections": ("Gegenangebot prüfen", "Technische Rückfrage beantworten"),
    "close": ("Auftragsbestätigung einholen", "Konditionen freigeben lassen"),
    "follow-up": ("Inbetriebnahme begleiten",),
}


@dataclass(slots=True)
class Sale:
    """One deal with all that belongs to it."""

    code: str
    name: str
    account: str
    seat: int
    owner: str
    stage: str
    currency: str
    source: str
    created_on: date
    expected_on: date
    closed_on: date | None = None
    lost_reason: str = ""
    next_step: str = ""
    touched_at: datetime | None = None
    amount_cents: int = 0
    log: list[tuple[str, datetime, str]] = field(default_factory=list)
    lines: list[tuple[str, float, int, date]] = field(default_factory=list)
    done: list[tuple[str, datetime, str, str]] = field(default_factory=list)
    tasks: list[tuple[str, str, date, datetime | None]] = field(default_factory=list)


def deals(times: Times, things: list[Thing], customers: pl.DataFrame) -> list[Sale]:
    """All deals, oldest first."""
    dice = times.dice("deals")
    weights = np.sqrt(customers["weight"].to_numpy())
    buyers = dice.choice(customers.height, size=DEALS, p=weights / weights.sum())
    start = add_months(times.month, 1 - SPAN_MONTHS)
    days = np.sort(dice.integers(0, (times.today - start).days - 2, DEALS))
    rows = customers.to_dicts()
    return [
        _deal(
            times,
            dice,
            f"D{2001 + number}",
            start + timedelta(days=int(days[number])),
            rows[buyers[number]],
            things,
        )
        for number in range(DEALS)
    ]


def _deal(
    times: Times,
    dice: np.random.Generator,
    code: str,
    began: date,
    buyer: dict[str, Any],
    things: list[Thing],
) -> Sale:
    family = str(dice.choice(LIKES[buyer["industry"]]))
    began = working_day(began) if working_day(began) < times.today else began
    occasion = OCCASIONS[family][dice.integers(len(OCCASIONS[family]))]
    owner = on_seat(SEATS[buyer["seat"]], began, times)
    sale = Sale(
        code, f"{occasion} {buyer['city']}", buyer["code"], buyer["seat"], owner, "prospect",
        buyer["currency"], str(dice.choice(SOURCES, p=SOURCE_SHARES)), began,
        began + timedelta(days=int(dice.integers(70, 150))),
    )  # fmt: skip
    _walk(times, dice, sale)
    sale.owner = on_seat(SEATS[buyer["seat"]], sale.closed_on or times.today, times)
    _want(dice, sale, family, things, buyer)
    _work(times, dice, sale)
    return sale


def _walk(times: Times, dice: np.random.Generator, sale: Sale) -> None:
    """Through the steps until the deal is won, lost or overtaken by today."""
    day = sale.created_on
    slow = float(dice.lognormal(0, 0.35))
    for step, usual, lost in WAY:
        _enter(times, dice, sale, step, day)
        day = working_day(day + timedelta(days=1 + round(usual * slow * float(dice.gamma(2.2, 1 / 2.2)))))
        if day >= times.today:
            _keep_in_touch(times, dice, sale, step)
            return
        if dice.random() < lost:
            _enter(times, dice, sale, "lost", day)
            sale.closed_on = day
            sale.lost_reason = str(dice.choice(REASONS, p=REASON_SHARES))
            return
    _enter(times, dice, sale, "follow-up", day)
    sale.closed_on = day


def _enter(times: Times, dice: np.random.Generator, sale: Sale, step: str, day: date) -> None:
    who = on_seat(SEATS[sale.seat], day, times)
    moment = datetime.combine(day, time(7 + int(dice.integers(0, 9)), int(dice.integers(0, 60))), UTC)
    sale.stage = step
    sale.log.append((step, moment, who))
    for kind, text in dice.permutation(np.array(DONE[step], dtype=object))[: 1 + int(dice.random() < 0.55)]:
        later = moment + timedelta(days=int(dice.integers(0, 5)), minutes=int(dice.integers(5, 300)))
        if later.date() < times.today:
            sale.done.append((str(kind), later, who, str(text)))


def _keep_in_touch(times: Times, dice: np.random.Generator, sale: Sale, step: str) -> None:
    """While a deal waits, most sellers call every week or two; some forget."""
    day = sale.log[-1][1].date() + timedelta(days=int(dice.integers(5, 15)))
    while day < times.today and dice.random() < 0.84:
        kind, text = DONE[step][dice.integers(len(DONE[step]))]
        moment = datetime.combine(working_day(day), time(8 + int(dice.integers(0, 8)), 15), UTC)
        if moment.date() < times.today:
            sale.done.append((kind, moment, sale.log[-1][2], text))
        day += timedelta(days=int(dice.integers(6, 17)))


def _want(
    dice: np.random.Generator, sale: Sale, family: str, things: list[Thing], buyer: dict[str, Any]
) -> None:
    """What the deal is about: a few items of one family, now and then with fittings."""
    pool = [thing for thing in things if thing.family == family and not thing.ended]
    fittings = [
        thing for thing in things if thing.family in ("kugelhaehne", "absperrklappen") and not thing.ended
    ]
    chances = np.array([thing.monthly for thing in pool])
    count = min(len(pool), 1 + int(dice.poisson(1.1)))
    chosen = [
        pool[place] for place in dice.choice(len(pool), count, replace=False, p=chances / chances.sum())
    ]
    if dice.random() < 0.4:
        extra = fittings[dice.integers(len(fittings))]
        chosen += [extra] if extra not in chosen else []
    scale = float(np.clip(dice.lognormal(1.25, 0.6), 1.0, 9.0)) * min(2.0, 0.8 + buyer["weight"] / 6)
    wished = (sale.closed_on or sale.expected_on) + timedelta(days=int(dice.integers(25, 80)))
    reduction = (1 - buyer["discount"] - DEAL_DISCOUNT) * (FRANC if sale.currency == "CHF" else 1)
    for thing in chosen:
        quantity = float(max(1, round(thing.line * scale * float(dice.lognormal(0, 0.3)))))
        cents = round(quantity * thing.price_cents * reduction)
        sale.lines.append((thing.code, quantity, cents, working_day(wished)))
    sale.amount_cents = sum(cents for _, _, cents, _ in sale.lines)


def _work(times: Times, dice: np.random.Generator, sale: Sale) -> None:
    """The next step and the tasks of a deal, as they stand today."""
    moments = [moment for _, moment, _ in sale.log] + [moment for _, moment, _, _ in sale.done]
    sale.touched_at = max(moments)
    if sale.stage == "lost":
        return
    choices = NEXT[sale.stage]
    sale.next_step = choices[dice.integers(len(choices))]
    if sale.closed_on is None:
        sale.expected_on = max(sale.expected_on, times.today + timedelta(days=int(dice.integers(-6, 40))))
        due = times.today + timedelta(days=int(dice.integers(-9, 16)))
        if dice.random() < 0.8:
            sale.tasks.append((sale.next_step, sale.owner, working_day(due), None))
    if dice.random() < 0.5:
        finished = sale.touched_at - timedelta(hours=int(dice.integers(2, 60)))
        sale.tasks.append((str(dice.choice(NEXT["prepare"])), sale.owner, finished.date(), finished))


def won_lines(times: Times, sales: list[Sale]) -> pl.DataFrame:
    """The lines of won deals that became orders: ``deal, account, item, quantity, ordered_on, wished_on``."""
    rows = [
        (sale.code, sale.account, item, quantity, sale.closed_on, wished)
        for sale in sales
        if sale.stage == "follow-up" and sale.closed_on and sale.closed_on <= times.last_day
        for item, quantity, _, wished in sale.lines
    ]
    columns = ["deal", "account", "item", "quantity", "ordered_on", "wished_on"]
    return pl.DataFrame(rows, schema=columns, orient="row")
