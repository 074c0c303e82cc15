"""A schedule keeps to hours and parts, plans late as possible, and says why what is late is late."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.supply.schedule import Schedule, schedule
from tests.engine.schedules import assert_it_can_be_kept

MONDAY = date(2024, 1, 1)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def orders(*rows: tuple[str, str, float, int], priority: list[float] | None = None) -> pl.DataFrame:
    names, items, quantities, due = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "order": names,
            "item": items,
            "quantity": list(quantities),
            "due": [day(one) for one in due],
            "priority": priority or [1.0] * len(rows),
        }
    )


BENCH = pl.DataFrame({"resource": ["bench"], "hours_per_day": [8.0], "machines": [1]})
PUMP = pl.DataFrame({"item": ["pump"], "step": [1], "resource": ["bench"], "hours": [4.0]})
ITEMS = pl.DataFrame(
    {"item": ["pump", "motor"], "on_hand": [0.0, 0.0], "lead_time": [None, 3.0]},
    schema_overrides={"lead_time": pl.Float64},
)
BOM = pl.DataFrame({"parent": ["pump"], "component": ["motor"], "quantity": [1.0]})


def pumps(*rows: tuple[str, str, float, int], **tables: pl.DataFrame | str) -> Schedule:
    given = {"routing": PUMP, "resources": BENCH, "items": ITEMS, "demand": orders(*rows), **tables}
    return schedule(MONDAY, **given)


def test_an_order_that_fits_is_made_as_late_as_possible():
    plan = pumps(("A", "pump", 2, 9))

    assert plan.operations["start"].dt.date().to_list() == [day(9)]
    assert plan.orders.row(0, named=True)["days_late"] == 0


def test_what_does_not_fit_before_its_date_goes_forward_and_names_the_full_work_centre():
    plan = pumps(("A", "pump", 6, 2), ("B", "pump", 4, 2))
    late = plan.late.row(0, named=True)

    assert (late["order"], late["end"], late["days_late"]) == ("B", day(4), 2)
    assert late["sentence"] == "bench is full from 2024-01-01 to 2024-01-04."


def test_the_more_important_order_goes_first_whatever_its_date():
    plan = pumps(
        ("A", "pump", 4, 1),
        ("B", "pump", 4, 1),
        demand=orders(("A", "pump", 4, 1), ("B", "pump", 4, 1), priority=[2, 1]),
    )

    assert plan.late["order"].to_list() == ["A"]


def test_a_bought_part_holds_work_up_by_its_lead_time_and_is_named():
    plan = pumps(("A", "pump", 2, 0), bom=BOM)
    late = plan.late.row(0, named=True)

    assert (late["end"], late["kind"], late["at"]) == (day(3), "purchase", "motor")
    assert late["sentence"] == "motor is bought and takes 3 days: it is there on 2024-01-04 at the earliest."
    assert_it_can_be_kept(plan)


def test_an_open_order_on_its_way_is_waited_for_where_buying_anew_takes_longer():
    coming = pl.DataFrame({"item": ["motor"], "due": [day(1)], "quantity": [2.0], "reference": ["PO-7"]})
    plan = pumps(("A", "pump", 2, 0), bom=BOM, receipts=coming)
    late = plan.late.row(0, named=True)

    assert (late["end"], late["kind"], late["at"]) == (day(1), "receipt", "PO-7")
    assert plan.supplies.filter(pl.col("kind") == "buy").is_empty()


def test_parts_are_bought_only_in_time_for_the_work():
    plan = pumps(("A", "pump", 2, 9), bom=BOM)
    bought = plan.supplies.filter(pl.col("kind") == "buy").row(0, named=True)

    assert (bought["start"].date(), bought["there"].date()) == (day(6), day(9))


def test_what_a_lot_leaves_over_serves_the_next_order():
    items = ITEMS.with_columns(lot_min=pl.lit(5.0))
    plan = pumps(("A", "pump", 2, 7), ("B", "pump", 3, 9), items=items)

    assert plan.operations["quantity"].to_list() == [5.0]
    assert plan.pegs.select("user", "quantity").rows() == [("A", 2.0), ("B", 3.0)]


def test_lots_above_the_maximum_are_split():
    items = ITEMS.with_columns(lot_max=pl.lit(2.0))

    assert pumps(("A", "pump", 5, 9), items=items).operations.unique("lot")["quantity"].sort().to_list() == [
        1,
        2,
        2,
    ]


def test_nights_and_weekends_are_not_worked():
    work = pumps(("A", "pump", 4, 7)).operations.row(0, named=True)

    assert (work["start"].isoformat(), work["end"].isoformat()) == (
        "2024-01-05T06:00:00",
        "2024-01-08T14:00:00",
    )


def test_a_day_in_the_calendar_overrules_the_week():
    shut = pl.DataFrame({"resource": ["bench"], "day": [day(8)], "hours": [0.0]})

    assert pumps(("A", "pump", 2, 8), calendar=shut).operations["start"].dt.date().to_list() == [day(7)]


def test_work_on_a_named_machine_is_never_interrupted_while_shared_hours_are_filled_around_other_work():
    rows = (("A", "pump", 1.0, 1), ("B", "pump", 3.0, 2))
    one = pumps(*rows, demand=orders(*rows))
    shared = pumps(*rows, resources=BENCH.drop("machines"))

    assert one.operations.filter(pl.col("lot") == "pump#2").height == 1
    assert shared.late.is_empty()
    assert_it_can_be_kept(one)
    assert_it_can_be_kept(shared)


def test_a_step_that_needs_two_work_centres_books_both_at_the_same_time():
    routing = pl.concat([PUMP, PUMP.with_columns(resource=pl.lit("crane"))])
    centres = pl.concat([BENCH, BENCH.with_columns(resource=pl.lit("crane"))])
    plan = pumps(("A", "pump", 2, 3), ("B", "pump", 1, 3), routing=routing, resources=centres)

    assert plan.operations.group_by("lot").agg(pl.col("start").n_unique())["start"].to_list() == [1, 1]
    assert_it_can_be_kept(plan)


def test_a_wait_without_work_centre_takes_its_time_day_and_night():
    drying = pl.DataFrame(
        {"item": ["pump"], "step": [2], "resource": [None], "hours": [0.0], "setup_hours": [24.0]}
    )
    plan = pumps(("A", "pump", 2, 4), routing=pl.concat([PUMP, drying], how="diagonal_relaxed"))

    assert plan.operations["end"].dt.date().to_list() == [day(3)]


def test_work_under_way_is_finished_first_and_takes_its_hours():
    begun = pl.DataFrame({"reference": ["WO-1"], "item": ["pump"], "quantity": [2.0], "step": [1]})
    plan = pumps(("A", "pump", 2, 0), ("B", "pump", 2, 0), under_way=begun)

    assert plan.under_way["end"].to_list() == [day(0)]
    assert plan.pegs.filter(pl.col("user") == "A")["supply"].to_list() == ["WO-1"]
    assert plan.late.select("order", "kind", "at").rows() == [("B", "full", "bench")]


def test_demand_before_today_is_planned_at_once_and_said_to_be_late():
    items = ITEMS.with_columns(on_hand=pl.lit(5.0))
    late = pumps(("A", "pump", 2, -3), items=items).late.row(0, named=True)

    assert (late["end"], late["days_late"], late["kind"]) == (MONDAY, 3, "past")


def test_a_work_centre_without_hours_leaves_the_order_unplanned_and_is_named():
    late = pumps(("A", "pump", 2, 3), resources=BENCH.with_columns(hours_per_day=pl.lit(0.0))).late
    row = late.row(0, named=True)

    assert (row["end"], row["kind"], row["at"]) == (None, "never", "bench")


def test_what_nobody_makes_or_buys_is_said():
    items = ITEMS.with_columns(lead_time=pl.lit(None, dtype=pl.Float64))
    late = pumps(("A", "pump", 2, 3), items=items, bom=BOM).late.row(0, named=True)

    assert (late["end"], late["at"]) == (None, "motor")
    assert late["sentence"].startswith("Nobody makes or buys motor")


def test_a_part_of_which_nothing_goes_in_is_neither_waited_for_nor_bought():
    plan = pumps(("A", "pump", 2, 0), bom=BOM.with_columns(quantity=pl.lit(0.0)))

    assert plan.late.is_empty()
    assert plan.supplies["kind"].to_list() == ["make"]


def test_an_order_for_nothing_is_done_whenever_it_was_due():
    plan = pumps(("A", "pump", 0, -3), ("B", "pump", 0, 3))

    assert plan.late.is_empty()
    assert plan.orders["end"].null_count() == 0


def test_work_under_way_that_cannot_be_finished_has_no_end():
    begun = pl.DataFrame({"reference": ["WO-1"], "item": ["pump"], "quantity": [2.0]})
    shut = BENCH.with_columns(hours_per_day=pl.lit(0.0))
    plan = pumps(("A", "motor", 1, 9), under_way=begun, resources=shut)

    assert plan.under_way["end"].to_list() == [None]


def test_negative_stock_or_lead_time_is_refused():
    for column in ("on_hand", "lead_time"):
        with pytest.raises(BadTable, match="0 or more"):
            pumps(("A", "pump", 2, 3), items=ITEMS.with_columns(pl.lit(-1.0).alias(column)))


def test_a_week_is_written_as_seven_digits():
    with pytest.raises(BadTable, match="Monday first"):
        pumps(("A", "pump", 2, 3), resources=BENCH.with_columns(working_days=pl.lit("Mo-Fr")))


def test_a_circle_in_the_bill_is_refused_with_its_path():
    circle = pl.concat([BOM, pl.DataFrame({"parent": ["motor"], "component": ["pump"], "quantity": [1.0]})])
    with pytest.raises(BadTable, match=r"pump > motor > pump|motor > pump > motor"):
        pumps(("A", "pump", 2, 3), bom=circle)


def test_names_that_stand_nowhere_are_refused():
    with pytest.raises(BadTable, match="valve"):
        pumps(("A", "valve", 2, 3))
    with pytest.raises(BadTable, match="saw"):
        pumps(("A", "pump", 2, 3), routing=PUMP.with_columns(resource=pl.lit("saw")))


def test_an_unknown_ranking_is_refused():
    with pytest.raises(Impossible, match="priority or throughput"):
        pumps(("A", "pump", 2, 3), rank="luck")


def test_ranking_by_throughput_needs_a_price():
    with pytest.raises(BadTable, match="rank by priority"):
        pumps(("A", "pump", 2, 3), rank="throughput")


PLANTS = st.fixed_dictionaries(
    {
        "orders": st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]), st.integers(1, 30), st.integers(-2, 25), st.integers(1, 3)
            ),
            min_size=1,
            max_size=12,
        ),
        "stock": st.lists(st.integers(0, 20), min_size=5, max_size=5),
        "least": st.lists(st.integers(0, 15), min_size=5, max_size=5),
        "most": st.sampled_from([0, 7]),
        "hours": st.lists(st.sampled_from([0.1, 0.7, 2.5]), min_size=4, max_size=4),
        "machines": st.sampled_from([None, 1, 2]),
        "lead": st.integers(0, 12),
        "coming": st.lists(
            st.tuples(st.sampled_from(["c", "e"]), st.integers(-1, 15), st.integers(1, 20)), max_size=4
        ),
    }
)


@settings(max_examples=50, deadline=None)
@given(PLANTS)
def test_whatever_the_plant_the_schedule_can_be_kept(drawn):
    """Products a and b share part c, which is made of the bought d and e; two work centres."""
    names = ["a", "b", "c", "d", "e"]
    lead = pl.Series("lead_time", [None, None, None, float(drawn["lead"]), 5.0], dtype=pl.Float64)
    items = pl.DataFrame(
        {"item": names, "on_hand": drawn["stock"], "lot_min": drawn["least"], "lot_max": float(drawn["most"])}
    ).with_columns(lead)
    bom = [("a", "c", 2.0), ("a", "d", 1.0), ("b", "c", 1.0), ("c", "d", 1.0), ("c", "e", 3.0)]
    steps = [("a", 1, "x"), ("a", 2, "y"), ("b", 1, "y"), ("c", 1, "x")]
    coming = pl.DataFrame(
        [(item, day(due), float(quantity)) for item, due, quantity in drawn["coming"]],
        schema={"item": pl.String, "due": pl.Date, "quantity": pl.Float64},
        orient="row",
    )
    asked = [
        (f"o{number}", item, float(quantity), due)
        for number, (item, quantity, due, _) in enumerate(drawn["orders"])
    ]
    plan = schedule(
        MONDAY,
        items,
        orders(*asked, priority=[float(one[3]) for one in drawn["orders"]]),
        bom=pl.DataFrame(bom, schema=["parent", "component", "quantity"], orient="row"),
        routing=pl.DataFrame(
            [(*step, hours) for step, hours in zip(steps, drawn["hours"], strict=True)],
            schema=["item", "step", "resource", "hours"],
            orient="row",
        ).with_columns(setup_hours=pl.lit(0.25)),
        resources=pl.DataFrame({"resource": ["x", "y"], "hours_per_day": [8.0, 20.0]}).with_columns(
            machines=pl.lit(drawn["machines"], dtype=pl.Int64)
        ),
        receipts=coming,
    )

    assert plan.orders.height == len(asked)
    assert_it_can_be_kept(plan)
    used = plan.pegs.filter(pl.col("supply") == "stock").group_by("item").agg(pl.col("quantity").sum())
    beyond = used.join(items.select("item", "on_hand"), on="item").filter(
        pl.col("quantity") > pl.col("on_hand") + 1e-6
    )
    assert beyond.is_empty()
