"""A browser before the invented company; whatever the browser complains about fails the test."""

import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from einklang.demo.company import PASSWORD
from tests import chromium
from tests.house import empty_house

pytestmark = pytest.mark.browser
SECONDS_TO_START = 60


def pytest_addoption(parser):
    parser.addoption("--pictures", action="store_true", help="Write the pictures of the README anew.")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True, slots=True)
class Served:
    """The house with the invented company in it, at an address."""

    address: str


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    """The invented company with its month played, served as `make demo` serves it."""
    with empty_house(tmp_path_factory.mktemp("browser")) as house:
        house.run("demo", "--no-serve")
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        os.environ["EINKLANG_ORIGIN"] = address
        process = house.start("serve", "--port", port)
        try:
            wait_for(f"{address}/readyz", process)
            yield Served(address)
        finally:
            os.environ.pop("EINKLANG_ORIGIN")
            process.terminate()
            process.communicate(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def wait_for(address: str, process) -> None:
    """Until the house answers, or its process has ended."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The server left:\n{process.communicate()}")
        try:
            urllib.request.urlopen(address, timeout=2)
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The server did not answer.")


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """Any Chromium this machine has."""
    path = chromium.find()
    if path is None:
        pytest.skip("There is no Chromium on this machine.")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@dataclass
class Visitor:
    """A person at a screen of some width, in a language and a theme; remembers every complaint."""

    page: Page
    context: BrowserContext
    address: str
    complaints: list[str]

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Through the front door."""
        self.go("/sign-in/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.click("main button")
        self.page.wait_for_url(f"{self.address}/")

    def go(self, path: str) -> None:
        """To a page of the house, until all of its parts are there."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def speaks(self, language: str) -> None:
        """Change the language of the pages to come."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.address}])

    def wears(self, theme: str) -> None:
        """Change this page's theme, as its button does."""
        if self.page.evaluate("document.documentElement.dataset.bsTheme") != theme:
            self.page.evaluate("window.toggleTheme()")

    def draw_charts(self) -> None:
        """Scroll once down the page, so that every chart has come into view and is drawn."""
        charts = self.page.locator(".house-chart-area:visible")
        for number in range(charts.count()):
            charts.nth(number).scroll_into_view_if_needed()
            charts.nth(number).locator("svg.marks").wait_for()
        self.page.evaluate("window.scrollTo(0, 0)")


@pytest.fixture
def visit(chrome, served):
    """`visit(width=1440)` opens a window; at the end nothing may have been complained about."""
    visitors: list[Visitor] = []

    def open_window(width: int = 1440, height: int = 900, locale: str = "en") -> Visitor:
        size = {"width": width, "height": height}
        context = chrome.new_context(viewport=size, locale=locale, reduced_motion="reduce")
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda failure: complaints.append(str(failure)))
        visitors.append(Visitor(page, context, served.address, complaints))
        return visitors[-1]

    yield open_window
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "\n".join(complaints)
