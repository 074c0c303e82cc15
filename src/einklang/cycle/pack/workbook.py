"""The pack as a workbook: the plan's tables as numbers, for those who go on working with them."""

from io import BytesIO

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.models import PlanVersion
from einklang.kernel import tables
from einklang.people.models import User


def as_xlsx(version: PlanVersion, *, seen_by: User) -> bytes:
    """Families, months, lines, bottlenecks, changes, scenarios and decisions as sheets; cents as amounts."""
    plan = queries.lines(version)
    earlier = queries.version_before(version, seen_by=seen_by)
    families = plan.group_by("top_name").agg(pl.col(name).sum() for name in (*queries.UNITS, *queries.MONEY))
    sheets = {
        _("Plan"): _facts(version),
        _("By family"): families.sort("top_name").drop("stock", "stock_cents"),
        _("By month"): queries.by_month(plan),
        _("Family and month"): queries.by_family(plan).drop("top"),
        _("Lines"): plan.select(
            "item", "name", "top_name", "period", *queries.UNITS, "price_cents", *queries.MONEY
        ),
        _("Budget"): queries.budget(version),
        _("Bottlenecks"): pl.DataFrame(version.bottlenecks),
        _("Scenarios"): _scenarios(version, seen_by),
        _("Decisions"): _decisions(version),
    }
    if earlier:
        difference = queries.compare(earlier, version)
        sheets[_("Changes")] = difference.by_item
        sheets[_("What changed")] = pl.DataFrame({_("Sentence"): difference.sentences})
    book = BytesIO()
    shown = {name: _in_words(queries.without_secrets(sheet, seen_by)) for name, sheet in sheets.items()}
    tables.write_xlsx(shown, book)
    return book.getvalue()


def _in_words(sheet: pl.DataFrame) -> pl.DataFrame:
    """Cents as amounts, and headings a reader knows."""
    money = [name for name in sheet.columns if name.endswith("_cents") or name in ("revenue_a", "revenue_b")]
    words = _words()
    amounts = sheet.with_columns((pl.col(name) / 100).alias(name) for name in money)
    return amounts.rename({name: words[name] for name in sheet.columns if name in words})


def _words() -> dict[str, str]:
    return {
        "item": _("Item"),
        "name": _("Name"),
        "top": _("Family"),
        "top_name": _("Family"),
        "period": _("Month"),
        "demand": _("Units wished"),
        "sellable": _("Units deliverable"),
        "make": _("Made"),
        "buy": _("Bought"),
        "stock": _("Stock in units"),
        "short": _("Late or lost"),
        "price_cents": _("Price"),
        "demand_cents": _("Wished"),
        "revenue_cents": _("Deliverable"),
        "cost_cents": _("Cost"),
        "margin_cents": _("Margin"),
        "stock_cents": _("Stock at cost"),
        "amount_cents": _("Budget"),
        "quantity": _("Budget in units"),
        "resource": _("Work centre"),
        "load": _("Load"),
        "hours": _("Hours"),
        "overtime": _("Overtime"),
        "shadow_price_cents": _("One more hour is worth"),
        "demand_a": _("Wished before"),
        "demand_b": _("Wished now"),
        "sellable_a": _("Deliverable before"),
        "sellable_b": _("Deliverable now"),
        "revenue_a": _("Revenue before"),
        "revenue_b": _("Revenue now"),
        "change_cents": _("Change of revenue"),
        "change": _("Change in units"),
    }


def _facts(version: PlanVersion) -> pl.DataFrame:
    facts = {
        _("Version"): str(version),
        _("State"): _("signed") if version.is_signed else _("not signed"),
        _("First month"): version.start.isoformat(),
        _("Months"): str(version.months),
        _("Currency"): version.currency,
        _("Agreed demand"): str(version.consensus),
        _("Forecast"): str(version.consensus.run),
        _("Supply plan"): str(version.supply_run),
        _("Fingerprint"): version.fingerprint,
    }
    return pl.DataFrame({_("What"): list(facts), _("Value"): list(facts.values())})


def _scenarios(version: PlanVersion, seen_by: User) -> pl.DataFrame:
    rows = [
        {
            "name": scenario.name,
            "demand_cents": found.demand_cents if found else None,
            "revenue_cents": found.revenue_cents if found else None,
            "margin_cents": found.margin_cents if found else None,
            "stock_cents": found.stock_cents if found else None,
        }
        for scenario, found in queries.side_by_side(version.cycle, seen_by=seen_by)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _decisions(version: PlanVersion) -> pl.DataFrame:
    rows = [
        {
            _("Decision"): one.title,
            _("Why"): one.reason,
            _("Who"): str(one.owner or one.decided_by),
            _("By when"): one.due_on.isoformat() if one.due_on else "",
            _("How it turned out"): "; ".join(result.text for result in one.results.all()),
        }
        for one in queries.decisions(version.cycle)
    ]
    return pl.DataFrame(rows)
