"""Who buys what: the person behind the newest purchase order of each item."""

import polars as pl

from einklang.kernel import tables
from einklang.orders.models import PurchaseOrderLine


def buyers_frame() -> pl.DataFrame:
    """Each bought item with who ordered it last: ``item, buyer, name``; without a buyer it stays out."""
    lines = PurchaseOrderLine.objects.filter(order__buyer__isnull=False)
    rows = tables.read(
        lines.order_by("order__ordered_on", "order_id"),
        item="item__code",
        buyer="order__buyer__username",
        name="order__buyer__name",
    )
    return rows.unique("item", keep="last", maintain_order=True)
