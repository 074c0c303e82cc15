"""The small company in June 2014, when the cycle of May is held."""

from datetime import UTC, datetime

import pytest

from einklang.cycle import actions
from einklang.kernel import clock
from tests import small_company


@pytest.fixture
def june_2014():
    """The clock stands on 5 June 2014."""
    with clock.at(datetime(2014, 6, 5, 9, tzinfo=UTC)):
        yield


@pytest.fixture
def items(company, north, south, rolf):
    """The small company's items, with its orders."""
    return small_company.build({"north": north, "south": south}, seller=rolf)


@pytest.fixture
def cycle(items, paul, june_2014):
    """The cycle of May 2014, just opened."""
    return actions.open_cycle(small_company.MAY, by=paul)


@pytest.fixture
def planned(cycle, paul):
    """The cycle run to a frozen version, nothing signed."""
    return actions.run_cycle(small_company.MAY, by=paul)


@pytest.fixture
def version(planned):
    """The frozen version."""
    return planned.version


@pytest.fixture
def signed(version, vera, paul, fina):
    """The version, signed by everybody who must."""
    signers = [
        ("data", paul),
        ("product", paul),
        ("demand", vera),
        ("supply", paul),
        ("reconciliation", fina),
        ("executive", vera),
    ]
    for step, by in signers:
        actions.take_step(version.cycle, step, comment="As discussed.", by=by)
    version.refresh_from_db()
    return version
