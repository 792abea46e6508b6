"""Who a service key speaks for: refused by its checksum without a look, by its state, its network and its maker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.roles import permitted
from backend.domain.service_keys import ServiceKeyState, is_within
from backend.persistence.repositories.service_keys import ServiceKeyRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.api_keys import SERVICE_KEY_PREFIX, is_well_formed, key_hash
from backend.services.principals import Principal
from backend.services.service_keys import state_of


class ServiceKeyUnknown(OpenRegError):
    """The service key is not one of ours."""

    code: ClassVar[str] = "service_key_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class ServiceKeyRefused(OpenRegError):
    """The service key has been revoked, has expired, or its maker has left."""

    code: ClassVar[str] = "service_key_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class ServiceKeyOutOfPlace(OpenRegError):
    """The service key may not be used from this network."""

    code: ClassVar[str] = "service_key_out_of_place"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class ServiceKeyAccess:
    """Authenticates programs."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def authenticate(self, secret: str, address: str | None) -> Principal:
        """The maker, with what both the key and the maker may do. Raises ServiceKeyUnknown and the refusals."""
        if not is_well_formed(SERVICE_KEY_PREFIX, secret):
            raise ServiceKeyUnknown(fix="Copy the whole key, from openreg_svc_ to its last character.")
        hashed, at = key_hash(secret), self.now()
        async with self.system.transaction() as session:
            tenant = await SystemScope(session).find_service_key(hashed)
        if tenant is None:
            raise ServiceKeyUnknown
        async with self.database.transaction(tenant) as session:
            keys = ServiceKeyRepository(session, tenant)
            key = await keys.find_by_hash(hashed)
            found = await MemberRepository(session, tenant).find_member(key.created_by) if key else None
            is_former = key is not None and key.secret_hash != hashed
            is_over = key is not None and is_former and (key.previous_until is None or key.previous_until <= at)
            if key is None or found is None or is_over or state_of(key, at) is not ServiceKeyState.ACTIVE:
                raise ServiceKeyRefused(fix="Make another key.")
            if not is_within(address, key.networks):
                raise ServiceKeyOutOfPlace(fix="Add the network of the program to the key.")
            await keys.note_use(key, address, at)
        member, owner = found
        return Principal(
            member.user.id,
            member.user.email,
            member.user.full_name,
            tenant,
            owner.slug,
            permitted(key.scopes) & member.permissions,
            service_key_id=key.id,
            service_key_name=key.name,
        )
