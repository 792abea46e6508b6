"""Rows of feedback."""

from __future__ import annotations

import hashlib

from backend.core.ids import new_id
from backend.domain.feedback import AdviceState, FeedbackSource, FeedbackState
from backend.domain.remote_answers import RemoteAnswerState
from backend.persistence.models.delivery import Destination
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.models.remote_answer import RemoteAnswer
from backend.persistence.models.submission import Submission
from tests.factories.rows import AT, Rows


async def stored_feedback(rows: Rows, submission: Submission) -> FeedbackFile:
    """An answer that waits for somebody to say what it is about; what it says of a record is known."""
    identity, tenant = new_id(), rows.person.tenant
    file = FeedbackFile(
        id=identity,
        tenant_id=tenant,
        name="answer.xml",
        sha256=hashlib.sha256(identity.bytes).hexdigest(),
        size_bytes=1,
        object_key="nowhere",
        state=FeedbackState.UNMATCHED,
        totals={},
        source=FeedbackSource.UPLOAD,
        rows_done=1,
        attempts=1,
        fencing_token=1,
        next_attempt_at=AT,
        received_at=AT,
    )
    advice = RecordAdvice(
        feedback_id=identity,
        position=1,
        tenant_id=tenant,
        submission_id=submission.id,
        record_id="T-7",
        row_number=7,
        code="RJCT",
        state=AdviceState.REJECTED,
        rules=[],
        at=AT,
    )
    async with rows.database.transaction(tenant) as session:
        session.add_all([file, advice])
    return file


async def stored_answer(rows: Rows, destination: Destination) -> RemoteAnswer:
    """A file that was seen where a regulator answers."""
    answer = RemoteAnswer(
        id=new_id(),
        tenant_id=rows.person.tenant,
        destination_id=destination.id,
        folder="answers",
        name="answer.xml",
        size_bytes=1,
        state=RemoteAnswerState.SEEN,
        attempts=0,
        next_attempt_at=AT,
        seen_at=AT,
    )
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(answer)
    return answer
