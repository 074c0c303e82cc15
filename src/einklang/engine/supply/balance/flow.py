"""What comes in, goes out and stays: stock by place, demand by line, prices, shelf life, suppliers, lanes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from einklang.engine.supply.balance.blocks import Blocks, limit, put
from einklang.engine.supply.balance.columns import may_be_late
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """Columns that bring goods to places, ``lead`` periods after they start; ``share`` of them comes out."""

    columns: Ints
    place: Ints
    lead: Ints
    share: Floats
    moved: bool = False

    def by_lead(self) -> Iterator[tuple[int, Ints]]:
        """The rows of the source by lead time."""
        for lead in np.unique(self.lead):
            yield int(lead), np.flatnonzero(self.lead == lead)


def sources(problem: Problem, blocks: Blocks) -> list[Source]:
    """All that brings goods in: making, subcontracting, suppliers, other sites."""
    every = np.arange(len(problem.places))
    made = every[~problem.bought]
    good = np.where(np.isnan(problem.item["yield"]), 1.0, problem.item["yield"])
    offers, lanes = problem.offers, problem.lanes
    found = [
        Source(blocks.make[made], made, problem.lead[made], good[made]),
        Source(blocks.subcontract, every, problem.lead, good),
        Source(blocks.offers, offers.place, offers.lead, good[offers.place]),
        Source(blocks.moves, lanes.target, lanes.lead, np.ones(len(lanes)), moved=True),
    ]
    return [source for source in found if source.columns.size]


def opening(problem: Problem) -> Floats:
    """What comes in whatever is planned: opening stock in the first period, open receipts in theirs."""
    given = problem.coming.copy()
    given[:, 0] += np.nan_to_num(problem.item["initial_stock"])
    return given


def stock_rows(problem: Problem, blocks: Blocks) -> None:
    """In + stock before = out + stock after, at every place in every period."""
    model, periods = blocks.model, problem.shape[1]
    given = -opening(problem)
    rows = model.rows(problem.shape, lower=given, upper=given)
    for source in sources(problem, blocks):
        for lead, mine in source.by_lead():
            reach = periods - lead
            if reach > 0:
                arrives = rows[source.place[mine], lead:]
                put(model, arrives, source.columns[mine, :reach], source.share[mine, None])
    put(model, rows[:, 1:], blocks.stock[:, :-1], 1.0)
    put(model, rows, blocks.stock, -1.0)
    put(model, rows, blocks.expired, -1.0)
    put(model, rows[problem.lines.place], blocks.ship, -1.0)
    put(model, rows[problem.lanes.source], blocks.moves, -1.0)
    draws = problem.draws
    for start in (blocks.make, blocks.subcontract):
        put(model, rows[draws.component], start[draws.parent], -draws.quantity)
    blocks.stock_rows = rows


def demand_rows(problem: Problem, blocks: Blocks) -> None:
    """Shipped + lost + owed after = asked for + owed before."""
    model, lines = blocks.model, problem.lines
    stepped = lines.step >= 0
    need = np.where(stepped[:, None], 0.0, lines.need)
    need[:, :1] += lines.owed[:, None]
    rows = limit(blocks, "demand", np.ones(need.shape, dtype=bool), need, 0, _line_name(problem))
    put(model, rows, blocks.ship, 1.0)
    put(model, rows, blocks.lost, 1.0)
    put(model, rows, blocks.backlog, 1.0)
    put(model, rows[:, 1:], blocks.backlog[:, :-1], -1.0)
    put(model, rows[stepped], blocks.steps[lines.step[stepped]], -lines.need[stepped])
    blocks.demand_rows = rows
    partly = stepped & (lines.lost_share < 1)
    if partly.any():
        most = model.rows(
            lines.need[partly].shape, upper=lines.owed[partly, None] * (np.arange(need.shape[1]) == 0)
        )
        put(model, most, blocks.lost[partly], 1.0)
        share = lines.lost_share[partly, None] * lines.need[partly]
        put(model, most, blocks.steps[lines.step[partly]], -share)
    if blocks.elastic:
        closed = may_be_late(problem, forbidden=True)
        late = limit(blocks, "backlog", closed, np.zeros(need.shape), 1, _line_name(problem))
        put(model, late, blocks.backlog, 1.0)


def _line_name(problem: Problem) -> Callable[[int], str]:
    """Names of demand lines for a reader."""

    def name(line: int) -> str:
        segment = problem.lines.segment[line]
        label = problem.places.label(int(problem.lines.place[line]))
        return f"{label} for {segment}" if segment else label

    return name


def price_rows(problem: Problem, blocks: Blocks) -> None:
    """One price a period, and prices only fall: what is at a step or below it stays there."""
    steps, model = problem.steps, blocks.model
    if not len(steps):
        return
    first = np.r_[True, steps.place[1:] != steps.place[:-1]]
    group = np.cumsum(first) - 1
    periods = len(problem.periods)
    one = model.rows((int(first.sum()), periods), lower=1.0, upper=1.0)
    put(model, one[group], blocks.steps, 1.0)
    below = np.flatnonzero(~first)
    fall = model.rows((below.size, periods - 1), lower=0.0)
    for row, step in enumerate(below.tolist()):
        tail = np.flatnonzero((group == group[step]) & (np.arange(len(steps)) >= step))
        put(model, fall[row], blocks.steps[tail, 1:], 1.0)
        put(model, fall[row], blocks.steps[tail, :-1], -1.0)


def supplier_rows(problem: Problem, blocks: Blocks) -> None:
    """What is bought is the sum of what suppliers send, within their limits and contracts."""
    offers, model = problem.offers, blocks.model
    if not len(offers):
        return
    bought = np.flatnonzero(problem.bought)
    tie = model.rows((bought.size, len(problem.periods)), lower=0.0, upper=0.0)
    put(model, tie, blocks.make[bought], -1.0)
    put(model, tie[np.searchsorted(bought, offers.place)], blocks.offers, 1.0)
    blocks.bought_rows = tie

    def name(offer: int) -> str:
        return f"{problem.places.label(int(offers.place[offer]))} from {offers.supplier[offer]}"

    for kind, mask, value, side in (
        ("supplier maximum", np.isfinite(offers.most), offers.most, 1),
        ("supplier minimum", offers.least > 0, offers.least, -1),
    ):
        put(model, limit(blocks, kind, mask, value, side, name), blocks.offers, 1.0)
    _contract_rows(problem, blocks)


def _contract_rows(problem: Problem, blocks: Blocks) -> None:
    """Totals over a supplier's offers and periods."""
    one = np.ones((1, 1), dtype=bool)
    for kind, side in (("contract maximum", 1), ("contract minimum", -1)):
        for contract in problem.contracts:
            amount = contract.most if side > 0 else contract.least
            if np.isfinite(amount) and (side > 0 or amount > 0):
                row = limit(blocks, kind, one, np.array([[amount]]), side, partial(_said, contract.name))
                put(blocks.model, row, blocks.offers[np.ix_(contract.offers, contract.periods)], 1.0)


def _said(name: str, _: int) -> str:
    return name


def lane_rows(problem: Problem, blocks: Blocks) -> None:
    """What travels on one lane, all its items together, stays within its maximum."""
    lanes = problem.lanes
    if len(lanes):
        mask = np.repeat(np.isfinite(lanes.most)[:, None], len(problem.periods), axis=1)
        rows = limit(blocks, "lane maximum", mask, lanes.most[:, None], 1, lambda row: lanes.names[row])
        put(blocks.model, rows[lanes.row], blocks.moves, 1.0)


def shelf_life_rows(problem: Problem, blocks: Blocks) -> None:
    """Stock at the end of a period came in within the shelf life; what did not has expired.

    The opening stock counts as come in just before the first period. What another site sends counts as
    fresh on arrival; a second set of rows over all sites together keeps it from staying young by travel.
    """
    life = problem.item["shelf_life"]
    mine = np.flatnonzero(~np.isnan(life))
    if not mine.size:
        return
    _young(problem, blocks, mine, np.arange(mine.size), moved=True)
    ends = np.union1d(problem.lanes.source, problem.lanes.target)
    sent = mine[np.isin(mine, ends)]
    if sent.size:
        items = [problem.places.items[place] for place in sent.tolist()]
        _, group = np.unique(items, return_inverse=True)
        _young(problem, blocks, sent, group, moved=False)


def _young(problem: Problem, blocks: Blocks, mine: Ints, group: Ints, *, moved: bool) -> None:
    """Rows by group: all stock of its places is no more than what came in within the shelf life."""
    model, periods = blocks.model, problem.shape[1]
    at = np.full(len(problem.places), -1)
    at[mine] = group
    life = np.zeros(group.max() + 1, dtype=np.int64)
    np.maximum.at(life, group, problem.item["shelf_life"][mine].astype(np.int64))
    given = np.zeros((life.size, periods))
    np.add.at(given, group, problem.coming[mine])
    past = given.cumsum(axis=1)
    recent = past.copy()
    for row, span in enumerate(life.tolist()):
        recent[row, span:] -= past[row, :-span] if span < periods else 0.0
    fresh = np.zeros(life.size)
    np.add.at(fresh, group, np.nan_to_num(problem.item["initial_stock"][mine]))
    recent += fresh[:, None] * (np.arange(periods)[None, :] < life[:, None] - 1)
    rows = limit(
        blocks, "shelf life", np.ones(recent.shape, dtype=bool), recent, 1,
        lambda row: problem.places.label(int(mine[np.flatnonzero(group == row)[0]])),
    )  # fmt: skip
    put(model, rows[group], blocks.stock[mine], 1.0)
    for source in sources(problem, blocks):
        if source.moved and not moved:
            continue
        for lead, some in source.by_lead():
            some = some[at[source.place[some]] >= 0]
            owner = at[source.place[some]]
            for age in range(int(life[owner].max(initial=0))):
                reach = periods - lead - age
                if reach > 0:
                    kept = (life[owner] > age)[:, None] * source.share[some, None]
                    put(model, rows[owner, lead + age :], source.columns[some, :reach], -kept)
    if not moved:
        _on_the_way(problem, blocks, rows, at)


def _on_the_way(problem: Problem, blocks: Blocks, rows: Ints, at: Ints) -> None:
    """What travels is still stock of the item."""
    lanes, periods = problem.lanes, problem.shape[1]
    for lane in np.flatnonzero(at[lanes.source] >= 0).tolist():
        for age in range(min(int(lanes.lead[lane]), periods)):
            put(blocks.model, rows[at[lanes.source[lane]], age:], blocks.moves[lane, : periods - age], 1.0)
