"""Files of all sorts: read rightly on evidence, asked about, or refused with a sentence; never guessed."""

import gzip
import io
import random
import zipfile

import polars as pl
import pytest
import xlsxwriter

from einklang.catalog.models import Item, Price
from einklang.engine.errors import BadTable
from einklang.transfer.reading import in_one_form, streams
from einklang.transfer.running import Asks
from tests.rooms.transfer.conftest import ITEMS, PRICES, counts

GERMAN = "item;currency;amount;valid_from\nP-20;EUR;1.450,00;31.12.2013\nV-1;EUR;12,50;01.01.2014\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_umlauts_come_through_in_every_encoding(folder, encoding):
    folder.write(catalog_items="code,name\nP-1,Kühlwasserpumpe für Öl\n".encode(encoding))
    folder.take()
    assert Item.objects.get().name == "Kühlwasserpumpe für Öl"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found_out(folder, separator):
    folder.write(catalog_items=ITEMS.replace("small-pumps", "").replace(",", separator))
    assert counts(folder.take()) == (2, 0, 0, 0)


def test_german_numbers_and_days_are_read_as_meant(whole):
    whole.write(catalog_prices=GERMAN)
    whole.take()
    price = Price.objects.get(item__code="P-20")
    assert (price.amount_cents, price.valid_from.isoformat()) == (145000, "2013-12-31")


def test_a_number_that_could_be_two_numbers_is_asked_about(whole):
    whole.write(catalog_prices=PRICES.replace("450.00", '"1,450"').replace("12.50", '"2,500"'))
    with pytest.raises(Asks) as asks:
        whole.plan()
    assert [(one.about, one.column, one.options) for one in asks.value.questions] == [
        ("decimal", "amount", [".", ","])
    ]


@pytest.mark.parametrize(("decimal", "cents"), [(".", 145000), (",", 145)])
def test_the_answer_decides(whole, decimal, cents):
    whole.write(catalog_prices=PRICES.replace("450.00", '"1,450"').replace("12.50", '"2,500"'))
    whole.take(decimal=decimal)
    assert Price.objects.get(item__code="P-20").amount_cents == cents


def test_a_day_that_could_be_two_days_is_asked_about(whole):
    whole.write(catalog_prices=PRICES.replace("2014-01-01", "03/04/2014"))
    with pytest.raises(Asks, match="does the day or the month come first"):
        whole.plan()
    whole.take(dates="MDY")
    assert Price.objects.first().valid_from.isoformat() == "2014-03-04"


def test_one_day_after_the_twelfth_tells_for_all(whole):
    whole.write(
        catalog_prices=PRICES.replace("2014-01-01", "03/04/2014", 1).replace("2014-01-01", "13/04/2014")
    )
    whole.take()
    assert Price.objects.get(item__code="P-20").valid_from.isoformat() == "2014-04-03"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (["1.234,56", "1.000"], ["1234.56", "1000"]),
        (["1,234.56", "1,000"], ["1234.56", "1000"]),
        (["1.234.567", "5"], ["1234567", "5"]),
        (["0,5", "1.234"], ["0.5", "1234"]),
        ([".00", "96.00"], [".00", "96.00"]),
        (["1 234,5", "7"], ["1234.5", "7"]),
        (["12.50", "n/a"], ["12.50", "n/a"]),
    ],
)
def test_one_telling_number_tells_for_its_file(said, meant):
    frame, questions = in_one_form(pl.DataFrame({"n": said}), file="f", numbers=["n"], days=[], answers={})
    assert not questions
    assert frame["n"].to_list() == meant


@pytest.mark.parametrize("seed", range(20))
def test_numbers_written_either_way_are_read_back(seed):
    dice = random.Random(seed)
    numbers = [round(dice.uniform(0, 10 ** dice.randint(1, 7)), 2) for _ in range(50)]
    comma = [f"{number:,.2f}".translate(str.maketrans(",.", ".,")) for number in numbers]
    frame, questions = in_one_form(pl.DataFrame({"n": comma}), file="f", numbers=["n"], days=[], answers={})
    assert not questions
    assert [float(text) for text in frame["n"]] == numbers


def refused(folder) -> str:
    with pytest.raises(BadTable) as bad:
        folder.take()
    assert not Item.objects.exists()
    return str(bad.value)


def test_a_file_cut_in_its_last_line_is_refused(whole):
    whole.write(catalog_items=ITEMS.rstrip()[:-8])
    assert "row 3: got 2 cells, expected 4 cells" in refused(whole)


def test_a_packed_file_that_was_cut_is_refused(whole):
    (whole.place / "catalog.items.csv").unlink()
    dice = random.Random(1)
    rows = "".join(f"P-{dice.random()},Pump,,make\n" for _ in range(5000))
    packed = gzip.compress(("code,name,family,kind\n" + rows).encode())
    (whole.place / "catalog.items.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert "ends too early" in refused(whole)


def test_a_quote_that_never_closes_is_refused(whole):
    whole.write(catalog_items='code,name\nP-1,"Pump\n')
    assert "cut off" in refused(whole)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(whole, monkeypatch):
    monkeypatch.setattr(streams, "LONGEST_LINE", 10_000)
    monkeypatch.setattr(streams, "CHUNK", 1_000)
    whole.write(catalog_items="code,name\nP-1," + "x" * 20_000)
    assert "a line longer than" in refused(whole)


def test_bytes_that_are_no_text_are_refused(whole):
    whole.write(catalog_items=bytes(range(256)) * 10)
    assert "no text" in refused(whole)


def test_an_empty_file_is_refused(whole):
    whole.write(catalog_items=b"")
    assert "an empty file" in refused(whole)


def test_a_packed_file_that_is_blown_up_is_refused(whole, monkeypatch):
    monkeypatch.setattr(streams, "LARGEST_UNPACKED", 100_000)
    (whole.place / "catalog.items.csv").unlink()
    (whole.place / "catalog.items.csv.gz").write_bytes(gzip.compress(b"code,name\n" + b"P,x\n" * 200_000))
    assert "when unpacked" in refused(whole)


def workbook(*rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("catalog.items")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def test_a_workbook_is_read_like_a_file(folder):
    content = workbook(["code", "name", "lead_time_days"], ["P-1", "Pump", 14], ["007", "Valve", 3])
    (folder.place / "catalog.items.xlsx").write_bytes(content)
    folder.take()
    assert set(Item.objects.values_list("code", "lead_time_days")) == {("P-1", 14), ("007", 3)}


def test_a_workbook_that_is_a_bomb_is_refused_unopened(folder):
    bomb = io.BytesIO(workbook(["code", "name"], ["P-1", "Pump"]))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet9.xml", b"<c r='A1'/>" * 4_000_000)
    (folder.place / "catalog.items.xlsx").write_bytes(bomb.getvalue())
    assert "when unpacked" in refused(folder) or "cells" in refused(folder)


def test_a_file_of_another_name_is_known_by_its_columns(folder):
    (folder.place / "from-the-old-erp.csv").write_text(ITEMS.replace("small-pumps", ""))
    run = folder.take()
    assert run.notes["taken_for"] == {"from-the-old-erp.csv": "catalog.items"}
    assert Item.objects.count() == 2


def test_a_file_that_could_be_two_tables_is_taken_for_neither(folder):
    """Prices and costs have the same columns."""
    folder.write(catalog_items=ITEMS.replace("small-pumps", ""))
    (folder.place / "from-the-old-erp.csv").write_text(PRICES)
    run = folder.take()
    assert run.notes["unused"] == ["from-the-old-erp.csv"]
    assert not Price.objects.exists()
