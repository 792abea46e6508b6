"""Reference data as people keep it: a mapping set from a spreadsheet, an official list, a calendar."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.harness.browser import Visitor

PASTED = "BRK1\\t529900T8BM49AURSDO55\\nBRK2\\t\\nBRK3\\tx\\t2026-02-30"


def test_a_mapping_set_is_made_pasted_corrected_and_published(administrator: Visitor) -> None:
    page = administrator.open("/mapping-sets/new")
    page.get_by_label("Name", exact=False).first.fill("Brokers")
    expect(page.get_by_text("Begin with a small letter")).to_be_visible()
    page.get_by_label("Name", exact=False).first.fill("brokers")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("map('brokers', code)")).to_be_visible()
    expect(page.get_by_text("No entries yet")).to_be_visible()
    page.get_by_role("button", name="Edit entries").click()
    _paste(page, "Key, row 1", PASTED)
    expect(page.get_by_label("Key, row 3")).to_have_value("BRK3")
    administrator.assert_accessible("mapping-grid")
    page.get_by_role("button", name="Publish 3 changes").click()
    expect(page.get_by_text("Write the day as YYYY-MM-DD.")).to_be_visible()
    page.get_by_label("Valid from, row 3").fill("2026-02-28")
    page.get_by_label("Key, row 3").fill("BRK1")
    page.get_by_role("button", name="Publish 3 changes").click()
    expect(page.get_by_text("so nothing was changed")).to_be_visible()
    administrator.assert_accessible("mapping-grid-faults")
    page.get_by_label("Key, row 3").fill("BRK3")
    page.get_by_role("button", name="Publish 3 changes").click()
    expect(page.get_by_text("Version 1 is published")).to_be_visible()
    entries = page.get_by_role("table", name="Entries")
    expect(entries).to_contain_text("529900T8BM49AURSDO55")
    page.get_by_label("Valid on").fill("2026-02-01")
    expect(entries).not_to_contain_text("BRK3")
    expect(entries).to_contain_text("BRK1")


def test_what_was_typed_is_not_lost_without_asking_and_versions_show_what_changed(administrator: Visitor) -> None:
    page = administrator.open("/mapping-sets")
    page.get_by_role("link", name="brokers").click()
    page.get_by_role("button", name="Edit entries").click()
    page.get_by_label("Value, row 1").or_(page.get_by_label("value, row 1")).fill("another")
    page.get_by_role("button", name="Remove BRK2").click()
    page.get_by_role("link", name="Versions", exact=True).click()
    dialog = page.get_by_role("dialog", name="Leave without publishing?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Publish 2 changes").click()
    expect(page.get_by_text("Version 2 is published")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    page.get_by_role("button", name="What changed in version 2").click()
    changes = page.get_by_role("table", name="What changed in version 2")
    expect(changes).to_contain_text("BRK2")
    expect(changes).to_contain_text("Gone")
    administrator.assert_accessible("mapping-versions")


def test_a_file_is_tried_corrected_published_and_comes_out_again(administrator: Visitor) -> None:
    page = administrator.open("/mapping-sets")
    page.get_by_role("link", name="brokers").click()
    page.get_by_role("button", name="Import").click()
    panel = page.get_by_role("dialog", name="Import into brokers")
    _give(panel, "brokers.csv", b"key;valid_from;value\nBRK7;2026-13-01;x\nBRK8;;y\nBRK8;;z\n")
    panel.get_by_role("button", name="Check the file").click()
    expect(panel.get_by_text(re.compile(r"^\d faults?: nothing can be taken"))).to_be_visible()
    fault = panel.get_by_role("table", name="Faults of the file").get_by_role("row").nth(1)
    expect(fault).to_contain_text("valid_from")
    expect(fault).to_contain_text("2")
    expect(panel.get_by_role("button", name="Publish")).to_have_count(0)
    administrator.assert_accessible("import-faults")
    panel.get_by_role("combobox", name="The file holds").click()
    page.get_by_role("option", name="additions, corrections and removals").click()
    _give(panel, "brokers.csv", b"key,value\nBRK7,x\nBRK1,a third\n")
    panel.get_by_role("button", name="Check the file").click()
    expect(panel.get_by_text("Keys that change")).to_be_visible()
    administrator.assert_accessible("import-tried")
    administrator.assert_fits_narrow("import-tried")
    panel.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 3 is published")).to_be_visible()
    expect(page.get_by_role("table", name="Entries")).to_contain_text("BRK7")
    for kind, begin in (("CSV", b"key,"), ("Excel workbook", b"PK")):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=kind).click()
        content = download.value.path().read_bytes()
        assert content.startswith(begin)
        page.get_by_role("button", name="Import").click()
        _give(panel, download.value.suggested_filename, content)
        panel.get_by_role("button", name="Check the file").click()
        expect(panel.get_by_text("The file holds what is there already")).to_be_visible()
        panel.get_by_role("button", name="Close").click()
        expect(panel).to_have_count(0)


def test_an_official_list_is_loaded(administrator: Visitor) -> None:
    page = administrator.open("/datasets")
    page.get_by_role("button", name="Load Currencies (ISO 4217)").click()
    dialog = page.get_by_role("dialog")
    administrator.assert_accessible("load-list")
    dialog.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text(re.compile("iso4217 .* read"))).to_be_visible()
    page.get_by_role("link", name="currency").click()
    page.get_by_role("textbox", name="Key begins with").fill("JP")
    expect(page.get_by_role("table", name="Entries")).to_contain_text("Yen")
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(page.get_by_role("table", name="Versions")).to_contain_text("An official list")


def test_a_calendar_of_ones_own_shows_its_year(administrator: Visitor) -> None:
    page = administrator.open("/calendars/new")
    page.get_by_label("Name", exact=False).first.fill("HOUSE")
    page.get_by_label("Day", exact=True).fill("2026-12-24")
    page.get_by_label("What it is called").fill("Christmas Eve")
    page.get_by_role("button", name="Nobody works").click()
    year = page.get_by_role("table", name=re.compile("Days off in"))
    expect(year).to_contain_text("Christmas Eve")
    expect(year).to_contain_text("Good Friday")
    administrator.assert_accessible("new-calendar")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("business_day(date, 1, 'HOUSE')")).to_be_visible()
    page.get_by_role("button", name="Take 2026-12-24 back").click()
    expect(year).not_to_contain_text("Christmas Eve")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The calendar is saved")).to_be_visible()


def _give(panel: Locator, name: str, content: bytes) -> None:
    """Choose a file, or another one."""
    panel.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


def _paste(page: Page, label: str, text: str) -> None:
    """What a spreadsheet puts on the clipboard, pasted into a cell."""
    page.get_by_label(label).evaluate(
        f"""cell => {{
            const data = new DataTransfer();
            data.setData("text/plain", "{text}");
            cell.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData: data, bubbles: true, cancelable: true }}));
        }}"""
    )
