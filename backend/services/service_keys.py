"""Service keys as people keep them; a key acts for whoever made it, and can never do more than they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.roles import check_held, check_known
from backend.domain.service_keys import ServiceKeyState, check_networks
from backend.persistence.models.service_key import ServiceKey
from backend.persistence.models.tenant import User
from backend.persistence.repositories.service_keys import ServiceKeyRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.api_keys import SERVICE_KEY_PREFIX, key_hash, new_key, shown_part
from backend.services.scope import TenantScope


class ServiceKeyNotFound(OpenRegError):
    """There is no such service key."""

    code: ClassVar[str] = "service_key_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ServiceKeyNameTaken(OpenRegError):
    """Another service key has this name."""

    code: ClassVar[str] = "service_key_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ServiceKeyClosed(OpenRegError):
    """The service key has been revoked."""

    code: ClassVar[str] = "service_key_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ServiceKeyOfAnother(OpenRegError):
    """A key acts for whoever made it, so nobody else is given its secret."""

    code: ClassVar[str] = "service_key_of_another"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class ExpiryInThePast(OpenRegError):
    """The key would have expired before it was made."""

    code: ClassVar[str] = "expiry_in_the_past"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ServiceKeyTerms:
    """What a key may do, from where and until when."""

    name: str
    description: str
    scopes: Sequence[str]
    networks: Sequence[str]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceKeyView:
    """A key and who made it (None: they have left)."""

    key: ServiceKey
    state: ServiceKeyState
    created_by: User | None

    @property
    def etag(self) -> str:
        """Which state of the key this is; its use does not change it."""
        return etag_of(self.key.id, self.key.updated_at)


@dataclass(frozen=True, slots=True)
class ServiceKeyService:
    """Service keys of one tenant. ``held`` is what the person who acts may do."""

    scope: TenantScope
    held: frozenset[str]

    async def create(self, terms: ServiceKeyTerms) -> tuple[ServiceKeyView, SecretStr]:
        """A key and its secret, which is never shown again. Raises PermissionNotHeld, ServiceKeyNameTaken."""
        at, secret = self.scope.now(), new_key(SERVICE_KEY_PREFIX)
        key = ServiceKey(
            id=new_id(),
            tenant_id=self.scope.tenant,
            prefix=shown_part(SERVICE_KEY_PREFIX, secret),
            secret_hash=key_hash(secret),
            created_by=self.scope.user_id,
            created_at=at,
        )
        self._apply(key, terms, at)
        async with self.scope.transaction() as session:
            keys = ServiceKeyRepository(session, self.scope.tenant)
            keys.add(key)
            await keys.flush_unique(_name_taken(key))
            await self.scope.audit(session).record(AuditAction.SERVICE_KEY_CREATED, _subject(key), after=_shown(key))
            return await self._view(session, key), SecretStr(secret)

    async def page(self, request: PageRequest) -> Page[ServiceKeyView]:
        """Keys, newest first."""
        async with self.scope.transaction() as session:
            page = await ServiceKeyRepository(session, self.scope.tenant).page(request)
            makers = await MemberRepository(session, self.scope.tenant).users_by_id(
                {key.created_by for key in page.items}
            )
        at = self.scope.now()
        views = [ServiceKeyView(key, state_of(key, at), makers.get(key.created_by)) for key in page.items]
        return Page(views, page.next_cursor)

    async def get(self, service_key_id: UUID) -> ServiceKeyView:
        """Raises ServiceKeyNotFound."""
        async with self.scope.transaction() as session:
            key = await ServiceKeyRepository(session, self.scope.tenant).find(service_key_id)
            if key is None:
                raise ServiceKeyNotFound
            return await self._view(session, key)

    async def change(
        self, service_key_id: UUID, changes: ServiceKeyChanges, precondition: Precondition
    ) -> ServiceKeyView:
        """Raises ServiceKeyNotFound, ServiceKeyClosed, PermissionNotHeld, ServiceKeyNameTaken."""
        async with self.scope.transaction() as session:
            key = await self._open(session, service_key_id)
            precondition.check(ServiceKeyView(key, ServiceKeyState.ACTIVE, None).etag)
            before = _shown(key)
            self._apply(key, changes.over(key), self.scope.now())
            await ServiceKeyRepository(session, self.scope.tenant).flush_unique(_name_taken(key))
            await self.scope.audit(session).record(
                AuditAction.SERVICE_KEY_CHANGED, _subject(key), before=before, after=_shown(key)
            )
            return await self._view(session, key)

    async def rotate(self, service_key_id: UUID, overlap: timedelta) -> tuple[ServiceKeyView, SecretStr]:
        """A new secret; the one before opens for ``overlap`` longer. Raises ServiceKeyOfAnother."""
        at, secret = self.scope.now(), new_key(SERVICE_KEY_PREFIX)
        async with self.scope.transaction() as session:
            key = await self._open(session, service_key_id)
            # Otherwise one person could act in the name of another, and four eyes would be two.
            if key.created_by != self.scope.user_id:
                raise ServiceKeyOfAnother(fix="Revoke it, and make a key of your own.")
            check_held(key.scopes, self.held)
            key.previous_hash, key.previous_until = (key.secret_hash, at + overlap) if overlap else (None, None)
            key.secret_hash, key.prefix = key_hash(secret), shown_part(SERVICE_KEY_PREFIX, secret)
            key.rotated_at = key.updated_at = at
            await self.scope.audit(session).record(
                AuditAction.SERVICE_KEY_ROTATED,
                _subject(key),
                after={"secret": SECRET_CHANGED, "overlap_hours": overlap.total_seconds() / 3600},
            )
            return await self._view(session, key), SecretStr(secret)

    async def revoke(self, service_key_id: UUID) -> None:
        """It opens nothing any more, from now on. Raises ServiceKeyNotFound, ServiceKeyClosed."""
        async with self.scope.transaction() as session:
            key = await self._open(session, service_key_id)
            key.revoked_at, key.revoked_by = self.scope.now(), self.scope.user_id
            key.updated_at = self.scope.now()
            key.previous_hash = key.previous_until = None
            await self.scope.audit(session).record(AuditAction.SERVICE_KEY_REVOKED, _subject(key), before=_shown(key))

    def _apply(self, key: ServiceKey, terms: ServiceKeyTerms, at: datetime) -> None:
        scopes = check_known(terms.scopes)
        check_held(scopes, self.held)
        if terms.expires_at is not None and terms.expires_at != key.expires_at and terms.expires_at <= at:
            raise ExpiryInThePast
        key.name, key.description = terms.name, terms.description
        key.scopes, key.networks = scopes, check_networks(terms.networks)
        key.expires_at, key.updated_at = terms.expires_at, at

    async def _open(self, session: AsyncSession, service_key_id: UUID) -> ServiceKey:
        key = await ServiceKeyRepository(session, self.scope.tenant).find(service_key_id, for_update=True)
        if key is None:
            raise ServiceKeyNotFound
        if key.revoked_at is not None:
            raise ServiceKeyClosed
        return key

    async def _view(self, session: AsyncSession, key: ServiceKey) -> ServiceKeyView:
        maker = await MemberRepository(session, self.scope.tenant).find_user(key.created_by)
        return ServiceKeyView(key, state_of(key, self.scope.now()), maker)


@dataclass(frozen=True, slots=True)
class ServiceKeyChanges:
    """What is to be different about a key; None stays, and ``is_endless`` takes the expiry away."""

    name: str | None = None
    description: str | None = None
    scopes: Sequence[str] | None = None
    networks: Sequence[str] | None = None
    expires_at: datetime | None = None
    is_endless: bool = False

    def over(self, key: ServiceKey) -> ServiceKeyTerms:
        """The terms of a key with these changes."""
        return ServiceKeyTerms(
            name=key.name if self.name is None else self.name,
            description=key.description if self.description is None else self.description,
            scopes=key.scopes if self.scopes is None else self.scopes,
            networks=key.networks if self.networks is None else self.networks,
            expires_at=None if self.is_endless else self.expires_at or key.expires_at,
        )


def state_of(key: ServiceKey, now: datetime) -> ServiceKeyState:
    """Whether a key opens anything now."""
    if key.revoked_at is not None:
        return ServiceKeyState.REVOKED
    is_over = key.expires_at is not None and key.expires_at <= now
    return ServiceKeyState.EXPIRED if is_over else ServiceKeyState.ACTIVE


def _subject(key: ServiceKey) -> AuditSubject:
    return AuditSubject("service_key", key.id, key.name)


def _shown(key: ServiceKey) -> dict[str, object]:
    return {
        "name": key.name,
        "description": key.description,
        "scopes": list(key.scopes),
        "networks": list(key.networks),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }


def _name_taken(key: ServiceKey) -> ServiceKeyNameTaken:
    return ServiceKeyNameTaken(f"A service key named {key.name!r} exists.", fix="Choose another name.")
