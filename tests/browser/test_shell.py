"""The frame around the pages: keyboard, palette, colours."""

import pytest
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


@pytest.mark.parametrize(
    ("in_dark", "fault"),
    [
        ("main h2 { color: #26282d !important; }", "dark: color-contrast"),
        ("main button > * { display: none !important; }", "dark: button-name"),
    ],
    ids=["too faint", "without its name"],
)
def test_what_only_dark_colours_spoil_is_found(administrator: Visitor, in_dark: str, fault: str) -> None:
    """In dark not every rule is asked again: neither colours nor what is hidden there may slip through."""
    page = administrator.open("/runs")
    expect(page.get_by_text("No run yet")).to_be_visible()
    page.evaluate(
        """(rule) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`[data-mantine-color-scheme=dark] ${rule}`);
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        }""",
        in_dark,
    )
    faults = administrator.faults_in_both_colours()
    assert faults
    assert all(one.startswith("dark: ") for one in faults), faults
    assert any(one.startswith(fault) for one in faults), faults
