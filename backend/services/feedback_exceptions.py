"""What an answer does to exceptions: rejected records are opened, accepted corrections close what they corrected."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.domain.exceptions import ExceptionAction, ExceptionOrigin, ExceptionState
from backend.domain.feedback import AdviceState
from backend.domain.runs import RunKind
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import RunException
from backend.persistence.models.feedback import RecordAdvice
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.exceptions import ROWS_PER_INSERT, ExceptionRepository, SetAside
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.supplemental_records import SupplementalRecordRepository
from backend.services.exception_events import tell_exceptions, tell_opened
from backend.services.run_exceptions import RunExceptions

#: Stands where the regulator rejects a record and names no rule.
NO_RULE: Final = "REJECTED"


@dataclass(frozen=True, slots=True)
class FeedbackExceptions:
    """Exceptions of one tenant that come from answers; in the transaction that applies one."""

    tenant: TenantId
    now: Clock

    async def open_rejected(self, session: AsyncSession, run: Run, rejected: pl.DataFrame) -> int:
        """Open an exception for each rejected record that has none; how many.

        ``rejected`` has ``row_number, record_key, entity, rules``.
        """
        if rejected.is_empty():
            return 0
        exceptions = ExceptionRepository(session, self.tenant)
        at = self.now()
        due_at = (await RunExceptions(self.tenant, self.now).due_policy(session)).due_at(at)
        taken = await self._taken_rows(session, run)
        opened = 0
        for some in _in_parts(rejected):
            known = await exceptions.rows_of(run.id, [one.row_number for one in some]) | taken
            new = [one for one in some if one.row_number not in known]
            if new:
                await exceptions.open_many(run, [new], due_at, at, origin=ExceptionOrigin.FEEDBACK)
            opened += len(new)
        if opened:
            await tell_opened(session, self.tenant, run, opened, at)
        return opened

    async def close_corrected(
        self, session: AsyncSession, run: Run, submission: Submission, *, infers_accepted: bool
    ) -> None:
        """Close what the run corrects and the regulator accepts; open again what it rejects."""
        if run.kind != RunKind.SUPPLEMENTAL:
            return
        exceptions = ExceptionRepository(session, self.tenant)
        waiting = [one for one in await exceptions.taken_by(run.id) if one.origin == ExceptionOrigin.FEEDBACK]
        if not waiting:
            return
        # What takes the record's place decides: a cancellation of what was rejected may find nothing to cancel.
        rows = await self._rows_by_exception(session, run, is_new_only=True)
        numbers = [number for one in waiting for number in rows[one.id]]
        advices = await FeedbackRepository(session, self.tenant).newest_of_rows(submission.id, numbers)
        resolved = []
        for one in waiting:
            said = [advices.get(number) for number in rows[one.id]]
            if any(advice is not None and advice.state == AdviceState.REJECTED for advice in said):
                self._open_again(exceptions, one, run, said)
            elif all(_is_accepted(advice, infers_accepted=infers_accepted) for advice in said):
                steps = RunExceptions(self.tenant, self.now)
                before = one.move_to(ExceptionState.RESOLVED)
                steps.step(exceptions, one, ExceptionAction.RESOLVED, before, run, "The regulator has accepted it.")
                resolved.append(one)
        if resolved:
            closed = WebhookEventType.EXCEPTION_CLOSED
            await tell_exceptions(session, self.tenant, closed, resolved, self.now())

    def _open_again(
        self, exceptions: ExceptionRepository, one: RunException, run: Run, said: Sequence[RecordAdvice | None]
    ) -> None:
        rules = [str(rule["id"]) for advice in said if advice is not None for rule in advice.rules]
        one.rule_ids = list(dict.fromkeys(rules)) or [NO_RULE]
        one.rule_id = one.rule_ids[0]
        before = one.move_to(ExceptionState.OPEN)
        steps = RunExceptions(self.tenant, self.now)
        steps.step(
            exceptions, one, ExceptionAction.SET_ASIDE_AGAIN, before, run, "The regulator has rejected it again."
        )

    async def _taken_rows(self, session: AsyncSession, run: Run) -> frozenset[int]:
        """Rows of a supplemental run whose exception waits for it: what is wrong with them is said there."""
        if run.kind != RunKind.SUPPLEMENTAL:
            return frozenset()
        waiting = {
            one.id
            for one in await ExceptionRepository(session, self.tenant).taken_by(run.id)
            if one.origin == ExceptionOrigin.FEEDBACK
        }
        rows = await self._rows_by_exception(session, run)
        return frozenset(number for one in waiting for number in rows[one])

    async def _rows_by_exception(
        self, session: AsyncSession, run: Run, *, is_new_only: bool = False
    ) -> dict[UUID, list[int]]:
        rows: dict[UUID, list[int]] = defaultdict(list)
        for record in await SupplementalRecordRepository(session, self.tenant).of_run(run.id):
            if record.exception_id is not None and not (is_new_only and record.is_cancellation):
                rows[record.exception_id].append(record.row_number)
        return rows


def _is_accepted(advice: RecordAdvice | None, *, infers_accepted: bool) -> bool:
    return infers_accepted if advice is None else advice.state == AdviceState.ACCEPTED


def _in_parts(rejected: pl.DataFrame) -> Iterator[list[SetAside]]:
    wanted = rejected.select("row_number", "record_key", "entity", "rules")
    for some in wanted.iter_slices(ROWS_PER_INSERT):
        yield [
            SetAside(
                row_number, key, entity, list(dict.fromkeys(rule["id"] for rule in json.loads(rules))) or [NO_RULE]
            )
            for row_number, key, entity, rules in some.iter_rows()
        ]
