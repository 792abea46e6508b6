"""Signing in, and who a token speaks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.tokens import TokenInvalid, TokenSigner, verify_password
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope


class SignInRefused(OpenRegError):
    """The e-mail address or the password is wrong."""

    code: ClassVar[str] = "sign_in_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


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
    is_platform_administrator: bool = False


@dataclass(frozen=True, slots=True)
class AuthService:
    """Sign-in needs the system role: the tenant is not known before the account is."""

    database: Database
    system: SystemDatabase
    signer: TokenSigner
    now: Clock

    async def sign_in(self, email: str, password: str) -> str:
        """An access token. Raises SignInRefused, after the same time whether or not the account exists."""
        async with self.system.transaction() as session:
            row = await SystemScope(session).find_sign_in(email)
        is_right = await asyncio.to_thread(verify_password, password, row.password_hash if row else None)
        if row is None or not is_right or row.tenant_id is None:
            raise SignInRefused
        return self.signer.sign(subject=row.user_id, tenant=row.tenant_id, now=self.now())

    async def authenticate(self, token: str) -> Principal:
        """The principal of an access token; permissions are read now, not taken from the token. Raises TokenInvalid."""
        user_id, tenant = self.signer.read(token)
        async with self.database.transaction(TenantId(tenant)) as session:
            found = await MemberRepository(session, TenantId(tenant)).find_member(user_id)
        if found is None:
            raise TokenInvalid
        member, owner = found
        user = member.user
        return Principal(
            user.id,
            user.email,
            user.full_name,
            TenantId(tenant),
            owner.slug,
            member.permissions,
            roles=tuple(role.key for role in member.roles),
            is_platform_administrator=user.is_platform_administrator,
        )
