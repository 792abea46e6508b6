"""What becomes of a file that was read: applied to its submissions, or set aside for a person with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import RunId, TenantId
from backend.domain.feedback import NOT_PROCESSED, FeedbackState, is_another_firm
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.feedback.advices import FileAdvice
from backend.services.announcements import announce_part_unprocessed
from backend.services.feedback_exceptions import FeedbackExceptions
from backend.services.feedback_parts import AnswersToParts, counts_of
from backend.services.feedback_spool import MatchedFile, MatchedMessage
from backend.services.runs import RunNotFound
from backend.services.submissions import settle


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a file ends, and why; without a reason everything in it was applied."""

    state: FeedbackState
    code: str | None = None
    reason: str | None = None

    def note(self, file: FeedbackFile) -> None:
        """Write it down."""
        file.state, file.reason_code, file.reason = self.state, self.code, self.reason
        file.lease_expires_at = None


@dataclass(frozen=True, slots=True)
class FeedbackApplication:
    """Applies files of one tenant."""

    tenant: TenantId
    now: Clock

    def verdict(self, said: FileAdvice, matched: MatchedFile, senders: Collection[str] = ()) -> Verdict:
        """What can be made of a file. Nothing is applied of one that contradicts itself or is not for this firm.

        ``senders`` are those that the tenant's reports name, where no submission says who it is from.
        """
        contradictory = _contradiction(matched)
        if contradictory is not None:
            return contradictory
        ours = [one for one in matched.messages if one.target is not None and not one.is_of_another_firm]
        if not ours:
            return _stranger(said, matched, senders)
        if len(ours) < len(matched.messages):
            rest = len(matched.messages) - len(ours)
            return Verdict(FeedbackState.APPLIED, "partly_unmatched", f"{rest} of its messages are not ours.")
        return Verdict(FeedbackState.APPLIED)

    async def apply(
        self, session: AsyncSession, file: FeedbackFile, said: FileAdvice, matched: MatchedFile, verdict: Verdict
    ) -> None:
        """Load the advices and let submissions and exceptions follow. Raises the errors of ``settle``."""
        at, feedback = self.now(), FeedbackRepository(session, self.tenant)
        is_applied = verdict.state is FeedbackState.APPLIED
        verdict.note(file)
        file.format = said.format
        file.rows_done = sum(one.advice.listed_total for one in matched.messages)
        ours = [one for one in matched.messages if one.target is not None and not one.is_of_another_firm]
        file.totals = _totals(said, matched.messages, is_applied=is_applied)
        file.file_status = next((one.advice.status for one in matched.messages if one.advice.status), None)
        submissions = {one.target.submission_id for one in ours if one.target is not None}
        if is_applied and len(submissions) == 1:
            (file.submission_id,) = submissions
        await session.flush()
        with matched.lines.open("rb") as lines:
            await feedback.stage(lines)
        await feedback.take_staged(file.id, at, is_applied=is_applied)
        if is_applied:
            file.applied_at = at
            for submission_id in sorted(submissions):
                mine = [one for one in ours if one.target is not None and one.target.submission_id == submission_id]
                await self._settle(session, submission_id, mine, matched.rejected.get(submission_id))

    async def _settle(
        self,
        session: AsyncSession,
        submission_id: UUID,
        messages: Sequence[MatchedMessage],
        rejected: pl.DataFrame | None,
    ) -> None:
        at, feedback = self.now(), FeedbackRepository(session, self.tenant)
        target = messages[-1].target
        run = await RunRepository(session, self.tenant).find(RunId(target.run_id)) if target is not None else None
        if run is None or target is None:
            raise RunNotFound
        infers_accepted = await feedback.infers_accepted(submission_id)
        newest = await feedback.newest_states(submission_id)
        counts = counts_of(newest, target.record_count, infers_accepted=infers_accepted)
        status = next((one.advice.status for one in reversed(messages) if one.advice.status), "")
        if target.is_split:
            said = AnswersToParts.of(target.parts, await feedback.said_of(submission_id))
            status = said.status(status)
            if said.accepted_rows and not infers_accepted:
                inside = await feedback.newest_states_within(submission_id, said.accepted_rows)
                counts = said.counts(newest, inside, target.record_count)
        submission = await settle(session, self.tenant, submission_id, counts, at, file_status=status)
        for one in messages:
            if one.part is not None and not one.advice.is_processed and status not in NOT_PROCESSED:
                announce_part_unprocessed(session, self.tenant, submission, one.part.file_name, one.advice.status, at)
        exceptions = FeedbackExceptions(self.tenant, self.now)
        if rejected is not None:
            await exceptions.open_rejected(session, run, rejected)
        is_rest_accepted = infers_accepted or not submission.unconfirmed_count
        await exceptions.close_corrected(session, run, submission, infers_accepted=is_rest_accepted)


def _contradiction(matched: MatchedFile) -> Verdict | None:
    for one in matched.messages:
        if one.is_addressed_to_another:
            continue
        reason = one.advice.contradiction()
        if one.target is not None and reason is None:
            reason = one.conclusion().reason
        if reason is not None:
            return Verdict(FeedbackState.CONTRADICTORY, "totals_contradictory", reason)
    return None


def _stranger(said: FileAdvice, matched: MatchedFile, senders: Collection[str]) -> Verdict:
    """Why nothing of a file is about one of our submissions."""
    if not matched.messages:
        return Verdict(FeedbackState.UNMATCHED, "no_content", "The file says nothing about any message.")
    is_addressed = any(one.is_addressed_to_another for one in matched.messages)
    if is_addressed or is_another_firm([said.receiver or ""], senders):
        return _another_firm(said, matched)
    if any(one.is_of_another_firm for one in matched.messages):
        return Verdict(
            FeedbackState.REFUSED,
            "another_firm",
            "The file is about another firm: none of its records is of an entity that the run reports for.",
        )
    named = next((one.advice.message_id for one in matched.messages if one.advice.message_id), None) or said.related
    whom = f" It is addressed to {said.receiver}." if said.receiver else ""
    what = f"No submission has sent the message {named}." if named else "The file names no message that was sent."
    return Verdict(FeedbackState.UNMATCHED, "message_unknown", what + whom)


def _another_firm(said: FileAdvice, matched: MatchedFile) -> Verdict:
    parties = [one for message in matched.messages for one in message.advice.parties]
    named = said.receiver or ", ".join(dict.fromkeys(parties[:3]))
    return Verdict(
        FeedbackState.REFUSED,
        "another_firm",
        f"The file is about another firm: it names {named}, who has sent none of our submissions. "
        "Where it is ours all the same, assign it to its submission.",
    )


def _totals(said: FileAdvice, messages: Sequence[MatchedMessage], *, is_applied: bool) -> dict[str, object]:
    header = {"message_id": said.message_id, "related": said.related, "sender": said.sender, "receiver": said.receiver}
    return {
        **header,
        "reference_date": said.reference_date,
        "content_sha256": said.content_sha256,
        "messages": [_message(one, is_applied=is_applied) for one in messages],
    }


def _message(one: MatchedMessage, *, is_applied: bool) -> dict[str, object]:
    advice, target = one.advice, one.target
    is_ours = target is not None and not one.is_of_another_firm
    infers = is_ours and one.conclusion().infers_accepted and is_applied
    part = None
    if is_ours and one.part is not None and one.rows is not None:
        rows = {"first": one.rows[0], "last": one.rows[1], "records": one.part.records}
        part = {"message_id": one.part.message_id, "file_name": one.part.file_name, **rows, "infers_accepted": infers}
    return {
        "number": advice.number,
        "message_id": advice.message_id,
        "status": advice.status,
        "rules": [rule.as_json() for rule in advice.rules],
        "total": advice.total,
        "stated": {state.value: count for state, count in advice.stated.items()},
        "listed": {state.value: count for state, count in advice.listed.items()},
        "matched": one.matched,
        "orphans": one.orphans,
        "submission_id": str(target.submission_id) if is_ours and target is not None else None,
        # Of a part this says nothing about the records of the others.
        "infers_accepted": infers and one.part is None,
        "part": part,
    }
