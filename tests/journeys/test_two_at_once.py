"""When several people do the same at the same moment, nothing is lost, doubled or answered by a failure."""

import json
import subprocess
import sys

import pytest

from tests.house import ROOT, empty_house
from tests.journeys.at_once import PEOPLE


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A house with its tables and an administrator."""
    with empty_house(tmp_path_factory.mktemp("furnished")) as house:
        house.run("migrate")
        house.run("user", "add", "adam", "--role", "admin", "--password-stdin", text="Ebbe-und-Flut-17\n")
        yield house


@pytest.fixture
def tell(furnished, tmp_path):
    """Plays a story in a copy of the house; what came of it."""

    def told(story):
        with empty_house(tmp_path, like=furnished) as house:
            done = subprocess.run(
                [sys.executable, "-m", "tests.journeys.at_once", story],
                cwd=ROOT,
                env=house.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr[-3000:]
            return json.loads(done.stdout)

    return told


def test_of_all_who_change_one_person_one_wins_and_the_others_are_told(tell):
    told = tell("changing_one_person")
    assert told == {"outcome": {"done": 1, "Stale": PEOPLE - 1}, "version": 2}


def test_no_line_of_the_journal_is_lost_and_the_chain_holds(tell):
    told = tell("writing_the_journal")
    assert told == {"outcome": {"done": PEOPLE}, "lines": 10 * PEOPLE, "broken": []}


def test_an_order_is_shipped_once(tell):
    told = tell("shipping_one_order")
    assert told == {"outcome": {"done": 1, "Refused": PEOPLE - 1}, "shipped": 10, "left": 90}


def test_stock_of_one_receipt_is_not_given_out_twice(tell):
    told = tell("shipping_from_one_receipt")
    assert told == {"outcome": {"done": PEOPLE}, "lots": [100 - 10 * PEOPLE]}


def test_orders_booked_at_once_have_numbers_of_their_own(tell):
    told = tell("booking_orders")
    assert told == {"outcome": {"done": PEOPLE}, "numbers": PEOPLE}


def test_no_unit_is_kept_for_two(tell):
    told = tell("keeping_the_same_units")
    assert told == {"outcome": {"done": 3, "Refused": PEOPLE - 3}, "kept": 90}


def test_a_planned_order_is_released_once(tell):
    told = tell("releasing_one_proposal")
    assert told == {"outcome": {"done": 1, "Refused": PEOPLE - 1}, "orders": 1}
