"""The invented company: who works there, where it sells, makes and stores, and whom it buys from.

Everything here is invented. People, towns and firms have no counterpart; months are counted back
from the demo month.
"""

from typing import NamedTuple

NAME = "Nordwasser Pumpenbau GmbH"
CURRENCY = "EUR"
PASSWORD = "Pumpe-und-Plan-36"  # of the demo alone, printed at its start


class Person(NamedTuple):
    """Somebody who works here: months are before the demo month."""

    username: str
    name: str
    role: str
    team: str
    job_title: str
    hired: int
    signs_in: bool = False
    left: int | None = None
    language: str = "de"


class Seat(NamedTuple):
    """One area of a territory, with those who have worked it, one after the other."""

    territory: str
    people: tuple[Person, ...]


class Area(NamedTuple):
    """A territory of the market."""

    code: str
    name: str
    parent: str | None
    country: str
    team: str
    postcode: str
    weight: float
    growth: float
    endings: tuple[str, ...]


TEAMS: tuple[tuple[str, str, str | None], ...] = (
    ("vertrieb", "Vertrieb", None),
    ("sales-operations", "Sales Operations", "vertrieb"),
    ("team-nord-ost", "Vertriebsteam Nord-Ost", "vertrieb"),
    ("team-west", "Vertriebsteam West", "vertrieb"),
    ("team-sued", "Vertriebsteam Süd", "vertrieb"),
    ("team-mitte-alpen", "Vertriebsteam Mitte und Alpen", "vertrieb"),
    ("werk", "Werk und Einkauf", None),
    ("finanzen", "Finanzen", None),
    ("it", "IT", None),
)
DEPARTMENTS = {"werk": "Produktion", "finanzen": "Finanzen", "it": "IT"}

AREAS: tuple[Area, ...] = (
    Area("dach", "DACH", None, "", "vertrieb", "", 0, 0, ()),
    Area(
        "nord", "Nord", "dach", "DE", "team-nord-ost", "26", 1.30, 0.03, ("büttel", "siel", "stedt", "moor")
    ),
    Area("ost", "Ost", "dach", "DE", "team-nord-ost", "15", 0.85, 0.08, ("walde", "itz", "ow", "mühl")),
    Area("west", "West", "dach", "DE", "team-west", "48", 1.10, 0.02, ("horst", "kamp", "rath", "loh")),
    Area(
        "rhein-ruhr",
        "Rhein-Ruhr",
        "dach",
        "DE",
        "team-west",
        "45",
        1.45,
        -0.02,
        ("rode", "scheid", "hütte", "berg"),
    ),
    Area(
        "mitte",
        "Mitte",
        "dach",
        "DE",
        "team-mitte-alpen",
        "34",
        0.95,
        -0.04,
        ("hausen", "bach", "fels", "roda"),
    ),
    Area(
        "suedwest", "Südwest", "dach", "DE", "team-sued", "76", 1.15, 0.05, ("weiler", "heim", "tal", "ingen")
    ),
    Area("bayern", "Bayern", "dach", "DE", "team-sued", "84", 1.25, 0.06, ("kirchen", "ried", "ach", "moos")),
    Area("alpen", "Alpen", "dach", "CH", "team-mitte-alpen", "8", 0.75, 0.12, ("wil", "ikon", "matt", "egg")),
)

STAFF: tuple[Person, ...] = (
    Person("henrike", "Henrike Vossberg", "vp", "vertrieb", "Leiterin Vertrieb", 96, True),
    Person("jonas", "Jonas Petersen", "manager", "vertrieb", "Leiter Sales Operations", 61, True),
    Person("svea", "Svea Lüdemann", "specialist", "sales-operations", "Vertriebsfachkraft", 40, True),
    Person("tarek", "Tarek Aydemir", "analyst", "sales-operations", "Analyst Vertrieb", 27, True),
    Person("mattis", "Mattis Kröger", "planner", "werk", "Leiter Produktionsplanung", 118, True),
    Person("frauke", "Frauke Behrendsen", "finance", "finanzen", "Leiterin Controlling", 83, True),
    Person("ole", "Ole Harmsen", "admin", "it", "IT-Administrator", 52, True),
    Person("gesa.thaden", "Gesa Thaden", "manager", "team-nord-ost", "Teamleiterin Nord-Ost", 74),
    Person("bernd.overkamp", "Bernd Overkamp", "manager", "team-west", "Teamleiter West", 130),
    Person("annika.sailer", "Annika Sailer", "manager", "team-sued", "Teamleiterin Süd", 45),
    Person(
        "reto.ammersegg", "Reto Ammersegg", "manager", "team-mitte-alpen", "Teamleiter Mitte und Alpen", 66
    ),
    Person("imke.dirkson", "Imke Dirkson", "planner", "werk", "Strategischer Einkauf", 57),
)


def _rep(username: str, name: str, team: str, hired: int, left: int | None = None) -> Person:
    return Person(username, name, "rep", team, "Vertriebsaußendienst", hired, username == "wiebke", left)


SEATS: tuple[Seat, ...] = (
    Seat("nord", (_rep("wiebke", "Wiebke Janshen", "team-nord-ost", 58),)),
    Seat("nord", (_rep("hauke.brodersen", "Hauke Brodersen", "team-nord-ost", 92),)),
    Seat(
        "nord",
        (
            _rep("tomke.eilers", "Tomke Eilersen", "team-nord-ost", 44, 13),
            _rep("lasse.wohlt", "Lasse Wohlt", "team-nord-ost", 11),
        ),
    ),
    Seat("nord", (_rep("meike.sievert", "Meike Sievert", "team-nord-ost", 30),)),
    Seat("nord", (_rep("enno.fokken", "Enno Fokkena", "team-nord-ost", 120),)),
    Seat("ost", (_rep("katrin.zschau", "Katrin Zschauer", "team-nord-ost", 70),)),
    Seat("ost", (_rep("rico.lehnigk", "Rico Lehnigker", "team-nord-ost", 49),)),
    Seat(
        "ost",
        (
            _rep("maik.dorn", "Maik Dornbusch", "team-nord-ost", 63, 21),
            _rep("pauline.gersh", "Pauline Gershof", "team-nord-ost", 18),
        ),
    ),
    Seat("ost", (_rep("sandro.neitz", "Sandro Neitzel", "team-nord-ost", 7),)),
    Seat("west", (_rep("heike.telgen", "Heike Telgenkamp", "team-west", 88),)),
    Seat("west", (_rep("dirk.averbeck", "Dirk Averbecke", "team-west", 101),)),
    Seat("west", (_rep("julia.wessel", "Julia Wesselink", "team-west", 33),)),
    Seat(
        "west",
        (
            _rep("tobias.rott", "Tobias Rottmann", "team-west", 52, 8),
            _rep("carla.hues", "Carla Huesker", "team-west", 6),
        ),
    ),
    Seat("rhein-ruhr", (_rep("ayse.kaplan", "Ayşe Kaplanoğlu", "team-west", 47),)),
    Seat("rhein-ruhr", (_rep("uwe.schlott", "Uwe Schlottmann", "team-west", 140),)),
    Seat(
        "rhein-ruhr",
        (
            _rep("nina.bracht", "Nina Brachtendorf", "team-west", 39, 25),
            _rep("deniz.yalin", "Deniz Yalınkaya", "team-west", 22, 4),
            _rep("lea.pott", "Lea Pottgiesser", "team-west", 2),
        ),
    ),
    Seat("rhein-ruhr", (_rep("marco.felden", "Marco Feldenau", "team-west", 76),)),
    Seat("rhein-ruhr", (_rep("britta.huels", "Britta Hülsberg", "team-west", 65),)),
    Seat("mitte", (_rep("sabine.kessel", "Sabine Kesselring", "team-mitte-alpen", 99),)),
    Seat("mitte", (_rep("philipp.noll", "Philipp Nollau", "team-mitte-alpen", 29),)),
    Seat("mitte", (_rep("gerd.hassel", "Gerd Hasselroth", "team-mitte-alpen", 155, 10),)),
    Seat("mitte", (_rep("jana.wettin", "Jana Wettiner", "team-mitte-alpen", 54),)),
    Seat("suedwest", (_rep("florian.hauff", "Florian Hauffler", "team-sued", 60),)),
    Seat("suedwest", (_rep("miriam.staehl", "Miriam Stähle", "team-sued", 42),)),
    Seat(
        "suedwest",
        (
            _rep("jens.zoller", "Jens Zollerer", "team-sued", 71, 16),
            _rep("amelie.rieth", "Amelie Riethmayr", "team-sued", 14),
        ),
    ),
    Seat("suedwest", (_rep("kemal.oezden", "Kemal Özdemirel", "team-sued", 25),)),
    Seat("suedwest", (_rep("ute.feucht", "Ute Feuchtinger", "team-sued", 110),)),
    Seat("bayern", (_rep("xaver.brandl", "Xaver Brandlhuber", "team-sued", 84),)),
    Seat("bayern", (_rep("theresa.moser", "Theresa Mooser", "team-sued", 36),)),
    Seat("bayern", (_rep("ludwig.riedl", "Ludwig Riedlinger", "team-sued", 129),)),
    Seat("bayern", (_rep("vroni.haslach", "Veronika Haslacher", "team-sued", 20),)),
    Seat(
        "bayern",
        (
            _rep("stefan.kirch", "Stefan Kirchleitner", "team-sued", 48, 5),
            _rep("emil.auer", "Emil Auerbacher", "team-sued", 3),
        ),
    ),
    Seat("alpen", (_rep("urs.zuber", "Urs Zubermatt", "team-mitte-alpen", 95),)),
    Seat("alpen", (_rep("seraina.caduff", "Seraina Caduffer", "team-mitte-alpen", 31),)),
    Seat("alpen", (_rep("lukas.egger", "Lukas Eggerberg", "team-mitte-alpen", 55),)),
    Seat("alpen", (_rep("bettina.wyss", "Bettina Wyssmatt", "team-mitte-alpen", 15),)),
)

# code, name, cost of an hour in cents, share of overtime, load to aim for on average over the year
WORK_CENTRES: tuple[tuple[str, str, int, float, float], ...] = (
    ("DRE", "Dreherei", 7200, 0.20, 0.76),
    ("FRA", "Fräszentrum", 8400, 0.20, 0.79),
    ("SCH", "Schleiferei", 6900, 0.15, 0.62),
    ("GUS", "Gussputzerei", 5400, 0.20, 0.66),
    ("SWS", "Schweißerei", 6600, 0.20, 0.71),
    ("WIK", "Motorwickelei", 6100, 0.15, 0.74),
    ("LAC", "Lackiererei", 5800, 0.20, 0.68),
    ("MO1", "Pumpenmontage 1", 5600, 0.25, 0.78),
    ("MO2", "Pumpenmontage 2", 5600, 0.25, 0.75),
    ("MOA", "Armaturenmontage", 5100, 0.25, 0.64),
    ("PRF", "Prüfstand", 9200, 0.10, 0.94),
    ("VER", "Verpackung", 4300, 0.30, 0.58),
)
BOTTLENECK = "PRF"

LOCATIONS: tuple[tuple[str, str], ...] = (
    ("WERK", "Werkslager Oldenhude"),
    ("ZL", "Zentrallager Oldenhude"),
    ("SUED", "Außenlager Süd Ulmingen"),
    ("SPERR", "Sperrlager"),
)
SOUTH = ("suedwest", "bayern", "alpen")


class Maker(NamedTuple):
    """A supplier: how long it takes, how much that varies, and what is wrong with it."""

    code: str
    name: str
    country: str
    parts: tuple[str, ...]
    rating: int
    lead_days: int
    deviation_days: float
    late_share: float
    rejected_share: float
    currency: str = "EUR"
    trouble: str = ""


SUPPLIERS: tuple[Maker, ...] = (
    Maker("L01", "Gusswerk Hallmoor GmbH", "DE", ("GR",), 4, 42, 14, 0.55, 0.01, "EUR", "late"),
    Maker("L02", "Eisengießerei Osterfehn KG", "DE", ("GR",), 2, 35, 4, 0.08, 0.01),
    Maker("L03", "Edelguss Thalrode GmbH", "DE", ("GX",), 2, 49, 5, 0.10, 0.01),
    Maker("L04", "Inox Fonderia Valdora S.r.l.", "IT", ("GX",), 3, 56, 9, 0.20, 0.015),
    Maker("L05", "Metallwerk Bramstätt", "DE", ("MS",), 2, 28, 3, 0.06, 0.01),
    Maker("L06", "Elektromotoren Brandmüller AG", "DE", ("MO",), 4, 56, 24, 0.30, 0.01, "EUR", "variable"),
    Maker("L07", "Motorenwerk Gablonz s.r.o.", "CZ", ("MO",), 2, 42, 5, 0.09, 0.01),
    Maker("L08", "Wälzlager Kontor Hansa", "DE", ("LA",), 1, 14, 2, 0.03, 0.002),
    Maker("L09", "Dichtungstechnik Reiffel GmbH", "DE", ("DI", "DS"), 5, 21, 4, 0.12, 0.01, "EUR", "closing"),
    Maker("L10", "SealTec Midwest Inc.", "US", ("DI", "DS"), 3, 49, 8, 0.15, 0.01, "USD", "currency"),
    Maker("L11", "Steuerungsbau Elbtal GmbH", "DE", ("EL",), 3, 63, 10, 0.22, 0.06, "EUR", "quality"),
    Maker("L12", "Elektronik Sihlegg AG", "CH", ("EL",), 2, 42, 5, 0.08, 0.01, "CHF"),
    Maker("L13", "Stahlhandel Weserkant", "DE", ("ST",), 1, 10, 2, 0.03, 0.003),
    Maker("L14", "Schraubenhaus Lippmeier", "DE", ("NO",), 1, 7, 1, 0.02, 0.001),
    Maker("L15", "Verpackungen Moorland eG", "DE", ("LP",), 1, 10, 2, 0.04, 0.002),
)

INDUSTRIES: tuple[tuple[str, str, float], ...] = (
    # name, how its firms are called, share of the accounts
    ("Wasserversorgung", "Stadtwerke {town}", 0.14),
    ("Abwasser", "Abwasserverband {town}", 0.09),
    ("Haustechnik", "{surname} Haustechnik GmbH", 0.20),
    ("Anlagenbau", "{surname} Anlagenbau GmbH & Co. KG", 0.15),
    ("Handel", "{surname} Industriebedarf GmbH", 0.13),
    ("Chemie", "Chemiewerk {town} GmbH", 0.08),
    ("Lebensmittel", "Brauerei {town}", 0.08),
    ("Landwirtschaft", "Agrargenossenschaft {town} eG", 0.08),
    ("Bau", "{surname} & Söhne Tiefbau", 0.05),
)
TOWN_STARTS = (
    "Birken", "Eichen", "Alten", "Neu", "Ober", "Unter", "Linden", "Frieden", "Königs", "Schön",
    "Stein", "Hohen", "Rosen", "Mühlen", "Grün", "Wald", "Buchen", "Ahorn", "Silber", "Falken",
    "Kranich", "Wieser", "Fuchs", "Otter",
)  # fmt: skip
FIRST_NAMES = (
    "Anja", "Axel", "Birgit", "Carsten", "Claudia", "Daniel", "Doris", "Eva", "Frank", "Gabriele",
    "Holger", "Ines", "Jörg", "Kerstin", "Lars", "Manuela", "Norbert", "Olaf", "Petra", "Ralf", "Silke",
    "Thomas", "Ursula", "Volker", "Wolfgang", "Yvonne", "Matthias", "Nadine", "Oliver", "Susanne",
)  # fmt: skip
SURNAMES = (
    "Ahlersmeyer", "Bodenstab", "Claasenhof", "Dettmering", "Ehlerding", "Feldkötter", "Grothusen",
    "Hagedörfer", "Immelmann", "Jürgensohn", "Kuhlenkamp", "Lohmüller", "Marquardsen", "Nienaber",
    "Oltrogge", "Piepenbrink", "Quakenbrügge", "Rickmers", "Süderhoff", "Tönjeshaus", "Uhlenbusch",
    "Vehrenkamp", "Wulfhorst", "Zumsande", "Bäumlisberg", "Dürrwanger", "Göbelsmann", "Hölzlwimmer",
    "Kößlinger", "Rüttgerodt",
)  # fmt: skip
