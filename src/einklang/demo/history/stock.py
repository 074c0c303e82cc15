"""Stock moves: counted, received and made; used and shipped first in first out; returned and scrapped."""

from collections import defaultdict, deque
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from einklang.demo.company import SOUTH
from einklang.demo.history.batches import SCRAP, Flow
from einklang.demo.history.workshop import start_day
from einklang.demo.items import Thing
from einklang.demo.times import Times

COUNTED, CAME, LEFT = 0, 1, 2  # the order of moves within a day


class Move(NamedTuple):
    """Something that came to a place or leaves it; what leaves is taken from the oldest stock."""

    item: str
    place: str
    day: date
    order: int
    quantity: float
    kind: str
    reference: str
    received: date | None = None


def moves(
    times: Times,
    things: dict[str, Thing],
    flows: dict[tuple[str, str], Flow],
    work_orders: pl.DataFrame,
    purchases: pl.DataFrame,
    shipments: pl.DataFrame,
    returns: pl.DataFrame,
) -> pl.DataFrame:
    """Every move up to the end of the demo month; no place ever holds less than nothing."""
    found = [
        *_opening(times, flows),
        *_made(things, flows, work_orders),
        *_bought(things, flows, purchases),
        *_used(times, things, work_orders),
        *_shipped(shipments),
        *_returned(times, returns),
    ]
    return _first_in_first_out([move for move in found if move.day <= times.last_day])


def _opening(times: Times, flows: dict[tuple[str, str], Flow]) -> list[Move]:
    """What was counted on the eve of the history, in two layers of age."""
    dice = times.dice("opening")
    day, found = times.first - timedelta(days=1), []
    for flow in flows.values():
        older = float(int(flow.opening * 0.4))
        for quantity, low, high in ((older, 40, 110), (flow.opening - older, 3, 35)):
            if quantity > 0:
                received = day - timedelta(days=int(dice.integers(low, high)))
                found.append(
                    Move(flow.item, flow.place, day, COUNTED, quantity, "count", "Inventur", received)
                )
    return found


def _made(
    things: dict[str, Thing], flows: dict[tuple[str, str], Flow], work_orders: pl.DataFrame
) -> list[Move]:
    """What work orders brought; the south's part of finished goods is moved there the same day."""
    found = []
    done = work_orders.filter(pl.col("ended_on").is_not_null())
    for item, batch, good, day, number in done.select(
        "item", "batch", "stocked", "ended_on", "number"
    ).iter_rows():
        found += _arrived(things[item], flows, batch, good, day, "made", number)
    return found


def _bought(
    things: dict[str, Thing], flows: dict[tuple[str, str], Flow], purchases: pl.DataFrame
) -> list[Move]:
    found = []
    came = purchases.filter(pl.col("received_on").is_not_null()).with_columns(
        (pl.col("received") - pl.col("rejected")).alias("good")
    )
    for item, batch, good, day, number in came.select(
        "item", "batch", "good", "received_on", "number"
    ).iter_rows():
        found += _arrived(things[item], flows, batch, good, day, "receipt", number)
    return found


def _arrived(
    thing: Thing,
    flows: dict[tuple[str, str], Flow],
    batch: int,
    good: float,
    day: date,
    kind: str,
    number: str,
) -> list[Move]:
    if not thing.sold:
        return [Move(thing.code, "WERK", day, CAME, good, kind, number, day)]
    south = float(flows[thing.code, "SUED"].batches[batch])
    found = [Move(thing.code, "ZL", day, CAME, good, kind, number, day)]
    if south:
        found.append(Move(thing.code, "ZL", day, CAME, -south, "transfer", number, day))
        found.append(Move(thing.code, "SUED", day, CAME, south, "transfer", number, day))
    return found


def _used(times: Times, things: dict[str, Thing], work_orders: pl.DataFrame) -> list[Move]:
    """Parts taken for work orders, put together by part and day."""
    taken: dict[tuple[str, date], float] = defaultdict(float)
    for item, batch, quantity, ended in work_orders.select(
        "item", "batch", "stocked", "ended_on"
    ).iter_rows():
        day = start_day(things[item], times.at(batch - 1))
        if ended is None:
            continue
        for part, each in things[item].parts.items():
            taken[part, day] += quantity * each * (1 + SCRAP * part.startswith("GR-"))
    return [
        Move(part, "WERK", day, LEFT, -round(quantity, 3), "used", "Entnahme")
        for (part, day), quantity in taken.items()
    ]


def _shipped(shipments: pl.DataFrame) -> list[Move]:
    rows = shipments.select("item", "territory", "shipped_on", "quantity", "order").iter_rows()
    return [
        Move(item, "SUED" if territory in SOUTH else "ZL", day, LEFT, -quantity, "shipped", order)
        for item, territory, day, quantity, order in rows
    ]


def _returned(times: Times, returns: pl.DataFrame) -> list[Move]:
    """What came back waits in quarantine; most of it is scrapped some weeks later."""
    dice = times.dice("quarantine")
    found = []
    for item, day, quantity, order in returns.select("item", "returned_on", "quantity", "order").iter_rows():
        found.append(Move(item, "SPERR", day, CAME, quantity, "returned", order, day))
        if dice.random() < 0.7:
            later = day + timedelta(days=int(dice.integers(20, 70)))
            found.append(Move(item, "SPERR", later, LEFT, -quantity, "scrapped", order))
    return found


def _first_in_first_out(found: list[Move]) -> pl.DataFrame:
    """The moves in time, each leaving one split over the days on which its stock had come."""
    layers: dict[tuple[str, str], deque[list[Any]]] = defaultdict(deque)
    rows = []
    for move in sorted(found, key=lambda move: (move.day, move.order, move.item, move.place, move.reference)):
        layer = layers[move.item, move.place]
        if move.received is not None:
            if move.quantity > 0:
                layer.append([move.received, move.quantity])
            else:  # moved on at once: out of the layer that has just come
                last = next(one for one in reversed(layer) if one[0] == move.received)
                last[1] += move.quantity
            rows.append((*_plain(move), move.quantity, move.received))
            continue
        left = -move.quantity
        while left > 1e-6:
            taken = min(left, layer[0][1])
            if taken > 1e-9:
                rows.append((*_plain(move), -round(taken, 4), layer[0][0]))
            layer[0][1] -= taken
            left -= taken
            if layer[0][1] <= 1e-6:
                layer.popleft()
    columns = ["item", "location", "moved_on", "kind", "reference", "quantity", "received_on"]
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def _plain(move: Move) -> tuple[str, str, date, str, str]:
    return move.item, move.place, move.day, move.kind, move.reference
