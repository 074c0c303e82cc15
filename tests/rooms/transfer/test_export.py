"""Everything out as tables, and in again, the same."""

import polars as pl
import pytest

from einklang.catalog.models import Item
from einklang.kernel.errors import NotAllowed
from einklang.transfer import actions, export
from einklang.transfer.running import nobody_listens
from tests.rooms.transfer.conftest import Folder, counts


def test_what_was_exported_comes_in_again_the_same(whole, tmp_path, vera):
    run = whole.take()
    export.write(tmp_path / "first", by=vera, progress=nobody_listens)
    actions.undo(run, by=whole.by)

    back = Folder(tmp_path / "first", whole.by).take()
    export.write(tmp_path / "second", by=vera, progress=nobody_listens)

    assert counts(back)[:2] == (13, 0)
    for first in sorted((tmp_path / "first").iterdir()):
        assert first.read_text() == (tmp_path / "second" / first.name).read_text(), first.name


@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-minus", "@SUM(A1)", "'=quoted", "plain", "it's"])
def test_a_text_that_looks_like_a_formula_is_harmless_outside_and_itself_again_inside(
    folder, tmp_path, vera, name
):
    Item.objects.create(code="X", name=name)
    export.write(tmp_path / "out", by=vera, progress=nobody_listens)
    text = (tmp_path / "out" / "catalog.items.csv").read_text().split("\n")[1]
    assert not text.split(",")[1].strip('"').startswith(("=", "+", "-", "@"))

    assert counts(Folder(tmp_path / "out", folder.by).take())[1] == 0
    assert Item.objects.get().name == name


def test_costs_are_left_out_for_who_may_not_see_them(whole, tmp_path, adam):
    whole.take()
    written = export.write(tmp_path / "out", by=adam, progress=nobody_listens)
    assert "catalog.costs" not in written
    assert not (tmp_path / "out" / "catalog.costs.csv").exists()


def test_who_sees_only_a_part_may_not_export_all(whole, tmp_path, mara):
    with pytest.raises(NotAllowed):
        export.write(tmp_path / "out", by=mara, progress=nobody_listens)


def test_two_moves_that_an_import_could_not_tell_apart_leave_as_their_sum():
    """
    item  quantity  note
    A     3         first
    B     1         other
    A     4         second
    """
    moves = pl.DataFrame(
        {"item": ["A", "B", "A"], "quantity": [3, 1, 4], "note": ["first", "other", "second"]}
    )
    told = export.one_row_a_key(moves, ["item"])
    assert told.rows() == [("A", 7, "first"), ("B", 1, "other")]
