"""The life of a version: submitted, withdrawn, approved, rejected, activated, archived, rolled back.

A report's row is locked first, so that decisions about versions of one report wait for each other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import ReportId, ReportVersionId, TenantId, new_id
from backend.domain.event_catalogue.governance import ReportLinks, ReportVersionNews
from backend.domain.reports.review import CommentMissing, ReviewPolicy
from backend.domain.reports.versions import ReportVersionState, VersionAction, VersionTransitionRefused
from backend.domain.tenants import TenantEnvironment
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.report import Report, ReportVersion, ReportVersionEvent
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.announcements import announce_approval_waiting
from backend.services.publishing import show_report
from backend.services.reports import (
    ReportArchived,
    ReportVersionNotFound,
    VersionStep,
    get_report,
    get_version,
    record_version_step,
)
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups

_TOLD: Final = {
    VersionAction.SUBMITTED: WebhookEventType.REPORT_VERSION_SUBMITTED,
    VersionAction.APPROVED: WebhookEventType.REPORT_VERSION_APPROVED,
    VersionAction.REJECTED: WebhookEventType.REPORT_VERSION_REJECTED,
    VersionAction.ACTIVATED: WebhookEventType.REPORT_VERSION_ACTIVATED,
    VersionAction.ARCHIVED: WebhookEventType.REPORT_VERSION_ARCHIVED,
}
Event = tuple[ReportVersionEvent, str | None]


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is in hand while a version changes its state."""

    session: AsyncSession
    reports: ReportRepository
    report: Report
    version: ReportVersion
    policy: ReviewPolicy


@dataclass(frozen=True, slots=True)
class ReportReviewService:
    """Decisions about the versions of a tenant's reports."""

    scope: TenantScope
    wakeups: Wakeups

    async def submit(self, report_id: ReportId, version_id: ReportVersionId, comment: str) -> ReportVersion:
        """Ask for approval. Who submits answers for the version like its authors. Raises VersionTransitionRefused."""
        async with self._deciding(report_id, version_id) as decision:
            if decision.report.archived_at is not None:
                raise ReportArchived(fix="Restore the report first.")
            version = decision.version
            before = version.move_to(ReportVersionState.IN_REVIEW)
            version.submitted_by, version.submitted_at = self.scope.user_id, self.scope.now()
            version.authors = sorted({*version.authors, version.created_by, self.scope.user_id})
            await self._record(decision, VersionAction.SUBMITTED, before, comment)
            announce_approval_waiting(
                decision.session, self.scope.tenant, decision.report, version, self.scope.actor, self.scope.now()
            )
        return version

    async def withdraw(self, report_id: ReportId, version_id: ReportVersionId, comment: str) -> ReportVersion:
        """Take a version back from review, or an approval whose day has not come. Raises VersionTransitionRefused."""
        async with self._deciding(report_id, version_id) as decision:
            version = decision.version
            if version.state == ReportVersionState.DRAFT:
                raise VersionTransitionRefused("The version is a draft; there is nothing to withdraw.")
            before = version.move_to(ReportVersionState.DRAFT)
            version.approved_by = version.approved_at = version.effective_from = None
            await self._record(decision, VersionAction.WITHDRAWN, before, comment)
        return version

    async def reject(self, report_id: ReportId, version_id: ReportVersionId, comment: str) -> ReportVersion:
        """Send a version back to its author, with the reason. Raises CommentMissing, VersionTransitionRefused."""
        if not comment.strip():
            raise CommentMissing(fix="Say what must change.")
        async with self._deciding(report_id, version_id) as decision:
            version = decision.version
            if version.state != ReportVersionState.IN_REVIEW:
                raise VersionTransitionRefused(f"A version that is {version.state} cannot be rejected.")
            before = version.move_to(ReportVersionState.DRAFT)
            await self._record(decision, VersionAction.REJECTED, before, comment)
        return version

    async def approve(
        self, report_id: ReportId, version_id: ReportVersionId, comment: str, effective_from: date | None
    ) -> ReportVersion:
        """Approve a version: it runs from its day on, today if none is given.

        Raises AuthorMayNotApprove, VersionTransitionRefused.
        """
        async with self._deciding(report_id, version_id) as decision:
            version, policy, now = decision.version, decision.policy, self.scope.now()
            if version.state != ReportVersionState.IN_REVIEW:
                raise VersionTransitionRefused(f"A version that is {version.state} cannot be approved.")
            policy.check_approval({*version.authors, version.created_by}, self.scope.user_id)
            before = version.move_to(ReportVersionState.APPROVED)
            version.approved_by, version.approved_at = self.scope.user_id, now
            version.effective_from = effective_from or policy.today(now)
            await self._record(decision, VersionAction.APPROVED, before, comment)
            if policy.state_when_approved(effective_from, now) is ReportVersionState.ACTIVE:
                await self._activate(decision, "")
        return version

    async def activate(self, report_id: ReportId, version_id: ReportVersionId) -> ReportVersion:
        """Make a version the one that runs: an approved one before its day, any other only without four eyes.

        The version before is archived. Raises FourEyesRequired, VersionTransitionRefused.
        """
        async with self._deciding(report_id, version_id) as decision:
            if decision.version.state in {ReportVersionState.DRAFT, ReportVersionState.IN_REVIEW}:
                decision.policy.check_activation()
            await self._activate(decision, "")
        return decision.version

    async def archive(self, report_id: ReportId, version_id: ReportVersionId, comment: str) -> ReportVersion:
        """Take a version out of use for good. Raises VersionTransitionRefused."""
        async with self._deciding(report_id, version_id) as decision:
            before = decision.version.move_to(ReportVersionState.ARCHIVED)
            await self._record(decision, VersionAction.ARCHIVED, before, comment)
        return decision.version

    async def roll_back(self, report_id: ReportId, version_id: ReportVersionId, comment: str) -> ReportVersion:
        """A new version with the document of an old one; it goes through review like every other.

        Raises ReportVersionNotFound, VersionTransitionRefused when the version is in use already.
        """
        async with self._deciding(report_id, version_id) as decision:
            old, reports = decision.version, decision.reports
            if old.state != ReportVersionState.ARCHIVED:
                raise VersionTransitionRefused(
                    f"The version is {old.state}: only an archived one can be brought back.",
                    fix="Activate it, or save its document as a new version.",
                )
            version = ReportVersion(
                id=new_id(),
                tenant_id=self.scope.tenant,
                report_id=report_id,
                major=await reports.next_major(report_id),
                minor=0,
                state=ReportVersionState.DRAFT,
                document=old.document,
                source_columns=old.source_columns,
                input_columns=old.input_columns,
                pack_id=old.pack_id,
                pack_version=old.pack_version,
                connector_id=old.connector_id,
                input_connector_ids=old.input_connector_ids,
                rule_sets=old.rule_sets,
                based_on_id=old.id,
                note=comment or f"Back to {old.number}.",
                authors=[self.scope.user_id],
                created_by=self.scope.user_id,
                created_at=self.scope.now(),
            )
            reports.add(version)
            await reports.flush()
            step = VersionStep(VersionAction.ROLLED_BACK, comment=version.note)
            await record_version_step(decision.session, self.scope, decision.report, version, step)
            if not decision.policy.needs_approval:
                await self._activate(
                    _Decision(decision.session, reports, decision.report, version, decision.policy), comment
                )
        return version

    async def history(self, report_id: ReportId, version_id: ReportVersionId | None = None) -> Sequence[Event]:
        """What happened to the versions of a report, newest first, with the names of who did it."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await get_report(reports, report_id)
            events = await reports.events(report_id, version_id)
            names = await reports.names_of({one.actor_id for one in events if one.actor_id is not None})
            return [(one, names.get(one.actor_id) if one.actor_id is not None else None) for one in events]

    @asynccontextmanager
    async def _deciding(self, report_id: ReportId, version_id: ReportVersionId) -> AsyncIterator[_Decision]:
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await reports.find(report_id, for_update=True)
            if report is None:
                raise ReportVersionNotFound
            version = await get_version(reports, report_id, version_id, for_update=True)
            policy = await read_policy(session, self.scope.tenant)
            yield _Decision(session, reports, report, version, policy)
            await reports.flush()
        self.wakeups.webhooks(self.scope.tenant)

    async def _activate(self, decision: _Decision, comment: str) -> None:
        """The version before is archived first: at most one is active at any time."""
        reports, version = decision.reports, decision.version
        before = await reports.find_active_version(ReportId(version.report_id))
        state = version.move_to(ReportVersionState.ACTIVE)
        if before is not None:
            was = before.move_to(ReportVersionState.ARCHIVED)
            # The constraint would see two active versions if the new state were sent first.
            version.state = state
            await reports.flush()
            version.state = ReportVersionState.ACTIVE
            replaced = _Decision(decision.session, reports, decision.report, before, decision.policy)
            await self._record(replaced, VersionAction.ARCHIVED, was, f"Replaced by {version.number}.")
        version.activated_at = self.scope.now()
        await self._record(decision, VersionAction.ACTIVATED, state, comment)
        await show_report(decision.session, self.scope.tenant, version.report_id, self.scope.now())

    async def _record(
        self, decision: _Decision, action: VersionAction, before: ReportVersionState, comment: str
    ) -> None:
        version = decision.version
        step = VersionStep(action, before, comment)
        await record_version_step(decision.session, self.scope, decision.report, version, step)
        if action in _TOLD:
            told = ReportVersionNews(
                report_id=version.report_id,
                report_version_id=version.id,
                version=version.number,
                state=ReportVersionState(version.state),
                links=ReportLinks(report=f"/api/v1/reports/{version.report_id}"),
            )
            await Outbox(decision.session, self.scope.tenant).add(_TOLD[action], version.id, told, self.scope.now())


async def read_policy(session: AsyncSession, tenant: TenantId) -> ReviewPolicy:
    """What the tenant demands now."""
    owner = await MemberRepository(session, tenant).get_tenant()
    is_production = owner.environment == TenantEnvironment.PRODUCTION
    return ReviewPolicy(owner.four_eyes, is_production, owner.time_zone)
