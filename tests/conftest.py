"""People that tests know by name, one per role, and a clock that stands."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

from einklang.kernel import clock
from einklang.people.models import Company, Membership, Team, Territory, User

# A machine that is busy with other work makes examples slowly; that is no fault of what is tested.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _jobs_now(settings):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "sync": True}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _in_english():
    """What a page in German left behind is no matter of the next test."""
    with translation.override("en"):
        yield


@pytest.fixture
def may_2014():
    """The clock stands on 12 May 2014."""
    with clock.at(datetime(2014, 5, 12, 10, tzinfo=UTC)):
        yield date(2014, 5, 1)


@pytest.fixture
def company(db):
    return Company.objects.create(name="Test Pumps", home_currency="EUR")


@pytest.fixture
def sales(db):
    """The team of the manager and the rep."""
    return Team.objects.create(code="sales", name="Sales")


def person(name: str, role: str, **facts) -> User:
    user = User(username=name.lower(), name=name, role=role, is_active=True, **facts)
    user.set_password(f"{name}-password-1")
    user.save()
    return user


@pytest.fixture
def north(db):
    return Territory.objects.create(code="north", name="North", country="DE", potential_cents=200_00)


@pytest.fixture
def south(db):
    return Territory.objects.create(code="south", name="South", country="DE", potential_cents=100_00)


@pytest.fixture
def vera(company):
    """VP."""
    return person("Vera", "vp")


@pytest.fixture
def mara(company, sales):
    """Manager of the sales team."""
    return person("Mara", "manager", team=sales)


@pytest.fixture
def rolf(company, sales, north):
    """Representative in the north, in the sales team."""
    user = person("Rolf", "rep", team=sales, sells=True, hired_on=date(2012, 1, 1))
    Membership.objects.create(user=user, territory=north, start=date(2012, 1, 1))
    return user


@pytest.fixture
def sina(company):
    """Specialist."""
    return person("Sina", "specialist")


@pytest.fixture
def anna(company):
    """Analyst."""
    return person("Anna", "analyst")


@pytest.fixture
def paul(company):
    """Planner."""
    return person("Paul", "planner")


@pytest.fixture
def fina(company):
    """Finance."""
    return person("Fina", "finance")


@pytest.fixture
def adam(company):
    """Administrator."""
    return person("Adam", "admin")
