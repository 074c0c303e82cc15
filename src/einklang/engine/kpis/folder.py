"""All KPIs of a folder of tables: what is there is measured, what is missing is named.

The tables are checked at the door; every bad cell is listed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

import polars as pl

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, day, flag, number, text
from einklang.engine.kpis import customers, deals, delivery, leads, sales
from einklang.engine.kpis.figure import Figure, Span
from einklang.engine.kpis.worktime import WorkingTime

OUTCOMES = ("open", "won", "lost")
# Columns whose days are past: the last of them is the day the folder speaks of.
HAPPENED = {
    "created_on",
    "closed_on",
    "entered_on",
    "created_at",
    "converted_on",
    "at",
    "ordered_on",
    "shipped_on",
    "hired_on",
    "left_on",
}
FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        Frame(
            "deals",
            {
                "deal": text(),
                "created_on": day(),
                "closed_on": day(blank=True),
                "outcome": text(),
                "amount": number("money", blank=True, at_least=0),
                "qualified_on": day(optional=True, blank=True),
            },
            ("deal",),
        ),
        Frame("stages", {"deal": text(), "stage": text(), "entered_on": day()}, ()),
        Frame("leads", {"lead": text(), "created_at": text(), "converted_on": day(blank=True)}, ("lead",)),
        Frame("activities", {"lead": text(), "at": text(), "automatic": flag(optional=True)}, ()),
        Frame(
            "orders",
            {
                "order": text(),
                "customer": text(),
                "ordered_on": day(),
                "amount": number("money"),
                "cost": number("money", optional=True, blank=True),
                "shipped_on": day(optional=True, blank=True),
                "promised_on": day(optional=True, blank=True),
            },
            ("order",),
        ),
        Frame("costs", {"period": day(), "kind": text(), "amount": number("money")}, ()),
        Frame("people", {"person": text(), "hired_on": day(), "left_on": day(blank=True)}, ("person",)),
        Frame(
            "forecasts",
            {"series": text(), "period": day(), "forecast": number("units"), "actual": number("units")},
            ("series", "period"),
        ),
        Frame("holidays", {"day": day()}, ("day",)),
    )
}
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a company decides about its KPIs."""

    sla_hours: float = 1.0
    lag_months: int = 0
    margin: float | None = None
    office_hours: str = "9-17"


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI of a folder: its tables, its unit, its formula."""

    kpi: str
    unit: str
    reads: tuple[str, ...]
    formula: Callable[[Tables, Span, Settings], Figure]
    columns: tuple[str, ...] = ()


def _response(tables: Tables, span: Span, settings: Settings) -> Figure:
    free = tables["holidays"]["day"].to_list() if "holidays" in tables else []
    clock = WorkingTime(*office_hours(settings.office_hours), holidays=free)
    answered = leads.response_time
    return answered(tables["leads"], tables["activities"], span, hours=clock, sla_hours=settings.sla_hours)


def _acquisition(tables: Tables, span: Span, settings: Settings) -> Figure:
    return customers.acquisition_cost(tables["costs"], tables["orders"], span, lag_months=settings.lag_months)


def _lifetime(tables: Tables, span: Span, settings: Settings) -> Figure:
    earned = settings.margin
    if earned is None:
        made = sales.margin(_lines(tables), Span(date(1900, 1, 1), span.end, span.as_of))
        if made.value is None or not 0 <= made.value <= 1:
            return Figure(None, why_not=made.why_not)
        earned = made.value
    return customers.lifetime_value(tables["orders"], span, margin=earned)


def _lines(tables: Tables) -> pl.DataFrame:
    """Orders as lines with a month and a cost."""
    orders = tables["orders"].with_columns(pl.col("ordered_on").dt.truncate("1mo").alias("period"))
    return orders if "cost" in orders.columns else orders.with_columns(pl.lit(None, pl.Float64).alias("cost"))


def _on_time(tables: Tables, span: Span, _settings: Settings) -> Figure:
    return delivery.on_time(tables["orders"].with_columns(pl.lit(False).alias("lost")), span)


LINES = (
    Line("sales_cycle", "days", ("deals",), lambda t, s, _: deals.sales_cycle(t["deals"], s)),
    Line("cac", "money", ("costs", "orders"), _acquisition),
    Line("clv", "money", ("orders",), _lifetime),
    Line("churn", "share", ("orders",), lambda t, s, _: customers.churn(t["orders"], s)),
    Line("win_rate", "share", ("deals",), lambda t, s, _: deals.win_rate(t["deals"], s)),
    Line(
        "win_rate_by_value",
        "share",
        ("deals",),
        lambda t, s, _: deals.win_rate(t["deals"], s, by_value=True),
    ),
    Line("close_rate", "share", ("deals",), lambda t, s, _: deals.close_rate(t["deals"], s)),
    Line(
        "close_rate_by_value",
        "share",
        ("deals",),
        lambda t, s, _: deals.close_rate(t["deals"], s, by_value=True),
    ),
    Line("team_turnover", "share", ("people",), lambda t, s, _: sales.team_turnover(t["people"], s)),
    Line("lead_conversion", "share", ("leads",), lambda t, s, _: leads.lead_conversion(t["leads"], s)),
    Line(
        "forecast_accuracy",
        "share",
        ("forecasts",),
        lambda t, s, _: sales.forecast_accuracy(t["forecasts"], s),
    ),
    Line(
        "pipeline_velocity",
        "money a day",
        ("deals",),
        lambda t, s, _: deals.pipeline_velocity(t["deals"], s),
    ),
    Line("response_time", "working hours", ("leads", "activities"), _response),
    Line("revenue", "money", ("orders",), lambda t, s, _: sales.revenue(_lines(t), s)),
    Line("margin", "share", ("orders",), lambda t, s, _: sales.margin(_lines(t), s)),
    Line(
        "order_cycle_time",
        "days",
        ("orders",),
        lambda t, s, _: delivery.order_cycle_time(t["orders"], s),
        ("shipped_on",),
    ),
    Line("on_time", "share", ("orders",), _on_time, ("shipped_on", "promised_on")),
)


def measure(
    tables: Tables, *, period: str | None, as_of: str | None, settings: Settings
) -> tuple[Span, pl.DataFrame]:
    """Every KPI of the period: kpi, value, unit, numerator, denominator, count, why_not, beside."""
    checked = {name: _checked(name, table) for name, table in tables.items()}
    if not set(checked) - {"holidays", "stages"}:
        raise Impossible("The folder holds none of the tables that KPIs are measured from.")
    checked = _qualified(checked)
    span = _span(checked, period, as_of)
    rows = []
    for line in LINES:
        missing = _missing(line, checked)
        figure = Figure(None) if missing else line.formula(checked, span, settings)
        why = missing or (figure.why_not.value if figure.why_not else "")
        counts = (figure.numerator, figure.denominator, figure.count)
        beside = "; ".join(f"{name} {value:.6g}" for name, value in _known(figure))
        rows.append((line.kpi, figure.value, line.unit, *counts, why, beside))
    number_columns = {"value": pl.Float64, "numerator": pl.Float64, "denominator": pl.Float64}
    names = ["kpi", "value", "unit", "numerator", "denominator", "count", "why_not", "beside"]
    schema = {name: number_columns.get(name, pl.Int64 if name == "count" else pl.String) for name in names}
    return span, pl.DataFrame(rows, schema=schema, orient="row")


def office_hours(said: str) -> tuple[time, time]:
    """``9-17`` or ``08:30-16:30`` as two times of day.

    >>> office_hours("08:30-17")
    (datetime.time(8, 30), datetime.time(17, 0))
    """
    try:
        opens, closes = said.split("-")
        return _clock(opens), _clock(closes)
    except ValueError as fault:
        raise Impossible(f"{said!r} are no office hours; write them as 9-17 or 08:30-16:30.") from fault


def _clock(said: str) -> time:
    hours, _, minutes = said.strip().partition(":")
    return time(int(hours), int(minutes or 0))


def _missing(line: Line, tables: Tables) -> str:
    for name in line.reads:
        if name not in tables:
            return f"The table {name} is missing."
        for column in line.columns:
            if column not in tables[name].columns:
                return f"The table {name} has no column {column}."
    return ""


def _known(figure: Figure) -> Iterator[tuple[str, float]]:
    return ((name, value) for name, value in figure.beside.items() if value is not None)


def _checked(name: str, table: pl.DataFrame) -> pl.DataFrame:
    found = FRAMES[name].check(table)
    if name == "deals":
        wrong = ~found["outcome"].is_in(OUTCOMES)
        undated = found["closed_on"].is_null() & (found["outcome"] != "open")
        faults = [
            Fault(name, row + 1, "outcome", str(found["outcome"][row]), "open, won or lost")
            for row in wrong.arg_true().to_list()
        ] + [
            Fault(name, row + 1, "closed_on", "nothing", "the day it was decided")
            for row in undated.arg_true().to_list()
        ]
        if faults:
            raise BadTable(faults)
    for column in {"created_at", "at"} & set(found.columns):
        found = _moments(found, name, column)
    return found


def _moments(table: pl.DataFrame, name: str, column: str) -> pl.DataFrame:
    """ISO moments in local time; a bare day is its midnight."""
    said = table[column].str.strip_chars().str.replace("T", " ").str.slice(0, 19)
    read = pl.select(
        pl.coalesce(
            said.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
            said.str.to_datetime("%Y-%m-%d %H:%M", strict=False),
            said.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")),
        )
    ).to_series()
    bad = read.is_null().arg_true().to_list()
    if bad:
        raise BadTable(
            [Fault(name, row + 1, column, str(said[row]), "a moment like 2014-05-31 16:30") for row in bad]
        )
    return table.with_columns(read.alias(column))


def _qualified(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Deals with the day they left their first stage, where the stages are known and the day is not said."""
    if not {"deals", "stages"} <= set(tables) or "qualified_on" in tables["deals"].columns:
        return tables
    second = (
        tables["stages"]
        .sort("deal", "entered_on")
        .group_by("deal")
        .agg(pl.col("entered_on").get(1, null_on_oob=True).alias("qualified_on"))
    )
    return tables | {"deals": tables["deals"].join(second, on="deal", how="left")}


def _span(tables: Tables, period: str | None, as_of: str | None) -> Span:
    days = [
        table[column].max() if table[column].dtype == pl.Date else table[column].dt.date().max()
        for table in tables.values()
        for column in HAPPENED & set(table.columns)
        if table[column].drop_nulls().len()
    ]
    last = max((day for day in days if isinstance(day, date)), default=None)
    if last is None:
        raise Impossible("The tables hold no day on which something happened.")
    try:
        known = date.fromisoformat(as_of) if as_of else last
    except ValueError as fault:
        raise Impossible(f"{as_of!r} is not a day; write it as 2014-05-31.") from fault
    return Span.read(period or f"{known:%Y-%m}", known)
