"""Backup, wipe, restore, verify; and every way somebody may tamper with the journal is found."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.house import ON_POSTGRESQL, empty_house

PASSWORD = "Ebbe-und-Flut-17\n"


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A house with people, a journal that was verified, and a backup."""
    with empty_house(tmp_path_factory.mktemp("grown")) as house:
        house.run("migrate")
        for name in ("adam", "berta", "carla"):
            house.run("user", "add", name, "--role", "admin", "--password-stdin", text=PASSWORD)
        house.run("verify")
        house.run("backup", house.data / "kept.zip")
        yield house


@pytest.fixture
def lived_in(grown, tmp_path):
    """A copy of it, to be spoiled."""
    with empty_house(tmp_path, like=grown) as house:
        yield house


@pytest.fixture
def kept(grown, tmp_path):
    """A copy of its backup."""
    return Path(shutil.copy(grown.data / "kept.zip", tmp_path / "kept.zip"))


def people(house):
    return [row["username"] for row in json.loads(house.run("user", "list", "--json"))]


def test_what_was_backed_up_is_there_again_after_a_restore_and_life_goes_on(house, kept):
    house.run("restore", kept)
    house.run("user", "add", "dora", "--password-stdin", text=PASSWORD)

    assert people(house) == ["adam", "berta", "carla", "dora"]
    house.run("verify")


def test_a_house_with_people_in_it_is_not_overwritten(lived_in, kept):
    assert "not empty" in lived_in.run("restore", kept, code=5)


def test_a_backup_is_readable_by_its_owner_alone(grown):
    assert (grown.data / "kept.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["cut", "changed", "foreign"])
def test_a_damaged_backup_is_refused_and_nothing_is_written(house, kept, damage):
    if damage == "cut":
        kept.write_bytes(kept.read_bytes()[:-2000])
    elif damage == "foreign":
        kept.write_text("something else")
    else:
        change_one_file(kept)

    house.run("restore", kept, code=3)

    assert house.tables() == []


def change_one_file(archive):
    """Put other bytes into the first file of data and leave the manifest as it was."""
    with zipfile.ZipFile(archive) as before:
        files = {name: before.read(name) for name in before.namelist()}
    name = next(name for name in files if name != "manifest.json")
    files[name] = files[name][:-1] + b"x"
    with zipfile.ZipFile(archive, "w") as after:
        for name, content in files.items():
            after.writestr(name, content)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE kernel_journalentry SET by_name = 'nobody' WHERE id = 2",
        "DELETE FROM kernel_journalentry WHERE id = 2",
        "DELETE FROM kernel_journalentry WHERE id = 1",
        "DELETE FROM kernel_journalentry WHERE id >= 3",
        "DELETE FROM kernel_journalentry",
    ],
)
def test_tampering_with_the_journal_is_found(lived_in, tampering):
    lived_in.sql(tampering)
    assert "ournal line" in lived_in.run("verify", code=3)


def test_a_row_that_points_nowhere_cannot_be_or_is_found(lived_in):
    nowhere = "INSERT INTO people_membership (user_id, territory_id, start) VALUES (1, 4711, '2014-01-01')"
    if ON_POSTGRESQL:
        with pytest.raises(Exception, match="foreign key"):
            lived_in.sql(nowhere)
    else:
        lived_in.sql(nowhere)
        assert "people_territory that is not there" in lived_in.run("verify", code=3)
