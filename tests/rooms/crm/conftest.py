"""A customer in the north with a person who decides, one in the south, and a deal of Rolf's."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from einklang.catalog.models import Item
from einklang.crm import actions
from einklang.crm.models import Account, Contact, Stage
from einklang.kernel import clock


@pytest.fixture
def day():
    """The clock stands on 12 May 2026."""
    with clock.at(datetime(2026, 5, 12, 10, tzinfo=UTC)):
        yield date(2026, 5, 12)


@pytest.fixture
def works(db, day, rolf, north):
    """The waterworks in Rolf's territory."""
    return Account.objects.create(code="K1", name="Waterworks", owner=rolf, territory=north)


@pytest.fixture
def elsewhere(db, day, south):
    """A customer whom Rolf may not see."""
    return Account.objects.create(code="K2", name="Brewery", territory=south)


@pytest.fixture
def decider(works):
    return Contact.objects.create(account=works, code="K1-1", name="Dora")


@pytest.fixture
def deal(works, rolf):
    return actions.add_deal(works, "New pumps", by=rolf, next_step="Call Dora")


@pytest.fixture
def stage(deal):
    """The stages by code, as attributes: ``stage.present``."""
    return SimpleNamespace(**{one.code.replace("-", "_"): one for one in Stage.objects.all()})


@pytest.fixture
def pump(db):
    return Item.objects.create(code="P-20", name="Pump 20")
