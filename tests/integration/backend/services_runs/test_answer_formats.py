"""Formats of answers, kept with a destination: what is uploaded for it is read by them, also a second time."""

from __future__ import annotations

import io

import pytest

from backend.core.clock import utc_now
from backend.core.etags import Precondition, PreconditionFailed
from backend.core.ids import DestinationId, new_id
from backend.domain.answer_format import AnswerFormat
from backend.domain.feedback import FeedbackSource
from backend.persistence.models.delivery import Destination
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.submission import Submission
from backend.services.answer_formats import AnswerFormatService
from backend.services.delivery import DestinationNotFound
from backend.services.destinations import destination_etag
from backend.services.feedback import Arrival, FeedbackService
from backend.services.feedback_reading import FeedbackReader
from backend.services.scope import TenantScope
from tests.factories.answered import LEI, Answered, reported_submission
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups

FORM = AnswerFormat.model_validate(
    {"record_id": "Ref", "state": "Status", "message_id": "File", "delimiter": ";", "states": {"Accepted": "accepted"}}
)


@pytest.fixture
async def answered(rows: Rows, installation: Installation) -> Answered:
    """A submission of three records."""
    return await reported_submission(rows, installation.adapters.storage, 3)


def answer_to(answered: Answered, words: list[str]) -> io.BytesIO:
    lines = [f"{answered.message_id};{LEI}TRN{number};{word}" for number, word in enumerate(words, 1)]
    return io.BytesIO("\n".join(["File;Ref;Status", *lines, ""]).encode())


async def test_what_is_uploaded_for_a_destination_is_read_by_its_format(
    rows: Rows, installation: Installation, scope: TenantScope, answered: Answered
) -> None:
    destination = await rows.destination()
    formats, identity = AnswerFormatService(scope), DestinationId(destination.id)
    service = FeedbackService(scope, installation.adapters.storage, NotedWakeups(), 10**9)
    reader = FeedbackReader(installation.database, installation.adapters.storage, NotedWakeups(), utc_now)
    kept = await formats.keep(identity, FORM, Precondition(destination_etag(destination)))
    with pytest.raises(PreconditionFailed):
        await formats.keep(identity, None, Precondition(destination_etag(destination)))
    assert (await formats.get(identity)).feedback_format == FORM.model_dump(mode="json", exclude_none=True)

    content = answer_to(answered, ["Accepted", "RJCT", "Maybe"])
    arrival = Arrival("answer.csv", FeedbackSource.API, destination.id)
    file, _ = await service.receive(content, 1, arrival)
    await reader.read(scope.tenant, file.id)
    refused = await rows.fresh(FeedbackFile, file.id)
    assert (refused.state, refused.reason_code) == ("refused", "state_unknown")
    assert refused.reason == "Line 4: 'Maybe' is not a state of a record."
    assert (await rows.fresh(Submission, answered.submission.id)).accepted_count == 0, "all of a file or nothing"

    # The word gets its meaning; the same file is read again, by the format as it is now.
    more = AnswerFormat.model_validate({**FORM.model_dump(), "states": {**FORM.states, "maybe": "pending"}})
    await formats.keep(identity, more, Precondition(destination_etag(kept)))
    await service.retry(file.id)
    await reader.read(scope.tenant, file.id)
    applied = await rows.fresh(FeedbackFile, file.id)
    assert (applied.state, applied.format, applied.reason) == ("applied", "csv", None)
    told = await rows.fresh(Submission, answered.submission.id)
    assert (told.accepted_count, told.rejected_count, told.pending_count) == (1, 1, 1)


async def test_a_mapping_given_with_a_file_counts_more_and_other_names_are_messages(
    rows: Rows, installation: Installation, scope: TenantScope, answered: Answered
) -> None:
    destination = await rows.destination(feedback_format=FORM.model_dump(mode="json", exclude_none=True))
    service = FeedbackService(scope, installation.adapters.storage, NotedWakeups(), 10**9)
    own = {"record_id": "Id", "state": "S"}
    given, _ = await service.receive(
        io.BytesIO(b"Id,S\n"), 1, Arrival("a.csv", FeedbackSource.API, destination.id, mapping=own)
    )
    message, _ = await service.receive(io.BytesIO(b"<a/>"), 1, Arrival("a.xml", FeedbackSource.API, destination.id))
    assert (given.mapping, message.mapping) == (own, None)
    with pytest.raises(DestinationNotFound):
        await service.receive(io.BytesIO(b"x"), 1, Arrival("b.csv", FeedbackSource.API, new_id()))


async def test_formats_of_destinations_that_are_not_there(rows: Rows, scope: TenantScope) -> None:
    formats = AnswerFormatService(scope)
    for identity in (new_id(), (await rows.destination(archived_at=utc_now())).id):
        with pytest.raises(DestinationNotFound):
            await formats.keep(DestinationId(identity), FORM, Precondition(None))
    destination = await rows.destination(feedback_format={"record_id": "a", "state": "b"})
    await formats.keep(DestinationId(destination.id), None, Precondition(None))
    assert (await rows.fresh(Destination, destination.id)).feedback_format is None
