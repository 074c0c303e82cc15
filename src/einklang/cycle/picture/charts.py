"""A plan drawn: revenue against budget, wished against deliverable, stock, and the bridge to the budget."""

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.models import PlanVersion, Scenario
from einklang.cycle.picture.tables import budget_by_month
from einklang.web import formats
from einklang.web.charts import Chart, Step, bars, forecast_chart, lines, stacked_bars, waterfall
from einklang.web.charts.grammar import along, framed, largest, measure, pivoted, tip, tip_along, told

ACTUAL_MONTHS = 18


def revenue_chart(past: pl.DataFrame, by_month: pl.DataFrame, budget: pl.DataFrame) -> Chart:
    """Revenue by month: what was sold as a solid line, the budget dashed, the plan outlined."""
    actual = past.group_by("period").agg(pl.col("revenue_cents").sum().alias("quantity")).sort("period")
    plan = by_month.select("period", pl.col("revenue_cents").alias("quantity"))
    asked = budget_by_month(budget) if budget.height else budget_by_month(budget.clear())
    parts = {
        _("Actual"): (actual, "@actual", [1, 0]),
        _("Budget"): (asked.rename({"amount_cents": "quantity"}), "@budget", [6, 4]),
        _("Plan"): (plan, "@plan", [1, 0]),
    }
    kept = {name: part for name, part in parts.items() if part[0].height}
    data = pl.concat(
        part.select("period", pl.col("quantity").cast(pl.Int64).alias("value"), pl.lit(name).alias("kind"))
        for name, (part, _colour, _dash) in kept.items()
    )
    y = measure("value", "money", largest(data, "value"))
    colour = told("kind", list(kept), [part[1] for part in kept.values()])
    dash = told("kind", list(kept), [part[2] for part in kept.values()])
    tips = [tip_along(data, "period"), tip("kind", _("Kind")), tip("value", _("Value"), "money")]
    is_plan = {"filter": {"field": "kind", "equal": _("Plan")}}
    outlined = {
        "transform": [is_plan],
        "mark": {"type": "bar", "filled": False, "strokeWidth": 1.75, "binSpacing": 4},
        "encoding": {"y": y, "color": colour, "tooltip": tips},
    }
    courses = {
        "transform": [{"filter": {"not": is_plan["filter"]}}],
        "mark": {"type": "line", "point": {"size": 22}},
        "encoding": {
            # A month's point stands in the middle of its bar.
            "x": {**along(data, "period"), "bandPosition": 0.5},
            "y": y,
            "color": colour,
            "strokeDash": dash,
            "tooltip": tips,
        },
    }
    drawing = {"encoding": {"x": along(data, "period")}, "layer": [outlined, courses]}
    spec = framed(data, "money", drawing)
    return Chart(_revenue_title(actual, plan), spec, *pivoted(data, "period", "money"))


def volume_chart(by_month: pl.DataFrame) -> Chart:
    """What is wished against what can be delivered, in units."""
    kinds = (("demand", _("Wished")), ("sellable", _("Deliverable")))
    data = pl.concat(
        [
            by_month.select("period", pl.col(name).alias("units"), pl.lit(label).alias("kind"))
            for name, label in kinds
        ]
    )
    short = float(by_month["short"].sum())
    if short > 0.5:
        title = _("%(short)s units that are wished cannot be delivered") % {
            "short": formats.quantity(round(short))
        }
    else:
        title = _("What is wished can be delivered")
    return lines(data, y="units", by="kind", title=title)


def family_chart(plan: pl.DataFrame) -> Chart:
    """What is wished by family and month, the largest family lowest."""
    sums = queries.by_family(plan).filter(pl.col("demand_cents") > 0)
    order = sums.group_by("top_name").agg(pl.col("demand_cents").sum()).sort("demand_cents", descending=True)
    whole = int(order["demand_cents"].sum())
    if not whole:
        title = _("Nothing with a price is wished")
    else:
        values = {"family": order["top_name"][0], "share": formats.percent(order["demand_cents"][0] / whole)}
        title = _("%(family)s makes up %(share)s of what is wished") % values
    ranked = sums.join(order.with_row_index("rank").select("top_name", "rank"), on="top_name").sort(
        "rank", "period"
    )
    return stacked_bars(ranked, y="demand_cents", by="top_name", title=title, unit="money")


def stock_chart(by_month: pl.DataFrame) -> Chart:
    """Stock of sold items at cost, at each month's end."""
    first, last = int(by_month["stock_cents"][0]), int(by_month["stock_cents"][-1])
    values = {"first": formats.money_short(first), "last": formats.money_short(last)}
    if last > first:
        title = _("Stock at cost grows from %(first)s to %(last)s") % values
    else:
        title = _("Stock at cost falls from %(first)s to %(last)s") % values
    data = by_month.select("period", "stock_cents", pl.lit(_("Stock")).alias("kind"))
    return stacked_bars(data, y="stock_cents", by="kind", title=title, unit="money")


def bridge_chart(gap: queries.Gap) -> Chart | None:
    """From the budget to the plan through price, volume and mix."""
    if gap.budget_cents is None:
        return None
    steps = [Step(_("Budget"), gap.budget_cents, total=True)]
    names = {"price": _("Average price"), "volume": _("Volume"), "mix": _("Mix of families")}
    if gap.drivers is None:
        steps.append(Step(_("Gap"), gap.cents))
    else:
        steps += [Step(names[name], cents) for name, cents in gap.drivers.items()]
    steps.append(Step(_("Plan"), gap.plan_cents, total=True))
    if gap.cents >= 0:
        title = _("The plan lies %(gap)s above the budget") % {"gap": formats.money_short(gap.cents)}
    else:
        title = _("The plan lies %(gap)s below the budget") % {"gap": formats.money_short(-gap.cents)}
    return waterfall(steps, title=title)


def number_chart(walk: queries.Walk) -> Chart | None:
    """What one item's history let expect: orders, forecast with its band, and where the number lies."""
    if walk.expected.is_empty():
        return None
    title = _("Orders of %(item)s and what they let expect") % {"item": walk.line.item.code}
    return forecast_chart(walk.history.tail(36), walk.expected, title=title)


def change_chart(difference: queries.Difference) -> Chart | None:
    """Which families changed, and by how much."""
    changed = difference.by_family.filter(pl.col("change_cents") != 0)
    if changed.is_empty():
        return None
    return bars(
        changed,
        x="top_name",
        y="change_cents",
        title=_("Change of revenue by family"),
        unit="money",
        lying=True,
    )


def scenario_chart(rows: list[tuple[Scenario, PlanVersion | None]]) -> Chart | None:
    """Deliverable revenue under each scenario that was planned."""
    planned = [(scenario.name, version.revenue_cents) for scenario, version in rows if version]
    if len(planned) < 2:
        return None
    frame = pl.DataFrame(planned, schema={"name": pl.String, "cents": pl.Int64}, orient="row")
    best = frame.sort("cents", descending=True)["name"][0]
    title = _("%(name)s delivers most") % {"name": best}
    return bars(frame, x="name", y="cents", title=title, unit="money", lying=True)


def _revenue_title(actual: pl.DataFrame, plan: pl.DataFrame) -> str:
    """The chart's message: the plan's first year against the last twelve months."""
    before, ahead = int(actual.tail(12)["quantity"].sum()), int(plan.head(12)["quantity"].sum())
    if actual.height < 12 or plan.height < 12 or not before:
        return _("Revenue by month: sold, budgeted and planned")
    change = ahead / before - 1
    share = formats.percent(abs(change), 1)
    if change >= 0:
        return _("The next twelve months bring %(share)s more than the last twelve") % {"share": share}
    return _("The next twelve months bring %(share)s less than the last twelve") % {"share": share}
