"""The demand grid as people work in it: keys, paste, undo, two people at once, a workbook there and back."""

import io
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

READY = "#demand-grid[data-ready]"
PLACE = ".grid-place"
WAITING = "#demand-grid [data-grid-count]"


def grid(visit, who="tarek", **look):
    """Somebody before the grid, its figures there and the keyboard in it."""
    visitor = visit(**look)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.address)
    visitor.sign_in(who)
    visitor.speaks(look.get("locale", "en"))
    visitor.go("/demand/grid/")
    visitor.page.wait_for_selector(READY)
    visitor.page.focus(PLACE)
    return visitor


def at(visitor):
    """The text of the cell in hand."""
    return visitor.page.locator("#grid-at").inner_text()


def keys(visitor, *names):
    for name in names:
        visitor.page.keyboard.press(name)


def paste(visitor, text):
    visitor.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    keys(visitor, "Control+v")


def say(visitor, reason):
    keys(visitor, "Control+s")
    visitor.page.keyboard.type(reason)
    with visitor.page.expect_response("**/demand/grid/voices/"):
        keys(visitor, "Enter")
    visitor.page.wait_for_load_state("networkidle")


def toast(visitor):
    return visitor.page.locator("#messages .alert").last


def test_a_figure_is_typed_said_and_taken_back_by_keyboard_alone(visit):
    me = grid(visit)
    keys(me, "ArrowRight", "ArrowRight")
    me.page.keyboard.type("321")
    keys(me, "Enter", "ArrowUp", "ArrowUp", "ArrowUp")
    assert at(me) == "321"
    assert "1 change" in me.page.locator(WAITING).inner_text()
    say(me, "trade fair")
    assert "1 figure noted." in toast(me).inner_text()
    assert not me.page.locator(WAITING).is_visible()
    me.go("/demand/grid/")
    me.page.wait_for_selector(READY)
    assert me.page.locator("[data-at='1:2']").inner_text() == "321"
    me.page.locator("details:has([data-grid-history]) summary").click()
    with me.page.expect_response("**/demand/grid/undo/"):
        me.page.locator("[data-batch]").first.click()
    me.page.wait_for_load_state("networkidle")
    assert me.page.locator("[data-at='1:2']").inner_text() == ""


def test_escape_leaves_the_cell_as_it_was_and_what_is_no_number_is_refused(visit):
    me = grid(visit)
    keys(me, "ArrowRight", "5", "Escape")
    assert at(me) == ""
    keys(me, "Enter")
    me.page.keyboard.type("many")
    keys(me, "Enter")
    assert "no number" in toast(me).inner_text()
    assert not me.page.locator(WAITING).is_visible()


def test_a_percentage_is_meant_of_the_forecast(visit):
    me = grid(visit)
    me.page.keyboard.type("+10%")
    keys(me, "Tab", "ArrowLeft")
    forecast = int(me.page.locator("[data-at='0:0']").inner_text().replace(",", ""))
    assert int(at(me).replace(",", "")) == pytest.approx(forecast * 1.1, abs=1)


def test_a_block_of_a_spreadsheet_is_pasted_copied_and_undone_in_one_step(visit):
    me = grid(visit)
    paste(me, "1.234,5\t99\n12\tnone")
    me.page.wait_for_selector(WAITING)
    assert "3 changes" in me.page.locator(WAITING).inner_text()
    assert "no numbers: 1" in toast(me).inner_text()
    assert at(me) == "1,234.5"
    keys(me, "Shift+ArrowRight", "Control+c")
    assert me.page.evaluate("navigator.clipboard.readText()") == "1234.5\t99"
    keys(me, "Control+z")
    assert not me.page.locator(WAITING).is_visible()
    assert at(me) == ""


def test_numbers_that_can_be_read_in_two_ways_are_asked_about(visit):
    me = grid(visit)
    paste(me, "1,234\n5,678")
    dialog = me.page.locator("#grid-decimal")
    dialog.get_by_text("1,234 = 1.234").click()
    me.page.wait_for_selector(WAITING)
    assert at(me) == "1.234"


def test_in_german_the_comma_is_the_decimal_sign(visit):
    me = grid(visit, locale="de")
    me.page.keyboard.type("1234,5")
    keys(me, "Tab", "ArrowLeft")
    assert at(me) == "1.234,5"
    assert me.page.locator("h1").inner_text() == "Bedarfstabelle"


def test_two_people_in_one_cell_see_both_figures_and_nothing_is_overwritten(visit):
    first, second = grid(visit, "tarek"), grid(visit, "svea")
    for who, figure, reason in ((first, "700", "a tender"), (second, "800", "a promise")):
        keys(who, *["ArrowRight"] * 6)
        who.page.keyboard.type(figure)
        keys(who, "Enter")
        say(who, reason)
    cell = second.page.locator("[data-at='1:6']")
    assert "800" in cell.inner_text()
    assert "700" in cell.inner_text()
    beneath = second.page.locator("[data-grid-inspector]")
    assert "Tarek Aydemir says 700" in beneath.inner_text()
    beneath.get_by_text("Leave 700").click()
    assert cell.inner_text() == "700"
    keys(second, "9", "0", "0", "Enter")
    say(second, "settled on the phone")
    assert cell.inner_text() == "900"


def test_a_workbook_goes_out_is_filled_in_and_comes_back(visit, tmp_path):
    me = grid(visit)
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name="Excel").click()
    place = tmp_path / "demand.xlsx"
    download.value.save_as(place)
    place.write_bytes(filled_in(place.read_bytes(), "66"))
    me.go("/demand/grid/excel/in/")
    me.page.set_input_files("input[type=file]", place)
    me.page.get_by_role("button", name="Check it").click()
    me.page.get_by_role("button", name="Say this figure").click()
    me.page.get_by_text("1 figure was taken.").wait_for()
    me.page.get_by_role("button", name="Undo").click()
    me.page.wait_for_selector(READY)


def filled_in(content: bytes, figure: str) -> bytes:
    """The workbook with one figure and a reason in the first line to fill in, as another program saves it."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
    }
    line = next(row for row in next(iter(sheets.values())) if row[1] == "mine")
    line[9], line[-1] = float(figure), "as told by a customer"
    place = io.BytesIO()
    with xlsxwriter.Workbook(place) as written:
        day = written.add_format({"num_format": "mmm yyyy"})
        for name, rows in sheets.items():
            sheet = written.add_worksheet(name)
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    if isinstance(value, date):
                        sheet.write_datetime(row, column, value, day)
                    elif value != "":
                        sheet.write(row, column, value)
    return place.getvalue()


def test_an_event_is_planned_and_stands_in_the_calendar_and_on_the_item(visit):
    me = visit()
    me.sign_in("tarek")
    me.speaks("en")
    me.go("/demand/events/new/")
    start = me.page.evaluate("new Date(Date.now() + 40 * 864e5).toISOString().slice(0, 10)")
    for name, value in {
        "name": "Trade fair",
        "first": start,
        "last": start,
        "series": "KH-025-M",
        "uplift": "15",
    }.items():
        me.page.fill(f"[name={name}]", value)
    me.page.get_by_role("button", name="Plan it").click()
    me.go("/demand/events/")
    me.page.get_by_role("link", name="Trade fair").wait_for()
    me.go("/demand/items/KH-025-M/")
    me.draw_charts()
    assert "Trade fair" in me.page.locator("#item-demand").inner_text()


def test_on_a_phone_the_grid_is_a_list_that_leads_to_the_voice(visit):
    me = visit(width=390, height=800)
    me.sign_in("wiebke")
    me.speaks("en")
    me.go("/demand/grid/")
    assert not me.page.locator(".grid-live").first.is_visible()
    me.page.locator(".grid-list a.btn").first.click()
    me.page.get_by_role("button", name="Say it").wait_for()
    assert me.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_the_list_stands_in_the_grids_place(chrome, served):
    from einklang.demo.company import PASSWORD

    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.address}/sign-in/?next=/demand/grid/")
    page.fill("input[name=username]", "tarek")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    assert page.locator(".grid-list li").count() > 10
    context.close()
