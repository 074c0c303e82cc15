"""The tables of the pipeline engine, and everything that can be wrong in them, row by row."""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import Frame, day, number, text

OUTCOMES = ("open", "won", "lost")

DEALS = Frame(
    "deals",
    {
        "deal": text(),
        "created_on": day(),
        "closed_on": day(blank=True),
        "outcome": text(),
        "amount": number("money", blank=True, at_least=0),
        "stated": number("money", optional=True, blank=True, at_least=0),
        "product": text(optional=True, blank=True),
        "segment": text(optional=True, blank=True),
        "expected_on": day(optional=True, blank=True),
    },
    ("deal",),
    "Deals: amount as closed (open ones: as it stands); stated: what was known of it while it was open.",
)
VISITS = Frame(
    "stages",
    {"deal": text(), "stage": text(), "entered_on": day()},
    ("deal", "stage", "entered_on"),
    "When each deal came into each stage.",
)
ODDS = Frame("odds", {"stage": text(), "odds": number("share", at_least=0)}, ("stage",), "Odds by stage.")
HISTORY = Frame(
    "history",
    {"item": text(), "period": day(), "quantity": number("units")},
    ("item", "period"),
    "What was ordered of each item by month, deals included.",
)
LINES = Frame(
    "lines",
    {
        "deal": text(),
        "item": text(),
        "quantity": number("units", at_least=0),
        "wished_on": day(optional=True, blank=True),
    },
    (),
    "What a deal is about: items and quantities, and when they are wished.",
)


def checked(deals: pl.DataFrame, visits: pl.DataFrame | None = None) -> pl.DataFrame:
    """The deals in their types; unknown outcomes and days that contradict each other are named by row.

    >>> from einklang.engine.errors import BadTable
    >>> rows = {"deal": ["D1"], "created_on": ["2014-05-02"], "closed_on": ["2014-05-01"],
    ...         "outcome": ["won"], "amount": [10]}
    >>> try:
    ...     checked(pl.DataFrame(rows))
    ... except BadTable as fault:
    ...     print(fault)
    deals, row 1, closed_on: got 2014-05-01, expected 2014-05-02 or later; correct one of the two days.
    """
    table = DEALS.check(deals)
    faults: list[Fault] = []
    unknown = ~table["outcome"].is_in(list(OUTCOMES))
    early = (table["closed_on"] < table["created_on"]).fill_null(False)
    undated = (table["outcome"] != "open") & table["closed_on"].is_null() & ~unknown
    closed = (table["outcome"] == "open") & table["closed_on"].is_not_null()
    for row in unknown.arg_true().to_list():
        faults.append(_fault(row, "outcome", table["outcome"][row], "open, won or lost"))
    for row in early.arg_true().to_list():
        got, created = table["closed_on"][row], table["created_on"][row]
        faults.append(_fault(row, "closed_on", got, f"{created} or later", "correct one of the two days"))
    for row in undated.arg_true().to_list():
        faults.append(_fault(row, "closed_on", "nothing", "the day it was decided"))
    for row in closed.arg_true().to_list():
        got = table["closed_on"][row]
        faults.append(_fault(row, "closed_on", got, "nothing while a deal is open", "set its outcome"))
    if visits is not None and not faults:
        faults = _stageless(table, visits)
    if faults:
        raise BadTable(faults)
    return table


def checked_lines(lines: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """The lines in their types; a line of a deal that is not there is named."""
    table = LINES.check(lines)
    lost = ~table["deal"].is_in(deals["deal"].to_list())
    if lost.any():
        raise BadTable(
            [
                Fault("lines", row + 1, "deal", table["deal"][row], "a deal of the deals table")
                for row in lost.arg_true().to_list()
            ]
        )
    return table


def checked_odds(odds: pl.DataFrame | None) -> pl.DataFrame:
    """The stated odds, from 0 to 1; none stated is an empty table."""
    if odds is None:
        return ODDS.empty()
    table = ODDS.check(odds)
    high = (table["odds"] > 1).arg_true().to_list()
    if high:
        raise BadTable(
            [
                Fault(
                    "odds", row + 1, "odds", f"{table['odds'][row]:g}", "a share from 0 to 1", "30 % is 0.3"
                )
                for row in high
            ]
        )
    return table


def checked_visits(visits: pl.DataFrame | None) -> pl.DataFrame:
    """The way through the stages; without one, deals are judged by their age alone."""
    return VISITS.empty() if visits is None else VISITS.check(visits)


def _stageless(deals: pl.DataFrame, visits: pl.DataFrame) -> list[Fault]:
    """Open deals without a stage, and stages of deals that are not there."""
    if visits.is_empty():
        return []
    bare = (deals["outcome"] == "open") & ~deals["deal"].is_in(visits["deal"].unique().to_list())
    strange = ~visits["deal"].is_in(deals["deal"].to_list())
    return [
        Fault("deals", row + 1, "deal", f"{deals['deal'][row]}, open without a stage", "a row in stages")
        for row in bare.arg_true().to_list()
    ] + [
        Fault("stages", row + 1, "deal", visits["deal"][row], "a deal of the deals table")
        for row in strange.arg_true().to_list()
    ]


def _fault(row: int, column: str, got: object, expected: str, mend: str = "") -> Fault:
    return Fault("deals", row + 1, column, str(got)[:80], expected, mend)
