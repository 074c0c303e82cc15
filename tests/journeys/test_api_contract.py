"""The API keeps its own contract: generated requests, good and bad, find no answer it does not name."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from einklang.config.wsgi import application
from einklang.people import actions

EXAMPLES = 12
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)


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

    if case.meta.generation.mode.is_positive and answer.status_code == 422:
        assert not answer.json().get("errors"), (
            f"{case.formatted_path} refused what its contract allows: {answer.text}"
        )
