"""An import of rows that no constraint would keep from doubling, killed again and again: each comes once."""

import json
import random
import subprocess
import sys
import time

import pytest

PASSWORD = "Ebbe-und-Flut-17\n"
ROWS = 2_000
IN_SMALL_SLICES = """
import sys
from einklang.cli.database import house
with house():
    from einklang.transfer import running
    running.SLICE = 100
from einklang.cli import main
main()
"""


@pytest.fixture
def warehouse(house, tmp_path):
    """A house, and a folder of stock moves, which the database itself would take twice."""
    house.run("migrate")
    house.run("user", "add", "adam", "--role", "admin", "--password-stdin", text=PASSWORD)
    folder = tmp_path / "tables"
    folder.mkdir()
    moves = [f"I{n % 40},L1,2014-04-30,{n % 7 + 1},count,2014-04-30,R{n}" for n in range(ROWS)]
    (folder / "catalog.locations.csv").write_text("code,name\nL1,Store\n")
    (folder / "catalog.items.csv").write_text("code,name\n" + "".join(f"I{n},Item {n}\n" for n in range(40)))
    head = "item,location,moved_on,quantity,kind,received_on,reference\n"
    (folder / "orders.stock_moves.csv").write_text(head + "\n".join(moves) + "\n")
    return house, folder


def start(house, folder):
    command = [sys.executable, "-c", IN_SMALL_SLICES, "import", str(folder), "--recipe", "einklang", "--json"]
    return subprocess.Popen(
        command,
        env=house.environment,
        cwd=house.data,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def written(house):
    return house.sql("SELECT COUNT(*) FROM orders_stockmove")[0][0]


def test_killed_again_and_again_it_ends_whole(warehouse):
    house, folder = warehouse
    dice = random.Random(4711)
    kills = 0
    while kills < 4:
        process = start(house, folder)
        # Kill it once it has written something more, some milliseconds later.
        before, patience = written(house), time.monotonic() + 60
        while written(house) == before and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.05)
        if process.poll() is not None:
            break
        process.kill()
        process.communicate()
        kills += 1
        there, noted = written(house), house.sql("SELECT COUNT(*) FROM transfer_importedrow")[0][0]
        assert there + 41 == noted, "each row is noted in the transaction that wrote it"

    process = start(house, folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-2000:]
    summary = json.loads(out)

    assert kills >= 1
    assert written(house) == ROWS
    assert house.sql("SELECT COUNT(DISTINCT reference) FROM orders_stockmove")[0][0] == ROWS
    assert summary["created"] + summary["unchanged"] == ROWS + 41
    assert len(house.sql("SELECT id FROM transfer_importrun")) <= 2

    again = json.loads(start(house, folder).communicate(timeout=120)[0])
    assert (again["created"], again["unchanged"]) == (0, ROWS + 41)
