"""What the system role reads over all tenants: sign-in rows and the identifiers of work that is due.

The tables and columns are those granted to it by migration (ADR 0004); the work itself is claimed as the
application role inside the tenant.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import ConnectorId, TenantId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.deliveries import DeliveryState
from backend.domain.error_register import ENDED
from backend.domain.feedback import FeedbackState
from backend.domain.mail import MailState
from backend.domain.reconciliation import ReconciliationState
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunState
from backend.domain.schedules.backfills import BackfillState
from backend.domain.schedules.fires import FireState
from backend.domain.triggers import TriggerKind
from backend.domain.webhook_recoveries import RecoveryState
from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.models.connector import Connector
from backend.persistence.models.deadline import Deadline
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.error_register import RegisterEntry
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.invitation import PasswordReset, UserInvitation
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.models.notice import Notice
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Backfill, Schedule, ScheduleFire
from backend.persistence.models.service_key import ServiceKey
from backend.persistence.models.session import SecondFactor, UserSession
from backend.persistence.models.source_upload import SourceUpload, UploadState
from backend.persistence.models.tenant import Membership, Tenant, User
from backend.persistence.models.trigger import Trigger
from backend.persistence.models.webhook import WebhookDelivery
from backend.persistence.models.webhook_recovery import WebhookRecovery


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What is compared at sign-in, and the tenant a member joined first."""

    user_id: UUID
    email: str
    password_hash: str
    tenant_id: TenantId | None
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class SourceUploadRow:
    """An upload and where it belongs."""

    tenant: TenantId
    connector: ConnectorId
    upload: UUID


@dataclass(frozen=True, slots=True)
class DueSchedulesRow:
    """A tenant with work for the scheduler: schedules whose time has come, fires that wait for other reports."""

    tenant: TenantId
    has_due: bool
    has_waiting: bool


@dataclass(frozen=True, slots=True)
class SessionOwnerRow:
    """Whose session it is, and the tenant it is switched to."""

    user_id: UUID
    email: str
    tenant_id: TenantId


@dataclass(frozen=True, slots=True)
class OwnTenantRow:
    """A tenant that somebody is a member of."""

    id: TenantId
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as far as it can prove itself."""

    user_id: UUID
    password_hash: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant, as the platform's administrators see it."""

    id: TenantId
    slug: str
    name: str
    environment: str
    created_at: datetime


# Built once: it is asked by every call of everybody, and building it costs as much as sending it.
class SystemScope:
    """Reads without a tenant; greppable on purpose."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_sign_in(self, email: str) -> SignInRow | None:
        """The account of an e-mail address, or None."""
        return await self._find_account(User.email == email.lower())

    async def find_account(self, user_id: UUID) -> SignInRow | None:
        """The account of a user, or None."""
        return await self._find_account(User.id == user_id)

    async def _find_account(self, wanted: ColumnElement[bool]) -> SignInRow | None:
        query = (
            select(User.id, User.email, User.password_hash, Membership.tenant_id, SecondFactor.user_id)
            .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.is_active))
            .outerjoin(SecondFactor, and_(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None)))
            .where(wanted, User.is_active)
            .order_by(Membership.created_at)
            .limit(1)
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        return SignInRow(row[0], row[1], row[2], TenantId(row[3]) if row[3] else None, row[4] is not None)

    async def find_session_owner(self, session_id: UUID) -> SessionOwnerRow | None:
        """Whose session it is; None when there is none, or the account is switched off."""
        query = (
            select(User.id, User.email, UserSession.current_tenant_id)
            .join(UserSession, UserSession.user_id == User.id)
            .where(UserSession.id == session_id, User.is_active)
        )
        row = (await self._session.execute(query)).one_or_none()
        return SessionOwnerRow(row[0], row[1], TenantId(row[2])) if row else None

    async def tenants_of(self, user_id: UUID) -> list[OwnTenantRow]:
        """The tenants a person is a member of, by name."""
        query = (
            select(Tenant.id, Tenant.slug, Tenant.name)
            .join(Membership, Membership.tenant_id == Tenant.id)
            .where(Membership.user_id == user_id, Membership.is_active)
            .order_by(Tenant.name, Tenant.slug)
        )
        return [OwnTenantRow(TenantId(row[0]), row[1], row[2]) for row in (await self._session.execute(query)).all()]

    async def find_registered(self, email: str) -> AccountRow | None:
        """The account of an e-mail address, switched off or not, in whatever tenants; or None."""
        query = select(User.id, User.password_hash, User.is_active).where(User.email == email.lower())
        row = (await self._session.execute(query)).one_or_none()
        return AccountRow(row[0], row[1], row[2]) if row else None

    async def find_service_key(self, secret_hash: str) -> TenantId | None:
        """The tenant whose service key has this hash, or had it before its rotation; or None."""
        is_it = or_(ServiceKey.secret_hash == secret_hash, ServiceKey.previous_hash == secret_hash)
        found = await self._session.scalar(select(ServiceKey.tenant_id).where(is_it))
        return TenantId(found) if found else None

    async def tenants_page(self, request: PageRequest) -> Page[TenantRow]:
        """Every tenant, newest first."""
        query = select(Tenant.id, Tenant.slug, Tenant.name, Tenant.environment, Tenant.created_at)
        if request.after is not None:
            query = query.where(Tenant.id < request.after)
        rows = (await self._session.execute(query.order_by(Tenant.id.desc()).limit(request.limit + 1))).all()
        return page_of([TenantRow(TenantId(row[0]), *row[1:]) for row in rows], request, lambda one: one.id)

    async def memberships_of(self, user_id: UUID) -> list[TenantId]:
        """The tenants somebody belongs to, suspended there or not; the one they joined first comes first."""
        query = select(Membership.tenant_id).where(Membership.user_id == user_id).order_by(Membership.created_at)
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def all_tenants(self) -> list[TenantId]:
        """Every tenant, by its short name."""
        return [TenantId(one) for one in (await self._session.scalars(select(Tenant.id).order_by(Tenant.slug))).all()]

    async def find_invitation(self, token_hash: str) -> TenantId | None:
        """The tenant whose invitation has this token, or None."""
        found = await self._session.scalar(
            select(UserInvitation.tenant_id).where(UserInvitation.token_hash == token_hash)
        )
        return TenantId(found) if found else None

    async def find_password_reset(self, token_hash: str) -> TenantId | None:
        """The tenant in which a reset with this token was asked for, or None."""
        found = await self._session.scalar(
            select(PasswordReset.tenant_id).where(PasswordReset.token_hash == token_hash)
        )
        return TenantId(found) if found else None

    async def find_tenant(self, slug: str) -> TenantId | None:
        """The tenant of a slug, or None."""
        found = await self._session.scalar(select(Tenant.id).where(Tenant.slug == slug))
        return TenantId(found) if found else None

    async def tenants(self) -> list[tuple[str, TenantId]]:
        """Every tenant by its slug."""
        rows = (await self._session.execute(select(Tenant.slug, Tenant.id).order_by(Tenant.slug))).all()
        return [(slug, TenantId(tenant)) for slug, tenant in rows]

    async def people_with_second_factors(self) -> list[tuple[UUID, TenantId | None]]:
        """Everybody who has one, beside the tenant they joined first, if they are still in any."""
        joined = select(Membership.tenant_id).where(Membership.user_id == SecondFactor.user_id)
        first = joined.order_by(Membership.created_at).limit(1).scalar_subquery()
        rows = (await self._session.execute(select(SecondFactor.user_id, first))).all()
        return [(user_id, TenantId(tenant) if tenant else None) for user_id, tenant in rows]

    async def count_tenants(self) -> int:
        """How many tenants the installation has."""
        return int(await self._session.scalar(select(func.count(Tenant.id))) or 0)

    async def runs_to_wake(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Runs nobody works on: pending, or their lease has expired."""
        query = (
            select(Run.tenant_id, Run.id)
            .where(
                or_(
                    Run.state == RunState.PENDING,
                    Run.state.in_((RunState.RUNNING, RunState.CANCELLING))
                    & (Run.lease_expires_at < func.clock_timestamp()),
                )
            )
            .order_by(Run.created_at)
            .limit(limit)
        )
        return [(TenantId(tenant), run) for tenant, run in (await self._session.execute(query)).all()]

    async def ended_runs(self, runs: Collection[UUID]) -> frozenset[UUID]:
        """Those of the runs that have ended."""
        ended = [state for state in RunState if state.is_terminal]
        query = select(Run.id).where(Run.id.in_(runs), Run.state.in_(ended))
        return frozenset((await self._session.scalars(query)).all())

    async def abandoned_source_uploads(self, now: datetime, limit: int) -> list[SourceUploadRow]:
        """Uploads of files under way to which nothing came for long."""
        query = (
            select(SourceUpload.tenant_id, SourceUpload.connector_id, SourceUpload.id)
            .where(SourceUpload.state == UploadState.OPEN, SourceUpload.expires_at < now)
            .order_by(SourceUpload.expires_at)
            .limit(limit)
        )
        rows = await self._session.execute(query)
        return [SourceUploadRow(TenantId(tenant), ConnectorId(one), upload) for tenant, one, upload in rows]

    async def deliveries_to_wake(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Deliveries that are due."""
        waiting = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.RETRYING)) & (
            Delivery.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_expires_at < func.clock_timestamp())
        query = (
            select(Delivery.tenant_id, Delivery.id).where(or_(waiting, abandoned)).order_by(Delivery.next_attempt_at)
        )
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query.limit(limit))).all()]

    async def feedback_to_read(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Feedback that waits for a worker, or whose worker is gone."""
        now = func.clock_timestamp()
        waiting = (FeedbackFile.state == FeedbackState.RECEIVED) & (FeedbackFile.next_attempt_at <= now)
        abandoned = (FeedbackFile.state == FeedbackState.PARSING) & (FeedbackFile.lease_expires_at < now)
        query = select(FeedbackFile.tenant_id, FeedbackFile.id).where(or_(waiting, abandoned))
        query = query.order_by(FeedbackFile.next_attempt_at).limit(limit)
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query)).all()]

    async def reconciliations_to_work_on(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Reconciliations that wait for a worker, or whose worker is gone."""
        now = func.clock_timestamp()
        waiting = (Reconciliation.state == ReconciliationState.QUEUED) & (Reconciliation.next_attempt_at <= now)
        abandoned = (Reconciliation.state == ReconciliationState.RUNNING) & (Reconciliation.lease_expires_at < now)
        query = select(Reconciliation.tenant_id, Reconciliation.id).where(or_(waiting, abandoned))
        query = query.order_by(Reconciliation.next_attempt_at).limit(limit)
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query)).all()]

    async def answers_to_look_for(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Destinations whose folder of answers is to be looked into."""
        is_due = or_(Destination.next_look_at.is_(None), Destination.next_look_at <= func.clock_timestamp())
        query = select(Destination.tenant_id, Destination.id).where(
            Destination.response_folder.is_not(None), Destination.archived_at.is_(None), ~Destination.is_paused, is_due
        )
        query = query.order_by(Destination.next_look_at.nulls_first()).limit(limit)
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query)).all()]

    async def connectors_to_test(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Connectors whose test is due."""
        due = Connector.next_test_at <= func.clock_timestamp()
        query = select(Connector.tenant_id, Connector.id).where(due).order_by(Connector.next_test_at).limit(limit)
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query)).all()]

    async def tenants_with_deadlines(self) -> list[TenantId]:
        """Tenants in which a report has a deadline."""
        query = select(Deadline.tenant_id).where(Deadline.is_active).distinct().order_by(Deadline.tenant_id)
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_open_entries(self) -> list[TenantId]:
        """Tenants whose register of errors and omissions has an entry that is not closed."""
        query = select(RegisterEntry.tenant_id).where(RegisterEntry.state.not_in(ENDED)).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_due_notices(self) -> list[TenantId]:
        """Tenants in which somebody is to be mailed a notice."""
        due = Notice.mailed_at.is_(None) & (Notice.mail_due_at <= func.clock_timestamp())
        query = select(Notice.tenant_id).where(due).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_due_webhooks(self) -> list[TenantId]:
        """Tenants for which webhook deliveries are due."""
        waiting = WebhookDelivery.state.in_((WebhookDeliveryState.PENDING, WebhookDeliveryState.RETRYING)) & (
            WebhookDelivery.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (WebhookDelivery.state == WebhookDeliveryState.SENDING) & (
            WebhookDelivery.lease_expires_at < func.clock_timestamp()
        )
        query = select(WebhookDelivery.tenant_id).where(or_(waiting, abandoned)).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_webhook_recoveries(self) -> list[TenantId]:
        """Tenants in which a recovery of a webhook goes on."""
        query = select(WebhookRecovery.tenant_id).where(WebhookRecovery.state == RecoveryState.RUNNING).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_due_versions(self, latest: date) -> list[TenantId]:
        """Tenants with an approved version that runs from a day on that may have come somewhere."""
        query = (
            select(ReportVersion.tenant_id)
            .where(ReportVersion.state == ReportVersionState.APPROVED, ReportVersion.effective_from <= latest)
            .distinct()
        )
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_due_schedules(self, now: datetime) -> list[DueSchedulesRow]:
        """Tenants in which a schedule is due, or a fire waits."""
        due = select(Schedule.tenant_id, literal(1).label("due"), literal(0).label("waiting")).where(
            Schedule.due_at <= now
        )
        waiting = select(ScheduleFire.tenant_id, literal(0), literal(1)).where(ScheduleFire.state == FireState.WAITING)
        found = union(due, waiting).subquery()
        query = select(found.c.tenant_id, func.max(found.c.due), func.max(found.c.waiting))
        rows = (await self._session.execute(query.group_by(found.c.tenant_id))).all()
        return [DueSchedulesRow(TenantId(tenant), bool(due), bool(waiting)) for tenant, due, waiting in rows]

    async def tenants_with_backfills(self) -> list[TenantId]:
        """Tenants in which a backfill goes on."""
        query = select(Backfill.tenant_id).where(Backfill.state == BackfillState.RUNNING).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def triggers_to_look_at(self, limit: int) -> list[tuple[TenantId, UUID]]:
        """Triggers whose folder or source is to be looked at."""
        is_due = ~Trigger.is_paused & (Trigger.next_look_at <= func.clock_timestamp())
        query = select(Trigger.tenant_id, Trigger.id).where(is_due).order_by(Trigger.next_look_at).limit(limit)
        return [(TenantId(tenant), one) for tenant, one in (await self._session.execute(query)).all()]

    async def tenants_with_run_triggers(self) -> list[TenantId]:
        """Tenants in which ends of runs start others."""
        waits = (Trigger.kind == TriggerKind.RUN_EVENT) & ~Trigger.is_paused
        query = select(Trigger.tenant_id).where(waits).distinct().order_by(Trigger.tenant_id)
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]

    async def tenants_with_due_mails(self) -> list[TenantId]:
        """Tenants that have mails to send."""
        waiting = OutgoingMail.state.in_((MailState.PENDING, MailState.RETRYING)) & (
            OutgoingMail.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (OutgoingMail.state == MailState.SENDING) & (OutgoingMail.lease_expires_at < func.clock_timestamp())
        query = select(OutgoingMail.tenant_id).where(or_(waiting, abandoned)).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]
