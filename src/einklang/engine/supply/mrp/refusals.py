"""What requirements planning cannot plan, every row named with what would mend it."""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.lots import COSTED
from einklang.engine.supply.mrp.frames import CHOICES, LOT_RULES

STANDS = "a name that stands in items"


def check(
    stock: pl.DataFrame,
    bill: pl.DataFrame,
    demand: pl.DataFrame,
    receipts: pl.DataFrame,
    alternates: pl.DataFrame,
    calendar: pl.DataFrame,
) -> None:
    """Refuse tables that contradict themselves or each other, naming every fault that was found."""
    faults = [
        *_items(stock),
        *_bill(bill),
        *_units(stock, bill.rename({"component": "item"}).select("item", "unit"), "bom"),
        *_units(stock, demand.select("item", "unit"), "demand"),
        *_units(stock, receipts.select("item", "unit"), "receipts"),
        *_found(
            demand, ~_word("kind").is_in(["", "order", "forecast"]), "demand", "kind", "order or forecast"
        ),
        *_alternates(stock, bill, alternates),
        *_calendar(stock, alternates, calendar),
    ]
    if faults:
        raise BadTable(faults)


def _found(
    table: pl.DataFrame, wrong: pl.Expr, called: str, column: str, expected: str, mend: str = ""
) -> list[Fault]:
    """A fault for each row that is wrong, showing what stands in the column."""
    rows = table.with_row_index("row").filter(wrong).select("row", pl.col(column).alias("got"))
    return [
        Fault(called, row + 1, column, "nothing" if got in (None, "") else _shown(got), expected, mend)
        for row, got in rows.iter_rows()
    ]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _word(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.strip_chars().str.to_lowercase()


def _items(stock: pl.DataFrame) -> list[Fault]:
    rule, least, step, most = (pl.col(name) for name in ("lot_rule", "lot_min", "lot_multiple", "lot_max"))
    costless = (pl.col("setup_cost").fill_null(0.0) <= 0) | (pl.col("holding_cost").fill_null(0.0) <= 0)
    needs_cost = rule.is_in(COSTED) | ((rule == "POQ") & (pl.col("lot_periods") <= 0))
    capped = most.fill_null(0.0) > 0
    return [
        *_found(stock, ~rule.is_in(LOT_RULES), "items", "lot_rule", "one of " + ", ".join(LOT_RULES)),
        *_found(stock, pl.col("scrap") >= 1, "items", "scrap", "a share below 1"),
        *_found(stock, ~pl.col("kind").is_in(["", "make", "buy"]), "items", "kind", "make or buy"),
        *_found(
            stock, (rule == "FOQ") & (least <= 0) & (step <= 0), "items", "lot_min",
            "the fixed order quantity of rule FOQ", "fill lot_min or lot_multiple",
        ),
        *_found(
            stock, capped & (most < least), "items", "lot_max", "a maximum of at least the minimum lot",
            "raise lot_max or lower lot_min",
        ),
        *_found(
            stock, capped & (most < step), "items", "lot_max", "a maximum of at least one multiple",
            "raise lot_max or lower lot_multiple",
        ),
        *_found(
            stock, needs_cost & costless, "items", "lot_rule",
            "a set-up cost and a holding cost above zero for this rule (or, for POQ, lot_periods)",
            "fill setup_cost and holding_cost or choose another rule",
        ),
    ]  # fmt: skip


def _bill(bill: pl.DataFrame) -> list[Fault]:
    ends_first = pl.col("valid_to") < pl.col("valid_from")
    return _found(bill, ends_first, "bom", "valid_to", "a period not before valid_from", "swap the two")


def _units(stock: pl.DataFrame, table: pl.DataFrame, called: str) -> list[Fault]:
    """Rows that count an item in another unit than its own."""
    own = stock.select("item", own=_word("unit"), named=pl.col("unit"))
    rows = (
        table.with_row_index("row")
        .join(own, on="item", how="left", maintain_order="left")
        .filter((_word("unit") != "") & (pl.col("own") != "") & (_word("unit") != pl.col("own")))
    )
    return [
        Fault(
            called, row + 1, "unit", unit, f"{named}, the unit of {item}",
            "convert the quantity and name that unit",
        )
        for row, unit, named, item in rows.select("row", "unit", "named", "item").iter_rows()
    ]  # fmt: skip


def _alternates(stock: pl.DataFrame, bill: pl.DataFrame, alternates: pl.DataFrame) -> list[Fault]:
    names = stock["item"].implode()
    kind = _word("kind")
    faults = [
        *_found(alternates, ~kind.is_in(CHOICES), "alternates", "kind", "one of " + ", ".join(CHOICES)),
        *_found(alternates, ~pl.col("item").is_in(names), "alternates", "item", STANDS),
        *_found(
            alternates, (kind == "component") & ~pl.col("alternate").is_in(names), "alternates", "alternate",
            STANDS,
        ),
        *_found(
            alternates, ~pl.col("parent").is_in(names).fill_null(True), "alternates", "parent",
            f"{STANDS}, or nothing for all parents",
        ),
        *_found(
            alternates, (kind == "component") & (pl.col("quantity") <= 0), "alternates", "quantity",
            "a quantity above 0", "say how many of the alternate replace one",
        ),
    ]  # fmt: skip
    made = bill.select(item="parent", alternate=pl.col("bill").fill_null("usual")).unique()
    listed = alternates.with_row_index("row").filter(kind == "bom")
    lone = listed.join(made, on=["item", "alternate"], how="anti")
    faults += [
        Fault(
            "alternates", row + 1, "alternate", other, f"the name of a bill of {item} in bom", "add its lines"
        )
        for row, other, item in lone.select("row", "alternate", "item").iter_rows()
    ]
    unused = (
        bill.with_row_index("row")
        .filter(pl.col("bill").is_not_null())
        .join(
            listed.select("item", "alternate"),
            left_on=["parent", "bill"], right_on=["item", "alternate"], how="anti", maintain_order="left",
        )
    )  # fmt: skip
    return faults + [
        Fault(
            "bom", row + 1, "bill", name, "a bill that alternates lists", f"list it there as a bom of {item}"
        )
        for row, name, item in unused.select("row", "bill", "parent").iter_rows()
    ]


def _calendar(stock: pl.DataFrame, alternates: pl.DataFrame, calendar: pl.DataFrame) -> list[Fault]:
    suppliers = alternates.filter(_word("kind") == "supplier")["alternate"]
    names = pl.concat([stock["item"], stock["supplier"].drop_nulls(), suppliers])
    return _found(
        calendar, ~pl.col("name").is_in(names.implode()), "calendar", "name",
        "an item or a supplier that stands in items or alternates",
    )  # fmt: skip
