"""The API keeps its own contract: generated requests, good and bad, find no answer it does not name."""

from collections import Counter
from importlib import import_module, util

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from ninja import Schema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from einklang.config.rooms import ROOMS
from einklang.config.wsgi import application
from einklang.people import actions

EXAMPLES = 8
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)


@pytest.fixture(autouse=True)
def one_connection():
    """Requests within a test's transaction leave its connection open, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(vera):
    """A key that may read and write whatever a VP may."""
    return actions.issue_token("contract", by=vera, scopes=["read", "write"])


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_contract_names(case, key):
    # Schemathesis takes every 422 to well-formed data for a mistake; here it may also say "no answer".
    headers = {"Authorization": f"Bearer {key}"}
    answer = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    # An upload of no files at all cannot be told from one that forgot them.
    well_formed = case.meta.generation.mode.is_positive and case.media_type != "multipart/form-data"
    if well_formed and answer.status_code == 422:
        assert not answer.json().get("errors"), (
            f"{case.formatted_path} refused what its contract allows: {answer.text}"
        )


def test_no_two_shapes_share_a_name():
    """The contract lists shapes by name alone: of two with one name, it would tell one wrongly."""
    doors = [
        import_module(f"einklang.{room}.api") for room in ROOMS if util.find_spec(f"einklang.{room}.api")
    ]
    own = [
        shape
        for door in doors
        for shape in vars(door).values()
        if isinstance(shape, type) and issubclass(shape, Schema) and shape.__module__ == door.__name__
    ]
    names = Counter(shape.__name__ for shape in own)
    assert [name for name, count in names.items() if count > 1] == []
