"""An answer of the regulator is uploaded; what it rejects is shown with its rule and leads to an exception."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.persistence.models.feedback import FeedbackFile
from backend.services.feedback_reading import FeedbackReader
from tests.factories.answered import LEI, Answered, advice_of, reported_submission
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation


@pytest.fixture(scope="module")
def answered(installation: Installation) -> Answered:
    """A submission of ten records."""
    scope = installation.scope
    person = Person(installation.tenant, "test", scope.user_id, ADMINISTRATOR, scope.user_id)

    async def store() -> Answered:
        rows = Rows(installation.database, installation.adapters.box, person)
        return await reported_submission(rows, installation.adapters.storage, 10)

    return installation.run_now(store())


def read_all(installation: Installation) -> None:
    """What a worker does with everything that waits."""

    async def read() -> None:
        reader = FeedbackReader(installation.database, installation.adapters.storage, NotedWakeups(), utc_now)
        async with installation.scope.reading() as session:
            waiting = (await session.scalars(select(FeedbackFile.id))).all()
        for one in waiting:
            await reader.read(installation.tenant, one)

    installation.run_now(read())


def test_an_answer_is_uploaded_and_leads_to_the_exception(
    administrator: Visitor, installation: Installation, answered: Answered
) -> None:
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1})
    page = administrator.open("/feedback")
    page.get_by_role("button", name="Upload feedback").first.click()
    dialog = page.get_by_role("dialog")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_label("File").first.click()
    chooser.value.set_files([{"name": "answer.xml", "mimeType": "application/xml", "buffer": content.getvalue()}])
    dialog.get_by_role("button", name="Upload").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="answer.xml")).to_be_visible()
    read_all(installation)
    page.get_by_role("link", name="answer.xml").click()
    expect(page.get_by_text("CON-412").first).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Instrument is not valid")).to_be_visible()
    expect(page.get_by_text("Accepted: the counts agree")).to_be_visible()
    administrator.picture("feedback-detail")
    expect(page.get_by_role("link", name="Open the exception")).to_be_visible()
