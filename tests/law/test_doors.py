"""Doors open rooms and touch no tables; a room touches only its own; rooms refuse in words."""

import ast

from tests.law.source import ROOMS, dotted, part_of_rooms, python

DOORS = ("pages", "api", "jobs", "forms")
TOUCHES = {"objects", "save", "bulk_create", "bulk_update", "select_for_update"}


def touched_by_door(text: str) -> list[str]:
    """Where a door goes to the tables by itself."""
    return [
        f"line {node.lineno}: .{node.attr}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr in TOUCHES
        and dotted(node.value) != "request.session"
    ]


def touched_next_door(text: str, room: str) -> list[str]:
    """Where a room reads or writes the tables of another room instead of asking it."""
    tree = ast.parse(text)
    foreign = {
        name.asname or name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and _is_another_rooms_models(node.module or "", room)
        for name in node.names
    }
    return [
        f"line {node.lineno}: {dotted(node)} is a table of {foreign[dotted(node.value)].split('.')[1]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "objects" and dotted(node.value) in foreign
    ]


def _is_another_rooms_models(module: str, room: str) -> bool:
    parts = module.split(".")
    return parts[0] == "einklang" and parts[1:2] != [room] and parts[1] in ROOMS and "models" in parts


def test_doors_touch_no_tables():
    faults = [
        f"{name}: {fault}"
        for part in DOORS
        for _, name, text in part_of_rooms(part)
        for fault in touched_by_door(text)
    ]
    assert not faults, "\n".join(faults)


def test_a_room_touches_only_its_own_tables():
    faults = [
        f"{name}: {fault}"
        for room in ROOMS
        for name, text in python(f"src/einklang/{room}/")
        for fault in touched_next_door(text, room)
    ]
    assert not faults, "\n".join(faults)


def test_the_law_finds_a_door_that_touches_tables():
    assert touched_by_door("Quota.objects.get(pk=1)") == ["line 1: .objects"]
    assert touched_by_door("deal.save()") == ["line 1: .save"]
    assert touched_by_door("actions.win(deal, by=request.user)") == []


def test_the_law_finds_a_room_in_another_rooms_tables():
    text = "from einklang.orders.models import OrderLine\nOrderLine.objects.all()"
    assert touched_next_door(text, "incentives") == ["line 2: OrderLine.objects is a table of orders"]
    assert touched_next_door(text, "orders") == []
