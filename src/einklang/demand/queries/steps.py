"""What each step changed on the way to the agreed number: naive, forecast, effects, deals, voices."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.demand.models import Consensus, ForecastRun
from einklang.demand.queries import agreements, speaking
from einklang.demand.queries import tree as trees
from einklang.engine.consensus import HEARD, waterfall
from einklang.kernel import tables
from einklang.web import formats

LABELS = {
    "naive": lambda: _("Same month a year before"),
    "statistical": lambda: _("Statistical forecast"),
    "effects": lambda: _("Events, prices, promotions"),
    "pipeline": lambda: _("Open deals"),
    "agreed": lambda: _("Agreed"),
}
NAMED = 3
NUMBERS = ("quantity", "statistical", "naive", "effects", "pipeline")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it changed, and the quantity after it."""

    name: str
    label: str
    change: float
    quantity: float


@dataclass(frozen=True, slots=True)
class Why:
    """The steps to one number, and the same in sentences."""

    series: str
    period: date | None
    steps: list[Step]
    sentences: list[str]


def steps(consensus: Consensus, series: str = trees.TOTAL, period: date | None = None) -> Why:
    """The steps to what was agreed, of an item, family or everything, in one month or in all."""
    kept = consensus.lines.all()
    numbers = tables.read(kept, series="series", period="period", **{name: name for name in NUMBERS})
    moved = list(kept.exclude(heard=[]).values_list("series", "period", "heard"))
    heard = pl.DataFrame(
        moved, schema={"series": pl.String, "period": pl.Date, "heard": pl.List(HEARD)}, orient="row"
    )
    lines = numbers.join(heard, on=["series", "period"], how="left").with_columns(
        pl.col("heard").fill_null(pl.lit([], pl.List(HEARD)))
    )
    return _why(lines, series, period)


def steps_now(run: ForecastRun, series: str = trees.TOTAL, period: date | None = None) -> Why:
    """The steps to what agreeing now would give."""
    given = agreements.grounds(run)
    return _why(agreements.agreed_lines(given), series, period)


def _why(lines: pl.DataFrame, series: str, period: date | None) -> Why:
    items = trees.under(trees.hierarchy(lines["series"].unique().to_list()), series)
    meant = lines.filter(pl.col("series").is_in(items))
    if period is not None:
        meant = meant.filter(pl.col("period") == period)
    table = waterfall(meant)
    kinds = dict(speaking.kinds())
    found = [
        Step(row["step"], LABELS[row["step"]]() if row["step"] in LABELS else kinds[row["step"]],
             row["change"], row["quantity"])
        for row in table.iter_rows(named=True)
    ]  # fmt: skip
    if meant["naive"].null_count() == meant.height:  # nothing is known of the year before
        first = found[1]
        found[:2] = [Step(first.name, first.label, first.quantity, first.quantity)]
    agreed = float(meant["quantity"].sum())
    found.append(Step("agreed", LABELS["agreed"](), agreed - found[-1].quantity, agreed))
    return Why(series, period, found, _told(found, meant, kinds))


def _told(found: list[Step], lines: pl.DataFrame, kinds: dict[str, str]) -> list[str]:
    """The steps that changed something, as sentences; voices with their reasons."""
    by_name = {step.name: step for step in found}
    facts = {name: formats.quantity(round(step.quantity)) for name, step in by_name.items()}
    known = _("In the same months a year before it was %(naive)s; the history makes it %(statistical)s.")
    told = [(known if "naive" in facts else _("The history makes it %(statistical)s.")) % facts]
    if round(by_name["effects"].change):
        told.append(
            _("Events, prices and promotions change it by %(change)s.")
            % {"change": _signed(by_name["effects"].change)}
        )
    if round(by_name["pipeline"].change):
        told.append(
            _("Open deals add %(change)s that the history does not hold.")
            % {"change": _signed(by_name["pipeline"].change)}
        )
    for kind, reasons in _reasons(lines).items():
        change = _signed(by_name[kind].change)
        told.append(
            _("%(kind)s moves it by %(change)s: %(reasons)s")
            % {"kind": kinds.get(kind, kind), "change": change, "reasons": _listed(reasons)}
        )
    return told


def _reasons(lines: pl.DataFrame) -> dict[str, list[str]]:
    """Why each kind of voice spoke, each reason once."""
    said = lines.filter(pl.col("heard").list.len() > 0)
    found: dict[str, list[str]] = {}
    for heard in said["heard"].to_list():
        for voice in heard:
            reasons = found.setdefault(voice["kind"], [])
            if voice["reason"] and voice["reason"] not in reasons:
                reasons.append(voice["reason"])
    return dict(sorted(found.items()))


def _listed(reasons: list[str]) -> str:
    """The first reasons, and how many more there are."""
    more = len(reasons) - NAMED
    named = "; ".join(reasons[:NAMED])
    if more <= 0:
        return named
    return ngettext("%(named)s, and %(more)s more", "%(named)s, and %(more)s more", more) % {
        "named": named,
        "more": more,
    }


def _signed(change: float) -> str:
    sign = "+" if change >= 0 else ""
    return f"{sign}{formats.quantity(round(change))}"
