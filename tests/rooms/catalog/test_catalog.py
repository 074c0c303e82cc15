"""Items: prices and costs by date, bills of material without circles, capacity by calendar."""

from datetime import date
from decimal import Decimal

import pytest

from einklang.catalog import actions, queries
from einklang.catalog.models import BomLine, Family, Item, Price, RoutingStep, WorkCentre
from einklang.kernel.errors import NotAllowed, Refused, Stale

pytestmark = pytest.mark.django_db


@pytest.fixture
def pump():
    pumps = Family.objects.create(code="pumps", name="Pumps")
    small = Family.objects.create(code="small", name="Small pumps", parent=pumps)
    return Item.objects.create(code="P-20", name="Pump 20", family=small)


@pytest.fixture
def rotor():
    return Item.objects.create(code="R-1", name="Rotor", is_sold=False)


def test_a_new_price_ends_the_old_one_the_day_before(pump, sina):
    actions.set_price(pump, 450_00, "EUR", date(2014, 1, 1), by=sina)
    actions.set_price(pump, 470_00, "EUR", date(2014, 4, 1), by=sina)

    first = Price.objects.get(amount_cents=450_00)
    assert first.valid_to == date(2014, 3, 31)
    assert queries.prices_frame(date(2014, 3, 31), "EUR").rows() == [("P-20", 450_00)]
    assert queries.prices_frame(date(2014, 4, 1), "EUR").rows() == [("P-20", 470_00)]


def test_a_price_cannot_be_put_before_one_that_stands(pump, sina):
    actions.set_price(pump, 450_00, "EUR", date(2014, 4, 1), by=sina)
    with pytest.raises(Refused, match="later day"):
        actions.set_price(pump, 440_00, "EUR", date(2014, 1, 1), by=sina)


def test_a_rep_does_not_set_prices(pump, rolf):
    with pytest.raises(NotAllowed):
        actions.set_price(pump, 1, "EUR", date(2014, 1, 1), by=rolf)


def test_a_circle_in_the_bill_of_material_is_refused_with_its_path(pump, rotor, paul):
    actions.put_into(pump, rotor, Decimal(1), by=paul)
    with pytest.raises(Refused, match="R-1 > P-20 > R-1"):
        actions.put_into(rotor, pump, Decimal(1), by=paul)


def test_of_two_changes_to_one_item_the_second_is_refused(pump, paul):
    actions.change_item(pump, version=1, name="Pump 20 E", by=paul)
    with pytest.raises(Stale):
        actions.change_item(pump, version=1, name="Pump 20 X", by=paul)


def test_the_tree_adds_items_into_families_into_the_total(pump, rotor):
    Family.objects.create(code="empty", name="Nothing sold")

    assert sorted(queries.family_tree().rows()) == [
        ("P-20", "family:small"),
        ("family:pumps", "total"),
        ("family:small", "family:pumps"),
    ]


def test_bom_lines_hold_by_date(pump, rotor):
    BomLine.objects.create(parent=pump, component=rotor, quantity=2, valid_to=date(2013, 12, 31))
    BomLine.objects.create(parent=pump, component=rotor, quantity=3, valid_from=date(2014, 1, 1))

    assert queries.bom_frame(date(2014, 5, 1)).rows() == [("P-20", "R-1", 3.0, 0.0)]


def test_capacity_counts_working_days_and_a_shutdown(paul):
    """May 2014 has 22 working days; five of them are closed."""
    centre = WorkCentre.objects.create(code="40", name="Paint", hours_per_day=8, overtime_share="0.25")
    actions.change_capacity(centre, date(2014, 5, 5), date(2014, 5, 9), Decimal(0), "Shutdown", by=paul)

    row = queries.capacity_frame([date(2014, 5, 1)]).row(0, named=True)

    assert (row["working_days"], row["hours"], row["overtime_hours"]) == (17, 136.0, 34.0)


def test_hours_of_an_item_add_up_by_work_centre(pump):
    centre = WorkCentre.objects.create(code="40", name="Paint", hours_per_day=8)
    for sequence, hours in ((1, "0.25"), (2, "0.5")):
        RoutingStep.objects.create(item=pump, sequence=sequence, work_centre=centre, hours_per_unit=hours)

    assert queries.routing_frame().rows() == [("P-20", "40", 0.75, 0.0)]
