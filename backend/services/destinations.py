"""Destinations as people keep them: stored, changed, tested, paused, and confirmed by what their servers show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import DestinationId, RunId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.deliveries import DeliveryState, DestinationEnvironment
from backend.domain.delivery_policy import DeliveryPolicy
from backend.persistence.models.delivery import Destination
from backend.persistence.repositories.deliveries import DeliveryRepository, DestinationRepository, ListedDelivery
from backend.persistence.repositories.delivery_lists import DeliveryListRepository, DestinationDeeds
from backend.services.delivery import DestinationNotFound, TransferOpener
from backend.services.scope import TenantScope
from backend.services.server_identity import HOST_KEY, ServerIdentity, replaced_identities
from backend.services.transfer.contract import TransferTest
from backend.services.transfer.factory import create_transfer
from backend.services.wakeups import Wakeups

RECENTLY: Final = timedelta(days=7)
#: Settings that do not change to whom the credentials are sent, nor how well they are guarded on the way.
_HARMLESS: Final = frozenset(
    {"folder", "prefix", "connect_timeout_seconds", "operation_timeout_seconds", HOST_KEY.setting}
)


class DestinationNameTaken(OpenRegError):
    """Another destination has this name."""

    code: ClassVar[str] = "destination_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DestinationInUse(OpenRegError):
    """Reports deliver to the destination, or files are on their way to it."""

    code: ClassVar[str] = "destination_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DestinationCredentialsNeeded(OpenRegError):
    """Stored credentials are not sent to another address; give them again."""

    code: ClassVar[str] = "destination_credentials_needed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


_DEFAULT_POLICY: Final = DeliveryPolicy()


@dataclass(frozen=True, slots=True)
class DestinationTerms:
    """What a destination is for, and how it is served."""

    environment: DestinationEnvironment = DestinationEnvironment.PRODUCTION
    response_folder: str | None = None
    policy: DeliveryPolicy = _DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class DestinationChanges:
    """What a change sets; None leaves a part as it is, settings, credentials and policy are replaced as a whole.

    An empty ``response_folder`` ends the looking for answers.
    """

    name: str | None = None
    settings: dict[str, object] | None = None
    credentials: dict[str, object] | None = None
    environment: DestinationEnvironment | None = None
    response_folder: str | None = None
    policy: DeliveryPolicy | None = None
    reason: str | None = None
    """Needed where another host key or certificate than the confirmed one is to be trusted, or none any more."""


@dataclass(frozen=True, slots=True)
class DestinationView:
    """A destination and how it has done in the last days; None where that was not asked."""

    destination: Destination
    deeds: DestinationDeeds | None = None


@dataclass(frozen=True, slots=True)
class DestinationService:
    """Stored destinations of a tenant."""

    scope: TenantScope
    opener: TransferOpener
    wakeups: Wakeups

    async def create(
        self,
        *,
        name: str,
        kind: str,
        settings: dict[str, object],
        credentials: dict[str, object],
        terms: DestinationTerms = DestinationTerms(),
    ) -> Destination:
        """Store a destination; its settings are checked by its kind first. Raises DestinationNameTaken."""
        create_transfer(kind, settings, credentials, self.opener.egress)
        at = self.scope.now()
        destination = Destination(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            kind=kind,
            settings=settings,
            credentials=self.opener.box.seal(credentials),
            environment=terms.environment,
            response_folder=terms.response_folder or None,
            policy=terms.policy.model_dump(mode="json"),
            created_at=at,
            updated_at=at,
            is_paused=False,
            revision=1,
        )
        async with self.scope.transaction() as session:
            destinations = DestinationRepository(session, self.scope.tenant)
            destinations.add(destination)
            await destinations.flush_unique(_taken(name))
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_CREATED,
                _subject(destination),
                after={**_shown(destination), "credentials": SECRET_CHANGED},
            )
        return destination

    async def get(self, destination_id: DestinationId) -> Destination:
        """Raises DestinationNotFound."""
        async with self.scope.transaction() as session:
            return await self._find(session, destination_id)

    async def view(self, destination_id: DestinationId) -> DestinationView:
        """One destination with how it has done. Raises DestinationNotFound."""
        async with self.scope.reading() as session:
            found = await self._find(session, destination_id)
            lists = DeliveryListRepository(session, self.scope.tenant)
            deeds = await lists.deeds([found.id], self.scope.now() - RECENTLY)
            return DestinationView(found, deeds.get(found.id))

    async def page(self, request: PageRequest) -> Page[DestinationView]:
        """Destinations that are not archived, newest first, with how they have done."""
        async with self.scope.reading() as session:
            page = await DestinationRepository(session, self.scope.tenant).page(request)
            lists = DeliveryListRepository(session, self.scope.tenant)
            deeds = await lists.deeds([one.id for one in page.items], self.scope.now() - RECENTLY)
            return Page([DestinationView(one, deeds.get(one.id)) for one in page.items], page.next_cursor)

    async def change(
        self, destination_id: DestinationId, changes: DestinationChanges, seen: Precondition
    ) -> Destination:
        """Change name, address, credentials, or how it is served; a confirmed new host key lets deliveries go on.

        Raises DestinationNotFound, PreconditionFailed, DestinationNameTaken, DestinationCredentialsNeeded,
        HostKeyReasonNeeded and CertificateReasonNeeded.
        """
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            seen.check(destination_etag(stored))
            before = _shown(stored)
            settings = changes.settings if changes.settings is not None else stored.settings
            if changes.credentials is None and _goes_elsewhere(stored.settings, settings):
                raise DestinationCredentialsNeeded(fix="Give the credentials together with the new address.")
            replaced = replaced_identities(stored.settings, settings)
            for identity in replaced:
                if identity.confirmed(stored.settings):
                    identity.check_reason(changes.reason)
            credentials = changes.credentials or self.opener.box.open(stored.credentials)
            create_transfer(stored.kind, settings, credentials, self.opener.egress)
            if changes.credentials is not None:
                stored.credentials = self.opener.box.seal(changes.credentials)
            stored.name = changes.name if changes.name is not None else stored.name
            stored.environment = changes.environment or stored.environment
            if changes.response_folder is not None:
                stored.response_folder = changes.response_folder or None
            if changes.policy is not None:
                stored.policy = changes.policy.model_dump(mode="json")
            stored.settings = settings
            self._touch(stored)
            await DestinationRepository(session, self.scope.tenant).flush_unique(_taken(stored.name))
            if replaced:
                await self._start_again(session, stored)
            said = {} if changes.credentials is None else {"credentials": SECRET_CHANGED}
            reason = {} if changes.reason is None else {"reason": changes.reason}
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_CHANGED,
                _subject(stored),
                before=before,
                after={**_shown(stored), **said, **reason},
            )
        self.wakeups.deliveries()
        return stored

    async def remove(self, destination_id: DestinationId) -> None:
        """Archive a destination that nothing uses; one that was never used is forgotten.

        Raises DestinationNotFound, DestinationInUse.
        """
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            uses = await DestinationRepository(session, self.scope.tenant).uses(destination_id)
            deliveries = DeliveryRepository(session, self.scope.tenant)
            unfinished = await deliveries.count_unfinished(destination_id)
            if uses:
                names = ", ".join(name for _, name in uses[:3])
                raise DestinationInUse(
                    f"{len(uses)} report(s) deliver there: {names}.",
                    fix="Archive these reports, or let them deliver to another destination.",
                    extra={"used_by": [{"id": str(identity), "name": name} for identity, name in uses]},
                )
            if unfinished:
                raise DestinationInUse(
                    f"{unfinished} deliveries to it have not ended.", fix="Wait for them, or cancel them."
                )
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_REMOVED, _subject(stored), before=_shown(stored)
            )
            if await deliveries.has_any(destination_id):
                stored.archived_at = self.scope.now()
                self._touch(stored)
            else:
                await deliveries.delete(stored)

    async def pause(self, destination_id: DestinationId, reason: str) -> Destination:
        """Send nothing more to it; what waits is set aside, what is on its way arrives. Raises DestinationNotFound."""
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            if stored.is_paused:
                return stored
            stored.is_paused, stored.paused_at, stored.pause_reason = True, self.scope.now(), reason
            self._touch(stored)
            deliveries = DeliveryRepository(session, self.scope.tenant)
            await deliveries.set_aside(destination_id, DeliveryState.PAUSED, None)
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_PAUSED, _subject(stored), after={"reason": reason}
            )
        return stored

    async def resume(self, destination_id: DestinationId, reason: str) -> Destination:
        """Go on with a paused destination and everything that waits for it. Raises DestinationNotFound."""
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            if not stored.is_paused:
                return stored
            stored.is_paused, stored.paused_at, stored.pause_reason = False, None, None
            self._touch(stored)
            deliveries = DeliveryRepository(session, self.scope.tenant)
            await deliveries.go_on(destination_id, DeliveryState.PAUSED, self.scope.now())
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_RESUMED, _subject(stored), after={"reason": reason}
            )
        self.wakeups.deliveries()
        return stored

    async def confirm(
        self, destination_id: DestinationId, identity: ServerIdentity, fingerprint: str, reason: str | None = None
    ) -> Destination:
        """Trust the key or certificate that the server shows now, if it is the one a person compared.

        Deliveries go on. Raises DestinationNotFound, what ``identity`` raises in place of another confirmed one
        without a reason, and where the server does not show it.
        """
        found = await self.get(destination_id)
        confirmed = identity.confirmed(found.settings)
        if not identity.is_same(fingerprint, confirmed):
            if confirmed:
                identity.check_reason(reason)
            identity.check_shown(identity.shown_in(await self.test(destination_id)), fingerprint, confirmed)
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            before = stored.settings.get(identity.setting)
            stored.settings = {**stored.settings, identity.setting: fingerprint}
            self._touch(stored)
            await self._start_again(session, stored)
            await self.scope.audit(session).record(
                identity.action,
                _subject(stored),
                before={identity.setting: before},
                after={identity.setting: fingerprint, **({"reason": reason} if reason else {})},
            )
        self.wakeups.deliveries()
        return stored

    async def test(self, destination_id: DestinationId) -> TransferTest:
        """Try it step by step; leaves nothing behind."""
        transfer = self.opener.open(await self.get(destination_id))
        return await asyncio.to_thread(transfer.test)

    async def test_unsaved(
        self, kind: str, settings: dict[str, object], credentials: dict[str, object]
    ) -> TransferTest:
        """Try a destination that is not stored. Raises TransferSettingsInvalid."""
        transfer = create_transfer(kind, settings, credentials, self.opener.egress)
        return await asyncio.to_thread(transfer.test)

    async def deliveries_of_run(self, run_id: RunId) -> Sequence[ListedDelivery]:
        """Deliveries of a run, oldest first, with their attempts."""
        async with self.scope.reading() as session:
            return await DeliveryRepository(session, self.scope.tenant).listed_of_run(run_id)

    async def _find(
        self, session: AsyncSession, destination_id: DestinationId, *, for_update: bool = False
    ) -> Destination:
        found = await DestinationRepository(session, self.scope.tenant).find(destination_id, for_update=for_update)
        if found is None or (for_update and found.archived_at is not None):
            raise DestinationNotFound
        return found

    async def _start_again(self, session: AsyncSession, stored: Destination) -> None:
        stored.stopped = None
        deliveries = DeliveryRepository(session, self.scope.tenant)
        await deliveries.go_on(DestinationId(stored.id), DeliveryState.STOPPED, self.scope.now())

    def _touch(self, stored: Destination) -> None:
        stored.revision += 1
        stored.updated_at = self.scope.now()


def destination_etag(stored: Destination) -> str:
    """The state of a stored destination."""
    return etag_of(stored.id, stored.revision)


def _subject(stored: Destination) -> AuditSubject:
    return AuditSubject("destination", stored.id, stored.name)


def _shown(stored: Destination) -> dict[str, object]:
    return {
        "name": stored.name,
        "kind": stored.kind,
        "settings": stored.settings,
        "environment": stored.environment,
        "response_folder": stored.response_folder,
        "policy": stored.policy,
    }


def _goes_elsewhere(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    old, new = ({name: one for name, one in each.items() if name not in _HARMLESS} for each in (before, after))
    return old != new


def _taken(name: str) -> DestinationNameTaken:
    return DestinationNameTaken(f"A destination named {name!r} exists.", fix="Choose another name.")
