"""Frames in, frames out: types kept, defaults filled, on both databases."""

from datetime import date

import polars as pl
import pytest

from einklang.catalog.models import Item, Price
from einklang.kernel import tables

pytestmark = pytest.mark.django_db


def test_what_goes_in_comes_out_in_its_types():
    tables.insert(
        Item, pl.DataFrame({"code": ["P-1", "P-2"], "name": ["Pump", "Pümpchen"], "lot_min": [1.5, 0.0]})
    )

    found = tables.read(
        Item.objects.order_by("code"),
        code="code",
        name="name",
        lot_min="lot_min",
        sold="is_sold",
        born="launched_on",
    )

    assert found.rows() == [("P-1", "Pump", 1.5, True, None), ("P-2", "Pümpchen", 0.0, True, None)]
    assert found.dtypes == [pl.String, pl.String, pl.Float64, pl.Boolean, pl.Date]


def test_dates_and_foreign_keys_travel():
    item = Item.objects.create(code="P-1", name="Pump")
    row = {
        "item_id": [item.pk],
        "currency": ["EUR"],
        "amount_cents": [45],
        "valid_from": [date(2014, 5, 1)],
    }
    tables.insert(Price, pl.DataFrame(row))

    found = tables.read(Price.objects.all(), item="item__code", start="valid_from", cents="amount_cents")

    assert found.rows() == [("P-1", date(2014, 5, 1), 45)]


def test_an_empty_table_keeps_its_types():
    found = tables.read(Price.objects.all(), item="item__code", start="valid_from", cents="amount_cents")

    assert found.schema == {"item": pl.String, "start": pl.Date, "cents": pl.Int64}


def test_a_column_the_table_does_not_have_is_a_mistake_that_is_named():
    with pytest.raises(ValueError, match="colour"):
        tables.insert(Item, pl.DataFrame({"code": ["P-1"], "colour": ["red"]}))
