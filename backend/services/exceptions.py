"""The queue of exceptions: assigned, discussed, accepted, rejected, taken up again; what happened is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import PreconditionFailed, etag_of
from backend.core.ids import new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.exceptions import ExceptionAction, ExceptionState
from backend.domain.runs import RunState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import ExceptionAmendment, ExceptionEvent, RunException
from backend.persistence.models.run import Run
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.announcements import announce_acceptance_waiting, announce_exceptions_assigned
from backend.services.exception_events import tell_exceptions
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups


class ExceptionNotFound(OpenRegError):
    """There is no such exception."""

    code: ClassVar[str] = "exception_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ExceptionRunUnfinished(OpenRegError):
    """The run of the exception has not ended with a file."""

    code: ClassVar[str] = "exception_run_unfinished"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AssigneeUnknown(OpenRegError):
    """An exception can only be given to a member of the organisation."""

    code: ClassVar[str] = "assignee_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class AcceptanceNotProposed(OpenRegError):
    """Nobody has asked for the acceptance of this exception."""

    code: ClassVar[str] = "acceptance_not_proposed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ProposerMayNotApprove(OpenRegError):
    """Who asks for the acceptance of an exception may not be the one who agrees to it."""

    code: ClassVar[str] = "proposer_may_not_approve"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Chosen:
    """An exception that somebody wants to change, and the revision that they have seen."""

    id: UUID
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who an exception is given to, None for nobody."""

    chosen: Chosen
    assignee_id: UUID | None


@dataclass(frozen=True, slots=True)
class ExceptionHistory:
    """What happened to an exception, and the names of the people it mentions."""

    exception: RunException
    events: Sequence[ExceptionEvent]
    amendments: Sequence[ExceptionAmendment]
    people: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to an exception, and what is said about it."""

    action: ExceptionAction
    comment: str = ""
    details: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ExceptionService:
    """Exceptions of a tenant, worked on by one person."""

    scope: TenantScope
    wakeups: Wakeups

    async def history(self, exception_id: UUID) -> ExceptionHistory:
        """What happened to an exception, oldest first. Raises ExceptionNotFound."""
        async with self.scope.reading() as session:
            exceptions = ExceptionRepository(session, self.scope.tenant)
            found = await exceptions.find(exception_id)
            if found is None:
                raise ExceptionNotFound
            events, amendments = await exceptions.events(found.id), await exceptions.amendments([found.id])
            people = {found.assignee_id, found.proposed_by, *(one.actor_id for one in events)}
            people |= {one.created_by for one in amendments} | {one for event in events for one in _mentioned(event)}
            reports = ReportRepository(session, self.scope.tenant)
            names = await reports.names_of({one for one in people if one is not None})
            return ExceptionHistory(found, events, amendments, names)

    async def assign(self, assignments: Sequence[Assignment]) -> Sequence[Assignment]:
        """Give exceptions to people; who had them before. Raises ExceptionNotFound, AssigneeUnknown."""
        wanted = {one.chosen.id: one.assignee_id for one in assignments}
        async with self.scope.transaction() as session:
            await self._check_members(session, {one for one in wanted.values() if one is not None})
            found = await lock_chosen(session, self.scope, [one.chosen for one in assignments])
            before = []
            for one in found:
                assignee = wanted[one.id]
                if one.assignee_id == assignee:
                    continue
                step = Step(ExceptionAction.ASSIGNED, details={"from": _text(one.assignee_id), "to": _text(assignee)})
                previous, one.assignee_id = one.assignee_id, assignee
                await record_step(session, self.scope, one, step)
                before.append(Assignment(Chosen(one.id, one.revision), previous))
            for assignee in {wanted[one.chosen.id] for one in before} - {None, self.scope.user_id}:
                if assignee is not None:
                    mine = [one.chosen.id for one in before if wanted[one.chosen.id] == assignee]
                    announce_exceptions_assigned(
                        session, self.scope.tenant, assignee, mine, self.scope.actor, self.scope.now()
                    )
        return before

    async def comment(self, exception_id: UUID, text: str) -> ExceptionHistory:
        """Say something about an exception, whatever state it is in. Raises ExceptionNotFound."""
        async with self.scope.transaction() as session:
            (found,) = await lock_chosen(session, self.scope, [Chosen(exception_id)])
            await record_step(session, self.scope, found, Step(ExceptionAction.COMMENTED, text))
        return await self.history(exception_id)

    async def set_due(self, chosen: Sequence[Chosen], due_at: datetime, comment: str) -> Sequence[RunException]:
        """Change when exceptions are due. Raises ExceptionNotFound."""
        async with self.scope.transaction() as session:
            found = await lock_chosen(session, self.scope, chosen)
            for one in found:
                details = {"from": one.due_at.isoformat(), "to": due_at.isoformat()}
                one.due_at = due_at.astimezone(UTC)
                await record_step(session, self.scope, one, Step(ExceptionAction.DUE_CHANGED, comment, details))
            return found

    async def accept(self, chosen: Sequence[Chosen], justification: str) -> Sequence[RunException]:
        """Accept that records stay out, or ask for it where two people have to agree.

        Raises ExceptionNotFound, ExceptionRunUnfinished, ExceptionTransitionRefused.
        """
        async with self.scope.transaction() as session:
            found = await lock_chosen(session, self.scope, chosen, is_run_ended=True)
            tenant = await MemberRepository(session, self.scope.tenant).get_tenant()
            for one in found:
                one.justification = justification
                if tenant.four_eyes:
                    _check_workable(one)
                    one.proposed_by = self.scope.user_id
                    step = Step(ExceptionAction.ACCEPTANCE_PROPOSED, justification)
                    await record_step(session, self.scope, one, step)
                else:
                    await self._close(session, one, ExceptionState.ACCEPTED, justification)
            if not tenant.four_eyes:
                await self._tell_closed(session, found)
            else:
                mine = [one.id for one in found]
                announce_acceptance_waiting(session, self.scope.tenant, mine, self.scope.actor, self.scope.now())
        self.wakeups.webhooks(self.scope.tenant)
        return found

    async def decide(self, chosen: Sequence[Chosen], comment: str, *, is_approved: bool) -> Sequence[RunException]:
        """Agree to acceptances that somebody else has asked for, or decline them.

        Raises ExceptionNotFound, AcceptanceNotProposed, ProposerMayNotApprove.
        """
        async with self.scope.transaction() as session:
            found = await lock_chosen(session, self.scope, chosen)
            for one in found:
                if one.proposed_by is None:
                    raise AcceptanceNotProposed(extra={"exception_id": str(one.id)})
                if one.proposed_by == self.scope.user_id:
                    raise ProposerMayNotApprove(fix="Ask a colleague who may approve.")
                if is_approved:
                    await self._close(session, one, ExceptionState.ACCEPTED, comment)
                else:
                    one.proposed_by = one.justification = None
                    await record_step(session, self.scope, one, Step(ExceptionAction.ACCEPTANCE_DECLINED, comment))
            if is_approved:
                await self._tell_closed(session, found)
        self.wakeups.webhooks(self.scope.tenant)
        return found

    async def reject(self, chosen: Sequence[Chosen], comment: str) -> Sequence[RunException]:
        """Say that records are not to be reported at all: test trades, or what was reported elsewhere.

        Raises ExceptionNotFound, ExceptionRunUnfinished, ExceptionTransitionRefused.
        """
        async with self.scope.transaction() as session:
            found = await lock_chosen(session, self.scope, chosen, is_run_ended=True)
            for one in found:
                await self._close(session, one, ExceptionState.REJECTED, comment)
            await self._tell_closed(session, found)
        self.wakeups.webhooks(self.scope.tenant)
        return found

    async def reopen(self, chosen: Sequence[Chosen], comment: str) -> Sequence[RunException]:
        """Take accepted or rejected exceptions up again. Raises ExceptionNotFound, ExceptionTransitionRefused."""
        async with self.scope.transaction() as session:
            found = await lock_chosen(session, self.scope, chosen)
            for one in found:
                before = one.move_to(one.workable_state)
                one.justification = None
                await record_step(session, self.scope, one, Step(ExceptionAction.REOPENED, comment), before)
            return found

    async def _close(self, session: AsyncSession, one: RunException, to: ExceptionState, comment: str) -> None:
        before = one.move_to(to)
        one.proposed_by = None
        await record_step(session, self.scope, one, Step(ExceptionAction(to.value), comment), before)

    async def _tell_closed(self, session: AsyncSession, closed: Sequence[RunException]) -> None:
        at = self.scope.now()
        await tell_exceptions(session, self.scope.tenant, WebhookEventType.EXCEPTION_CLOSED, closed, at)

    async def _check_members(self, session: AsyncSession, people: Collection[UUID]) -> None:
        members = MemberRepository(session, self.scope.tenant)
        for one in people:
            if await members.find_member(one) is None:
                raise AssigneeUnknown(extra={"assignee_id": str(one)})


def exception_etag(exception: RunException) -> str:
    """The state of an exception."""
    return etag_of(exception.id, exception.revision)


def exception_subject(exception: RunException) -> AuditSubject:
    """An exception as the audit trail names it: by its row, for a key may identify somebody."""
    return AuditSubject("exception", exception.id, f"row {exception.row_number}")


async def lock_chosen(
    session: AsyncSession, scope: TenantScope, chosen: Sequence[Chosen], *, is_run_ended: bool = False
) -> Sequence[RunException]:
    """The exceptions under row locks, all as they were seen. Raises ExceptionNotFound, PreconditionFailed.

    With ``is_run_ended`` also ExceptionRunUnfinished: until then a run may start anew and find other records.
    """
    seen = {one.id: one.revision for one in chosen}
    found = await ExceptionRepository(session, scope.tenant).lock(seen)
    missing = seen.keys() - {one.id for one in found}
    if missing:
        raise ExceptionNotFound(extra={"exception_id": str(min(missing))})
    changed = [one for one in found if seen[one.id] not in {None, one.revision}]
    if changed:
        raise PreconditionFailed(
            f"{len(changed)} of these exceptions were changed by somebody else.",
            fix="Read them again, then decide what to keep.",
            extra={"exception_ids": [str(one.id) for one in changed]},
        )
    if is_run_ended:
        await _check_runs_ended(session, scope, {one.run_id for one in found})
    return found


async def record_step(
    session: AsyncSession, scope: TenantScope, one: RunException, step: Step, before: ExceptionState | None = None
) -> None:
    """Write what was done into the history and the audit trail; partners hear of it by ``exception_events``."""
    at = scope.now()
    one.revision += 1
    one.updated_at = at
    ExceptionRepository(session, scope.tenant).add(
        ExceptionEvent(
            id=new_id(),
            tenant_id=scope.tenant,
            exception_id=one.id,
            action=step.action,
            from_state=before,
            to_state=one.state,
            comment=step.comment,
            details=dict(step.details or {}),
            actor_id=scope.user_id,
            at=at,
        )
    )
    await scope.audit(session).record(
        AuditAction(f"exception.{step.action.value}"),
        exception_subject(one),
        before=None if before is None else {"state": before.value},
        after={"state": str(one.state), **(step.details or {})},
        note=step.comment or None,
    )


async def _check_runs_ended(session: AsyncSession, scope: TenantScope, run_ids: Collection[UUID]) -> None:
    for run in await RunRepository(session, scope.tenant).named(run_ids):
        check_ended(run)


def check_ended(run: Run) -> None:
    """Raises ExceptionRunUnfinished."""
    if run.state not in {RunState.SUCCEEDED, RunState.PARTIAL}:
        raise ExceptionRunUnfinished(f"The run is {run.state}.", extra={"run_id": str(run.id)})


def _check_workable(one: RunException) -> None:
    """Whether it could be accepted now, without accepting it. Raises ExceptionTransitionRefused."""
    state = one.state
    one.move_to(ExceptionState.ACCEPTED)
    one.state = state


def _mentioned(event: ExceptionEvent) -> list[UUID]:
    if event.action != ExceptionAction.ASSIGNED:
        return []
    return [UUID(str(one)) for one in event.details.values() if one is not None]


def _text(identity: UUID | None) -> str | None:
    return None if identity is None else str(identity)
