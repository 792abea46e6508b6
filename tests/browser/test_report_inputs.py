"""A report of two inputs made by hand: written, joined, looked up, previewed, saved, and run."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from backend.core.ids import ConnectorId, ReportId, ReportVersionId, RunId
from backend.domain.runs import RunState
from tests.factories.source import PASSWORD as SOURCE_PASSWORD
from tests.factories.source import SourceOfTrades
from tests.harness.browser import Visitor
from tests.harness.installation import Installation, SourceAddress
from tests.services.servers import run_now

QUERY = "SELECT trade_id, quantity, price, trade_date FROM trades WHERE trade_date <= :reporting_date ORDER BY price"
LEGS = "SELECT trade_id AS ref, quantity * 2 AS doubled FROM trades WHERE quantity > 15"
DAYS = "SELECT trade_date AS day, min(price)::numeric(18, 6) AS lowest FROM trades GROUP BY 1"
JOIN = "SELECT s.*, legs.doubled FROM source s LEFT JOIN legs ON legs.ref = s.trade_id"


@pytest.fixture(scope="module")
def second(installation: Installation, source: SourceOfTrades) -> str:
    """Another connector; its name."""

    async def add() -> str:
        mine = Installation(installation.env, installation.tenant, installation.scope.user_id)
        address = SourceAddress("", "127.0.0.1", source.port, source.database, source.username, SOURCE_PASSWORD)
        stored = await mine.connectors.get(ConnectorId(await mine.add_connector(address)))
        await mine.close()
        return stored.name

    return run_now(add())


def write(page: Page, name: str, text: str) -> None:
    """Replace what a code editor holds."""
    page.get_by_role("textbox", name=name, exact=True).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def choose(page: Page, name: str, option: str) -> None:
    """An option of a select."""
    page.get_by_role("combobox", name=name, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


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
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Fields").click()
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
    page = administrator.open("/reports")
    page.get_by_role("button", name="New report").first.click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name", exact=True).fill("Joined trades")
    page.get_by_role("button", name="Create and open").click()
    choose(page, "Connector", connector)
    write(page, "Query", QUERY)
    page.get_by_label("Reporting date").fill("2026-11-19")
    write_inputs(administrator, page, second)
    write_join(administrator, page)
    map_fields(administrator, page)
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Review").click()
    expect(page.get_by_text("Everything fits")).to_be_visible()
    page.get_by_label("What changed, in a sentence").fill("First version")
    page.get_by_role("button", name="Save as a version").click()
    expect(page.get_by_role("heading", name=re.compile("Version"))).to_be_visible()
    found = re.search(r"/reports/([0-9a-f-]{36})/versions/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    for name, value in installation.env.items():
        monkeypatch.setenv(name, value)  # the run's own process reads them
    assert run_now(run(installation, *found.groups())) == (
        b"reference,doubled,lowest\r\nT-2,40,0.000001\r\nT-1,,0.000001\r\nT-3,,3\r\n"
    )


async def run(installation: Installation, report: str, version: str) -> bytes:
    """The content that a run of the version gives."""
    mine = Installation(installation.env, installation.tenant, installation.scope.user_id)
    report_id, version_id = ReportId(UUID(report)), ReportVersionId(UUID(version))
    await mine.reviews.activate(report_id, version_id)
    ended = (await mine.run(report_id)).run
    assert ended.state == RunState.SUCCEEDED, ended.reason
    (file,) = await mine.runs.artifacts(RunId(ended.id))
    content = mine.content(file)
    await mine.close()
    return content
