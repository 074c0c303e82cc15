"""Quotas as people look at them: shares, sums and charts of attainment."""

from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.incentives import queries
from einklang.incentives.queries import Attainment, Proposal
from einklang.web import formats
from einklang.web.charts import Chart, lines, stacked_bars


def shares(proposal: Proposal) -> list[dict[str, Any]]:
    """Each territory's part of a proposal, by name, the largest first."""
    territories = queries.selling_territories()
    whole = sum(proposal.shared.quotas.values())
    rows = [
        {
            "name": territories[code].name,
            "amount_cents": cents,
            "share": cents / whole if whole else None,
        }
        for code, cents in proposal.shared.quotas.items()
    ]
    return sorted(rows, key=lambda row: -row["amount_cents"])


def total(rows: list[Attainment]) -> dict[str, Any]:
    """What the quotas and the sales add up to."""
    quota, sold = sum(row.quota_cents for row in rows), sum(row.sold_cents for row in rows)
    return {"quota_cents": quota, "sold_cents": sold, "share": sold / quota if quota else None}


def attainment_chart(rows: list[Attainment]) -> Chart | None:
    """What each territory was asked for and what it sold."""
    parts = [
        {"territory": row.name, "kind": kind, "cents": cents}
        for row in rows
        for kind, cents in (
            (_("Sold of the quota"), min(row.sold_cents, row.quota_cents)),
            (_("Still missing"), max(0, row.quota_cents - row.sold_cents)),
            (_("Beyond the quota"), max(0, row.sold_cents - row.quota_cents)),
        )
        if cents
    ]
    if not parts:
        return None
    sums = total(rows)
    if sums["sold_cents"]:
        title = _("%(share)s of the quotas is sold") % {"share": formats.percent(sums["share"])}
    else:
        title = _("Nothing is sold of these quotas yet")
    return stacked_bars(pl.DataFrame(parts), x="territory", y="cents", by="kind", title=title, unit="money")


def seller_chart(rows: list[Attainment]) -> Chart | None:
    """One seller's quotas and sales over time."""
    if len(rows) < 2:
        return None
    data = pl.DataFrame(
        [
            {"period": row.start.replace(day=1), "kind": kind, "cents": cents}
            for row in reversed(rows)
            for kind, cents in ((_("Quota"), row.quota_cents), (_("Sold"), row.sold_cents))
        ]
    )
    reached = sum(row.share is not None and row.share >= 1 for row in rows)
    title = _("%(reached)s of %(all)s quotas were reached") % {"reached": reached, "all": len(rows)}
    return lines(data, y="cents", by="kind", title=title, unit="money")
