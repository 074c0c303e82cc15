"""An import that is killed anywhere loses nothing and doubles nothing: the next run takes it to its end."""

import json
import random
import signal
import time

import pytest

from tests.house import empty_house

ORDERS, LINES_EACH, ITEMS, ACCOUNTS = 3000, 3, 40, 150
SUMS = """
SELECT (SELECT count(*) FROM catalog_item), (SELECT count(*) FROM crm_account),
       (SELECT count(*) FROM orders_salesorder), (SELECT count(*) FROM orders_orderline),
       (SELECT sum(subtotal_cents) FROM orders_salesorder), (SELECT sum(amount_cents) FROM orders_orderline)
"""


def table(folder, name, head, rows):
    """Write one table of an export."""
    lines = [head, *(",".join(map(str, row)) for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A folder of plain tables: families, items, accounts, orders and their lines."""
    folder, chance = tmp_path_factory.mktemp("export"), random.Random(17)
    table(folder, "catalog.families", "code,name,parent", [("pumps", "Pumps", "")])
    items = [(f"P-{n}", f"Pump {n}", "pumps", "pcs", "make", 1, 0) for n in range(ITEMS)]
    table(folder, "catalog.items", "code,name,family,unit,kind,is_sold,is_phantom", items)
    accounts = [(f"A-{n}", f"Account {n}", "company") for n in range(ACCOUNTS)]
    table(folder, "crm.accounts", "code,name,kind", accounts)
    orders, lines = [], []
    for number in range(ORDERS):
        amounts = [chance.randint(100, 999999) for _ in range(LINES_EACH)]
        cents = sum(amounts)
        account = f"A-{chance.randrange(ACCOUNTS)}"
        day = f"2014-{chance.randint(1, 12):02d}-15"
        money = f"{cents / 100:.2f}"
        orders.append((number, account, "direct", "shipped", day, f"{day[:8]}01", "EUR", money, 0, 0))
        for place, amount in enumerate(amounts, start=1):
            item, whole = f"P-{chance.randrange(ITEMS)}", f"{amount / 100:.2f}"
            lines.append((number, place, item, 1, whole, 0, whole, day, f"{day[:8]}01", 0))
    head = "number,account,channel,state,ordered_on,period,currency,subtotal,tax,freight"
    table(folder, "orders.sales_orders", head, orders)
    head = "order,line_number,item,quantity,unit_price,discount,amount,wished_on,period,is_lost"
    table(folder, "orders.order_lines", head, lines)
    return folder


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A house with its tables and somebody who may import."""
    with empty_house(tmp_path_factory.mktemp("furnished")) as house:
        house.run("migrate")
        house.run("user", "add", "adam", "--role", "admin", "--password-stdin", text="Ebbe-und-Flut-17\n")
        yield house


def bring_in(house, export):
    """Import to the end; what the terminal says came of it."""
    return json.loads(house.run("import", export, "--recipe", "einklang", "--partial", "--json"))


@pytest.fixture(scope="module")
def clean(furnished, export, tmp_path_factory):
    """What the house holds after an import that nobody disturbed."""
    with empty_house(tmp_path_factory.mktemp("clean"), like=furnished) as house:
        bring_in(house, export)
        return house.sql(SUMS)[0], slices(house)


def slices(house):
    """How many slices the journal says were taken in."""
    return house.sql("SELECT count(*) FROM kernel_journalentry WHERE event = 'transfer.rows_added'")[0][0]


def kill_after(house, export, wanted, pause):
    """Begin an import and kill it a moment after so many slices are in; whether it was still running."""
    running = house.start("import", export, "--recipe", "einklang", "--partial", "--json")
    while running.poll() is None and slices(house) < wanted:
        time.sleep(0.005)
    time.sleep(pause)
    alive = running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.communicate()
    return alive


def test_an_import_killed_after_every_slice_ends_like_one_that_nobody_disturbed(
    furnished, export, clean, tmp_path
):
    (sums, total), chance = clean, random.Random(4711)
    with empty_house(tmp_path, like=furnished) as house:
        killed = [kill_after(house, export, wanted, chance.random() * 0.05) for wanted in range(total)]
        bring_in(house, export)

        assert sums[:4] == (ITEMS, ACCOUNTS, ORDERS, ORDERS * LINES_EACH)
        assert sum(killed) >= total // 2, "the kills came too late to prove anything"
        assert house.sql(SUMS)[0] == sums
        house.run("verify")


def test_the_same_import_again_changes_nothing(furnished, export, clean, tmp_path):
    with empty_house(tmp_path, like=furnished) as house:
        bring_in(house, export)
        again = bring_in(house, export)

        assert (again["created"], again["updated"], again["rejected"]) == (0, 0, 0)
        assert house.sql(SUMS)[0] == clean[0]


def test_an_import_that_is_taken_back_leaves_nothing(furnished, export, tmp_path):
    with empty_house(tmp_path, like=furnished) as house:
        before = house.sql(SUMS)[0]
        bring_in(house, export)
        house.run("import", "undo", 1)

        assert house.sql(SUMS)[0] == before
        house.run("verify")
