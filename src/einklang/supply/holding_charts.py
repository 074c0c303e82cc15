"""The charts of what is held: stock by age, the course of one item through its zones, service for money."""

from dataclasses import replace

import polars as pl
from django.utils.translation import gettext as _

from einklang.engine.periods import add_months
from einklang.supply import queries
from einklang.supply.queries import holding
from einklang.web import formats
from einklang.web.charts import Chart, bars, forecast_chart, lines

ZONE_COLOURS = {"low": "@bad", "fine": "@good", "over": "@c3"}


def ages_chart(ages: pl.DataFrame, *, money: bool) -> Chart:
    """Stock by how long it has lain."""
    named = ages.with_columns(
        pl.Series("name", [age_name(least, below) for least, below in queries.AGES], dtype=pl.String)
    )
    whole = float(ages["quantity"].sum())
    share = round(100 * float(ages["quantity"][-1]) / whole) if whole else 0
    title = (
        _("%(share)s %% of all units have lain for more than a year") % {"share": share}
        if whole
        else _("Nothing lies in stock")
    )
    if money:
        return bars(named, x="name", y="value_cents", title=title, unit="money")
    return bars(named, x="name", y="quantity", title=title)


def age_name(least: int, below: int | None) -> str:
    """An age in words."""
    if below is None:
        return _("over %(days)s days") % {"days": least}
    return _("%(least)s to %(below)s days") % {"least": least, "below": below}


def course_chart(card: "holding.Card") -> Chart:
    """Stock as it was, as it goes if nothing more is ordered, and as it is planned, over its zones."""
    ahead = card.ahead.select("period", mean="stock", **{"lo-80": "low", "hi-80": "high"})
    if card.runs_out:
        title = _("Runs out on %(day)s if nothing more is ordered") % {"day": formats.day(card.runs_out)}
    elif card.may_run_out:
        title = _("May run out on %(day)s if nothing more is ordered") % {
            "day": formats.day(card.may_run_out)
        }
    else:
        title = _("Lasts through the whole plan without another order")
    names = (_("Stock"), _("Nothing ordered, 80 % band"), _("As planned"))
    chart = forecast_chart(card.past, ahead, card.planned, title=title, names=names)
    return replace(chart, spec={**chart.spec, "layer": [*_zones(card), *chart.spec["layer"]]})


def _zones(card: "holding.Card") -> list[dict[str, object]]:
    """The zones as areas behind the courses, as wide as the chart."""
    seen = pl.concat([card.ahead["stock"], card.past["quantity"]]).to_list()
    top = max([card.most * 1.25, 1.0, *seen])
    bounds = {
        "low": (0.0, card.safety_stock),
        "fine": (card.safety_stock, card.most),
        "over": (card.most, top),
    }
    return [
        {
            "data": {"values": [{"start": start, "end": end}]},
            "mark": {"type": "rect", "color": ZONE_COLOURS[name], "opacity": 0.09},
            "encoding": {
                "x": {"value": 0},
                "x2": {"value": "width"},
                "y": {"field": "start", "type": "quantitative"},
                "y2": {"field": "end"},
            },
        }
        for name, (start, end) in bounds.items()
        if end > start
    ]


def trial_chart(trial: "holding.Trial") -> Chart:
    """Stock at the month's end in the simulated runs: the middle, and eight runs in ten."""
    first = trial.course["period"][0]
    full = pl.DataFrame({"period": [add_months(first, -1)], "quantity": [trial.order_up_to]})
    title = _("Stock under this policy: the middle of the runs, and eight in ten of them")
    return forecast_chart(
        full, trial.course.head(18), title=title, names=(_("Stock"), _("Simulated"), _("Plan"))
    )


def budget_chart(budget: "holding.Budget") -> Chart:
    """What each sum of money in safety stock serves at best."""
    rows = budget.curve.with_columns(
        name=pl.Series([formats.money_short(cents) for cents in budget.curve["cents"]], dtype=pl.String),
        kind=pl.lit(_("Best mix")),
    )
    title = _("Today's money serves %(now)s; spread best it serves %(best)s") % {
        "now": formats.percent(budget.now_service, 2),
        "best": formats.percent(budget.service, 2),
    }
    if not budget.same_money:
        title = _("%(money)s of safety stock serve %(best)s at best") % {
            "money": formats.money_short(budget.cents),
            "best": formats.percent(budget.service, 2),
        }
    return lines(rows, x="name", y="service", by="kind", title=title, unit="percent")
