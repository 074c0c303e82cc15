"""The supply review as a planner works in it: from a full month to the deal, exceptions, an item's tree."""

import re

import pytest


@pytest.fixture
def planner(visit):
    visitor = visit()
    visitor.sign_in("mattis")
    visitor.speaks("en")
    return visitor


def test_a_cell_of_the_heat_leads_to_the_deal_that_waits_for_its_hours(planner):
    planner.go("/supply/")
    page = planner.page
    page.locator(".supply-heat a[href*='/load/PRF/2026-11/']").click()
    page.wait_for_url("**/load/PRF/2026-11/")
    assert "Who waits for these hours" in page.locator("main").inner_text()
    deal = page.locator("#deals-behind a[href^='/deals/']").first
    name = deal.inner_text()
    deal.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text() == name


def test_an_exception_is_done_and_undone_by_keyboard_alone(planner):
    planner.go("/supply/")
    planner.page.get_by_role("link", name=re.compile("Work on all")).click()
    page = planner.page
    first = page.locator("[data-row] [name=chosen]").first.get_attribute("value")
    box = page.locator(f"[data-row] [name=chosen][value='{first}']")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.value").startswith(f"{first}:")
    page.keyboard.press("Enter")
    box.wait_for(state="detached")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    page.keyboard.press("u")
    box.wait_for()
    assert "Taken back" in page.locator("#messages").inner_text()


def test_an_item_s_tree_opens_step_by_step_down_to_what_is_bought(planner):
    planner.go("/supply/items/NK-065-G/")
    page = planner.page
    assert "Planned to start" in page.locator(".supply-record").inner_text()
    tree = page.locator("#pegging-down")
    branch = tree.locator("details").first
    inner = branch.locator("li").first
    assert inner.is_visible()
    branch.locator("summary").first.press("Enter")
    assert not inner.is_visible()
    part = tree.locator("li a").last.inner_text()
    tree.locator("li a").last.click()
    page.wait_for_load_state("networkidle")
    assert part in page.locator("h1").inner_text()
    assert page.locator("#pegging-up a", has_text="NK-065-G").first.is_visible()
