"""The demo plants of frePPLe as tables for the schedule: an item at a place is an item of its own.

What the schedule has no word for is left out, and stands here: alternates (the preferred one is taken), which
member of a pool has which skill (the pool counts as so many machines), a capacity that changes later
(that of the first day is taken).
"""

import gzip
import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import polars as pl

from tests.shared import shared

Row = dict[str, Any]
Facts = dict[str, list[Row]]
DAYS = 500


def plant(name: str) -> tuple[date, dict[str, pl.DataFrame]]:
    """The day a demo plant begins on, and its tables."""
    facts = _facts(name)
    found = [
        row["value"]
        for row in facts["parameter"]
        if row["pk"] == "currentdate" or row.get("name") == "currentdate"
    ]
    start = date.fromisoformat(found[0][:10])
    tables: dict[str, list[Row]] = defaultdict(list)
    _operations(facts, tables)
    _suppliers(facts, tables)
    _distribution(facts, tables)
    _resources(facts, tables, start)
    _open_orders(facts, tables)
    for row in facts["demand"]:
        if row.get("status", "open") == "open":
            tables["demand"].append(
                {
                    "order": row.get("name") or row["pk"],
                    "item": _asked(tables, row),
                    "quantity": float(row["quantity"]),
                    "due": date.fromisoformat(row["due"][:10]),
                    "priority": float(row["priority"]),
                }
            )
    stock = {_at(row["item_id"], row["location_id"]): float(row["onhand"]) for row in facts["buffer"]}
    known = {row["item"]: row for row in tables["items"]}
    named = [
        row[key]
        for table, key in (("bom", "parent"), ("bom", "component"), ("demand", "item"), ("routing", "item"))
        for row in tables[table]
    ]
    for item in [*stock, *named]:
        known.setdefault(item, {"item": item})
    tables["items"] = [{"on_hand": stock.get(item, 0.0), **row} for item, row in known.items()]
    return start, {
        name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items() if rows
    }


def closed_sales(name: str) -> pl.DataFrame:
    """What a demo plant has sold: item, due, quantity."""
    rows = [row for row in _facts(name)["demand"] if row.get("status") == "closed"]
    return pl.DataFrame(
        {
            "item": [_at(row["item_id"], row["location_id"]) for row in rows],
            "due": [date.fromisoformat(row["due"][:10]) for row in rows],
            "quantity": [float(row["quantity"]) for row in rows],
        }
    )


def _facts(name: str) -> Facts:
    facts: Facts = defaultdict(list)
    with gzip.open(shared(f"data/frepple_demo_plant/{name}.json.gz")) as packed:
        for row in json.load(packed):
            facts[row["model"].split(".")[1]].append({"pk": row.get("pk"), **row["fields"]})
    return facts


def _at(item: str, place: str) -> str:
    return f"{item} @ {place}"


def _name(row: Row, key: str) -> Any:
    return row.get(f"{key}_id") or row.get(key)


def _asked(tables: dict[str, list[Row]], row: Row) -> str:
    """The item a demand asks for; of a job shop the routing stands in the demand, and makes the item."""
    item = _at(_name(row, "item"), _name(row, "location"))
    for step in tables["routing"]:
        if step["item"] == row.get("operation"):
            step["item"] = item
    return item


def _operations(facts: Facts, tables: dict[str, list[Row]]) -> None:
    """What is made: each operation's steps in order, all parts drawn when the first begins."""
    loads, flows, steps = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in facts["operationresource"]:
        loads[_name(row, "operation")].append(_name(row, "resource"))
    for row in facts["operationmaterial"]:
        flows[row["operation_id"]].append(row)
    owned = {row.get("name") or row["pk"]: row for row in facts["operation"]}
    for name, row in owned.items():
        steps[_name(row, "owner") or name].append((row.get("priority") or 1, name))
    for owner, members in steps.items():
        whole = owned.get(owner, {})
        if whole.get("type") == "alternate" or owner.startswith("Deliver"):
            continue
        item = _at(whole["item_id"], whole["location_id"]) if whole.get("item_id") else owner
        for number, (_priority, name) in enumerate(sorted(members), start=1):
            row = owned[name]
            if row["type"] == "routing":
                continue
            hours = float(row.get("duration_per") or 0) / 3600
            fixed = float(row.get("duration") or 0) / 3600
            for resource in loads[name] or [None]:
                tables["routing"].append(
                    {"item": item, "step": number, "resource": resource, "hours": hours, "setup_hours": fixed}
                )
            for flow in flows[name]:
                if flow["quantity"] < 0:
                    part = _at(flow["item_id"], row["location_id"])
                    tables["bom"].append(
                        {"parent": item, "component": part, "quantity": -float(flow["quantity"])}
                    )
        if whole.get("item_id"):
            tables["items"].append(
                {
                    "item": item,
                    "lot_min": float(whole.get("sizeminimum") or 0),
                    "lot_multiple": float(whole.get("sizemultiple") or 0),
                }
            )


def _suppliers(facts: Facts, tables: dict[str, list[Row]]) -> None:
    """What is bought; without a place it may be bought for any place that holds it."""
    made = {row["item"] for row in tables["items"]}
    for row in facts["itemsupplier"]:
        places = (
            [row["location_id"]]
            if row.get("location_id")
            else [b["location_id"] for b in facts["buffer"] if b["item_id"] == row["item_id"]]
        )
        for place in places:
            item = _at(row["item_id"], place)
            if item not in made:
                tables["items"].append(
                    {
                        "item": item,
                        "lead_time": float(row["leadtime"]) / 86400,
                        "lot_min": float(row.get("sizeminimum") or 0),
                        "lot_multiple": float(row.get("sizemultiple") or 0),
                    }
                )


def _distribution(facts: Facts, tables: dict[str, list[Row]]) -> None:
    """What is brought from another place: made of the same item there, with the way as a wait."""
    goods = [row["name"] for row in facts["item"] if row.get("owner_id")]
    for row in facts["itemdistribution"]:
        for name in goods if row["item_id"] == "All items" else [row["item_id"]]:
            item = _at(name, row["location_id"])
            if any(known["item"] == item for known in tables["items"]):
                continue
            lots = {"lot_min": float(row["sizeminimum"]), "lot_multiple": float(row.get("sizemultiple") or 0)}
            tables["items"].append({"item": item, **lots})
            tables["bom"].append({"parent": item, "component": _at(name, row["origin_id"]), "quantity": 1.0})
            way = {"resource": None, "hours": 0.0, "setup_hours": float(row["leadtime"]) / 3600}
            tables["routing"].append({"item": item, "step": 1, **way})


def _resources(facts: Facts, tables: dict[str, list[Row]], start: date) -> None:
    """Machines that run round the clock on the days their place works."""
    members: dict[str, int] = defaultdict(int)
    for row in facts["resource"]:
        members[row.get("owner_id") or ""] += 1
    works = {row["name"]: row.get("available_id") for row in facts["location"] if row.get("name")}
    for row in facts["resource"]:
        name = row.get("name") or row["pk"]
        count = members[name] or _value(facts, row.get("maximum_calendar_id"), start) or int(row["maximum"])
        tables["resources"].append(
            {"resource": name, "hours_per_day": 24.0 * count, "machines": count, "working_days": "1111111"}
        )
        for offset in range(DAYS):
            day = start + timedelta(days=offset)
            calendar = works.get(row.get("location_id"))
            if calendar and not _value(facts, calendar, day):
                tables["calendar"].append({"resource": name, "day": day, "hours": 0.0})


def _value(facts: Facts, calendar: str | None, day: date) -> int:
    """What a calendar says on a day: of its rows for that day the one of lowest priority."""
    weekday = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day.weekday()]
    found = [
        (row["priority"], int(row["value"]))
        for row in facts["calendarbucket"]
        if row["calendar_id"] == calendar
        and row["startdate"][:10] <= str(day) < row["enddate"][:10]
        and row[weekday]
    ]
    return min(found)[1] if found else 0


def _open_orders(facts: Facts, tables: dict[str, list[Row]]) -> None:
    """Confirmed purchases are on their way; transfers too, and they are drawn where they come from."""
    for row in facts["operationplan"]:
        due, name = date.fromisoformat((row.get("enddate") or row["startdate"])[:10]), row["reference"]
        quantity = float(row["quantity"])
        if row["type"] == "MO":
            made = next(one for one in facts["operation"] if one.get("name") == row["operation_id"])
            item = _at(made["item_id"], made["location_id"])
            tables["under_way"].append({"reference": name, "item": item, "quantity": quantity})
            continue
        item = _at(row["item_id"], row.get("destination_id") or row["location_id"])
        tables["receipts"].append({"item": item, "due": due, "quantity": quantity, "reference": name})
        if row["type"] == "DO":
            origin = _at(row["item_id"], row["origin_id"])
            leaves = date.fromisoformat(row["startdate"][:10])
            tables["demand"].append(
                {"order": name, "item": origin, "quantity": quantity, "due": leaves, "priority": 0.0}
            )
