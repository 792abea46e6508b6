"""Tenants as a platform administrator keeps them: the list, and a new one with its first administrator invited."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.mail import email_address
from backend.domain.roles import ADMINISTRATOR, ROLE_TEMPLATES
from backend.domain.tenants import TENANT_SLUG, TenantEnvironment, check_time_zone
from backend.persistence.models.tenant import Role, Tenant
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import SystemDatabase
from backend.persistence.system import SystemScope, TenantRow
from backend.services.invitations import InvitationMailer, invitation_of
from backend.services.roles import role_of
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups


class TenantSlugInvalid(OpenRegError):
    """The short name of an organisation has small letters, digits and hyphens."""

    code: ClassVar[str] = "tenant_slug_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class TenantSlugTaken(OpenRegError):
    """Another organisation has this short name."""

    code: ClassVar[str] = "tenant_slug_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """What a new organisation is."""

    slug: str
    name: str
    environment: TenantEnvironment = TenantEnvironment.PRODUCTION
    time_zone: str = "UTC"

    def tenant(self, at: datetime) -> Tenant:
        """The row, not stored yet. Raises TimeZoneUnknown, TenantSlugInvalid."""
        if not re.fullmatch(TENANT_SLUG, self.slug):
            raise TenantSlugInvalid(fix="Use small letters, digits and hyphens, at least two characters.")
        return Tenant(
            id=new_id(),
            slug=self.slug,
            name=self.name,
            environment=self.environment,
            time_zone=check_time_zone(self.time_zone),
            created_at=at,
        )


@dataclass(frozen=True, slots=True)
class PlatformTenantService:
    """All organisations of an installation."""

    scope: TenantScope
    system: SystemDatabase
    mailer: InvitationMailer
    wakeups: Wakeups

    async def page(self, request: PageRequest) -> Page[TenantRow]:
        """Tenants, newest first."""
        async with self.system.transaction() as session:
            return await SystemScope(session).tenants_page(request)

    async def create(self, plan: TenantPlan, *, administrator: str) -> TenantRow:
        """A tenant with the template roles; its administrator is invited. Raises TenantSlugTaken."""
        address, at, actor = email_address(administrator), self.scope.now(), self.scope.actor
        tenant = plan.tenant(at)
        identity = TenantId(tenant.id)
        async with self.scope.database.transaction(identity) as session:
            members = MemberRepository(session, identity)
            roles = await store_tenant(members, tenant, at)
            invitation = invitation_of(tenant, address, "", [roles[ADMINISTRATOR]], self.scope.user_id, at)
            await self.mailer.send(session, tenant, invitation, inviter=actor.label, at=at)
            members.add(invitation)
            # The first entry of the new tenant's own trail; whoever made it is not a member there.
            await (
                replace(self.scope, tenant=identity)
                .audit(session)
                .record(
                    AuditAction.TENANT_CREATED,
                    AuditSubject("tenant", tenant.id, tenant.name),
                    after={"slug": tenant.slug, "environment": str(tenant.environment), "administrator": address},
                )
            )
        self.wakeups.mails(identity)
        return TenantRow(identity, tenant.slug, tenant.name, tenant.environment, tenant.created_at)


async def store_tenant(members: MemberRepository, tenant: Tenant, at: datetime) -> dict[str, Role]:
    """Store a tenant and its template roles; the roles by key. Raises TenantSlugTaken."""
    members.add(tenant)
    await members.flush_unique(TenantSlugTaken(fix="Choose another short name."))
    roles = {key: role_of(template, members.tenant, at) for key, template in ROLE_TEMPLATES.items()}
    for role in roles.values():
        members.add(role)
    await members.flush()
    return roles
