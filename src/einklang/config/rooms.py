"""The rooms that have doors, lowest first."""

ROOMS = (
    "people",
    "catalog",
    "crm",
    "orders",
    "demand",
    "supply",
    "cycle",
    "incentives",
    "insight",
    "transfer",
)
