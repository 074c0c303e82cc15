"""Made-up plants for property tests: every lot rule, fences, closed periods, alternates."""

from dataclasses import dataclass, replace

import polars as pl
from hypothesis import strategies as st

from einklang.engine.supply.mrp import MrpPlan, plan_requirements, replan

PERIODS = 8
HUNDREDTHS = st.integers(0, 5000).map(lambda whole: whole / 100)


@dataclass(frozen=True)
class Plant:
    """The tables of one plant."""

    items: pl.DataFrame
    bom: pl.DataFrame
    demand: pl.DataFrame
    receipts: pl.DataFrame
    alternates: pl.DataFrame | None = None
    calendar: pl.DataFrame | None = None

    @property
    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        return self.items, self.bom, self.demand, self.receipts

    def planned(self, **more: object) -> MrpPlan:
        """Plan it."""
        return plan_requirements(
            *self.tables, periods=PERIODS, alternates=self.alternates, calendar=self.calendar, **more
        )

    def replanned(self, before: MrpPlan) -> MrpPlan:
        """Plan what changed since another plan."""
        return replan(
            before, *self.tables, periods=PERIODS, alternates=self.alternates, calendar=self.calendar
        )


@st.composite
def plants(draw: st.DrawFn, *, fenced: bool = False, choices: bool = False) -> Plant:
    """A plant of up to six items; with fences and closed periods, or with alternates, if asked for."""
    count = draw(st.integers(1, 6))
    names = [f"i{n}" for n in range(count)]
    edges = [(a, b) for a in range(count) for b in range(a + 1, count) if draw(st.booleans())]
    bom = pl.DataFrame(
        {
            "parent": [names[a] for a, _ in edges],
            "component": [names[b] for _, b in edges],
            "quantity": [float(draw(st.integers(1, 3))) for _ in edges],
            "scrap": [draw(st.sampled_from([0.0, 0.2])) for _ in edges],
        },
        schema={"parent": pl.String, "component": pl.String, "quantity": pl.Float64, "scrap": pl.Float64},
    )
    plant = Plant(draw(_items(names, fenced=fenced)), bom, draw(flows(names, 1)), draw(flows(names, 0)))
    if choices:
        plant = replace(plant, alternates=draw(_alternates(names)))
    return replace(plant, calendar=draw(_closed(names))) if fenced else plant


@st.composite
def _items(draw: st.DrawFn, names: list[str], *, fenced: bool) -> pl.DataFrame:
    def each(values: list[object]) -> list[object]:
        return [draw(st.sampled_from(values)) for _ in names]

    return pl.DataFrame(
        {
            "item": names,
            "on_hand": [draw(HUNDREDTHS) for _ in names],
            "lead_time": each([0, 1, 2, 3]),
            "lot_rule": each(["L4L", "FOQ", "POQ", "WW", "SM", "LUC", "PPB", "EOQ"]),
            "lot_min": each([5.0, 6.0]),
            "lot_multiple": each([0.0, 2.0]),
            "lot_max": each([None, 12.0]),
            "safety_stock": each([0.0, 8.0]),
            "scrap": each([0.0, 0.1]),
            "setup_cost": [20.0] * len(names),
            "holding_cost": [1.0] * len(names),
            "safety_time": each([0, 2] if fenced else [0]),
            "frozen": each([0, 3] if fenced else [0]),
            "slushy": each([0, 5] if fenced else [0]),
        },
        schema_overrides={"lot_max": pl.Float64},
    )


@st.composite
def flows(draw: st.DrawFn, names: list[str], least: int) -> pl.DataFrame:
    """What is wanted of some items, or what is on its way."""
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(names), st.integers(1, PERIODS), st.integers(1, 4000)),
            min_size=least,
            max_size=6,
        )
    )
    return pl.DataFrame(
        {
            "item": [item for item, _, _ in rows],
            "period": [period for _, period, _ in rows],
            "quantity": [whole / 100 for _, _, whole in rows],
            "reference": [f"R{place}" for place in range(len(rows))],
            "firm": [draw(st.booleans()) for _ in rows],
        },
        schema={
            "item": pl.String,
            "period": pl.Int64,
            "quantity": pl.Float64,
            "reference": pl.String,
            "firm": pl.Boolean,
        },
    )


@st.composite
def _closed(draw: st.DrawFn, names: list[str]) -> pl.DataFrame:
    found = draw(st.sets(st.tuples(st.sampled_from(names), st.integers(1, PERIODS)), max_size=2 * PERIODS))
    return pl.DataFrame(
        {"name": [n for n, _ in sorted(found)], "period": [p for _, p in sorted(found)], "working": False},
        schema={"name": pl.String, "period": pl.Int64, "working": pl.Boolean},
    )


@st.composite
def _alternates(draw: st.DrawFn, names: list[str]) -> pl.DataFrame:
    """Later items stand in for earlier ones, and a quick supplier with little room for each."""
    rows = []
    for place, item in enumerate(names):
        for other in names[place + 1 :]:
            if draw(st.booleans()):
                share = draw(st.sampled_from([None, None, 0.5]))
                rows.append(("component", item, other, draw(st.integers(1, 3)), share, None, None))
        if draw(st.booleans()):
            rows.append(("supplier", item, "quick", 1, None, 0, 15.0))
    return pl.DataFrame(
        rows,
        schema={
            "kind": pl.String,
            "item": pl.String,
            "alternate": pl.String,
            "priority": pl.Int64,
            "share": pl.Float64,
            "lead_time": pl.Int64,
            "maximum": pl.Float64,
        },
        orient="row",
    )
