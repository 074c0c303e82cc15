"""What happened, added and never edited: orders, shipments, returns, stock, work and purchase orders."""

from einklang.orders.models.sales import (
    CurrencyRate,
    OrderLine,
    Return,
    SalesOrder,
    SalesOrderSet,
    Shipment,
    units,
)
from einklang.orders.models.supply import (
    PurchaseOrder,
    PurchaseOrderLine,
    StockMove,
    SupplyChange,
    SupplyDecision,
    WorkOrder,
    WorkOrderStep,
)

__all__ = [
    "CurrencyRate",
    "OrderLine",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Return",
    "SalesOrder",
    "SalesOrderSet",
    "Shipment",
    "StockMove",
    "SupplyChange",
    "SupplyDecision",
    "WorkOrder",
    "WorkOrderStep",
    "units",
]
