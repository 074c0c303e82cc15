"""What a KPI is: one row of data that the page, the API, the terminal and the reference all read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from einklang.engine.kpis import Figure, Span, WhyNot

Text = str | Promise
Unit = Literal["money", "money_day", "share", "days", "hours", "times"]
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: what it means, what it counts, and the formula that counts it.

    ``dated_by`` says which day puts a record into the period, ``needs`` what would make it measurable,
    ``by`` along what it can be broken down, ``minimum`` how many records a value should rest on;
    ``counted_in`` says whether numerator and denominator are money. A ``slow`` one is fetched by the board
    in a second request; one that ``ripens`` is of a cohort whose outcome is not all known
    yet; a ``whole`` one cannot be split by who sees what, so only those who see everything see it.
    """

    id: str
    group: str
    title: Text
    definition: Text
    numerator: Text
    denominator: Text
    dated_by: Text
    needs: Text
    unit: Unit
    better: Literal["up", "down"]
    reads: tuple[str, ...]
    formula: Callable[[Tables, Span], Figure]
    columns: tuple[str, ...]
    by: tuple[str, ...] = ("team", "rep", "territory")
    minimum: int = 10
    permission: str = ""
    adds_up: bool = False
    median: bool = False
    counted_in: tuple[str, str] = ("number", "number")
    trend: bool = True
    slow: bool = False
    ripens: bool = False
    whole: bool = False
    version: int = 1


GROUPS: dict[str, Text] = {
    "money": _("Money"),
    "sales": _("Winning deals"),
    "customers": _("Customers"),
    "delivery": _("Delivery"),
    "stock": _("Stock and plan"),
    "team": _("Team"),
}
DIMENSIONS: dict[str, Text] = {
    "team": _("Team"),
    "rep": _("Seller"),
    "territory": _("Territory"),
    "family": _("Item family"),
}
UNITS: dict[str, Text] = {
    "money": _("money in the home currency"),
    "money_day": _("money a day in the home currency"),
    "share": _("share"),
    "days": _("days"),
    "hours": _("working hours"),
    "times": _("times a year"),
}
WHY_NOT: dict[WhyNot, Text] = {
    WhyNot.NO_RECORDS: _("There is no record of this kind in the period."),
    WhyNot.ZERO: _("There is nothing to divide by."),
    WhyNot.NOT_YET: _("More than half of the records are still waiting."),
    WhyNot.TOO_FEW: _("There are too few records for this method."),
    WhyNot.NO_PATTERN: _("The records follow no pattern that could be extended."),
    WhyNot.NO_AMOUNT: _("No record carries an amount."),
    WhyNot.NO_COST: _("No cost is on record."),
    WhyNot.NO_CLOSED: _("Nothing was won in the window, so there is no value and no cycle to multiply by."),
}
# What stands beside a value, by its name: title and unit.
BESIDE: dict[str, tuple[Text, str]] = {
    "mean": (_("Mean"), "number"),
    "won": (_("Median of won"), "number"),
    "lost": (_("Median of lost"), "number"),
    "lost_wishes": (_("Lost wishes, pieces"), "number"),
    "open": (_("Open"), "number"),
    "open_age": (_("Median age of open, days"), "number"),
    "share_open": (_("Still open"), "share"),
    "decided": (_("Won of decided"), "share"),
    "without_amount": (_("Left out: no amount"), "number"),
    "without_cost": (_("Left out: no cost"), "number"),
    "close_rate": (_("Close rate"), "share"),
    "won_value": (_("Mean value won"), "money"),
    "days": (_("Days"), "number"),
    "mature": (_("Had a full cycle"), "share"),
    "cycle_days": (_("Cycle, days"), "number"),
    "p90": (_("90 % answered within, hours"), "number"),
    "within_sla": (_("Answered within the limit"), "share"),
    "sla_hours": (_("Limit, hours"), "number"),
    "unanswered": (_("Never answered"), "share"),
    "sales": (_("Spent on sales"), "money"),
    "marketing": (_("Spent on marketing"), "money"),
    "lag_months": (_("Months from cost to customer"), "number"),
    "alive": (_("Mean chance to buy again"), "share"),
    "margin": (_("Margin"), "share"),
    "months": (_("Months ahead"), "number"),
    "orders": (_("Orders to come, mean"), "number"),
    "times_interval": (_("Patience, own intervals"), "number"),
    "annualised": (_("Annualised"), "share"),
    "wape": (_("Error (WAPE)"), "share"),
    "bias": (_("Bias"), "share"),
    "error_in_total": (_("Error of the total"), "share"),
    "mean_order": (_("Mean order"), "money"),
    "share_made": (_("Quotas reached"), "share"),
    "on_time": (_("On time"), "share"),
    "in_full": (_("In full"), "share"),
    "late": (_("Late"), "number"),
    "days_late": (_("Median days late"), "number"),
    "share_without_use": (_("Stock value without use"), "share"),
    "items_out": (_("Items out of stock"), "number"),
}
# The columns of records: title, and how a value is written or where it leads.
COLUMNS: dict[str, tuple[Text, str]] = {
    "deal": (_("Deal"), "deal"),
    "lead": (_("Lead"), "deal"),
    "name": (_("Name"), "text"),
    "account": (_("Account"), "account"),
    "customer": (_("Customer"), "account"),
    "order": (_("Order"), "order"),
    "line": (_("Line"), "number"),
    "item": (_("Item"), "item"),
    "series": (_("Item"), "item"),
    "number": (_("Work order"), "text"),
    "rep": (_("Seller"), "rep"),
    "team": (_("Team"), "team"),
    "territory": (_("Territory"), "territory"),
    "family": (_("Item family"), "family"),
    "holder": (_("Holder"), "holder"),
    "currency": (_("Currency"), "text"),
    "stage": (_("Stage"), "text"),
    "outcome": (_("Outcome"), "outcome"),
    "amount": (_("Amount"), "money"),
    "cost": (_("Cost"), "money"),
    "margin": (_("Margin"), "money"),
    "quota": (_("Quota"), "money"),
    "sold": (_("Sold"), "money"),
    "value": (_("Value"), "money"),
    "used": (_("Cost of goods sold"), "money"),
    "order_value": (_("Margin of an order"), "money"),
    "reached": (_("Reached"), "share"),
    "alive": (_("Chance to buy again"), "share"),
    "orders": (_("Orders"), "number"),
    "days": (_("Days"), "number"),
    "days_out": (_("Days without stock"), "number"),
    "days_late": (_("Days late"), "number"),
    "hours": (_("Working hours"), "number"),
    "forecast": (_("Forecast"), "number"),
    "actual": (_("Came"), "number"),
    "error": (_("Forecast − came"), "number"),
    "ordered": (_("Ordered"), "number"),
    "quantity": (_("Quantity"), "number"),
    "shipped": (_("Shipped"), "number"),
    "shipped_in_time": (_("Shipped in time"), "number"),
    "missing": (_("Missing in time"), "number"),
    "interval_days": (_("Usual interval, days"), "number"),
    "quiet_days": (_("Days since the last order"), "number"),
    "period": (_("Month"), "month"),
    "created_on": (_("Created"), "day"),
    "qualified_on": (_("Qualified"), "day"),
    "closed_on": (_("Decided"), "day"),
    "created_at": (_("Arrived"), "moment"),
    "converted_on": (_("Converted"), "day"),
    "answered_at": (_("Answered"), "moment"),
    "ordered_on": (_("Ordered on"), "day"),
    "first_on": (_("First order"), "day"),
    "last_on": (_("Last order"), "day"),
    "lost_on": (_("Lost since"), "day"),
    "promised_on": (_("Promised for"), "day"),
    "shipped_on": (_("Shipped on"), "day"),
    "due_on": (_("Due"), "day"),
    "ended_on": (_("Finished"), "day"),
    "hired_on": (_("Hired"), "day"),
    "left_on": (_("Left"), "day"),
    "on_time": (_("On time"), "yes"),
    "on_time_in_full": (_("On time, in full"), "yes"),
}
