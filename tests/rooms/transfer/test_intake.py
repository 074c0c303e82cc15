"""What rooms take in: read off the models, with the database's own rules asked first."""

import polars as pl
import pytest
from django.db import models

from einklang.catalog.models import BomLine, Price, Promotion
from einklang.kernel.intake.rules import broken_rules
from einklang.transfer.targets import TARGETS


def test_columns_carry_the_limits_of_the_model():
    columns = {column.name: column for column in TARGETS.columns(TARGETS["catalog.items"])}
    assert columns["code"].required
    assert columns["code"].length == 60
    assert columns["kind"].choices == ("make", "buy")
    assert columns["lead_time_days"].minimum == 0
    assert "version" not in columns


def test_a_row_of_a_deeper_table_is_named_by_its_whole_key():
    assert TARGETS.key_columns(TARGETS["orders.shipments"]) == ("line_order", "line_number", "shipped_on")
    paths = TARGETS.paths(TARGETS["orders.shipments"])
    assert paths["line_order"] == "line__order__number"


def test_people_bring_no_password_and_no_right_to_enter():
    names = {column.name for column in TARGETS.columns(TARGETS["people.users"])}
    assert not names & {"password", "is_active", "last_login"}


@pytest.mark.parametrize(
    ("model", "row", "column", "expected"),
    [
        (Price, {"amount_cents": -1}, "amount_cents", "amount at least 0"),
        (BomLine, {"quantity": 0}, "quantity", "quantity above 0"),
        (BomLine, {"scrap": 1.0}, "scrap", "scrap at least 0 and scrap below 1"),
        (BomLine, {"parent": "A", "component": "A"}, "parent", "not parent equal to component"),
        (Promotion, {"start": 2, "end": 1}, "end", "end at least start"),
    ],
)
def test_the_databases_rules_are_said_in_words(model, row, column, expected):
    found = list(broken_rules(model, pl.DataFrame([row])))
    assert [(rule.column, rule.expected) for rule in found] == [(column, expected)]


def test_an_empty_cell_breaks_no_rule():
    assert not list(
        broken_rules(BomLine, pl.DataFrame({"quantity": [None]}, schema={"quantity": pl.Float64}))
    )


def test_every_rule_of_every_table_is_understood():
    for target in TARGETS:
        for constraint in target.model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                names = [field.attname for field in target.model._meta.concrete_fields]
                names += [field.name for field in target.model._meta.concrete_fields]
                frame = pl.DataFrame(
                    {name: [] for name in dict.fromkeys(names)}, schema=dict.fromkeys(names, pl.Float64)
                )
                list(broken_rules(target.model, frame))
