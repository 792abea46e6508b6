"""The frame around the pages: keyboard, palette, colours."""

from playwright.sync_api import expect

from tests.harness.browser import Visitor


def test_the_skip_link_is_first_and_leads_to_the_content(administrator: Visitor) -> None:
    page = administrator.open("/runs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_palette_opens_by_keyboard_and_goes_to_a_page(administrator: Visitor) -> None:
    page = administrator.open("/runs")
    page.keyboard.press("Control+k")
    search = page.get_by_label("Search and commands").last
    expect(search).to_be_focused()
    administrator.assert_accessible("palette")
    page.keyboard.type("Runs")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()


def test_shortcuts_are_listed_and_can_be_switched_off(administrator: Visitor) -> None:
    page = administrator.open("/runs")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    administrator.assert_accessible("shortcuts")
    dialog.get_by_role("button", name="Turn off").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()


def test_an_unknown_page_says_so(administrator: Visitor) -> None:
    page = administrator.open("/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_the_list_of_runs_is_accessible_and_narrow(administrator: Visitor) -> None:
    page = administrator.open("/runs")
    expect(page.get_by_text("No run yet")).to_be_visible()
    administrator.assert_accessible("runs-empty")
    administrator.assert_fits_narrow("runs-empty")
