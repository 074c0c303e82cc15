"""A folder of tables written by a test, and an import of it from beginning to end."""

from pathlib import Path

import pytest

from einklang.people.models import User
from einklang.transfer import actions, running
from einklang.transfer.recipe import load, parse

FAMILIES = "code,name,parent\npumps,Pumps,\nsmall-pumps,Small pumps,pumps\n"
ITEMS = "code,name,family,kind\nP-20,Pump 20,small-pumps,make\nV-1,Valve,,buy\n"
PRICES = "item,currency,amount,valid_from\nP-20,EUR,450.00,2014-01-01\nV-1,EUR,12.50,2014-01-01\n"
ACCOUNTS = "code,name\nA1,Works Ltd\n"
ORDERS = (
    "number,account,state,ordered_on,period,currency,subtotal\n"
    "SO1,A1,open,2014-05-02,2014-05-01,EUR,10.00\n"
    "SO2,A1,open,2014-05-03,2014-05-01,EUR,24.99\n"
)
LINES = (
    "order,line_number,item,quantity,unit_price,amount,period\n"
    "SO1,1,P-20,1,3.3333,3.3333,2014-05-01\n"
    "SO1,2,V-1,1,3.3333,3.3333,2014-05-01\n"
    "SO1,3,V-1,1,3.3334,3.3334,2014-05-01\n"
    "SO2,1,V-1,2,12.495,24.99,2014-05-01\n"
)
WHOLE = {
    "catalog.families": FAMILIES,
    "catalog.items": ITEMS,
    "catalog.prices": PRICES,
    "crm.accounts": ACCOUNTS,
    "orders.sales_orders": ORDERS,
    "orders.order_lines": LINES,
}


class Folder:
    """A folder of tables, and what comes of importing it."""

    def __init__(self, place: Path, by: User) -> None:
        self.place, self.by = place, by

    def write(self, **tables: str | bytes) -> "Folder":
        """Write tables by their name (``catalog_items``), in place of those there."""
        for name, text in tables.items():
            room, _, table = name.partition("_")
            content = text if isinstance(text, bytes) else text.encode()
            (self.place / f"{room}.{table}.csv").write_bytes(content)
        return self

    def plan(self, recipe: str = "einklang", **answers: str):
        """What an import would do."""
        options = {"answers": answers}
        return running.prepare(_recipe(recipe), self.place, options, by=self.by)[0]

    def take(self, recipe: str = "einklang", **answers: str):
        """Import the folder; the run."""
        options = {"answers": answers}
        plan, mark = running.prepare(_recipe(recipe), self.place, options, by=self.by)
        run = actions.open_run(_recipe(recipe), str(self.place), by=self.by, options=options)
        actions.note_plan(run, plan, mark, by=self.by)
        return running.take_in(run, plan, by=self.by)


def _recipe(text: str):
    return parse(text, "test") if "\n" in text else load(text)


@pytest.fixture
def folder(tmp_path, adam):
    """An empty folder for tables."""
    place = tmp_path / "tables"
    place.mkdir()
    return Folder(place, adam)


@pytest.fixture
def whole(folder):
    """A folder with families, items, prices, an account and two orders."""
    return folder.write(**{name.replace(".", "_", 1): text for name, text in WHOLE.items()})


def counts(run):
    """Added, changed, unchanged and rejected rows of a run or a plan."""
    report = run.report
    return tuple(
        sum(line[name] for line in report) for name in ("created", "updated", "unchanged", "rejected")
    )


def reasons(plan):
    """Each rejected row as (file, row, column, got)."""
    return [
        (one.file, row, column, got)
        for one in plan.tables
        for row, column, got in one.faults.select("row", "column", "got").iter_rows()
    ]
