"""The grid as a workbook: out, filled in, checked, taken, undone; strange files are refused in a sentence."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from einklang.demand import actions, queries, sheets
from einklang.demand.models import Voice
from tests.rooms.demand.conftest import JUNE, MAY


@pytest.fixture
def signed_in(client, mara):
    client.force_login(mara)
    return client


def opened(content):
    """A workbook as a spreadsheet program has it open: the rows of each sheet by name."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def saved(book):
    """Saved again, as another program writes it."""
    place = io.BytesIO()
    with xlsxwriter.Workbook(place, {"strings_to_formulas": False}) as written:
        day = written.add_format({"num_format": "mmm yyyy"})
        for name, rows in book.items():
            sheet = written.add_worksheet(name)
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    if isinstance(value, date | datetime):
                        sheet.write_datetime(row, column, value, day)
                    elif value != "":
                        sheet.write(row, column, value)
    return place.getvalue()


@pytest.fixture
def book(run, signed_in):
    """The workbook as it comes out, open for changes."""
    return opened(out(signed_in))


def out(client):
    return client.get(reverse("demand-sheet"), {"as_of": "2014-05", "kind": "sales"}).content


def line(book, series, key="mine"):
    """A line of the sheet, by its hidden keys."""
    return next(row for row in next(iter(book.values())) if row[:2] == [series, key])


def fill(book, series, quantity, reason="tender"):
    row = line(book, series)
    row[5], row[11] = quantity, reason


def bring(client, content, name="demand.xlsx", reason=""):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("demand-sheet-in"), {"workbook": file, "reason": reason})


def take(client, checked):
    return client.post(reverse("demand-sheet-take"), {"carried": checked.context["carried"]})


def test_the_workbook_holds_the_same_figures_as_the_grid(book, run):
    expected = queries.points(run, "P-20")["mean"].to_list()
    assert line(book, "P-20", "statistical")[5:11] == pytest.approx(expected, abs=1e-3)
    assert book["Demand"][3][5] == JUNE


def test_keys_and_versions_are_hidden(run, signed_in):
    with zipfile.ZipFile(io.BytesIO(out(signed_in))) as book:
        assert b'state="veryHidden"' in book.read("xl/workbook.xml")
        assert b'hidden="1"' in book.read("xl/worksheets/sheet1.xml")


def test_a_changed_cell_is_checked_first_and_then_taken(book, signed_in):
    fill(book, "P-20", 140)
    checked = bring(signed_in, saved(book))
    assert checked.context["counts"]["given"] == 1
    assert Voice.objects.count() == 0
    assert "1 figure was taken" in take(signed_in, checked).text
    (voice,) = Voice.objects.all()
    assert (voice.series, voice.period, voice.quantity, voice.reason) == ("P-20", JUNE, 140, "tender")


def test_untouched_cells_say_nothing(book, signed_in):
    checked = bring(signed_in, saved(book))
    assert checked.context["counts"]["given"] == 0
    assert "Nothing was changed" in checked.text


def test_who_spoke_after_the_workbook_went_out_is_not_overwritten(book, signed_in, rolf):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="fair", by=rolf)
    fill(book, "P-20", 140)
    checked = bring(signed_in, saved(book))
    assert checked.context["counts"]["stale"] == 1
    assert "Rolf says 100" in checked.text


def test_text_in_a_cell_is_refused_with_its_row_and_the_rest_is_taken(book, signed_in):
    fill(book, "P-20", "many")
    fill(book, "V-1", 12)
    checked = bring(signed_in, saved(book))
    assert (checked.context["counts"]["refused"], checked.context["counts"]["given"]) == (1, 1)
    assert "many is not a number" in checked.text


def test_a_line_without_a_reason_takes_the_common_one(book, signed_in):
    fill(book, "P-20", 140, reason="")
    assert bring(signed_in, saved(book)).context["counts"]["refused"] == 1
    checked = bring(signed_in, saved(book), reason="for all")
    take(signed_in, checked)
    assert Voice.objects.get().reason == "for all"


def test_an_emptied_cell_takes_the_voice_back(run, signed_in, mara):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="fair", by=mara)
    book = opened(out(signed_in))
    fill(book, "P-20", "", reason="fair")
    checked = bring(signed_in, saved(book))
    assert checked.context["counts"]["withdrawn"] == 1


def test_what_was_taken_can_be_undone(book, signed_in):
    fill(book, "P-20", 140)
    done = take(signed_in, bring(signed_in, saved(book)))
    signed_in.post(reverse("undo-voices", args=[done.context["batch"]]))
    assert not Voice.objects.heard_in(MAY).exists()


def test_the_workbook_is_in_the_readers_language_and_comes_back_in_another(run, signed_in):
    signed_in.cookies["django_language"] = "de"
    book = opened(out(signed_in))
    assert list(book) == ["Bedarf", "einklang"]
    fill(book, "P-20", 140)
    signed_in.cookies["django_language"] = "en"
    assert bring(signed_in, saved(book)).context["counts"]["given"] == 1


def test_a_name_that_looks_like_a_formula_stays_text(ordered, run, signed_in):
    ordered["P-20"].name = "=1+1"
    ordered["P-20"].save()
    content = out(signed_in)
    assert line(opened(content), "P-20")[3] == "=1+1"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def blown_up():
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (sheets.LARGEST_UNPACKED + 1))
    return place.getvalue()


def foreign():
    return saved({"Sheet1": [["item", "quantity"], ["P-20", 4]]})


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken", foreign(), blown_up()])
def test_a_strange_file_is_refused_in_a_sentence(run, signed_in, content):
    answer = bring(signed_in, content)
    assert answer.status_code == 422
    assert Voice.objects.count() == 0


def test_somebody_elses_check_cannot_be_taken(book, signed_in, client, anna):
    fill(book, "P-20", 140)
    checked = bring(signed_in, saved(book))
    client.force_login(anna)
    assert take(client, checked).status_code == 403
    assert client.post(reverse("demand-sheet-take"), {"carried": "x"}).status_code == 422
