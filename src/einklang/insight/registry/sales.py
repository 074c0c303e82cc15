"""The KPIs of selling: money, deals, leads, customers, the team."""

import polars as pl
from django.utils.translation import gettext_lazy as _

from einklang.engine import kpis
from einklang.engine.kpis import Figure, Span
from einklang.engine.periods import add_months
from einklang.insight.registry.kpi import Kpi, Tables

DAYS_A_MONTH = 30.44
A_DEAL = ("deal", "name", "account", "rep", "territory", "amount", "created_on", "closed_on", "outcome")
A_LINE = ("order", "line", "item", "customer", "rep", "territory", "ordered_on", "quantity", "amount")


def _of_one_kind(quotas: pl.DataFrame) -> pl.DataFrame:
    """Sellers' quotas where there are any, else territories': one sale would count for both."""
    sellers = quotas.filter(pl.col("rep").is_not_null())
    return quotas if sellers.is_empty() else sellers


def _acquisition_cost(tables: Tables, span: Span) -> Figure:
    """Cost leads new customers by the median cycle of the deals decided in the year before."""
    year = Span.of_months(add_months(span.end.replace(day=1), -11), 12, span.as_of)
    cycle = kpis.sales_cycle(tables["deals"], year).beside["won"] or 0.0
    lag = round(cycle / DAYS_A_MONTH)
    found = kpis.acquisition_cost(tables["spend"], tables["orders"], span, lag_months=lag)
    beside = {**found.beside, "lag_months": float(lag)}
    counts = (found.numerator, found.denominator, found.count)
    return Figure(found.value, *counts, found.why_not, beside, found.rows)


def _lifetime_value(tables: Tables, span: Span) -> Figure:
    """The margin is that of the year before."""
    year = Span.of_months(add_months(span.end.replace(day=1), -11), 12, span.as_of)
    earned = kpis.margin(tables["costed"], year)
    if earned.value is None or not 0 <= earned.value <= 1:
        return Figure(None, why_not=earned.why_not or kpis.WhyNot.NO_COST, rows=earned.rows.clear())
    return kpis.lifetime_value(tables["orders"], span, margin=earned.value)


SALES = (
    Kpi(
        id="revenue",
        group="money",
        title=_("Revenue"),
        definition=_(
            "Net amount of the order lines booked in the period, without tax, freight and cancelled orders."
        ),
        numerator=_("net amount of the lines"),
        denominator=_("none: a sum"),
        dated_by=_("the month the sale belongs to"),
        needs=_("Import or book orders of this period."),
        unit="money",
        better="up",
        by=("team", "rep", "territory", "family"),
        reads=("lines",),
        formula=lambda t, s: kpis.revenue(t["lines"], s),
        counted_in=("money", ""),
        columns=A_LINE,
        minimum=1,
        adds_up=True,
    ),
    Kpi(
        id="margin",
        group="money",
        title=_("Gross margin"),
        definition=_("Revenue less the cost of the items on the day of the order, as a share of revenue."),
        numerator=_("margin"),
        denominator=_("revenue"),
        dated_by=_("the month the sale belongs to"),
        needs=_("Give the items that are sold a cost."),
        unit="share",
        better="up",
        by=("team", "rep", "territory", "family"),
        reads=("costed",),
        formula=lambda t, s: kpis.margin(t["costed"], s),
        counted_in=("money", "money"),
        columns=(*A_LINE, "cost", "margin"),
        permission="see cost",
    ),
    Kpi(
        id="quota_attainment",
        group="money",
        title=_("Quota attainment"),
        definition=_(
            "What those with a quota sold, as a share of their quotas; a longer quota counts by its days."
        ),
        numerator=_("sold by those with a quota"),
        denominator=_("quota"),
        dated_by=_("the month the sale belongs to"),
        needs=_("Set quotas for this period."),
        unit="share",
        better="up",
        reads=("sold", "quotas"),
        formula=lambda t, s: kpis.attainment(t["sold"], _of_one_kind(t["quotas"]), s),
        counted_in=("money", "money"),
        columns=("holder", "quota", "sold", "reached"),
        minimum=1,
    ),
    Kpi(
        id="win_rate",
        group="sales",
        title=_("Win rate"),
        definition=_(
            "Of the deals created in the period, the share won so far; it rises while deals are open."
        ),
        numerator=_("deals won"),
        denominator=_("deals created"),
        dated_by=_("the day the deal was created"),
        needs=_("Create or import deals."),
        unit="share",
        better="up",
        reads=("deals",),
        formula=lambda t, s: kpis.win_rate(t["deals"], s),
        ripens=True,
        columns=A_DEAL,
    ),
    Kpi(
        id="win_rate_by_value",
        group="sales",
        title=_("Win rate by value"),
        definition=_("Of the value of the deals created in the period, the share won so far."),
        numerator=_("won"),
        denominator=_("created"),
        dated_by=_("the day the deal was created"),
        needs=_("Create or import deals with an amount."),
        unit="share",
        better="up",
        reads=("deals",),
        formula=lambda t, s: kpis.win_rate(t["deals"], s, by_value=True),
        ripens=True,
        counted_in=("money", "money"),
        columns=A_DEAL,
    ),
    Kpi(
        id="close_rate",
        group="sales",
        title=_("Close rate"),
        definition=_("Of the deals decided in the period, the share won."),
        numerator=_("deals won"),
        denominator=_("deals won or lost"),
        dated_by=_("the day the deal was decided"),
        needs=_("Win or lose deals in this period, or import decided ones."),
        unit="share",
        better="up",
        reads=("deals",),
        formula=lambda t, s: kpis.close_rate(t["deals"], s),
        columns=A_DEAL,
    ),
    Kpi(
        id="close_rate_by_value",
        group="sales",
        title=_("Close rate by value"),
        definition=_("Of the value of the deals decided in the period, the share won."),
        numerator=_("won"),
        denominator=_("won or lost"),
        dated_by=_("the day the deal was decided"),
        needs=_("Win or lose deals with an amount in this period."),
        unit="share",
        better="up",
        reads=("deals",),
        formula=lambda t, s: kpis.close_rate(t["deals"], s, by_value=True),
        counted_in=("money", "money"),
        columns=A_DEAL,
    ),
    Kpi(
        id="sales_cycle",
        group="sales",
        title=_("Sales cycle"),
        definition=_(
            "Days from the creation of a deal to its decision: the median of all deals decided, won and lost."
        ),
        numerator=_("days of the deals, for the mean"),
        denominator=_("deals decided"),
        dated_by=_("the day the deal was decided"),
        needs=_("Win or lose deals in this period, or import decided ones."),
        unit="days",
        better="down",
        reads=("deals",),
        formula=lambda t, s: kpis.sales_cycle(t["deals"], s),
        median=True,
        columns=(*A_DEAL, "days"),
    ),
    Kpi(
        id="pipeline_velocity",
        group="sales",
        title=_("Pipeline velocity"),
        definition=_(
            "What the open pipeline brings in a day: open qualified deals × close rate × "
            "mean value won ÷ mean days "
            "to win, the last three over the year before the period's end. Qualified: beyond the first stage."
        ),
        numerator=_("deals × close rate × value"),
        denominator=_("days to win"),
        dated_by=_("open at the end of the period"),
        needs=_("Have open deals beyond the first stage, and deals won in the year before."),
        unit="money_day",
        better="up",
        reads=("deals",),
        formula=lambda t, s: kpis.pipeline_velocity(t["deals"], s),
        counted_in=("money", "number"),
        columns=(
            "deal",
            "name",
            "account",
            "rep",
            "territory",
            "stage",
            "amount",
            "created_on",
            "qualified_on",
        ),
    ),
    Kpi(
        id="lead_conversion",
        group="sales",
        title=_("Lead conversion"),
        definition=_(
            "Of the leads that arrived in the period, the share that left the first stage for a further one."
        ),
        numerator=_("leads converted"),
        denominator=_("leads arrived"),
        dated_by=_("the moment the lead arrived"),
        needs=_("Create or import deals with their way through the stages."),
        unit="share",
        better="up",
        reads=("leads",),
        formula=lambda t, s: kpis.lead_conversion(t["leads"], s),
        ripens=True,
        columns=("lead", "name", "account", "rep", "territory", "created_at", "converted_on"),
    ),
    Kpi(
        id="response_time",
        group="sales",
        title=_("Lead response time"),
        definition=_(
            "Working hours (Monday to Friday, 9 to 17) from a lead's arrival to the first "
            "call, meeting or mail: the "
            "median. Leads without an answer count as still waiting."
        ),
        numerator=_("leads answered"),
        denominator=_("leads arrived"),
        dated_by=_("the moment the lead arrived"),
        needs=_("Log calls, meetings and mails on deals."),
        unit="hours",
        better="down",
        reads=("leads", "touches"),
        formula=lambda t, s: kpis.response_time(t["leads"], t["touches"], s),
        median=True,
        columns=("lead", "name", "account", "rep", "territory", "created_at", "answered_at", "hours"),
    ),
    Kpi(
        id="cac",
        group="customers",
        title=_("Customer acquisition cost"),
        definition=_(
            "Sales and marketing cost of the month one sales cycle earlier ÷ customers who "
            "ordered for the first time. "
            "A customer who comes back is not new."
        ),
        numerator=_("spent"),
        denominator=_("new customers"),
        dated_by=_("the day of the first order"),
        needs=_("Book what was spent on sales and marketing, month by month."),
        unit="money",
        better="down",
        by=(),
        reads=("spend", "orders", "deals"),
        formula=_acquisition_cost,
        counted_in=("money", "number"),
        columns=("customer", "first_on", "order", "rep", "territory", "amount"),
        permission="see cost",
        minimum=1,
        whole=True,
    ),
    Kpi(
        id="clv",
        group="customers",
        title=_("Customer lifetime value"),
        definition=_(
            "The margin a customer will bring in the next 24 months, discounted by 8 % a "
            "year: the mean. BG/NBD says how "
            "many orders are to come, Gamma-Gamma what each brings."
        ),
        numerator=_("margin to come"),
        denominator=_("customers"),
        dated_by=_("all orders up to the end of the period"),
        needs=_(
            "Import orders of at least ten customers, some of them with repeat orders, and costs of items."
        ),
        unit="money",
        better="up",
        by=(),
        reads=("orders", "costed"),
        formula=_lifetime_value,
        counted_in=("money", "number"),
        columns=("customer", "alive", "orders", "order_value", "value"),
        permission="see cost",
        trend=False,
        slow=True,
    ),
    Kpi(
        id="churn",
        group="customers",
        title=_("Churn"),
        definition=_(
            "Customers lost in the period ÷ customers there at its start. Lost is who has "
            "paused for more than three times "
            "the own usual order interval. Customers won in the period do not count."
        ),
        numerator=_("customers lost"),
        denominator=_("customers at the start"),
        dated_by=_("the day the patience ended"),
        needs=_("Import orders in which some customers ordered at least twice."),
        unit="share",
        better="down",
        by=("team", "rep", "territory"),
        reads=("orders",),
        formula=lambda t, s: kpis.churn(t["orders"], s),
        columns=("customer", "orders", "first_on", "last_on", "interval_days", "quiet_days", "lost_on"),
    ),
    Kpi(
        id="team_turnover",
        group="team",
        title=_("Sales-team turnover"),
        definition=_("Sellers who left in the period ÷ average heads, averaged month by month."),
        numerator=_("sellers who left"),
        denominator=_("average heads"),
        dated_by=_("the last day of work"),
        needs=_("Enter or import when sellers were hired and left."),
        unit="share",
        better="down",
        by=("team",),
        reads=("people",),
        formula=lambda t, s: kpis.team_turnover(t["people"], s),
        columns=("name", "team", "hired_on", "left_on"),
        permission="manage targets",
        minimum=5,
    ),
)
