"""What the system role reads over all tenants: sign-in rows and the identifiers of work that is due.

The tables and columns are those granted to it by migration (ADR 0004); the work itself is claimed as the
application role inside the tenant.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.run import Run
from backend.persistence.models.tenant import Membership, Tenant, User
from backend.persistence.models.webhook import WebhookDelivery


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What is compared at sign-in, and the tenant a member joined first."""

    user_id: UUID
    password_hash: str
    tenant_id: TenantId | None


class SystemScope:
    """Reads without a tenant; greppable on purpose."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_sign_in(self, email: str) -> SignInRow | None:
        """The account of an e-mail address, or None."""
        query = (
            select(User.id, User.password_hash, Membership.tenant_id)
            .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.is_active))
            .where(User.email == email.lower(), User.is_active)
            .order_by(Membership.created_at)
            .limit(1)
        )
        row = (await self._session.execute(query)).one_or_none()
        return SignInRow(row[0], row[1], TenantId(row[2]) if row[2] else None) if row else None

    async def find_tenant(self, slug: str) -> TenantId | None:
        """The tenant of a slug, or None."""
        found = await self._session.scalar(select(Tenant.id).where(Tenant.slug == slug))
        return TenantId(found) if found else None

    async def tenants(self) -> list[tuple[str, TenantId]]:
        """Every tenant by its slug."""
        rows = (await self._session.execute(select(Tenant.slug, Tenant.id).order_by(Tenant.slug))).all()
        return [(slug, TenantId(tenant)) for slug, tenant in rows]

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

    async def tenants_with_due_webhooks(self) -> list[TenantId]:
        """Tenants for which webhook deliveries are due."""
        waiting = WebhookDelivery.state.in_((DeliveryState.PENDING, DeliveryState.RETRYING)) & (
            WebhookDelivery.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (WebhookDelivery.state == DeliveryState.SENDING) & (
            WebhookDelivery.lease_expires_at < func.clock_timestamp()
        )
        query = select(WebhookDelivery.tenant_id).where(or_(waiting, abandoned)).distinct()
        return [TenantId(tenant) for tenant in (await self._session.scalars(query)).all()]
