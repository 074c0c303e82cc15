"""The recipe language: small, checked when it is read, and the same for every file."""

import pytest

from einklang.catalog.models import Item
from einklang.crm.models import Account
from einklang.engine.errors import BadTable, Impossible
from einklang.transfer.recipe import parse, shipped
from einklang.transfer.targets import TARGETS
from einklang.transfer.words import mapping
from tests.rooms.transfer.conftest import counts, reasons

RECIPE = """
title = "Old ERP"
source = "old-erp"

[[table]]
into = "catalog.items"
from = "ARTICLES"
where = [{ column = "DELETED", is_not = "X" }]
because = "deleted there"
[table.join]
group = { file = "GROUPS", on = "GRP" }
[table.columns]
code = { text = "A{NO}" }
name = { first_of = ["TEXT", "NO"] }
unit = { value = "pcs" }
kind = { from = "MADE", map = { "J" = "make" }, otherwise = { value = "buy" } }
lead_time_days = { when = { column = "MADE", is = "J" }, then = "DAYS", else = "group.DAYS" }
launched_on = { from = "SINCE", do = ["add_days -3", "month"] }

[[table]]
into = "crm.accounts"
from = "CUSTOMERS"
distinct = ["NAME"]
[table.columns]
code = { from = "NAME", do = ["slug"] }
name = "NAME"
"""


@pytest.fixture
def old_erp(folder):
    """Articles in groups, one of them deleted, and two customers, one twice."""
    (folder.place / "ARTICLES.csv").write_text(
        "NO;TEXT;GRP;MADE;DAYS;SINCE;DELETED\n1;Pumpe;G;J;5;01.03.2014;\n2;;G;N;;15.03.2014;\n3;Alt;G;J;1;01.01.2010;X\n"
    )
    (folder.place / "GROUPS.csv").write_text("GRP;DAYS\nG;21\n")
    (folder.place / "CUSTOMERS.csv").write_text("NAME\nBerg & Tal\nBerg & Tal\nSee\n")
    return folder


def test_a_recipe_joins_filters_maps_and_computes(old_erp):
    run = old_erp.take(RECIPE)

    rows = Item.objects.values_list("code", "name", "kind", "lead_time_days", "launched_on__month")
    assert set(rows) == {("A1", "Pumpe", "make", 5, 2), ("A2", "2", "buy", 21, 3)}
    assert set(Account.objects.values_list("code", flat=True)) == {"berg-tal", "see"}
    assert run.report[0]["left_out"] == 1
    assert run.report[0]["because"] == "deleted there"


def test_a_key_that_is_not_in_the_joined_file_is_rejected(old_erp):
    (old_erp.place / "GROUPS.csv").write_text("GRP;DAYS\nH;21\n")
    assert ("ARTICLES.csv", 2, "GRP", "G") in reasons(old_erp.plan(RECIPE))


def test_a_joined_file_with_a_double_key_stops_the_import(old_erp):
    (old_erp.place / "GROUPS.csv").write_text("GRP;DAYS\nG;21\nG;22\n")
    with pytest.raises(BadTable, match="each key once"):
        old_erp.plan(RECIPE)


def test_a_missing_file_stops_the_import(old_erp):
    (old_erp.place / "GROUPS.csv").unlink()
    with pytest.raises(BadTable, match="no such file"):
        old_erp.plan(RECIPE)


def test_a_missing_column_is_named(old_erp):
    (old_erp.place / "GROUPS.csv").write_text("GRP;TAGE\nG;21\n")
    with pytest.raises(BadTable, match=r"GROUPS\.csv, row 1, DAYS"):
        old_erp.plan(RECIPE)


def test_the_same_files_again_are_unchanged(old_erp):
    old_erp.take(RECIPE)
    assert counts(old_erp.take(RECIPE)) == (0, 0, 4, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('do = ["slug"]', 'do = ["shell rm"]'),
        ('into = "crm.accounts"', 'inot = "crm.accounts"'),
        ('{ value = "pcs" }', '{ valeu = "pcs" }'),
        ('is_not = "X"', 'like = "X"'),
        ("[[table]]", "[[tabel]]"),
        ('title = "Old ERP"', "title ="),
    ],
)
def test_a_recipe_that_is_not_understood_is_refused_with_its_place(old, new):
    with pytest.raises(Impossible, match="recipe"):
        parse(RECIPE.replace(old, new), "old-erp")


def test_a_recipe_cannot_name_a_table_or_column_that_is_not_taken_in(old_erp):
    with pytest.raises(Impossible, match=r"people\.tokens"):
        old_erp.plan(RECIPE.replace("crm.accounts", "people.tokens"))
    with pytest.raises(Impossible, match="version"):
        old_erp.plan(RECIPE.replace("unit =", "version ="))


@pytest.mark.parametrize("recipe", shipped(), ids=lambda recipe: recipe.name)
def test_shipped_recipes_fill_known_columns_of_known_tables(recipe):
    for table in mapping(recipe):
        needed = {column.name for column in TARGETS.columns(TARGETS[table["table"]]) if column.required}
        made = {column["name"] for column in table["columns"]}
        assert needed <= made, table["table"]


def test_the_houses_own_recipe_knows_every_table():
    own = next(recipe for recipe in shipped() if recipe.name == "einklang")
    assert [table.into for table in own.tables] == TARGETS.names


@pytest.mark.parametrize("recipe", shipped(), ids=lambda recipe: recipe.name)
def test_every_sentence_of_a_shipped_recipe_has_its_german(recipe):
    sentences = {recipe.title, *recipe.no_room.values(), *(table.because for table in recipe.tables)} - {""}
    assert sentences == set(recipe.german)
