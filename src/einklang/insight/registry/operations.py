"""The KPIs of delivering: orders, promises, stock, the plan and the plant."""

from django.utils.translation import gettext_lazy as _

from einklang.engine import kpis
from einklang.insight.registry.kpi import Kpi

A_PROMISE = (
    "order",
    "line",
    "item",
    "customer",
    "territory",
    "promised_on",
    "shipped_on",
    "ordered",
    "shipped_in_time",
)

OPERATIONS = (
    Kpi(
        id="order_cycle_time",
        group="delivery",
        title=_("Order cycle time"),
        definition=_("Days from the order to its shipment: the median of the orders shipped in the period."),
        numerator=_("days of the orders, for the mean"),
        denominator=_("orders shipped"),
        dated_by=_("the day the order was shipped"),
        needs=_("Ship orders, or import when they were shipped."),
        unit="days",
        better="down",
        reads=("orders",),
        formula=lambda t, s: kpis.order_cycle_time(t["orders"], s),
        median=True,
        columns=("order", "customer", "rep", "territory", "ordered_on", "shipped_on", "days", "amount"),
    ),
    Kpi(
        id="on_time",
        group="delivery",
        title=_("On-time delivery"),
        definition=_(
            "Of the order lines promised for the period, the share that was shipped by the promised day."
        ),
        numerator=_("lines shipped by the promised day"),
        denominator=_("lines promised"),
        dated_by=_("the promised day"),
        needs=_("Give order lines a promised day."),
        unit="share",
        better="up",
        by=("team", "rep", "territory", "family"),
        reads=("delivered",),
        formula=lambda t, s: kpis.on_time(t["delivered"], s),
        columns=(*A_PROMISE, "on_time"),
    ),
    Kpi(
        id="otif",
        group="delivery",
        title=_("On time, in full"),
        definition=_(
            "Of the order lines promised for the period, the share shipped whole by the promised day."
        ),
        numerator=_("lines shipped whole by the promised day"),
        denominator=_("lines promised"),
        dated_by=_("the promised day"),
        needs=_("Give order lines a promised day, and book shipments."),
        unit="share",
        better="up",
        by=("team", "rep", "territory", "family"),
        reads=("delivered",),
        formula=lambda t, s: kpis.on_time_in_full(t["delivered"], s),
        columns=(*A_PROMISE, "on_time_in_full"),
    ),
    Kpi(
        id="fill_rate",
        group="delivery",
        title=_("Fill rate"),
        definition=_(
            "Of the quantity wished for, the share shipped by the promised day; lost wishes count as wished."
        ),
        numerator=_("pieces shipped by the promised day"),
        denominator=_("pieces wished for"),
        dated_by=_("the promised day; of lost wishes the month"),
        needs=_("Give order lines a promised day, and book shipments and lost wishes."),
        unit="share",
        better="up",
        by=("team", "rep", "territory", "family"),
        reads=("delivered",),
        formula=lambda t, s: kpis.fill_rate(t["delivered"], s),
        columns=(*A_PROMISE, "missing"),
    ),
    Kpi(
        id="stock_turns",
        group="stock",
        title=_("Stock turns"),
        definition=_(
            "Cost of the goods sold in the twelve months to the period's end ÷ mean "
            "month-end stock at cost. Months "
            "before the first stock movement are not known and not counted."
        ),
        numerator=_("cost of goods sold"),
        denominator=_("mean stock at cost"),
        dated_by=_("the twelve months to the end of the period"),
        needs=_("Import or count stock in this period or before, and costs of items."),
        unit="times",
        better="up",
        by=("family",),
        reads=("levels",),
        formula=lambda t, s: kpis.stock_turns(t["levels"], s),
        counted_in=("money", "money"),
        columns=("item", "value", "used"),
        permission="see cost",
        minimum=6,
    ),
    Kpi(
        id="days_of_supply",
        group="stock",
        title=_("Days of supply"),
        definition=_(
            "How many days the stock at the period's end lasts at the pace of the past "
            "twelve months, at cost."
        ),
        numerator=_("stock at cost"),
        denominator=_("at cost sold"),
        dated_by=_("the end of the period"),
        needs=_("Import or count stock in this period or before, and costs of items."),
        unit="days",
        better="down",
        by=("family",),
        reads=("levels",),
        formula=lambda t, s: kpis.days_of_supply(t["levels"], s),
        counted_in=("money", "money_day"),
        columns=("item", "value", "used"),
        permission="see cost",
    ),
    Kpi(
        id="stock_outs",
        group="stock",
        title=_("Stock-outs"),
        definition=_(
            "The share of item-days on which an item that is sold had no stock, from its first movement on."
        ),
        numerator=_("item-days without stock"),
        denominator=_("item-days known"),
        dated_by=_("each day of the period"),
        needs=_("Import or count stock in this period or before."),
        unit="share",
        better="down",
        by=("family",),
        reads=("days_out",),
        formula=lambda t, s: kpis.stock_outs(t["days_out"], s),
        columns=("item", "family", "period", "days", "days_out"),
        permission="see supply",
    ),
    Kpi(
        id="schedule_adherence",
        group="stock",
        title=_("Schedule adherence"),
        definition=_(
            "Of the work orders due in the period, the share finished by the due day. Unfinished is late."
        ),
        numerator=_("work orders finished in time"),
        denominator=_("work orders due"),
        dated_by=_("the due day"),
        needs=_("Import or plan work orders due in this period."),
        unit="share",
        better="up",
        by=("family",),
        reads=("work_orders",),
        formula=lambda t, s: kpis.schedule_adherence(t["work_orders"], s),
        columns=("number", "item", "quantity", "due_on", "ended_on", "days_late", "on_time"),
        permission="see supply",
    ),
    Kpi(
        id="forecast_accuracy",
        group="stock",
        title=_("Forecast accuracy"),
        definition=_(
            "1 − Σ|came − forecast| ÷ Σ came over items, as the newest forecast's engine "
            "would have said one month "
            "before, knowing nothing later. Below 0 % where errors exceed the demand."
        ),
        numerator=_("off, item by item"),
        denominator=_("came"),
        dated_by=_("the month that was forecast"),
        needs=_("Run a forecast: it is tried on the past months by itself."),
        unit="share",
        better="up",
        by=("family",),
        reads=("pairs",),
        formula=lambda t, s: kpis.forecast_accuracy(t["pairs"], s),
        columns=("series", "family", "period", "forecast", "actual", "error"),
        permission="see demand",
    ),
)
