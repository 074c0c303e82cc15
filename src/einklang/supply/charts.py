"""The charts of supply, each with its message as the title."""

import polars as pl
from django.utils.translation import gettext as _

from einklang.supply import queries
from einklang.supply.levers import label
from einklang.web import formats
from einklang.web.charts import Chart, lines


def heat_title(run: "queries.SupplyRun") -> str:
    """What the heat of loads says."""
    names = [row["name"] for row in run.bottlenecks]
    if not names:
        return _("Every work centre has hours left in every month")
    if len(names) == 1:
        return _("%(name)s limits the plan") % {"name": names[0]}
    if len(names) == 2:
        return _("%(name)s and %(other)s limit the plan") % {"name": names[0], "other": names[1]}
    return _("%(name)s and %(count)s other work centres limit the plan") % {
        "name": names[0],
        "count": len(names) - 1,
    }


def stock_chart(run: "queries.SupplyRun", *, money: bool) -> Chart:
    """What lies in stock at the end of each month of the plan."""
    rows = queries.stock_by_month(run, in_money=money)
    written = formats.money_short if money else formats.quantity
    first, last = (rows["value"][0], rows["value"][-1]) if rows.height else (0.0, 0.0)
    word = _("grows") if last > first * 1.02 else _("falls") if last < first * 0.98 else _("stays level")
    title = _("Stock %(word)s: %(first)s at first, %(last)s at the end") % {
        "word": word,
        "first": written(round(first)),
        "last": written(round(last)),
    }
    return lines(rows, y="value", by="kind", title=title, unit="money" if money else "quantity")


def ship_chart(*runs: "queries.SupplyRun") -> Chart:
    """What is wished and what can be delivered, by month, for one plan or several."""
    parts = []
    for run in runs:
        plan = (
            queries.plan_frame(run)
            .group_by("period")
            .agg(pl.col("demand", "ship", "lost").sum())
            .sort("period")
        )
        if len(runs) == 1:
            parts.append(plan.select("period", kind=pl.lit(_("Wished")), value="demand"))
        name = _("Delivered") if len(runs) == 1 else f"{label(run.scenario)} #{run.number}"
        parts.append(plan.select("period", kind=pl.lit(name), value="ship"))
    rows = pl.concat(parts)
    if len(runs) > 1:
        return lines(rows, y="value", by="kind", title=_("What each plan delivers"))
    lost = float(plan["lost"].sum())
    title = (
        _("%(lost)s units that are wished cannot be delivered") % {"lost": formats.quantity(round(lost))}
        if lost >= 1
        else _("Everything that is wished can be delivered")
    )
    return lines(rows, y="value", by="kind", title=title)


def item_chart(shown: "queries.ItemView") -> Chart:
    """An item's stock by month beside its safety stock, what leaves and what comes in."""
    months = shown.months
    courses = (
        (_("Stock"), pl.col("stock")),
        (_("Leaves"), pl.col("ship") + pl.col("used")),
        (_("Comes in"), pl.col("make") + pl.col("buy") + pl.col("coming")),
        (_("Safety stock"), pl.lit(shown.safety_stock)),
    )
    rows = pl.concat(
        [months.select("period", kind=pl.lit(str(name)), value=value) for name, value in courses]
    )
    out = months.filter((pl.col("stock") <= 0.5) & (pl.col("ship") + pl.col("used") + pl.col("lost") > 0))
    title = (
        _("Runs out in %(month)s") % {"month": formats.month(out["period"][0])}
        if out.height
        else _("Lasts through the whole plan")
    )
    return lines(rows, y="value", by="kind", title=title)


def outcome_chart(told: "queries.SideBySide") -> Chart:
    """What each plan or scenario delivers by month, or what differs where they deliver the same."""
    measure = told.measure or "ship"
    rows = [
        (month, f"{place + 1} · {one.label}", float(value))
        for place, one in enumerate(told.outcomes)
        for month, value in sorted(one.by_month(measure).items())
    ]
    titles = {
        "ship": _("What each plan delivers"),
        "overtime": _("They deliver the same; the overtime they need"),
        "stock_cents": _("They deliver the same; the stock they keep"),
        "stock": _("They deliver the same; the stock they keep"),
    }
    schema = {"period": pl.Date, "kind": pl.String, "value": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    title = titles[measure]
    if measure == "stock_cents":
        return lines(frame, y="value", by="kind", title=title, unit="money")
    return lines(frame, y="value", by="kind", title=title)
