"""Who acts, and for whom an access token speaks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.core.tokens import TokenInvalid, TokenSigner
from backend.domain.roles import permitted
from backend.persistence.principals import find_principal
from backend.persistence.session import SystemDatabase


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a user in a tenant, with the permissions of the roles there.

    ``session_id`` is set for a person who signed in, ``service_key_id`` for a program with a service key.
    """

    user_id: UUID
    email: str
    full_name: str
    tenant: TenantId
    tenant_slug: str
    permissions: frozenset[str]
    roles: tuple[str, ...] = ()
    session_id: UUID | None = None
    service_key_id: UUID | None = None
    service_key_name: str | None = None
    is_platform_administrator: bool = False


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """Authenticates people."""

    system: SystemDatabase
    signer: TokenSigner
    now: Clock

    async def authenticate(self, token: str) -> Principal:
        """The principal of an access token; session and permissions are read now, not believed. Raises TokenInvalid."""
        claims = self.signer.read(token)
        tenant = TenantId(claims.tenant)
        row = await find_principal(
            self.system, session_id=claims.session_id, user_id=claims.user_id, tenant=tenant, now=self.now()
        )
        if row is None:
            raise TokenInvalid(fix="Sign in again.")
        return Principal(
            claims.user_id,
            row.email,
            row.full_name,
            tenant,
            row.tenant_slug,
            permitted(row.permissions),
            roles=row.roles,
            session_id=claims.session_id,
            is_platform_administrator=row.is_platform_administrator,
        )
