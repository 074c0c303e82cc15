"""What must hold of supply plans: cost lines foot, stock carries over from month to month, hours are kept."""

from collections.abc import Iterator

import polars as pl
from django.utils.translation import gettext as _

from einklang.supply.models import SupplyRun
from einklang.supply.queries import latest, load_frame, plan_frame

LEAST = 0.01


def footings() -> Iterator[str]:
    """What does not foot: in every plan its cost, in the newest one its stock and hours as well."""
    for run in SupplyRun.objects.all():
        if abs(sum(row["cents"] for row in run.costs) - run.objective_cents) > len(run.costs):
            yield _("Supply plan %(plan)s: its kinds of cost do not sum to its cost.") % {"plan": run}
    newest = latest()
    if newest is None:
        return
    rows = plan_frame(newest, parts=True).with_columns(before=pl.col("stock").shift(1).over("item"))
    came = pl.col("make") + pl.col("buy") + pl.col("coming")
    moved = came - pl.col("ship") - pl.col("used") - pl.col("expired")
    wrong = rows.filter((pl.col("before") + moved - pl.col("stock")).abs() > LEAST)
    for item, month in wrong.select("item", "period").iter_rows():
        yield _("Supply plan %(plan)s: the stock of %(item)s does not carry over into %(month)s.") % {
            "plan": newest,
            "item": item,
            "month": f"{month:%Y-%m}",
        }
    hours = load_frame(newest)
    for name, month in (
        hours.filter(pl.col("load") > pl.col("capacity") + pl.col("overtime_limit") + LEAST)
        .select("name", "period")
        .iter_rows()
    ):
        yield _("Supply plan %(plan)s: %(name)s works longer in %(month)s than it can.") % {
            "plan": newest,
            "name": name,
            "month": f"{month:%Y-%m}",
        }
