"""A connector for files made by hand: its test says what is missing, a file is sent, confirmed as a table and read."""

from pathlib import Path

from playwright.sync_api import expect

from tests.harness.browser import Visitor

TRADES = "Trade ID;Price;Trade Date\n" + "".join(f"{number};{number},50;20.11.2026\n" for number in range(1, 31))


def test_a_file_is_uploaded_confirmed_as_a_table_and_read(administrator: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_text(TRADES + "31;cheap;20.11.2026\n", encoding="utf-8")
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("daily files")
    page.get_by_role("combobox", name="Kind of source").click()
    page.get_by_role("option", name="Files").click()
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("No table is declared.")).to_be_visible()
    administrator.picture("files-connector-empty")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("textbox", name="Table").fill("trades")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.get_by_text("Is this right for the table trades?")).to_be_visible()
    expect(page.get_by_role("combobox", name="Type of price")).to_have_value("decimal(18,2)")
    expect(page.get_by_text("30 of 31 values of the sample are of this type")).to_be_visible()
    page.get_by_role("textbox", name="Name of trade_date").fill("day")
    administrator.picture("files-connector-confirm")
    page.get_by_role("button", name="Save table").click()
    expect(page.get_by_text("files.trades")).to_be_visible()
    administrator.picture("files-connector-tables")

    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("31 rows were read. 1 of them are not as declared and would be put aside.")).to_be_visible()
    page.get_by_role("link", name="Browse").click()
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades", exact=True).click()
    expect(page.get_by_role("table", name="First 20 rows").get_by_role("row")).to_have_count(21)
    administrator.picture("files-connector-browse")
