"""Houses for stories that go through the terminal."""

import pytest

from tests.house import empty_house


@pytest.fixture
def house(tmp_path):
    """An empty house."""
    with empty_house(tmp_path) as found:
        yield found


@pytest.fixture
def another_house(tmp_path):
    """A second empty house beside it."""
    with empty_house(tmp_path) as found:
        yield found
