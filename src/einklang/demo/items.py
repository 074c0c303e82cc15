"""What the invented company makes and buys: pumps and fittings, their parts, how they are made."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from einklang.demo.times import Times

# code, name, parent
FAMILIES: tuple[tuple[str, str, str | None], ...] = (
    ("pumpen", "Pumpen", None),
    ("kreiselpumpen", "Kreiselpumpen", "pumpen"),
    ("tauchpumpen", "Tauchpumpen", "pumpen"),
    ("umwaelzpumpen", "Umwälzpumpen", "pumpen"),
    ("dosierpumpen", "Dosierpumpen", "pumpen"),
    ("armaturen", "Armaturen", None),
    ("kugelhaehne", "Kugelhähne", "armaturen"),
    ("absperrklappen", "Absperrklappen", "armaturen"),
    ("rueckschlagventile", "Rückschlagventile", "armaturen"),
    ("ersatzteile", "Ersatzteile", None),
    ("teile", "Baugruppen und Kaufteile", None),
    ("baugruppen", "Baugruppen", "teile"),
    ("kaufteile", "Kaufteile", "teile"),
)


class Series(NamedTuple):
    """A series of finished goods in several sizes and variants."""

    code: str
    family: str
    name: str
    sizes: tuple[int, ...]
    variants: tuple[tuple[str, str, float], ...]  # letter, name, share of the series' demand
    monthly: float  # units a month, all sizes and variants together
    line: float  # units on a usual order line
    season: str
    trend: float  # growth a year
    margin: float


SERIES: tuple[Series, ...] = (
    Series("NK", "kreiselpumpen", "Kreiselpumpe NK", (25, 32, 40, 50, 65, 80, 100),
           (("G", "Grauguss", 0.52), ("E", "Edelstahl", 0.24), ("B", "Bronze", 0.08),
            ("H", "Hochdruck", 0.16)),
           520, 4.0, "bau", 0.04, 0.42),
    Series("TP", "tauchpumpen", "Tauchpumpe TP", (50, 65, 80, 100, 125, 150),
           (("G", "Grauguss", 0.44), ("E", "Edelstahl", 0.20), ("S", "mit Schwimmer", 0.26),
            ("X", "explosionsgeschützt", 0.10)),
           460, 4.2, "sommer", 0.05, 0.40),
    Series("UP", "umwaelzpumpen", "Umwälzpumpe UP", (25, 32, 40, 50),
           (("K", "kompakt", 0.55), ("R", "geregelt", 0.35), ("Z", "Zwilling", 0.10)),
           640, 8.0, "heizung", 0.01, 0.36),
    Series("DP", "dosierpumpen", "Dosierpumpe DP", (2, 6, 15, 40),
           (("M", "Membran", 0.60), ("K", "Kolben", 0.25), ("D", "digital", 0.15)),
           190, 2.8, "gleich", 0.16, 0.47),
    Series("KH", "kugelhaehne", "Kugelhahn KH", (10, 15, 20, 25, 32, 40, 50, 80),
           (("M", "Messing", 0.62), ("E", "Edelstahl", 0.28), ("P", "PN 40", 0.10)),
           9800, 90, "bau", -0.02, 0.34),
    Series("AK", "absperrklappen", "Absperrklappe AK", (50, 80, 100, 150, 200, 300),
           (("W", "Zwischenflansch", 0.70), ("F", "Flansch", 0.30)),
           1500, 14, "bau", 0.03, 0.38),
    Series("RV", "rueckschlagventile", "Rückschlagventil RV", (15, 25, 40, 50, 80, 100),
           (("F", "federbelastet", 0.65), ("S", "Schwinge", 0.35)),
           2200, 26, "gleich", 0.00, 0.37),
    Series("LR", "ersatzteile", "Laufrad LR", (25, 32, 40, 50, 65, 80, 100, 150),
           (("0", "", 1.0),), 76, 1.5, "gleich", 0.02, 0.55),
    Series("DS", "ersatzteile", "Dichtungssatz DS", (25, 32, 40, 50, 65, 80, 100, 150),
           (("0", "", 1.0),), 220, 2.4, "gleich", 0.03, 0.58),
)  # fmt: skip
PUMPS, VALVES = ("NK", "TP", "UP", "DP"), ("KH", "AK", "RV")
CLASSES = "SML"

# Bought parts by kind: how many there are, from and to which price in cents, unit and lead time in days.
BOUGHT: dict[str, tuple[str, int, int, int, str]] = {
    "GR": ("Gussrohling GR", 21, 28_00, 260_00, "Stk"),
    "GX": ("Edelgussrohling GX", 10, 85_00, 470_00, "Stk"),
    "MS": ("Messingrohling MS", 8, 2_10, 34_00, "Stk"),
    "ST": ("Rundstahl ST", 6, 2_40, 7_80, "kg"),
    "MO": ("Elektromotor MO", 8, 118_00, 1_290_00, "Stk"),
    "LA": ("Wälzlager LA", 6, 3_60, 38_00, "Stk"),
    "DI": ("Dichtring DI", 9, 45, 16_00, "Stk"),
    "EL": ("Steuerplatine EL", 8, 24_00, 148_00, "Stk"),
    "NO": ("Schraubensatz NO", 8, 35, 4_20, "Stk"),
    "LP": ("Verpackung LP", 6, 90, 14_00, "Stk"),
}

# Minutes of work by kind of item: work centre, minutes to set up a lot, minutes for one of the smallest size.
ROUTINGS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "NK": (("MO1", 20, 26), ("PRF", 10, 17), ("LAC", 15, 9), ("VER", 5, 5)),
    "UP": (("MO1", 20, 12), ("PRF", 10, 6), ("VER", 5, 3)),
    "TP": (("SWS", 15, 14), ("MO2", 20, 24), ("PRF", 10, 19), ("LAC", 15, 8), ("VER", 5, 5)),
    "DP": (("MO2", 20, 20), ("PRF", 10, 14), ("VER", 5, 4)),
    "KH": (("MOA", 15, 1.6), ("VER", 5, 0.25)),
    "AK": (("SWS", 10, 1.5), ("MOA", 15, 4.5), ("LAC", 10, 1.2), ("VER", 5, 0.6)),
    "RV": (("MOA", 15, 2.8), ("VER", 5, 0.4)),
    "LR": (("GUS", 10, 8), ("FRA", 25, 22), ("VER", 5, 2)),
    "HY": (("FRA", 30, 19), ("SCH", 15, 7)),
    "GE": (("GUS", 15, 9), ("DRE", 30, 13), ("FRA", 20, 6)),
    "WE": (("DRE", 20, 11), ("SCH", 15, 8)),
    "ME": (("WIK", 25, 16),),
    "SE": (("WIK", 15, 9),),
    "KG": (("GUS", 10, 0.5), ("DRE", 30, 1.9)),
    "AN": (("FRA", 15, 4.0), ("SWS", 10, 2.0)),
    "SI": (("DRE", 15, 0.6),),
}
ASSEMBLIES = {
    "HY": "Hydraulikeinheit", "GE": "Gehäuse bearbeitet", "WE": "Wellenbaugruppe", "ME": "Motoreinheit",
    "SE": "Steuereinheit", "KG": "Armaturengehäuse", "AN": "Antrieb", "SI": "Sitzsatz",
}  # fmt: skip

# What happens to single items. Months are before the demo month.
LAUNCHED: dict[str, tuple[int, str | None]] = {
    "TP-080-X": (9, "TP-080-S"),  # takes over from the one with a float
    "DP-040-D": (5, None),  # new, nothing before it
    "UP-032-R": (16, "UP-032-K"),
}
ENDED: dict[str, int] = {"NK-025-B": 2, "KH-010-P": 7, "TP-080-S": -3}
AGEING = ("NK-025-B", "NK-032-B", "NK-040-B", "KH-010-P", "RV-015-S", "AK-300-F")
STARVED = ("TP-100-E", "TP-125-E", "NK-080-E", "NK-065-G", "DP-015-D", "DS-050-0")


@dataclass(slots=True)
class Thing:
    """One item, with all that is known of it."""

    code: str
    name: str
    family: str
    kind: str  # of series or part: NK, HY, GR
    made: bool
    sold: bool
    size: float = 1.0  # 1 for the smallest of its kind
    unit: str = "Stk"
    lead_days: int = 10
    lot: int = 1
    monthly: float = 0.0
    line: float = 1.0
    season: str = "gleich"
    trend: float = 0.0
    margin: float = 0.0
    launched: date | None = None
    ended: date | None = None
    predecessor: str | None = None
    cost_cents: int = 0
    price_cents: int = 0
    parts: dict[str, float] = field(default_factory=dict)
    steps: list[tuple[str, float, float]] = field(default_factory=list)  # centre, set-up hours, hours a unit


def catalog(times: Times, hour_cents: dict[str, int]) -> dict[str, Thing]:
    """All items by code: bought parts first, then assemblies, then what is sold, so that costs add up."""
    things = {thing.code: thing for thing in [*_bought(), *_assemblies(), *_finished(times)]}
    for thing in things.values():
        if thing.made:
            work = sum(
                (hours + setup / max(thing.lot, 1)) * hour_cents[centre]
                for centre, setup, hours in thing.steps
            )
            material = sum(quantity * things[part].cost_cents for part, quantity in thing.parts.items())
            thing.cost_cents = round(material + work)
        if thing.sold:
            thing.price_cents = _list_price(thing.cost_cents / (1 - thing.margin) * 1.08)
    return things


def _list_price(cents: float) -> int:
    """A price that looks like one: whole euros from 100 on, tens of cents below."""
    step = 10 if cents < 100_00 else 100 if cents < 1000_00 else 1000
    return round(cents / step) * step


def _bought() -> Iterator[Thing]:
    for kind, (name, count, low, high, unit) in BOUGHT.items():
        for number in range(count):
            share = number / (count - 1)
            yield Thing(
                f"{kind}-{number + 1:02d}", f"{name} {number + 1:02d}", "kaufteile", kind, False, False,
                size=1 + share, unit=unit, lot=1 if kind == "MO" else 10,
                cost_cents=round(low * (high / low) ** share),
            )  # fmt: skip


def _assemblies() -> Iterator[Thing]:
    for series in PUMPS:
        offset = PUMPS.index(series)
        for level, size in enumerate(CLASSES):
            casting = offset * 3 + level
            yield _assembly(
                "HY", f"{series}-{size}", level, {_part("GR", casting): 1, _part("LA", level + offset): 1}
            )
            yield _assembly(
                "GE", f"{series}-{size}", level, {_part("GR", 9 + casting): 1, _part("NO", offset + level): 2}
            )
            yield _assembly(
                "WE",
                f"{series}-{size}",
                level,
                {_part("ST", level + offset): 2.4 + 1.8 * level, _part("LA", level + 2): 2},
            )
    for number in range(8):
        yield _assembly("ME", f"{number + 1}", number // 3, {_part("MO", number): 1, _part("NO", number): 1})
    for number in range(5):
        yield _assembly(
            "SE", f"{number + 1}", number // 2, {_part("EL", number): 1, _part("EL", number + 3): 1}
        )
    for series in VALVES:
        for level, size in enumerate(CLASSES):
            blank = (
                _part("GR", 12 + 4 * level)
                if series == "AK"
                else _part("MS", level * 2 + VALVES.index(series) // 2)
            )
            yield _assembly("KG", f"{series}-{size}", level, {blank: 1, _part("NO", level): 1})
    for number in range(4):
        yield _assembly(
            "AN", f"{number + 1}", number // 2, {_part("ST", number): 0.8 + number, _part("LA", number): 1}
        )
    for number in range(8):
        yield _assembly("SI", f"{number + 1}", number // 3, {_part("DI", number): 2})


def _assembly(kind: str, rest: str, level: int, parts: dict[str, float]) -> Thing:
    size = 1 + 0.55 * level
    thing = Thing(
        f"{kind}-{rest}", f"{ASSEMBLIES[kind]} {rest}", "baugruppen", kind, True, False,
        size=size, lead_days=7, lot=20 if kind in ("KG", "SI") else 5, parts=parts,
    )  # fmt: skip
    thing.steps = _steps(kind, size)
    return thing


def _finished(times: Times) -> Iterator[Thing]:
    for series in SERIES:
        count = len(series.sizes)
        popularity = [1 / (1 + ((place - count * 0.38) / (count * 0.28)) ** 2) for place in range(count)]
        for place, nominal in enumerate(series.sizes):
            for letter, variant, share in series.variants:
                thing = _one(series, place, nominal, letter, variant)
                thing.monthly = series.monthly * share * popularity[place] / sum(popularity)
                _life(thing, times)
                yield thing


def _one(series: Series, place: int, nominal: int, letter: str, variant: str) -> Thing:
    count = len(series.sizes)
    level, size = place * 3 // count, 1 + 1.6 * place / (count - 1)
    made = series.code != "DS"
    thing = Thing(
        f"{series.code}-{nominal:03d}-{letter}", f"{series.name} {nominal} {variant}".strip(), series.family,
        series.code, made, True, size=size, lead_days=10 if made else 21,
        lot=20 if series.code in VALVES else 1, line=series.line,
        season=series.season, trend=series.trend, margin=series.margin,
    )  # fmt: skip
    if made:
        thing.parts = _parts(series.code, place, level, letter)
        thing.steps = _steps(series.code, size)
    else:
        thing.cost_cents = round(14_00 * size**1.4)
    return thing


def _parts(series: str, place: int, level: int, letter: str) -> dict[str, float]:
    """What a finished good is put together from."""
    packing = {_part("LP", level + (3 if series in PUMPS else 0)): 1.0 if series in PUMPS else 0.1}
    size = CLASSES[level]
    if series in PUMPS:
        parts = {f"HY-{series}-{size}": 1.0, f"GE-{series}-{size}": 1.0, f"WE-{series}-{size}": 1.0}
        motor = place + 1 + (letter in ("H", "X"))
        parts[f"ME-{motor}"] = 2.0 if letter == "Z" else 1.0
        parts[_part("DI", place + 2)] = 2.0
        if letter in ("E", "X"):
            parts[_part("GX", place + 4 * PUMPS.index(series))] = 1.0
        elif letter in ("S", "R", "D") or series == "DP":
            parts[f"SE-{level + 1 + {'R': 1, 'D': 2}.get(letter, 0)}"] = 1.0
        if letter == "B":
            parts[_part("MS", 5 + level)] = 4.0
        return parts | packing
    if series == "LR":
        return {_part("GR", place): 1.0} | packing
    parts = {f"KG-{series}-{size}": 1.0, f"SI-{min(place, 7) + 1}": 1.0}
    if series == "AK":
        parts[f"AN-{place // 2 + 1 + (letter == 'F')}"] = 1.0
    if letter == "E":
        parts[_part("GX", level)] = 0.2
    return parts | packing


def _steps(kind: str, size: float) -> list[tuple[str, float, float]]:
    return [(centre, setup / 60, minutes * size**0.7 / 60) for centre, setup, minutes in ROUTINGS[kind]]


def _life(thing: Thing, times: Times) -> None:
    if thing.code in LAUNCHED:
        months, thing.predecessor = LAUNCHED[thing.code]
        thing.launched = times.day(months)
    if thing.code in ENDED:
        thing.ended = times.day(ENDED[thing.code], 15)


def _part(kind: str, number: int) -> str:
    """A bought part of a kind; numbers past the last begin again."""
    return f"{kind}-{number % BOUGHT[kind][1] + 1:02d}"
