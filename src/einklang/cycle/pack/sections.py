"""The sections of the pack in their order: each looks at one side of the plan and says it in one line."""

from collections.abc import Callable

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from einklang.cycle import queries
from einklang.cycle.models import Assumption, PlanVersion
from einklang.cycle.pack.words import Block, Drawing, Figures, Grid, Section, Sentences
from einklang.cycle.picture import Picture, lever_rows, scenario_chart
from einklang.demand import queries as demand
from einklang.people.models import User
from einklang.web.formats import MISSING, day, money, money_short, money_whole, month, percent, quantity

Builder = Callable[[PlanVersion, Picture, User], Section | None]
MOST_ROWS = 12


def scorecard(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """The month at a glance, with how right the last forecasts were."""
    measured = demand.snapshot(version.consensus.run)
    figures = [
        (_("Wished"), money_short(version.demand_cents, version.currency), ""),
        (_("Deliverable"), money_short(version.revenue_cents, version.currency), _served(version, look)),
        (
            _("Gap to budget"),
            money_short(look.gap.cents, version.currency) if look.gap.budget_cents is not None else MISSING,
            percent(look.gap.share, 1) if look.gap.budget_cents is not None else _("no budget set"),
        ),
    ]
    if seen_by.may("see cost"):
        share = version.margin_cents / version.revenue_cents if version.revenue_cents else None
        figures += [
            (_("Margin"), money_short(version.margin_cents, version.currency), percent(share, 1)),
            (_("Stock at the end"), money_short(version.stock_cents, version.currency), _("at cost")),
        ]
    if measured:
        hint = _("off by, one month ahead; leans by %(bias)s") % {"bias": percent(measured.bias, 1)}
        figures.append((_("Forecast error"), percent(measured.wape, 1), hint))
    blocks: list[Block] = [Figures(figures), Drawing(look.revenue), Sentences(_to_know(version, look))]
    return Section(_("Scorecard"), look.headline, blocks)


def demand_side(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """What is wished by family, against the budget, last year and the plan before."""
    rows = [
        [
            row["top_name"],
            quantity(round(row["demand"])),
            money_whole(row["demand_cents"], version.currency),
            money_whole(row["revenue_cents"], version.currency),
            money_whole(row["budget_cents"], version.currency),
            money_whole(row["gap_cents"], version.currency),
            percent(row["growth"], 1),
        ]
        for row in look.families
    ]
    total = look.total
    rows.append(
        [
            _("Total"),
            quantity(round(total["demand"])),
            money_whole(total["demand_cents"], version.currency),
            money_whole(total["revenue_cents"], version.currency),
            money_whole(look.gap.budget_cents, version.currency),
            money_whole(look.gap.cents, version.currency) if look.gap.budget_cents is not None else MISSING,
            "",
        ]
    )
    head = [
        _("Family"), _("Units wished"), _("Wished"), _("Deliverable"), _("Budget"), _("Gap"),
        _("Against last year"),
    ]  # fmt: skip
    blocks: list[Block] = [Grid(head, rows, has_sum=True), Drawing(look.by_family)]
    earlier = queries.version_before(version, seen_by=seen_by)
    if earlier:
        blocks.append(Sentences(queries.compare(earlier, version).sentences))
    blocks.append(_largest_items(version))
    return Section(_("Demand"), look.by_family.title + ".", blocks)


def supply_side(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """What can be delivered, what limits it, and where most is missing."""
    tight = look.bottlenecks[:MOST_ROWS]
    blocks: list[Block] = [Drawing(look.volume)]
    if tight:
        names = list(dict.fromkeys(row["name"] for row in look.bottlenecks))
        message = _("%(name)s limits the plan; its dearest hour is worth %(price)s.") % {
            "name": names[0],
            "price": money(tight[0]["shadow_price_cents"], version.currency),
        }
        head = [_("Work centre"), _("Month"), _("Load"), _("Hours"), _("One more hour is worth")]
        rows = [
            [
                row["name"],
                month(row["month"]),
                percent(row["load"]),
                quantity(row["hours"]),
                money(row["shadow_price_cents"], version.currency),
            ]
            for row in tight
        ]
        blocks.append(Grid(head, rows, text_columns=2))
    else:
        message = _("No work centre is a bottleneck in this plan.")
    blocks += _shortages(version)
    return Section(_("Supply"), message, blocks)


def stock_side(version: PlanVersion, look: Picture, seen_by: User) -> Section | None:
    """What lies in stock at cost, by family, at the start, in a year and at the end."""
    if look.stock is None:
        return None
    plan = queries.by_family(queries.lines(version))
    months = queries.months(version)
    marks = sorted({months[0], months[min(11, len(months) - 1)], months[-1]})
    rows = []
    for name in plan["top_name"].unique(maintain_order=True):
        of = dict(plan.filter(pl.col("top_name") == name).select("period", "stock_cents").iter_rows())
        rows.append([name, *(money_whole(of.get(mark), version.currency) for mark in marks)])
    sums = dict(plan.group_by("period").agg(pl.col("stock_cents").sum()).iter_rows())
    rows.append([_("Total"), *(money_whole(sums.get(mark), version.currency) for mark in marks)])
    head = [_("Family"), *(month(mark) for mark in marks)]
    return Section(
        _("Inventory"), look.stock.title + ".", [Drawing(look.stock), Grid(head, rows, has_sum=True)]
    )


def money_side(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """The bridge from the budget to the plan, and the plan's money month by month."""
    sees_cost = seen_by.may("see cost")
    head = [_("Month"), _("Deliverable"), _("Budget"), _("Year before")]
    head += [_("Cost"), _("Margin")] if sees_cost else []
    rows = [
        [
            month(row["period"]),
            money_whole(row["revenue_cents"], version.currency),
            money_whole(row["budget_cents"], version.currency),
            money_whole(row["last_year_cents"], version.currency),
            *(
                [
                    money_whole(row["cost_cents"], version.currency),
                    money_whole(row["margin_cents"], version.currency),
                ]
                if sees_cost
                else []
            ),
        ]
        for row in look.months
    ]
    blocks: list[Block] = [Drawing(look.bridge)] if look.bridge else []
    blocks.append(Grid(head, rows))
    gaps = []
    if version.unpriced:
        gaps.append(
            _("Not in the money, for want of a price: %(items)s.")
            % {"items": ", ".join(version.unpriced[:20])}
        )
    if version.uncosted and sees_cost:
        gaps.append(
            _("Without a known margin, for want of a cost: %(items)s.")
            % {"items": ", ".join(version.uncosted[:20])}
        )
    return Section(_("Financial bridge"), look.gap_sentence, [*blocks, *([Sentences(gaps)] if gaps else [])])


def scenario_side(version: PlanVersion, look: Picture, seen_by: User) -> Section | None:
    """The scenarios of the month side by side."""
    planned = queries.side_by_side(version.cycle, seen_by=seen_by)
    if len(planned) < 2:
        return None
    sees_cost = seen_by.may("see cost")
    head = [_("Scenario"), _("Levers"), _("Wished"), _("Deliverable"), *([_("Margin")] if sees_cost else [])]
    rows = [
        [
            scenario.name,
            ", ".join(f"{label} {percent(value)}" for label, value in lever_rows(scenario.settings))
            or _("as agreed"),
            money_short(found.demand_cents if found else None, version.currency),
            money_short(found.revenue_cents if found else None, version.currency),
            *([money_short(found.margin_cents if found else None, version.currency)] if sees_cost else []),
        ]
        for scenario, found in planned
    ]
    drawing = scenario_chart(planned)
    message = drawing.title + "." if drawing else _("Not every scenario is planned yet.")
    return Section(
        _("Scenarios"), message, [*([Drawing(drawing)] if drawing else []), Grid(head, rows, text_columns=2)]
    )


def decisions_side(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """Decisions with owner and date, and what the plan takes for granted."""
    found = list(queries.decisions(version.cycle))
    notes = list(queries.assumptions(version.cycle))
    blocks: list[Block] = []
    if found:
        rows = [
            [
                one.title,
                str(one.owner or one.decided_by),
                day(one.due_on),
                "; ".join(result.text for result in one.results.all()) or _("open"),
            ]
            for one in found
        ]
        blocks.append(
            Grid([_("Decision"), _("Who"), _("By when"), _("How it turned out")], rows, text_columns=4)
        )
    if notes:
        kinds = dict(Assumption.Kind.choices)
        rows = [
            [str(kinds[note.kind]), note.text, money_short(note.amount_cents), percent(note.probability)]
            for note in notes
        ]
        blocks.append(Grid([_("Kind"), _("What"), _("Worth"), _("Probability")], rows, text_columns=2))
    open_ones = sum(not one.results.all() for one in found)
    if found:
        message = ngettext(
            "%(count)s decision, %(open)s still open.",
            "%(count)s decisions, %(open)s still open.",
            len(found),
        ) % {"count": len(found), "open": open_ones}
    else:
        message = _("Nothing is to be decided beyond the plan itself.")
    return Section(_("Decisions and assumptions"), message, blocks)


def signatures(version: PlanVersion, look: Picture, seen_by: User) -> Section:
    """Who signed what, what the gates said, and what comes next."""
    steps = queries.board(version.cycle, seen_by=seen_by, version=version)
    rows = [
        [
            str(step.kind.title),
            str(step.row.owner or step.kind.owner),
            day(step.row.due_on),
            f"{step.signature.by}, {day(step.signature.at)}" if step.signature else _("open"),
            step.signature.comment if step.signature else step.next_deed,
        ]
        for step in steps
    ]
    head = [_("Step"), _("Owner"), _("Due"), _("Signed"), _("Comment or next step")]
    done = sum(step.state == "done" for step in steps)
    message = _("%(done)s of %(all)s steps are signed.") % {"done": done, "all": len(steps)}
    trail = _(
        "Every figure leads back to order lines: agreed demand %(consensus)s, forecast %(run)s, "
        "supply plan %(supply)s, fingerprint %(print)s."
    ) % {
        "consensus": version.consensus,
        "run": version.consensus.run,
        "supply": version.supply_run,
        "print": version.fingerprint[:16],
    }
    blocks: list[Block] = [Grid(head, rows, text_columns=5), Sentences([trail])]
    return Section(_("Signatures"), message, blocks, on_new_page=False)


SECTIONS: tuple[Builder, ...] = (
    scorecard,
    demand_side,
    supply_side,
    stock_side,
    money_side,
    scenario_side,
    decisions_side,
    signatures,
)


def _largest_items(version: PlanVersion) -> Grid:
    """The items that bring most, with what cannot be delivered of each."""
    plan = queries.lines(version)
    sums = plan.group_by("item", "name").agg(
        pl.col("demand", "sellable").sum(), pl.col("demand_cents", "revenue_cents").sum()
    )
    rows = [
        [
            f"{row['item']} {row['name']}",
            quantity(round(row["demand"])),
            money_whole(row["demand_cents"], version.currency),
            percent(row["sellable"] / row["demand"] if row["demand"] else None, 1),
        ]
        for row in sums.sort("demand_cents", "item", descending=[True, False])
        .head(MOST_ROWS)
        .iter_rows(named=True)
    ]
    return Grid([_("Largest items"), _("Units wished"), _("Wished"), _("Deliverable")], rows)


def _to_know(version: PlanVersion, look: Picture) -> list[str]:
    """What the reader of the first page alone should know."""
    told = [look.gap_sentence]
    if look.bottlenecks:
        names = list(dict.fromkeys(row["name"] for row in look.bottlenecks))
        told.append(_("What limits the plan: %(names)s.") % {"names": ", ".join(names[:4])})
    else:
        told.append(_("No work centre is a bottleneck in this plan."))
    if version.unpriced:
        told.append(_("%(count)s items have demand and no price.") % {"count": len(version.unpriced)})
    weighted = queries.risks_and_chances(version.cycle)
    if weighted["risk"] or weighted["opportunity"]:
        told.append(
            _("Beside the plan, weighted by probability: risks %(risk)s, chances %(chance)s.")
            % {"risk": money_short(weighted["risk"]), "chance": money_short(weighted["opportunity"])}
        )
    return told


def _served(version: PlanVersion, look: Picture) -> str:
    if not version.demand_cents:
        return ""
    share = percent(1 - look.missing_cents / version.demand_cents, 1)
    return _("%(share)s of what is wished") % {"share": share}


def _shortages(version: PlanVersion) -> list[Block]:
    """The items of which most cannot be delivered."""
    plan = queries.lines(version)
    short = (
        plan.group_by("item", "name")
        .agg(
            pl.col("short").sum().alias("missing"),
            (pl.col("short") * pl.col("price_cents")).sum().round().cast(pl.Int64).alias("missing_cents"),
        )
        .filter(pl.col("missing") > 0.5)
        .sort("missing_cents", "item", descending=[True, False])
        .head(MOST_ROWS)
    )
    if short.is_empty():
        return []
    head = [_("What cannot be delivered"), _("Units"), _("Worth")]
    rows = [
        [
            f"{row['item']} {row['name']}",
            quantity(round(row["missing"])),
            money_whole(row["missing_cents"], version.currency),
        ]
        for row in short.iter_rows(named=True)
    ]
    return [Grid(head, rows)]
