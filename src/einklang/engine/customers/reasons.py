"""Why a customer is at risk: the largest parts of the risk, each with its numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from einklang.engine.customers.facts import FACTS, NAMES
from einklang.engine.customers.frames import Numbers
from einklang.engine.logistic import chance_of

SAID = 3  # reasons a customer
LEAST = 0.01  # what a reason must change the risk by to be worth saying

SHOWN: dict[str, tuple[str, str]] = {
    "silence": ("quiet_days", "interval_days"),
    "orders": ("a_year", ""),
    "trend": ("recent", "before"),
    "spend": ("spent", "spent_before"),
    "size": ("size", ""),
    "rhythm": ("unsteady", ""),
    "returns": ("returned", ""),
    "breadth": ("breadth", ""),
}
"""The two numbers that a reason is told with: the customer's, and what it is held against (blank: the
median of all customers)."""
MORE_IS_RISK = {
    "silence": True,
    "orders": False,
    "trend": False,
    "spend": False,
    "size": False,
    "rhythm": True,
    "returns": True,
    "breadth": False,
}
"""Whether a larger number should raise the risk. Where it does the opposite in the model (facts that go
together share their weights), the reason would read as nonsense and is not said."""
SENTENCES: Mapping[str, str] = {
    "silence": "No order for {now:,.0f} days; between orders {usual:,.0f} days are usual here.",
    "orders": "Orders a year: {now:,.1f}; the middle customer {usual:,.1f}.",
    "trend": "Orders in the last {days} days: {now:,.0f}; in the {days} before: {usual:,.0f}.",
    "spend": "Spent in the last {days} days: {now:,.2f}; in the {days} before: {usual:,.2f}.",
    "size": "A mean order brings {now:,.2f}; the middle customer's {usual:,.2f}.",
    "rhythm": "Pauses between orders vary by {now:.0%} of their mean; the middle customer's by {usual:.0%}.",
    "returns": "Sent {now:.0%} of the money's worth back; the middle customer {usual:.0%}.",
    "breadth": "Items an order: {now:,.1f}; the middle customer {usual:,.1f}.",
}


def reasons_of(known: pl.DataFrame, parts: Numbers, logits: Numbers) -> pl.DataFrame:
    """The reasons that move each customer's risk most: customer, rank, reason, effect, now, usual.

    ``known`` as of :func:`known_on`; ``parts``: what each fact (in the order of NAMES) adds to the logit.

    ``effect`` is how much lower the risk would be if the customer were the mean one in this respect
    (negative: what speaks for the customer). Those that raise the risk come first.
    """
    groups = list(FACTS)
    columns = [[NAMES.index(name) for name in FACTS[group]] for group in groups]
    sums = np.stack([parts[:, some].sum(axis=1) for some in columns], axis=1)
    chance = chance_of(logits)
    effect = chance[:, None] - chance_of(logits[:, None] - sums)
    sensible = np.stack([_reads_well(known, group, effect[:, n]) for n, group in enumerate(groups)], axis=1)
    rising = np.where(sensible, effect, -np.inf)
    order = np.argsort(-rising, axis=1, kind="stable")
    falling = np.argmin(np.where(sensible, effect, np.inf), axis=1)  # the silence, where nothing reads well
    tables = []
    for rank in range(SAID):
        best = np.take_along_axis(rising, order[:, [rank]], axis=1)[:, 0]
        chosen = np.where(best > (LEAST if rank else 0.0), order[:, rank], falling if rank == 0 else -1)
        tables.append(_told(known, groups, chosen, effect, rank + 1))
    return pl.concat(tables).sort("customer", "rank")


def _reads_well(known: pl.DataFrame, group: str, effect: Numbers) -> Numbers:
    """For whom the reason's numbers point the way its effect does."""
    now, held = SHOWN[group]
    usual = known[held].cast(pl.Float64) if held else known[now].median()
    more = np.sign((known[now].cast(pl.Float64) - usual).to_numpy())
    points: Numbers = more * (1 if MORE_IS_RISK[group] else -1) * effect >= 0
    return points


def _told(
    known: pl.DataFrame, groups: Sequence[str], chosen: Numbers, effect: Numbers, rank: int
) -> pl.DataFrame:
    """One reason of each customer with its numbers; a customer without one is left away."""
    found = []
    for place, group in enumerate(groups):
        rows = np.nonzero(chosen == place)[0]
        now, usual = SHOWN[group]
        held = pl.col(usual) if usual else pl.lit(known[now].median())
        found.append(
            known[rows].select(
                "customer",
                pl.lit(rank).alias("rank"),
                pl.lit(group).alias("reason"),
                pl.Series("effect", effect[rows, place]),
                pl.col(now).cast(pl.Float64).alias("now"),
                held.cast(pl.Float64).alias("usual"),
            )
        )
    return pl.concat(found)


def sentence(reason: str, now: float, usual: float, days: int) -> str:
    """One reason as a sentence.

    >>> sentence("trend", 1, 4, 90)
    'Orders in the last 90 days: 1; in the 90 before: 4.'
    """
    return SENTENCES[reason].format(now=now, usual=usual, days=days)
