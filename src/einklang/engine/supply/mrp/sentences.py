"""Every message of requirements planning as an English sentence."""

import polars as pl

SENTENCES = {
    "demand_unmet": (
        "{quantity} {item} of {reference} in period {period} cannot be supplied: nothing it rests on can be "
        "ordered within the plan; open the calendar, allow an alternate or move the demand."
    ),
    "lead_time_too_short": (
        "Order {reference} of {quantity} {item} must start {span} before today to be due in "
        "period {period}: expedite it, or accept it later."
    ),
    "demand_late": (
        "{reference} in period {period} rests on a late order of {item}: up to {span} late unless "
        "that order is expedited."
    ),
    "forecast_late": (
        "The forecast {reference} in period {period} rests on a late order of {item}: up to {span} late "
        "unless that order is expedited."
    ),
    "order_at_risk": (
        "Open order {reference} of {quantity} {item} in period {period} waits for {other}: up to {span} late "
        "unless that is expedited or replaced."
    ),
    "shortage": (
        "{item} runs short by {quantity} in period {period} when late orders arrive late: expedite, "
        "substitute or move the demand."
    ),
    "below_safety_stock": (
        "{item} falls {quantity} below its safety stock in period {period}: bring a receipt forward, or "
        "accept the risk until the next one."
    ),
    "frozen": (
        "{quantity} {item} are needed from period {period} on, inside the periods frozen up to {until}: "
        "ordered for the first period after; release an order by hand to have them sooner."
    ),
    "to_firm": (
        "Order {reference} of {quantity} {item} is due in period {period}, where only firm orders stand: "
        "firm it or move it out."
    ),
    "overload": (
        "{other} lacks {quantity} hours in period {period}, where order {reference} of {item} takes most: "
        "bring it forward, put it off or add hours."
    ),
    "past_due": (
        "Receipt {reference} of {quantity} {item} was due in the past: it is counted in period 1; "
        "confirm a new date."
    ),
    "reschedule_in": (
        "Bring receipt {reference} of {quantity} {item} forward from period {until} to period {period}, "
        "where it is needed."
    ),
    "reschedule_out": (
        "Receipt {reference} of {quantity} {item} in period {period} is not needed before period {until}: "
        "put it off."
    ),
    "cancel": (
        "Receipt {reference} of {quantity} {item} in period {period} is not needed within the horizon: "
        "cancel it."
    ),
    "supplier_capacity": (
        "Order {reference} of {quantity} {item} in period {period} is more than {other} has room for, and no "
        "other supplier has: agree on more, order earlier or list another supplier."
    ),
    "substitute": (
        "{quantity} {item} for {reference} in period {period} are served by {other} instead: confirm it, or "
        "expedite {item}."
    ),
    "alternate_bom": (
        "Order {reference} of {quantity} {item} in period {period} is made by its bill {other}: confirm it, "
        "or expedite the parts of the usual one."
    ),
    "alternate_supplier": (
        "Order {reference} of {quantity} {item} in period {period} goes to {other} instead of the usual "
        "supplier: confirm it, or expedite the usual one."
    ),
    "outlives": (
        "{quantity} of order {reference} of {item} in period {period} lie longer than their life of "
        "{span}: order smaller lots more often."
    ),
    "negative_stock": (
        "{item} starts with {quantity} less than nothing on hand: they are owed first; count the stock or "
        "post the missing receipt."
    ),
    "demand_past_due": (
        "{reference} of {quantity} {item} was due before today: it is planned for period 1; confirm a "
        "new date."
    ),
    "no_lead_time": (
        "{item} is ordered without a lead time: it counts as there at once; enter how long it takes."
    ),
    "made_and_bought": (
        "{item} is bought and has a bill: its parts are planned as supplied to whoever makes it; remove the "
        "bill if it comes complete."
    ),
    "excess": (
        "{quantity} {item} of the stock on hand are not needed within the horizon: use, sell or return them."
    ),
}
KINDS = tuple(SENTENCES)


def with_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their English sentence."""
    said = [
        SENTENCES[row["kind"]].format(
            **{**row, "quantity": spoken(row["quantity"] or 0.0), "span": _span(row["until"])}
        )
        for row in rows.iter_rows(named=True)
    ]
    return rows.with_columns(sentence=pl.Series(said, dtype=pl.String))


def _span(periods: int | None) -> str:
    return "1 period" if periods == 1 else f"{periods} periods"


def spoken(quantity: float) -> str:
    """A quantity as people say it.

    >>> spoken(12345.6), spoken(2.5), spoken(40.0)
    ('12,346', '2.5', '40')
    """
    return f"{quantity:,.0f}" if abs(quantity) >= 1000 else f"{quantity:.4g}"
