"""Tenants: what an organisation has chosen for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.etags import Precondition, etag_of
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.tenants import check_four_eyes, check_time_zone
from backend.persistence.models.tenant import Tenant, User
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.scope import TenantScope


class TenantChoices(TypedDict, total=False):
    """What may be changed; what is absent stays."""

    name: str
    environment: str
    time_zone: str
    idle_minutes: int
    four_eyes: bool
    four_eyes_off_reason: str | None
    mail_sender_name: str | None
    exception_due_days: int
    webhook_log_days: int


_CHOICES = tuple(TenantChoices.__annotations__)


@dataclass(frozen=True, slots=True)
class TenantSettingsView:
    """A tenant and who changed its settings last."""

    tenant: Tenant
    changed_by: User | None

    @property
    def etag(self) -> str:
        """Which state of the settings this is."""
        return etag_of(self.tenant.id, self.tenant.settings_changed_at)


@dataclass(frozen=True, slots=True)
class TenantSettingsService:
    """Settings of one tenant. ``is_production`` is about the installation: four eyes are fixed there."""

    scope: TenantScope
    is_production: bool

    async def get(self) -> TenantSettingsView:
        """The settings as they are."""
        async with self.scope.transaction() as session:
            members = MemberRepository(session, self.scope.tenant)
            tenant = await members.get_tenant()
            return TenantSettingsView(tenant, await members.find_user(tenant.settings_changed_by))

    async def change(self, choices: TenantChoices, precondition: Precondition) -> TenantSettingsView:
        """Raises PreconditionFailed, TimeZoneUnknown, FourEyesFixed, FourEyesReasonMissing."""
        if "time_zone" in choices:
            check_time_zone(choices["time_zone"])
        async with self.scope.transaction() as session:
            members = MemberRepository(session, self.scope.tenant)
            tenant = await members.lock_tenant()
            precondition.check(TenantSettingsView(tenant, None).etag)
            self._check_four_eyes(tenant, choices)
            before = {name: getattr(tenant, name) for name in _CHOICES}
            for name, value in choices.items():
                setattr(tenant, name, value)
            if tenant.four_eyes:
                tenant.four_eyes_off_reason = None
            tenant.settings_changed_at, tenant.settings_changed_by = self.scope.now(), self.scope.user_id
            await self._record(session, tenant, before)
            return TenantSettingsView(tenant, await members.find_user(self.scope.user_id))

    async def _record(self, session: AsyncSession, tenant: Tenant, before: dict[str, object]) -> None:
        changed = {name for name in _CHOICES if getattr(tenant, name) != before[name]}
        await self.scope.audit(session).record(
            AuditAction.TENANT_SETTINGS_CHANGED,
            AuditSubject("tenant", tenant.id, tenant.name),
            before={name: before[name] for name in changed},
            after={name: getattr(tenant, name) for name in changed},
            note=tenant.four_eyes_off_reason,
        )

    def _check_four_eyes(self, tenant: Tenant, choices: TenantChoices) -> None:
        if not {"four_eyes", "four_eyes_off_reason"} & choices.keys():
            return
        check_four_eyes(
            wanted=choices.get("four_eyes", tenant.four_eyes),
            reason=choices.get("four_eyes_off_reason", tenant.four_eyes_off_reason),
            is_production=self.is_production,
        )
