"""The history of a submission: every step with who, when, and a hash over it and the step before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.canonical_json import canonical_json
from backend.core.ids import TenantId, new_id
from backend.domain.audit_chain import GENESIS
from backend.domain.event_catalogue.submissions import SubmissionLinks, SubmissionNews, SubmittedRecords
from backend.domain.submissions import (
    SubmissionAction,
    SubmissionEnvironment,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
)
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.submission import Submission, SubmissionEvent
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.submissions import SubmissionRepository

OPENREG: Final = "OpenReg"
THE_REGULATOR: Final = "The regulator"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What was done, by whom, and why; ``actor_id`` is None where no person acted."""

    action: SubmissionAction
    note: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    actor: str = OPENREG
    actor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SubmissionHistory:
    """Writes steps of one tenant's submissions, in the transaction that holds the submission's lock."""

    session: AsyncSession
    tenant: TenantId

    async def record(
        self, submission: Submission, step: StepTaken, at: datetime, before: SubmissionState | None = None
    ) -> None:
        """Append a step to the history of a submission; a change of its state is an event that others hear of."""
        submissions = SubmissionRepository(self.session, self.tenant)
        last = await submissions.last_event(submission.id)
        event = SubmissionEvent(
            id=new_id(),
            tenant_id=self.tenant,
            submission_id=submission.id,
            number=1 if last is None else last.number + 1,
            action=step.action,
            from_state=before,
            to_state=submission.state,
            note=step.note,
            details=dict(step.details),
            actor_id=step.actor_id,
            actor=step.actor,
            at=at,
            previous_hash=GENESIS if last is None else last.hash,
            hash="",
        )
        event.hash = event_hash(event)
        submissions.add(event)
        submission.updated_at = at
        if last is not None:
            submission.revision += 1
        await submissions.flush()
        told = _told(submission, before)
        if told is not None:
            await Outbox(self.session, self.tenant).add(told, submission.id, submission_news(submission), at)


def event_hash(event: SubmissionEvent) -> str:
    """SHA-256 over what the event says and the hash of the one before, as hexadecimal text."""
    said = {
        "submission_id": event.submission_id,
        "number": event.number,
        "action": str(event.action),
        "from_state": None if event.from_state is None else str(event.from_state),
        "to_state": str(event.to_state),
        "note": event.note,
        "details": event.details,
        "actor_id": event.actor_id,
        "actor": event.actor,
        "at": event.at.astimezone(UTC),
        "previous_hash": event.previous_hash,
    }
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


def is_unbroken(events: Iterable[SubmissionEvent]) -> bool:
    """Whether a history, in order and from its beginning, is as it was written."""
    previous = GENESIS
    for number, one in enumerate(events, 1):
        if (one.number, one.previous_hash, one.hash) != (number, previous, event_hash(one)):
            return False
        previous = one.hash
    return True


def submission_news(submission: Submission) -> SubmissionNews:
    """What events say of a submission: identifiers, state and counts, never data of records."""
    return SubmissionNews(
        submission_id=submission.id,
        reference=submission.reference,
        run_id=submission.run_id,
        report_id=submission.report_id,
        reporting_date=submission.reporting_date,
        kind=SubmissionKind(submission.kind),
        parent_submission_id=submission.parent_submission_id,
        state=SubmissionState(submission.state),
        hold=SubmissionHold(submission.hold),
        environment=SubmissionEnvironment(submission.environment),
        is_late=bool(submission.is_late),
        counts=SubmittedRecords(
            records=submission.record_count,
            accepted=submission.accepted_count or 0,
            pending=submission.pending_count or 0,
            rejected=submission.rejected_count or 0,
            unconfirmed=submission.unconfirmed_count or 0,
        ),
        links=SubmissionLinks(
            submission=f"/api/v1/submissions/{submission.id}", run=f"/api/v1/runs/{submission.run_id}"
        ),
    )


def _told(submission: Submission, before: SubmissionState | None) -> WebhookEventType | None:
    if before == submission.state:
        return None
    if before is None:
        # Later steps without a change of state, such as a file sent, tell nobody.
        return WebhookEventType.SUBMISSION_PREPARED if submission.revision == 1 else None
    try:
        return WebhookEventType(f"submission.{submission.state}")
    except ValueError:
        return None  # a submission that was withdrawn was never one to anybody outside
