"""Records that a run sets aside: found, understood, corrected, resubmitted, and followed into the second file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.factories.schema_archive import zip_of
from tests.harness.browser import Visitor
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer
from tests.services.skips import schemas_folder

ROWS = 300
#: Of the nine broken trades of such a day: one whose quantity is zero, and one whose reference is in lower case.
NO_QUANTITY = "TRX20261120000700000216"
LOWER_CASE = "trx20261120000700000244"
QUANTITY = "1250"
REASON = "The desk confirmed it by phone"


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> SourceAddress:
    """A day of trades, some of them broken."""
    return create_demo_source(postgres_server, ROWS)


@pytest.fixture(scope="module")
def run_id(installation: Installation, source: SourceAddress) -> UUID:
    """A run of the demo's report that has set the broken ones aside."""

    async def request() -> UUID:
        folder = schemas_folder()
        if folder is not None:
            await installation.schemas.install(installation.scope, "mifir.zip", zip_of(folder / "mifir"))
        report = await installation.add_demo_report(source, on_partial="deliver")
        run = await installation.runs.request(report, REPORTING_DATE, {})
        return run.id

    run_id = installation.run_now(request())
    supervise_apart(installation, run_id)
    return run_id


def test_a_broken_record_is_corrected_and_followed_into_the_second_file(
    administrator: Visitor, installation: Installation, run_id: UUID
) -> None:
    administrator.open(f"/runs/{run_id}?tab=exceptions").get_by_role("link", name="Work on them").click()
    amend_one(administrator)
    amend_by_expression(administrator)
    supplemental = resubmit(administrator)
    supervise_apart(installation, supplemental)
    look_at_files(administrator, supplemental)
    follow(administrator, supplemental)
    administrator.open("/exceptions?state=resolved")
    expect(administrator.page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(3)


def amend_one(visitor: Visitor) -> None:
    """The page of one exception: what is wrong, what it would be, and what it then is."""
    page = visitor.page
    page.get_by_role("link", name=re.compile(NO_QUANTITY)).click()
    expect(page.get_by_role("heading", name="What is wrong")).to_be_visible()
    visitor.assert_accessible("exception")
    visitor.assert_fits_narrow("exception")
    choose_column(page, "quantity")
    page.get_by_label("New value of Source column quantity", exact=True).fill("0.00")
    expect(page.get_by_text("finding would be left")).to_be_visible()
    page.get_by_label("New value of Source column quantity", exact=True).fill(QUANTITY)
    expect(page.get_by_text("The record passes with these changes")).to_be_visible()
    page.get_by_role("textbox", name="Reason").fill(REASON)
    visitor.assert_accessible("exception-amend")
    visitor.assert_fits_narrow("exception-amend")
    page.get_by_role("button", name="Amend", exact=True).click()
    expect(page.get_by_text("With its amendments the record passes")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=REASON)).to_contain_text(QUANTITY)
    visitor.assert_accessible("exception-amended")


def choose_column(page: Page, name: str) -> None:
    """A column to change, unless it is offered already."""
    if page.get_by_label(f"New value of Source column {name}", exact=True).count():
        return
    page.get_by_role("combobox", name="Change a column").fill(name)
    page.get_by_role("option", name=name, exact=True).first.click()


def amend_by_expression(visitor: Visitor) -> None:
    """The queue: one is chosen, what an expression would make of it is shown, then it is made."""
    page = visitor.open("/exceptions?state=open&group=rule")
    expect(page.get_by_role("button", name=re.compile("^MR-01"))).to_be_visible()
    visitor.assert_accessible("exceptions")
    visitor.assert_fits_narrow("exceptions")
    page.get_by_role("checkbox", name=re.compile(f"Select .*{LOWER_CASE}")).check()
    page.get_by_role("region", name="Selected exceptions").get_by_role("button", name="Amend").click()
    dialog = page.get_by_role("dialog", name="Amend 1 record")
    dialog.get_by_role("combobox", name="Change a column").fill("trade_ref")
    page.get_by_role("option", name="trade_ref", exact=True).click()
    dialog.get_by_role("combobox", name="How Source column trade_ref is given").click()
    page.get_by_role("option", name="Expression").click()
    dialog.get_by_label("Expression for Source column trade_ref", exact=True).fill("upper(trade_ref)")
    visitor.assert_accessible("exceptions-amend")
    dialog.get_by_role("button", name="Show what would change").click()
    expect(dialog.get_by_role("table", name="What would change")).to_contain_text(LOWER_CASE.upper())
    dialog.get_by_role("textbox", name="Reason").fill("References are in capitals")
    visitor.assert_accessible("exceptions-amend-preview")
    dialog.get_by_role("button", name="Amend 1 record").click()
    expect(page.get_by_text("1 record amended")).to_be_visible()


def resubmit(visitor: Visitor) -> UUID:
    """Both amended records into one supplemental run; its id."""
    page = visitor.open("/exceptions?state=amended")
    expect(page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(3)
    page.get_by_role("checkbox", name="Select all").check()
    visitor.assert_accessible("exceptions-selected")
    visitor.assert_fits_narrow("exceptions-selected")
    page.get_by_role("button", name="Resubmit").click()
    dialog = page.get_by_role("dialog", name="Resubmit 2 records")
    visitor.assert_accessible("exceptions-resubmit")
    dialog.get_by_role("button", name="Resubmit").click()
    link = dialog.get_by_role("link", name="Open the supplemental run")
    expect(link).to_be_visible()
    visitor.assert_accessible("exceptions-resubmitted")
    link.click()
    expect(page.get_by_text("Supplemental").first).to_be_visible()
    return UUID(page.url.rpartition("/")[2].partition("?")[0])


def look_at_files(visitor: Visitor, run_id: UUID) -> None:
    """The second file is valid and holds the corrected records and nothing else, as other parsers read it."""
    page = visitor.open(f"/runs/{run_id}?tab=files")
    expect(page.get_by_text("Succeeded", exact=True).first).to_be_visible()
    if schemas_folder() is not None:
        expect(page.get_by_text("Valid", exact=True)).to_be_visible()
    visitor.assert_accessible("run-supplemental-files")
    record, lines = files_of(page)
    reported = {one.findtext("{*}TxId"): one for one in record.iterfind(".//{*}Tx/{*}New")}
    assert set(reported) == {NO_QUANTITY, LOWER_CASE.upper()}
    assert record.find(".//{*}Tx/{*}Cxl") is None
    quantity = reported[NO_QUANTITY].find("{*}Tx/{*}Qty/*")
    assert quantity is not None
    assert Decimal(quantity.text or "") == Decimal(QUANTITY)
    assert {one["transaction_reference_number"] for one in lines} == set(reported)
    assert {
        Decimal(one["quantity_nominal"]) for one in lines if one["transaction_reference_number"] == NO_QUANTITY
    } == {Decimal(QUANTITY)}


def files_of(page: Page) -> tuple[etree._Element, list[dict[str, str]]]:
    """The XML file and the lines of the CSV file, downloaded and unpacked."""
    found: dict[str, bytes] = {}
    for button in page.get_by_role("button", name=re.compile("^Download .*zip")).all():
        with page.expect_download() as started:
            button.click()
        with zipfile.ZipFile(Path(started.value.path())) as archive:
            (name,) = archive.namelist()
            found[name.rpartition(".")[2]] = archive.read(name)
    lines = csv.DictReader(io.StringIO(found["csv"].decode("utf-8"), newline=""))
    return etree.fromstring(found["xml"]), list(lines)


def follow(visitor: Visitor, supplemental: UUID) -> None:
    """From the corrected row of the source to its place in the second file."""
    page = visitor.open(f"/exceptions?q={NO_QUANTITY}")
    page.get_by_role("link", name=re.compile(NO_QUANTITY)).click()
    expect(page.get_by_text("Resolved by a supplemental run")).to_be_visible()
    page.get_by_role("link", name="From source to file").click()
    path = page.get_by_role("list", name="Way of the record")
    expect(path.get_by_role("heading", name=re.compile("^Source row"))).to_be_visible()
    expect(path).to_contain_text("MR-01")
    expect(path).to_contain_text(QUANTITY)
    expect(path.get_by_role("link", name=str(supplemental)[-12:])).to_be_visible()
    expect(path.get_by_role("heading", name=re.compile("^In the file"))).to_be_visible()
    visitor.assert_accessible("record-path")
    visitor.assert_fits_narrow("record-path")
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("table", name="Way of the record, step by step")).to_contain_text(QUANTITY)
    visitor.assert_accessible("record-table")
    visitor.assert_fits_narrow("record-table")
