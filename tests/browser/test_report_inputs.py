"""A report of two inputs made by hand: written, joined, looked up, previewed, saved, and run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import added_connector
from tests.factories.source import SourceOfTrades
from tests.harness.browser import Visitor
from tests.harness.installation import Installation
from tests.harness.report_editor import begin_report, choose, content_of, open_step, save_version, write

QUERY = "SELECT trade_id, quantity, price, trade_date FROM trades WHERE trade_date <= :reporting_date ORDER BY price"
LEGS = "SELECT trade_id AS ref, quantity * 2 AS doubled FROM trades WHERE quantity > 15"
DAYS = "SELECT trade_date AS day, min(price)::numeric(18, 6) AS lowest FROM trades GROUP BY 1"
JOIN = "SELECT s.*, legs.doubled FROM source s LEFT JOIN legs ON legs.ref = s.trade_id"


@pytest.fixture(scope="module")
def second(installation: Installation, source: SourceOfTrades) -> str:
    """Another connector; its name."""
    return added_connector(installation, source)


def add_input(page: Page, name: str, connector: str, query: str) -> None:
    page.get_by_role("textbox", name="Name of the new input").fill(name)
    page.get_by_role("button", name="Add an input").click()
    choose(page, f"Connector of {name}", connector)
    write(page, f"Query of {name}", query)


def write_inputs(administrator: Visitor, page: Page, second: str) -> None:
    """Two inputs: one is renamed, one gets a key."""
    add_input(page, "extras", second, LEGS)
    page.get_by_role("textbox", name="Name of extras").fill("source")
    expect(page.get_by_text("not source.")).to_be_visible()
    page.get_by_role("textbox", name="Name of extras").fill("legs")
    page.get_by_role("textbox", name="Name of the new input").click()
    page.get_by_role("button", name="Show the first rows of legs").click()
    expect(page.get_by_role("table", name="First rows of legs").get_by_role("cell", name="40")).to_be_visible()
    add_input(page, "days", second, DAYS)
    expect(page.get_by_role("list", name="Columns of days").get_by_text("lowest")).to_be_visible()
    page.get_by_role("combobox", name="Key of days").click()
    page.get_by_role("option", name="day", exact=True).click()
    page.keyboard.press("Escape")
    choose(page, "When days lacks a key", "Stops the run")
    administrator.assert_accessible("editor-inputs")
    administrator.assert_fits_narrow("editor-inputs")


def write_join(administrator: Visitor, page: Page) -> None:
    """A join with a mistake, and the right one."""
    page.get_by_role("button", name="Begin with a left join").click()
    expect(page.get_by_role("textbox", name="Join", exact=True)).to_contain_text("LEFT JOIN legs ON")
    write(page, "Join", JOIN.replace("doubled", "dubled"))
    expect(page.get_by_text('does not have a column named "dubled"')).to_be_visible()
    write(page, "Join", JOIN)
    columns = page.get_by_role("list", name="Columns of the join")
    expect(columns.get_by_text("from legs.doubled")).to_be_visible()
    expect(columns.get_by_text("from source.trade_id")).to_be_visible()
    page.get_by_role("button", name="Show the first joined rows").click()
    rows = page.get_by_role("table", name="First joined rows").get_by_role("row")
    expect(rows).to_have_count(4)
    # In the order of the source: by price.
    expect(rows.nth(1)).to_contain_text("T-2")
    expect(rows.nth(1)).to_contain_text("40")
    administrator.assert_accessible("editor-join")
    administrator.picture("editor-join")


def map_fields(administrator: Visitor, page: Page) -> None:
    """Columns of the join, and one that is looked up."""
    open_step(page, "Fields")
    for name, column in (("reference", "trade_id"), ("doubled", "doubled"), ("lowest", "days.lowest")):
        page.get_by_role("textbox", name="Name of the new field").fill(name)
        page.get_by_role("button", name="Add a field").click()
        verb = "Look up" if "." in column else "Use"
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        page.get_by_role("button", name=f"{verb} {column}").click()
    write(page, "Expression", "lookup('days', trade_date, 'lowest')")
    expect(page.get_by_role("table", name="Sample").get_by_text("0.000001").first).to_be_visible()
    administrator.assert_accessible("editor-lookup")
    administrator.picture("editor-lookup")


def test_a_report_of_two_inputs_is_made_tried_saved_and_run(
    administrator: Visitor,
    installation: Installation,
    connector: str,
    second: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = begin_report(administrator, "Joined trades")
    choose(page, "Connector", connector)
    write(page, "Query", QUERY)
    page.get_by_label("Reporting date").fill("2026-11-19")
    write_inputs(administrator, page, second)
    write_join(administrator, page)
    map_fields(administrator, page)
    saved = save_version(page)
    for name, value in installation.env.items():
        monkeypatch.setenv(name, value)  # the run's own process reads them
    assert installation.run_now(content_of(installation, *saved)) == (
        b"reference,doubled,lowest\r\nT-2,40,0.000001\r\nT-1,,0.000001\r\nT-3,,3\r\n"
    )
