"""Connectors as people keep them: stored, changed, tested, and opened for whoever reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Self

from backend.core.crypto import SecretBox, SecretUnreadable
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import ConnectorId, TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.expressions.types import DATE
from backend.domain.object_keys import connector_prefix
from backend.domain.reports.analysis import PARAMETER_TYPES
from backend.domain.reports.document import REPORTING_DATE, Source
from backend.persistence.models.connector import Connector as StoredConnector
from backend.persistence.repositories.connectors import ConnectorRepository, ConnectorUse, ListedConnector
from backend.persistence.repositories.source_uploads import SourceUploadRepository
from backend.services.adapters import Adapters
from backend.services.connectors.base import (
    Connector,
    ConnectorKind,
    ConnectorTest,
    Credentials,
    SourceColumn,
    SourceParameter,
    StepListener,
    nobody_listens,
)
from backend.services.connectors.factory import check_settings, create_connector
from backend.services.connectors.files.shelf import NO_SHELF, FileShelf
from backend.services.connectors.secret_references import (
    GivenCredentials,
    SecretReference,
    SecretUse,
    SourceSecrets,
    plain_form,
    reference_in,
)
from backend.services.connectors.server_settings import ServerSettings
from backend.services.egress import EgressGuard
from backend.services.scope import TenantScope
from backend.services.source_files import StorageShelf
from backend.services.source_places import PERSON_PATIENCE_SECONDS, SourcePlaces
from backend.services.storage import ObjectStorage


class ConnectorNotFound(OpenRegError):
    """There is no such connector."""

    code: ClassVar[str] = "connector_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ConnectorNameTaken(OpenRegError):
    """Another connector has this name."""

    code: ClassVar[str] = "connector_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ConnectorInUse(OpenRegError):
    """Reports read through the connector."""

    code: ClassVar[str] = "connector_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ConnectorCredentialsNeeded(OpenRegError):
    """Stored credentials are not sent to another address; give them again."""

    code: ClassVar[str] = "connector_credentials_needed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


#: Settings that do not change to whom the credentials are sent, nor how well they are guarded on the way.
_HARMLESS = frozenset(
    {
        "connect_timeout_seconds",
        "statement_timeout_seconds",
        "lock_timeout_seconds",
        "search_path",
        "role",
        "source_time_zone",
        "max_sessions",
        "longest_text_bytes",
        "current_schema",
        "date_columns",
        "fetch_rows",
    }
)


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """A connector with the reports that read through it."""

    connector: StoredConnector | ListedConnector
    used_by: Sequence[ConnectorUse]
    password_reference: SecretReference | None = None


@dataclass(frozen=True, slots=True)
class ConnectorChanges:
    """What a change of a connector sets; None leaves a part as it is, settings are replaced as a whole.

    ``retest_every_hours`` of 0 ends the tests by the clock.
    """

    name: str | None = None
    settings: dict[str, object] | None = None
    credentials: GivenCredentials | None = None
    retest_every_hours: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectorOpener:
    """Makes a live connector from a stored one."""

    box: SecretBox
    egress: EgressGuard
    secrets: SourceSecrets
    storage: ObjectStorage

    @classmethod
    def of(cls, adapters: Adapters) -> Self:
        """Built from what the process has."""
        secrets = SourceSecrets(adapters.kept_secrets)
        return cls(adapters.box, adapters.egress_own_network, secrets, adapters.storage)

    def open(self, stored: StoredConnector) -> Connector:
        """The connector, not yet connected. Raises SecretUnreadable and the factory's errors."""
        tenant = TenantId(stored.tenant_id)
        shelf = StorageShelf(self.storage, tenant, ConnectorId(stored.id))
        return self.make(tenant, stored.kind, stored.settings, self.credentials_of(stored), shelf)

    def make(
        self,
        tenant: TenantId,
        kind: str,
        settings: Mapping[str, object],
        credentials: GivenCredentials | None,
        shelf: FileShelf = NO_SHELF,
    ) -> Connector:
        """A connector of a tenant, not yet connected; secrets kept elsewhere are read when it signs in.

        Raises ConnectorSettingsInvalid.
        """
        checked = check_settings(kind, settings)
        if credentials is None:
            return create_connector(kind, settings, None, self.egress, shelf)
        use = SecretUse(str(tenant), checked.addresses if isinstance(checked, ServerSettings) else ())
        live = Credentials(
            username=credentials.username,
            password=self.secrets.live(credentials.password, use),
            tunnel=None if credentials.tunnel is None else self.secrets.live_tunnel(credentials.tunnel, use),
        )
        return create_connector(kind, settings, live, self.egress, shelf)

    def credentials_of(self, stored: StoredConnector) -> GivenCredentials | None:
        """The credentials as they were given, None of a kind that needs none. Raises SecretUnreadable."""
        opened = self.box.open(stored.credentials)
        return GivenCredentials.model_validate(opened) if opened else None

    def find_reference(self, stored: StoredConnector) -> SecretReference | None:
        """Where the password is kept, if not here; None also where the key to know it is missing."""
        try:
            credentials = self.credentials_of(stored)
        except SecretUnreadable:
            return None
        return reference_in(credentials) if credentials is not None else None

    def seal(self, credentials: GivenCredentials | None) -> bytes:
        """Credentials as they are stored."""
        return self.box.seal(plain_form(credentials) if credentials is not None else {})


@dataclass(frozen=True, slots=True)
class ConnectorService:
    """Stored connectors of a tenant."""

    scope: TenantScope
    opener: ConnectorOpener

    async def create(
        self,
        *,
        name: str,
        kind: str,
        settings: dict[str, object],
        credentials: GivenCredentials | None,
        holds_demo_data: bool = False,
    ) -> StoredConnector:
        """Store a connector; its settings are checked by its kind first. Raises ConnectorNameTaken."""
        self.opener.make(self.scope.tenant, kind, settings, credentials)
        at = self.scope.now()
        stored = StoredConnector(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            kind=kind,
            settings=settings,
            credentials=self.opener.seal(credentials),
            holds_demo_data=holds_demo_data,
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            connectors.add(stored)
            await connectors.flush_unique(
                ConnectorNameTaken(f"A connector named {name!r} exists.", fix="Choose another name.")
            )
            await self.scope.audit(session).record(
                AuditAction.CONNECTOR_CREATED,
                connector_subject(stored),
                after={**_shown(stored), **_credentials_shown(credentials)},
            )
        return stored

    async def get(self, connector_id: ConnectorId) -> StoredConnector:
        """Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            found = await ConnectorRepository(session, self.scope.tenant).find(connector_id)
        if found is None:
            raise ConnectorNotFound
        return found

    async def view(self, connector_id: ConnectorId) -> ConnectorView:
        """A connector and the reports that read through it. Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            found = await connectors.find(connector_id)
            if found is None:
                raise ConnectorNotFound
            uses = (await connectors.uses([connector_id])).get(connector_id, ())
            return ConnectorView(found, uses, self.opener.find_reference(found))

    async def page(self, request: PageRequest, text: str | None = None) -> Page[ConnectorView]:
        """Connectors, newest first, with the reports that read through them."""
        async with self.scope.reading() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            page = await connectors.page(request, text)
            uses = await connectors.uses([one.id for one in page.items])
            return Page([ConnectorView(one, uses.get(one.id, ())) for one in page.items], page.next_cursor)

    async def change(self, connector_id: ConnectorId, changes: ConnectorChanges, seen: Precondition) -> ConnectorView:
        """Change name, settings or credentials.

        Raises ConnectorNotFound, PreconditionFailed, ConnectorNameTaken, ConnectorCredentialsNeeded.
        """
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            stored = await connectors.find(connector_id, for_update=True)
            if stored is None:
                raise ConnectorNotFound
            seen.check(connector_etag(stored))
            before = _shown(stored)
            settings = changes.settings if changes.settings is not None else stored.settings
            credentials = changes.credentials or self.opener.credentials_of(stored)
            # A secret kept elsewhere is bound to its addresses by the operator, each time it is read.
            kept = credentials if changes.credentials is None else None
            is_kept_here = kept is not None and kept.keeps_secrets_here
            if is_kept_here and _goes_elsewhere(stored.kind, stored.settings, settings):
                raise ConnectorCredentialsNeeded(fix="Give user name and password together with the new address.")
            self.opener.make(self.scope.tenant, stored.kind, settings, credentials)
            stored.name = changes.name if changes.name is not None else stored.name
            if settings != stored.settings or changes.credentials is not None:
                stored.tested_at = stored.failed_step = None
                stored.recent_tests, stored.is_failing = [], False
            stored.settings = settings
            if changes.credentials is not None:
                stored.credentials = self.opener.seal(changes.credentials)
            if changes.retest_every_hours is not None:
                stored.retest_every_hours = changes.retest_every_hours or None
                stored.next_test_at = self.scope.now() if stored.retest_every_hours else None
            stored.revision += 1
            stored.updated_at = self.scope.now()
            await connectors.flush_unique(
                ConnectorNameTaken(f"A connector named {stored.name!r} exists.", fix="Choose another name.")
            )
            secret = {} if changes.credentials is None else _credentials_shown(changes.credentials)
            await self.scope.audit(session).record(
                AuditAction.CONNECTOR_CHANGED,
                connector_subject(stored),
                before=before,
                after={**_shown(stored), **secret},
            )
            uses = (await connectors.uses([connector_id])).get(connector_id, ())
            return ConnectorView(stored, uses, reference_in(credentials) if credentials is not None else None)

    async def remove(self, connector_id: ConnectorId) -> None:
        """Delete a connector that no report uses. Raises ConnectorNotFound, ConnectorInUse."""
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            found = await connectors.find(connector_id, for_update=True)
            if found is None:
                raise ConnectorNotFound
            uses = (await connectors.uses([connector_id])).get(connector_id, ())
            if uses:
                names = ", ".join(one.name for one in uses[:3])
                raise ConnectorInUse(
                    f"{len(uses)} report(s) read through it: {names}.",
                    fix="Archive these reports, or move them to another connector.",
                    extra={"used_by": [{"id": str(one.report_id), "name": one.name} for one in uses]},
                )
            uploads = SourceUploadRepository(session, self.scope.tenant)
            unfinished = await uploads.unfinished(connector_id)
            await uploads.forget_all(connector_id)
            await connectors.delete(found)
            await self.scope.audit(session).record(
                AuditAction.CONNECTOR_REMOVED, connector_subject(found), before=_shown(found)
            )
        for key, upload_id in unfinished:
            await asyncio.to_thread(self.opener.storage.abort_upload, key, upload_id)
        if found.kind == ConnectorKind.FILES:
            prefix = connector_prefix(self.scope.tenant, connector_id)
            await asyncio.to_thread(self.opener.storage.delete_prefix, prefix)

    async def test_unsaved(
        self,
        kind: str,
        settings: dict[str, object],
        credentials: GivenCredentials | None,
        tell: StepListener = nobody_listens,
    ) -> ConnectorTest:
        """Try a connector that is not stored. Raises ConnectorSettingsInvalid."""
        connector = self.opener.make(self.scope.tenant, kind, settings, credentials)
        return await asyncio.to_thread(connector.test, tell)

    async def describe(self, source: Source) -> tuple[SourceColumn, ...]:
        """The columns of a report's query, without running it. Raises ConnectorNotFound, QueryInvalid."""
        types = {name: SourceParameter(PARAMETER_TYPES[one.type]) for name, one in source.parameters.items()}
        async with self.at_source(ConnectorId(source.connector_id)) as connector:
            return await asyncio.to_thread(
                connector.describe, source.query, {**types, REPORTING_DATE: SourceParameter(DATE)}
            )

    @asynccontextmanager
    async def at_source(self, connector_id: ConnectorId) -> AsyncIterator[Connector]:
        """A live connector, with one of the sessions that it may have at its source.

        Raises ConnectorNotFound, SourceBusy.
        """
        stored = await self.get(connector_id)
        async with SourcePlaces(self.scope.database).taken(stored, PERSON_PATIENCE_SECONDS):
            yield self.opener.open(stored)


def connector_etag(stored: StoredConnector | ListedConnector) -> str:
    """The state of a stored connector."""
    return etag_of(stored.id, stored.revision)


def connector_subject(stored: StoredConnector) -> AuditSubject:
    """How the audit log names it."""
    return AuditSubject("connector", stored.id, stored.name)


def _goes_elsewhere(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    old, new = (check_settings(kind, settings).model_dump(exclude=set(_HARMLESS)) for settings in (before, after))
    return old != new


def _shown(stored: StoredConnector) -> dict[str, object]:
    retest = {} if stored.retest_every_hours is None else {"retest_every_hours": stored.retest_every_hours}
    demo = {"holds_demo_data": True} if stored.holds_demo_data else {}
    return {"name": stored.name, "kind": stored.kind, "settings": stored.settings, **demo, **retest}


def _credentials_shown(credentials: GivenCredentials | None) -> dict[str, object]:
    """For the audit log: that they changed, and where a secret is kept that is not kept here."""
    if credentials is None:
        return {}
    reference = reference_in(credentials)
    kept = {} if reference is None else {"password_reference": reference.model_dump(exclude_none=True)}
    return {"credentials": SECRET_CHANGED, **kept}
