"""Answers in CSV: the format is made with a sample, and an uploaded answer sets the states of records by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.submission import Submission
from backend.services.feedback_reading import FeedbackReader
from tests.factories.answered import LEI, Answered, reported_submission
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation
from tests.harness.report_editor import choose


@pytest.fixture(scope="module")
def asked(installation: Installation) -> tuple[Answered, str]:
    """A submission of four records, and the destination that answers."""
    scope = installation.scope
    person = Person(installation.tenant, "test", scope.user_id, ADMINISTRATOR, scope.user_id)

    async def store() -> tuple[Answered, str]:
        rows = Rows(installation.database, installation.adapters.box, person)
        answered = await reported_submission(rows, installation.adapters.storage, 4)
        destination = await rows.destination(name="Trade repository", environment="test")
        return answered, str(destination.id)

    return installation.run_now(store())


def answer_to(answered: Answered) -> bytes:
    words = (("Confirmed", ""), ("NAK", "R-7"), ("Confirmed", ""), ("PDNG", ""))
    rows = [
        f"{answered.message_id};{LEI}TRN{number};{word};{rule};{rule and 'The price is missing'}"
        for number, (word, rule) in enumerate(words, 1)
    ]
    return "\r\n".join(["File;Ref;Status;Rule;Reason", *rows, ""]).encode()


def give(page: Page, field: Locator, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        field.click()
    chooser.value.set_files([{"name": "answer.csv", "mimeType": "text/csv", "buffer": content}])


def read_all(installation: Installation) -> list[tuple[str, str, str | None]]:
    """What a worker does with everything that waits; name, state and reason of each file."""

    async def read() -> list[tuple[str, str, str | None]]:
        reader = FeedbackReader(installation.database, installation.adapters.storage, NotedWakeups(), utc_now)
        async with installation.scope.reading() as session:
            waiting = (await session.scalars(select(FeedbackFile.id))).all()
        for one in waiting:
            await reader.read(installation.tenant, one)
        async with installation.scope.reading() as session:
            return [(one.name, one.state, one.reason) for one in await session.scalars(select(FeedbackFile))]

    return installation.run_now(read())


def counts_of(installation: Installation, answered: Answered) -> tuple[int, int, int, int]:
    async def read() -> tuple[int, int, int, int]:
        async with installation.scope.reading() as session:
            one = await session.get_one(Submission, answered.submission.id)
        return one.accepted_count, one.rejected_count, one.pending_count, one.unconfirmed_count

    return installation.run_now(read())


def test_a_format_is_made_with_a_sample_and_an_uploaded_answer_is_read_by_it(
    administrator: Visitor, installation: Installation, asked: tuple[Answered, str]
) -> None:
    answered, destination = asked
    content = answer_to(answered)
    page = administrator.open(f"/destinations/{destination}")
    page.get_by_role("link", name="Answers in CSV").click()
    expect(page.get_by_role("heading", name="Answers in CSV of Trade repository")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    give(page, page.get_by_label("A sample"), content)
    choose(page, "Values are parted by", "Semicolon")
    for label, column in (("Record", "Ref"), ("State", "Status"), ("Message or file", "File")):
        page.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=column, exact=True).click()
    for label, column in (("Rule", "Rule"), ("Reason", "Reason")):
        choose(page, label, column)
    expect(page.get_by_text("3 of 4 rows would be refused")).to_be_visible()
    expect(page.get_by_text("Line 2: 'Confirmed' is not a state of a record.")).to_be_visible()
    administrator.assert_accessible("feedback-format-refused")
    page.get_by_role("button", name="Add the 2 unknown words").click()
    choose(page, "Meaning of Confirmed", "Accepted")
    choose(page, "Meaning of NAK", "Rejected")
    expect(page.get_by_text("All 4 rows can be read.")).to_be_visible()
    table = page.get_by_role("table", name="How it would be read")
    expect(table.get_by_role("row").nth(2)).to_contain_text("Rejected")
    expect(table.get_by_role("row").nth(2)).to_contain_text("R-7")
    administrator.assert_accessible("feedback-format")
    administrator.picture("feedback-format")
    administrator.assert_fits_narrow("feedback-format")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: files that come from now on")).to_be_visible()
    assert counts_of(installation, answered) == (0, 0, 0, 4), "a sample sets nothing"

    page = administrator.open("/feedback")
    page.get_by_role("button", name="Upload feedback").first.click()
    dialog = page.get_by_role("dialog")
    give(page, dialog.get_by_label("File").first, content)
    choose(page, "Whose answer it is", "Trade repository")
    dialog.get_by_role("button", name="Upload").click()
    expect(dialog).to_be_hidden()
    assert read_all(installation) == [("answer.csv", "applied", None)]
    assert counts_of(installation, answered) == (2, 1, 1, 0)
    page.get_by_role("link", name="answer.csv").click()
    expect(page.get_by_text("R-7").first).to_be_visible(timeout=15_000)
    expect(page.get_by_text("The price is missing")).to_be_visible()
