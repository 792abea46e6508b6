"""A regulator's list on its way: read, mapped, paired, tried, imported, seen at a finding; then a newer one."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, Page, expect

from backend.domain.runs import RunState
from backend.persistence.models.run import RunFinding
from tests.factories.documents import own_rule, plain_document
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.workbooks import workbook
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation

HEADER = ["Feldnummer", "Fehlercode", "Beschreibung", "Gültig ab"]
BIRTH = ["11", "CON-110", "The date of birth shall lie before the trade date.", "03.01.2018"]
VENUE = ["36", "CON-360", "The venue shall be a market code in use on the trade date.", "03.01.2018"]
OTHER = ["99", "CON-999", "Something that none of our rules asks.", None]
NEWER = ["11", "CON-110", "The date of birth shall lie before the trade date and after 1900.", "03.01.2018"]


@pytest.fixture(scope="module")
def run_id(installation: Installation) -> UUID:
    """A run that ended, with a finding of a rule; and a rule set in three versions."""

    async def store() -> UUID:
        user = installation.scope.user_id
        rows = Rows(
            installation.database,
            installation.adapters.box,
            Person(installation.tenant, "test", user, ADMINISTRATOR, user),
        )
        document = plain_document((await rows.connector()).id)
        version = await rows.version(await rows.report(name="Trades"), document, pack_id="mifir-rts22")
        run = await rows.run(version, state=RunState.PARTIAL)
        finding = {"rule_id": "MR-08", "severity": "warning", "count": 2, "primary_count": 0, "message": "Too young."}
        async with rows.database.transaction(installation.tenant) as session:
            session.add(RunFinding(tenant_id=installation.tenant, run_id=run.id, **finding))
        house = await rows.rule_set(name="house", title="House rules")
        for number, (state, text) in enumerate(
            (("retired", "quantity > 0"), ("retired", "quantity > 1"), ("active", "quantity > 2")), 1
        ):
            await rows.rule_set_version(house, [own_rule(expression=text)], state=state, number=number)
        return UUID(str(run.id))

    return installation.run_now(store())


def sheet(*rows: list[str | None]) -> FilePayload:
    """A workbook as a regulator publishes it: notes first, then the rules under a title."""
    content = workbook({"Notes": [["Version 1"]], "Rules": [["Validation rules"], HEADER, *rows]})
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "rules.xlsx", "mimeType": media_type, "buffer": content}


def choose(visitor: Visitor, file: FilePayload) -> Page:
    page = visitor.open("/official-texts/import")
    page.get_by_role("textbox", name="Title").fill("Validation rules of the authority")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Which column says what")).to_be_visible()
    return page


def on_sheet(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Sheet").click()
    page.get_by_role("option", name=name).click()
    expect(page.get_by_role("combobox", name="Code of the rule")).to_have_value("2: Fehlercode")


def test_a_list_is_imported_step_by_step_and_stands_at_a_finding(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open("/official-texts")
    expect(page.get_by_text("No list yet")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Import a list").first.click()
    administrator.assert_accessible("official-file")
    choose(administrator, sheet(BIRTH, VENUE, VENUE, OTHER))
    on_sheet(page, "Rules")
    expect(page.get_by_role("combobox", name="Text")).to_have_value("3: Beschreibung")
    expect(page.get_by_role("combobox", name="Valid from")).to_have_value("4: Gültig ab")
    administrator.assert_accessible("official-columns")
    administrator.assert_fits_narrow("official-columns")
    page.get_by_role("button", name="Go on to the rules").click()
    expect(page.get_by_text("3 texts without a rule")).to_be_visible()
    administrator.assert_accessible("official-pairs")
    administrator.assert_fits_narrow("official-pairs")
    page.get_by_role("button", name="Take MR-08 for CON-110").click()
    expect(page.get_by_text("2 texts without a rule")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Take 1 suggestion")).click()
    expect(page.get_by_role("combobox", name="Rule for CON-360")).to_have_value(re.compile("^MR-14"))
    page.get_by_role("button", name="Check the import").click()
    texts = page.get_by_role("table", name="Texts")
    expect(texts.get_by_role("row")).to_have_count(4)
    expect(page.get_by_text("Lines left out: 5")).to_be_visible()
    administrator.assert_accessible("official-check")
    administrator.assert_fits_narrow("official-check")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Version 1 is imported")).to_be_visible()
    administrator.assert_accessible("official-result")
    page = administrator.open(f"/runs/{run_id}?tab=findings")
    expect(page.get_by_text(BIRTH[2] or "")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("brought in rules.xlsx"))).to_be_visible()
    administrator.assert_accessible("official-finding")
    administrator.assert_fits_narrow("official-finding")
    administrator.open("/rules/pack.mifir-rts22.MR-08")
    expect(page.get_by_role("heading", name="Official text")).to_be_visible()
    administrator.assert_accessible("official-rule")


def test_faults_stand_in_their_lines_and_nothing_is_imported(administrator: Visitor) -> None:
    page = choose(administrator, sheet(BIRTH, ["11", "CON-110", "Another text.", "03.01.2018"]))
    on_sheet(page, "Rules")
    page.get_by_role("button", name="Go on to the rules").click()
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    page.get_by_role("button", name="Check the import").click()
    expect(page.get_by_role("table", name="Faults")).to_contain_text("stands in line 3 already")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    administrator.assert_accessible("official-faults")


def test_a_newer_list_shows_what_changed_and_what_was_withdrawn(administrator: Visitor) -> None:
    page = choose(administrator, sheet(NEWER, OTHER))
    on_sheet(page, "Rules")
    page.get_by_role("button", name="Go on to the rules").click()
    expect(page.get_by_role("combobox", name="Rule for CON-110")).to_have_value(re.compile("^MR-08"))
    page.get_by_role("button", name="Check the import").click()
    expect(page.get_by_text("Compared with version 1.")).to_be_visible()
    expect(page.get_by_role("table", name="Texts").get_by_role("row").nth(3)).to_contain_text("Withdrawn")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="Look at the list").click()
    page.get_by_role("link", name="Changed", exact=True).click()
    expect(page.get_by_role("table", name="Texts")).to_contain_text(f"Before: {BIRTH[2]}")
    administrator.assert_accessible("official-list")
    administrator.open("/rules/pack.mifir-rts22.MR-14")
    expect(page.get_by_text("Withdrawn since version 2")).to_be_visible()


def test_any_two_versions_of_a_rule_set_are_compared(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open("/rule-sets")
    page.get_by_role("link", name="house").click()
    changes = page.get_by_role("table", name="What changed in version 3")
    expect(changes).to_contain_text("quantity > 1")
    page.get_by_role("combobox", name="Compared with").click()
    page.get_by_role("option", name=re.compile("^Version 1")).click()
    expect(changes).to_contain_text("quantity > 0")
    administrator.assert_accessible("rule-set-compared")
    administrator.assert_fits_narrow("rule-set-compared")
