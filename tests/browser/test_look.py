"""Every main page, in both languages and themes, from the phone to the wide screen, and by keyboard alone."""

from functools import cache
from pathlib import Path

import axe_playwright_python
import pytest

from einklang.demo.company import PASSWORD
from tests.browser.table import PAGES

WIDTHS = (320, 768, 1440)
LANGUAGES = ("en", "de")
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# The dark page differs from the light one in its colours alone.
COLOURS = ["color-contrast", "link-in-text-block"]

# A drawing's words cannot be measured against its own shapes; the table beneath says the same.
DRAWINGS = [[".house-chart-area"]]


@cache
def axe() -> str:
    """The accessibility checker, as the browser runs it."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page, rules: list[str] = STANDARDS) -> list[str]:
    """What axe finds on a page, one line each."""
    if not page.evaluate("'axe' in window"):
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe()})
    asked = [{"exclude": DRAWINGS}, {"runOnly": rules, "resultTypes": ["violations"]}]
    found = page.evaluate("([where, what]) => axe.run(where, what)", asked)
    return [
        f"{rule['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def faults_in_light(page, look: str) -> list[str]:
    """What is wrong at any width; axe looks at the narrowest and the widest, where a page differs most."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900 if width > 500 else 740})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{look}, {width} px: it scrolls sideways")
        if width in (WIDTHS[0], WIDTHS[-1]):
            faults += [f"{look}, {width} px: {fault}" for fault in violations(page)]
    return faults


def an_item(visitor) -> str:
    """The code of some item that is sold, as the list of items leads to it."""
    visitor.go("/items/?state=sold")
    return str(visitor.page.locator("#rows tbody tr a").first.inner_text())


@pytest.mark.parametrize(("path", "who", "picture"), PAGES, ids=[path for path, _, _ in PAGES])
def test_a_page_is_whole_in_every_look(path, who, picture, visit, request):
    """No complaint of the browser, nothing cut off sideways, nothing axe finds; its picture, if asked for."""
    visitor = visit()
    visitor.sign_in(who)
    address = path.format(item=an_item(visitor)) if "{item}" in path else path
    takes_picture = picture and request.config.getoption("--pictures")
    faults = []
    for language in LANGUAGES:
        visitor.speaks(language)
        visitor.page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
        visitor.go(address)
        visitor.wears("light")
        visitor.draw_charts()
        if takes_picture:
            PICTURES.mkdir(parents=True, exist_ok=True)
            visitor.page.screenshot(path=PICTURES / f"{picture}-{language}.png")
        faults += faults_in_light(visitor.page, f"{address} in {language}")
        visitor.wears("dark")
        visitor.page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
        visitor.draw_charts()
        faults += [f"{address} in {language}, dark: {fault}" for fault in violations(visitor.page, COLOURS)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("address", ["/sign-in/", "/nowhere/"])
@pytest.mark.parametrize("width", [320, 1440])
def test_pages_without_a_menu_are_whole(address, width, visit):
    visitor = visit(width=width)
    visitor.go(address)
    visitor.complaints.clear()  # the browser says of every 404 that it is one
    assert violations(visitor.page) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_person_signs_in_and_walks_the_menu_by_keyboard_alone(visit):
    visitor = visit()
    keyboard, page = visitor.page.keyboard, visitor.page
    visitor.go("/sign-in/?next=/items/")
    keyboard.type("mattis")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url(f"{visitor.address}/items/")
    page.wait_for_load_state("networkidle")
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(60):
        keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/orders/":
            break
    keyboard.press("Enter")
    page.wait_for_url(f"{visitor.address}/orders/")
    assert page.locator("#menu [aria-current=page]").get_attribute("href") == "/orders/"


def test_the_palette_finds_a_record_and_opens_it(visit):
    visitor = visit()
    visitor.sign_in("mattis")
    code = an_item(visitor)
    page = visitor.page
    page.keyboard.press("Control+k")
    page.keyboard.type(code)
    page.wait_for_selector(f"#palette-list li[data-href='/items/{code}/']")
    while page.locator("[aria-selected=true]").get_attribute("data-href") != f"/items/{code}/":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/items/{code}/")


def test_a_question_mark_lists_the_keys_but_not_while_typing(visit):
    visitor = visit()
    visitor.sign_in("wiebke")
    visitor.go("/orders/")
    visitor.page.fill("#search", "what?")
    visitor.page.press("#search", "?")
    assert not visitor.page.locator("#shortcuts").is_visible()
    visitor.page.locator("h1").click()
    visitor.page.keyboard.press("?")
    assert visitor.page.locator("#shortcuts").is_visible()


def test_the_theme_is_kept_and_charts_follow_it(visit):
    visitor = visit()
    visitor.sign_in("mattis")
    visitor.go("/demand/")
    visitor.draw_charts()
    drawing = "() => document.querySelector('svg.marks').outerHTML"
    before = visitor.page.evaluate(drawing)
    visitor.page.locator("[data-toggle-theme]:visible").click()
    visitor.page.wait_for_function(f"before => ({drawing})() !== before", arg=before)
    visitor.go("/items/")
    assert visitor.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_a_language_chosen_in_the_header_is_the_readers_from_then_on(visit):
    visitor = visit()
    visitor.sign_in("svea")
    other = "Artikel" if visitor.page.evaluate("document.documentElement.lang") == "en" else "Items"
    visitor.page.locator(".house-languages button:not([aria-current]):visible").click()
    visitor.go("/items/")
    assert visitor.page.locator("h1").inner_text() == other


def test_a_filter_narrows_a_list_without_leaving_the_page_and_stays_in_the_address(visit):
    visitor = visit()
    visitor.sign_in("henrike")
    visitor.go("/orders/")
    before = visitor.page.locator("#rows").inner_text()
    visitor.page.select_option("#state", "open")
    visitor.page.wait_for_function(
        "before => document.querySelector('#rows').innerText !== before", arg=before
    )
    assert "state=open" in visitor.page.url


def test_everything_is_there_without_javascript(chrome, served):
    context = chrome.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{served.address}/sign-in/?next=/orders/")
    page.fill("input[name=username]", "henrike")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.select_option("#state", "open")
    page.click(".house-filters button")
    assert "state=open" in page.url
    assert page.locator("#rows tbody tr").count() > 0
    context.close()
