"""The ways that the files of a report go, written in the editor: the submission, copies, and what is told of both."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from backend.core.ids import ReportId, ReportVersionId
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation
from tests.harness.report_editor import begin_report, choose, open_step, save_version, write

QUERY = "SELECT trade_id, quantity FROM trades WHERE trade_date <= :reporting_date"


@pytest.fixture(scope="module")
def destinations(installation: Installation) -> dict[str, str]:
    """Identifiers of the regulator's server and of an archive, by name."""

    async def add() -> dict[str, str]:
        user = installation.scope.user_id
        rows = Rows(
            installation.database,
            installation.adapters.box,
            Person(installation.tenant, "test", user, ADMINISTRATOR, user),
        )
        made = [await rows.destination(name=name, environment="production") for name in ("Regulator", "Archive")]
        return {one.name: str(one.id) for one in made}

    return installation.run_now(add())


def documents(installation: Installation, report: ReportId, version: ReportVersionId) -> dict[str, object]:
    async def read() -> dict[str, object]:
        found = await installation.reports.get_version(report, version)
        return dict(found.document)

    return installation.run_now(read())


def test_routes_are_written_in_plain_words_checked_and_saved(
    administrator: Visitor, installation: Installation, connector: str, destinations: dict[str, str]
) -> None:
    page = begin_report(administrator, "Routed trades")
    choose(page, "Connector", connector)
    write(page, "Query", QUERY)
    open_step(page, "Fields")
    page.get_by_role("textbox", name="Name of the new field").fill("reference")
    page.get_by_role("button", name="Add a field").click()
    page.get_by_role("button", name="Use trade_id").click()
    open_step(page, "Output")
    expect(page.get_by_text("No file is sent anywhere: people download them.")).to_be_visible()
    page.get_by_role("button", name="Add a file").click()

    page.get_by_role("button", name="Add a route").click()
    first = page.get_by_role("group", name="Route 1")
    expect(first.get_by_text("Choose where it goes.")).to_be_visible()
    first.get_by_role("combobox", name="Destination").click()
    page.get_by_role("option", name="Regulator (production)").click()
    first.get_by_role("combobox", name="Files").click()
    page.get_by_role("option", name="File 1, CSV").click()
    page.keyboard.press("Escape")
    expect(first.get_by_text("1 file to Regulator as the submission")).to_be_visible()
    expect(page.get_by_text("File 2 is delivered nowhere.")).to_be_visible()

    page.get_by_role("button", name="Add a route").click()
    second = page.get_by_role("group", name="Route 2")
    second.get_by_role("combobox", name="Destination").click()
    page.get_by_role("option", name="Archive (production)").click()
    second.get_by_role("combobox", name="Which days").click()
    page.get_by_role("option", name="Empty days (NIL)").click()
    expect(second.get_by_text("the report writes no file on an empty day")).to_be_visible()
    administrator.assert_accessible("editor-routes")
    administrator.picture("editor-routes")
    page.get_by_role("radio", name="A nil report").check()
    expect(second.get_by_text("No file ever goes this way")).to_have_count(0)
    second.get_by_role("combobox", name="Which days").click()
    page.get_by_role("option", name="All days").click()
    second.get_by_role("textbox", name="File name like").fill("*.csv")
    expect(second.get_by_text("All files to Archive as a copy, if the name is like *.csv")).to_be_visible()
    expect(page.get_by_text("File 2 is delivered nowhere.")).to_have_count(0)
    administrator.assert_fits_narrow("editor-routes")

    document = documents(installation, *save_version(page))
    assert document["deliver_to"] == [
        {"destination_id": destinations["Regulator"], "role": "submission", "outputs": ["csv"]},
        {"destination_id": destinations["Archive"], "role": "copy", "when": {"file_name": "*.csv"}},
    ]
    outputs = document["outputs"]
    assert isinstance(outputs, list)
    assert [one.get("name") for one in outputs] == ["csv", None]


def test_a_second_person_for_the_submission_is_asked_for_in_the_editor(administrator: Visitor, connector: str) -> None:
    page = begin_report(administrator, "Approved trades")
    choose(page, "Connector", connector)
    open_step(page, "Output")
    expect(page.get_by_role("radio", name="Ask a second person")).to_have_count(0)
    open_step(page, "Source")
    page.get_by_role("combobox", name="Regulation pack").click()
    page.get_by_role("option", name="MiFIR").first.click()
    open_step(page, "Output")
    page.get_by_role("radio", name="Ask a second person").check()
    expect(page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name="Ask a second person")).to_be_checked()
    administrator.picture("editor-submission-terms")
