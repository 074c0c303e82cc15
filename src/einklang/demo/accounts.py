"""The invented customers: who they are, whose area they lie in, and how much they buy."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.demo.company import (
    AREAS,
    FIRST_NAMES,
    INDUSTRIES,
    SEATS,
    STAFF,
    SURNAMES,
    TOWN_STARTS,
    Area,
    Person,
    Seat,
)
from einklang.demo.times import HISTORY, Times
from einklang.engine.periods import month_end

ACCOUNTS = 600
JOBS = (
    "Einkauf",
    "Technische Leitung",
    "Geschäftsführung",
    "Instandhaltung",
    "Projektleitung",
    "Betriebsleitung",
)
STREETS = (
    "Am Wasserwerk",
    "Industriestraße",
    "Werftweg",
    "Mühlenstraße",
    "Gewerbering",
    "Am Hafen",
    "Brunnenweg",
)
DOMAINS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", " ": "-", "&": "und", ".": ""})
LEADERS = {person.team: person.username for person in STAFF if person.role == "manager"}


def on_seat(seat: Seat, day: date, times: Times) -> str:
    """Who looks after an area on a day; while nobody does, the head of the team."""
    area = next(area for area in AREAS if area.code == seat.territory)
    for person in seat.people:
        start, end = employed(person, times)
        if start <= day and (end is None or day <= end):
            return person.username
    return LEADERS[area.team]


def employed(person: Person, times: Times) -> tuple[date, date | None]:
    """First and last day of somebody's time here."""
    return times.day(person.hired), None if person.left is None else month_end(times.day(person.left))


def accounts(times: Times) -> pl.DataFrame:
    """All customers, one row each; ``seat`` is the place of their area in ``SEATS``.

    ``weight`` is how much they buy, ``first`` and ``last`` the months between which they do.
    """
    dice = times.dice("accounts")
    by_code = {area.code: area for area in AREAS}
    shares = np.array([by_code[seat.territory].weight for seat in SEATS])
    seats = dice.choice(len(SEATS), size=ACCOUNTS, p=shares / shares.sum())
    trades = dice.choice(len(INDUSTRIES), size=ACCOUNTS, p=[share for _, _, share in INDUSTRIES])
    weights = dice.lognormal(0, 1.05, ACCOUNTS)
    first, last = _spans(dice, weights)
    rank = weights.argsort().argsort() / ACCOUNTS
    names: set[str] = set()
    rows = []
    for number in range(ACCOUNTS):
        area = by_code[SEATS[seats[number]].territory]
        town, name = _name(dice, area, INDUSTRIES[trades[number]][1], names)
        began = times.at(int(first[number])) - timedelta(days=int(dice.integers(5, 60)))
        rows.append(
            {
                "code": f"K{10001 + number}",
                "name": name,
                "industry": INDUSTRIES[trades[number]][0],
                "seat": int(seats[number]),
                "territory": area.code,
                "owner": on_seat(SEATS[seats[number]], times.today, times),
                "street": f"{STREETS[dice.integers(len(STREETS))]} {dice.integers(1, 120)}",
                "postal_code": _postal_code(dice, area),
                "city": town,
                "country": area.country,
                "website": f"www.{_domain(name)}.example",
                "employees": round(12 + 60 * float(weights[number]) ** 1.1),
                "created_on": began,
                "weight": float(weights[number]),
                "first": int(first[number]),
                "last": int(last[number]),
                "discount": round(0.14 * float(rank[number]) ** 2, 3),
                "growth": area.growth,
                "currency": "CHF" if area.country == "CH" and dice.random() < 0.75 else "EUR",
            }
        )
    return pl.DataFrame(rows)


def _postal_code(dice: np.random.Generator, area: Area) -> str:
    """A code that begins as those of the area do: five digits, in Switzerland four."""
    free = (4 if area.country == "CH" else 5) - len(area.postcode)
    return f"{area.postcode}{dice.integers(0, 10**free):0{free}d}"


def _spans(dice: np.random.Generator, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From which to which month each customer buys: most throughout, some come, some go."""
    first = np.where(
        dice.random(ACCOUNTS) < 0.24, dice.integers(1, HISTORY - 1, ACCOUNTS), -dice.integers(1, 60, ACCOUNTS)
    )
    leaves = (dice.random(ACCOUNTS) < 0.17) & (weights < np.quantile(weights, 0.9))
    last = np.where(leaves, np.maximum(first + 4, dice.integers(6, HISTORY - 2, ACCOUNTS)), 999)
    return first, last


def _name(dice: np.random.Generator, area: Area, pattern: str, taken: set[str]) -> tuple[str, str]:
    while True:
        town = TOWN_STARTS[dice.integers(len(TOWN_STARTS))] + area.endings[dice.integers(len(area.endings))]
        surname = SURNAMES[dice.integers(len(SURNAMES))]
        name = pattern.format(town=town, surname=surname)
        if area.country == "CH":
            name = (
                name.replace("Stadtwerke", "Wasserwerke").replace("GmbH & Co. KG", "AG").replace("GmbH", "AG")
            )
        if name in taken:
            name = f"{name.removesuffix(' GmbH')} {town}" if "{town}" not in pattern else f"{name} {surname}"
        if name not in taken:
            taken.add(name)
            return town, name


def contacts(times: Times, customers: pl.DataFrame) -> pl.DataFrame:
    """The people at the customers: one to three each."""
    dice = times.dice("contacts")
    rows = []
    for account, name, country in customers.select("code", "name", "country").iter_rows():
        for place in range(1 + int(dice.random() < 0.55) + int(dice.random() < 0.3)):
            first, last = FIRST_NAMES[dice.integers(len(FIRST_NAMES))], SURNAMES[dice.integers(len(SURNAMES))]
            rows.append(
                {
                    "account": account,
                    "code": f"{account}-{place + 1}",
                    "name": f"{first} {last}",
                    "job_title": JOBS[(dice.integers(3) + place * 2) % len(JOBS)],
                    "email": f"{_domain(first)}.{_domain(last)}@{_domain(name)}.example",
                    "phone": f"{'+41 44' if country == 'CH' else '+49 441'} 555 {dice.integers(1000, 9999)}",
                }
            )
    return pl.DataFrame(rows)


def _domain(text: str) -> str:
    plain = text.lower().translate(DOMAINS)
    return "-".join(part for part in plain.split("-") if part not in ("gmbh", "co", "kg", "eg", "ag", ""))
