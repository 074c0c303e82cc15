"""The gates between the steps: what is found, in sentences, and whether one may go on."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.catalog import queries as catalog
from einklang.cycle.models import Decision
from einklang.cycle.queries import money, plan_versions, sales
from einklang.cycle.queries.basis import Standing
from einklang.cycle.steps import StepKind
from einklang.demand import queries as demand
from einklang.engine.periods import add_months, month_end
from einklang.orders import queries as orders
from einklang.supply import queries as supply
from einklang.web import formats

# ok: fine; note: worth knowing; explain: go on only with a comment; stop: not yet.
Level = Literal["ok", "note", "explain", "stop"]
BIAS_BAND = 0.10
GAP_BAND = 0.02
LAUNCH_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a gate found, and the page where it can be mended."""

    level: Level
    sentence: str
    page: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as a signature keeps it."""
        return asdict(self)


def findings(kind: StepKind, standing: Standing) -> list[Finding]:
    """What the gate of one step finds now."""
    return list(GATES[kind.code](standing))


def data_gate(standing: Standing) -> Iterator[Finding]:
    """Orders up to the month, and prices and costs for what is sold."""
    month = standing.cycle.month
    values = sales.prices(month)
    if values.sold.filter(pl.col("period") == month).is_empty():
        yield Finding(
            "stop",
            _("No order of %(month)s is known: import them first.") % {"month": formats.month(month)},
            "imports",
        )
        return
    items = values.sold["item"].unique()
    yield Finding(
        "ok",
        _("%(items)s items were sold in the last twelve months, up to %(month)s.")
        % {"items": formats.quantity(len(items)), "month": formats.month(month)},
        "orders",
    )
    yield from _missing(items, values.prices["item"], "explain", _("without any price"))
    yield from _missing(items, values.costs["item"], "note", _("without a cost: their margin is not known"))
    for gap in sorted(set(values.gaps))[:5]:
        yield Finding("note", gap, "imports")


def product_gate(standing: Standing) -> Iterator[Finding]:
    """Launches and ends around the plan's first months."""
    month = standing.cycle.month
    near = (pl.lit(month), pl.lit(month_end(add_months(month, LAUNCH_MONTHS))))
    items = catalog.items_frame().filter(pl.col("is_sold"))
    launches = items.filter(pl.col("launched_on").is_between(*near))
    ends = items.filter(pl.col("ended_on").is_between(*near))
    yield Finding(
        "ok",
        _("%(launches)s launches and %(ends)s ends in the next %(months)s months.")
        % {"launches": launches.height, "ends": ends.height, "months": LAUNCH_MONTHS},
        "items",
    )
    alone = launches.filter(pl.col("predecessor").is_null())["item"].to_list()
    if alone:
        yield Finding(
            "explain",
            _("Launched without a predecessor to forecast from: %(items)s.") % {"items": listed(alone)},
            "items",
        )
    sold = orders.sales_frame(month, month, by=("item",))["item"].unique().to_list()
    gone = items.filter(pl.col("ended_on") < month, pl.col("item").is_in(sold))["item"].to_list()
    if gone:
        yield Finding(
            "note", _("Ended, and still sold this month: %(items)s.") % {"items": listed(gone)}, "items"
        )


def demand_gate(standing: Standing) -> Iterator[Finding]:
    """One agreed demand plan, and how far the forecast has leaned lately."""
    agreed = standing.consensus
    if agreed is None:
        yield Finding("stop", _("No demand plan is agreed yet: hear the voices and agree one."), "demand")
        return
    yield Finding(
        "ok",
        _("The demand plan %(plan)s is agreed; %(voices)s voices were heard.")
        % {"plan": agreed, "voices": agreed.voices},
        "demand",
    )
    measured = demand.snapshot(agreed.run)
    bias = measured.bias if measured else None
    if bias is None:
        yield Finding("note", _("The history is too short to say how far the forecast leans."), "accuracy")
    elif abs(bias) > BIAS_BAND:
        yield Finding(
            "explain",
            _("The forecast leans by %(bias)s, more than the band of %(band)s: say why.")
            % {"bias": formats.percent(bias, 1), "band": formats.percent(BIAS_BAND)},
            "accuracy",
        )
    else:
        yield Finding(
            "ok",
            _("The forecast leans by %(bias)s, within the band of %(band)s.")
            % {"bias": formats.percent(bias, 1), "band": formats.percent(BIAS_BAND)},
            "accuracy",
        )


def supply_gate(standing: Standing) -> Iterator[Finding]:
    """A supply plan for what was agreed, and what it cannot deliver."""
    run = standing.supply_run
    if run is None:
        yield Finding(
            "stop", _("There is no supply plan for the agreed demand: plan supply first."), "supply"
        )
        return
    plan = supply.plan_frame(run)
    wished, short = float(plan["demand"].sum()), float(plan["lost"].sum()) + _last_backlog(plan)
    if short > max(0.5, wished * 1e-6):
        yield Finding(
            "explain",
            _("%(short)s units of %(wished)s cannot be delivered: say what will be done about it.")
            % {"short": formats.quantity(short), "wished": formats.quantity(wished)},
            "supply",
        )
    else:
        yield Finding("ok", _("Everything that was agreed can be delivered."), "supply")
    tight = money.bottlenecks(run)
    if tight:
        names = list(dict.fromkeys(row["name"] for row in tight))
        yield Finding("note", _("What limits the plan: %(names)s.") % {"names": listed(names)}, "supply")


def reconciliation_gate(standing: Standing) -> Iterator[Finding]:
    """One frozen version, everything in it with a price, and its gap to the budget."""
    version = standing.version
    if version is None:
        yield Finding("stop", _("No plan version is frozen: freeze one first."), "plans")
        return
    yield Finding(
        "ok",
        _("Version %(number)s plans %(revenue)s from %(start)s on.")
        % {
            "number": version.number,
            "revenue": formats.money_short(version.revenue_cents, version.currency),
            "start": formats.month(version.start),
        },
        "plans",
    )
    if version.unpriced:
        yield Finding(
            "explain",
            _("Without a price, so not in the money: %(items)s.") % {"items": listed(version.unpriced)},
            "items",
        )
    gap = money.gap(version)
    if gap.budget_cents is None:
        yield Finding(
            "explain", _("There is no budget for these months: say what the plan is held against."), "plans"
        )
        return
    level: Level = "explain" if abs(gap.share) > GAP_BAND else "ok"
    yield Finding(level, money.gap_sentence(gap, version.currency), "plans")


def executive_gate(standing: Standing) -> Iterator[Finding]:
    """What the chair signs, and the decisions that wait."""
    version = standing.version
    if version is None:
        yield Finding("stop", _("No plan version is frozen: freeze one first."), "plans")
        return
    yield Finding("ok", _("Finance has signed version %(number)s.") % {"number": version.number}, "plans")
    open_ones = Decision.objects.filter(cycle=standing.cycle, results__isnull=True)
    alone = [found.title for found in open_ones if found.owner_id is None or found.due_on is None]
    if alone:
        yield Finding(
            "note",
            _("Decisions without an owner or a date: %(titles)s.") % {"titles": listed(alone)},
            "cycle",
        )


def publish_gate(standing: Standing) -> Iterator[Finding]:
    """The plan is signed."""
    version = standing.version
    if version is None or not version.is_signed:
        yield Finding("stop", _("The plan is not signed yet."), "plans")
    else:
        yield Finding("ok", _("Version %(number)s is signed.") % {"number": version.number}, "plans")


GATES: dict[str, Callable[[Standing], Iterator[Finding]]] = {
    "data": data_gate,
    "product": product_gate,
    "demand": demand_gate,
    "supply": supply_gate,
    "reconciliation": reconciliation_gate,
    "executive": executive_gate,
    "publish": publish_gate,
}


def listed(names: list[str], most: int = 5) -> str:
    """Names in a sentence, the first few spelt out.

    >>> listed(["a", "b"])
    'a, b'
    """
    more = len(names) - most
    shown = ", ".join(str(name) for name in names[:most])
    if more <= 0:
        return shown
    return ngettext("%(shown)s and %(more)s more", "%(shown)s and %(more)s more", more) % {
        "shown": shown,
        "more": more,
    }


def data_cut(month: date) -> dict[str, Any]:
    """The data a cycle rests on: how much there is of each, and one fingerprint of all of it."""
    day = month_end(month)
    cut = {
        "order_lines": orders.demand_history(month),
        "stock": orders.on_hand(day),
        "open_supply": orders.open_supply(day),
        "open_orders": orders.open_orders(day),
        "bills_of_material": catalog.bom_frame(day),
        "routings": catalog.routing_frame(),
    }
    return {
        "rows": {name: frame.height for name, frame in cut.items()},
        "fingerprint": plan_versions.fingerprint(*cut.values()),
    }


def _missing(items: pl.Series, known: pl.Series, level: Level, what: str) -> Iterator[Finding]:
    without = sorted(set(items.to_list()) - set(known.to_list()))
    if without:
        sentence = _("%(count)s items are sold %(what)s: %(items)s.")
        yield Finding(
            level, sentence % {"count": len(without), "what": what, "items": listed(without)}, "items"
        )


def _last_backlog(plan: pl.DataFrame) -> float:
    return (
        float(plan.filter(pl.col("period") == plan["period"].max())["backlog"].sum()) if plan.height else 0.0
    )
