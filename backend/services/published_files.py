"""Files that customers read: released artifacts of published reports, archives of published schema packages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import CustomerKeyId, TenantId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.models.publication import Publication
from backend.persistence.repositories.publications import PublicationRepository, ReleasedFile
from backend.persistence.repositories.schema_packages import SchemaPackageRepository
from backend.persistence.session import Database
from backend.services.artifacts import ArtifactNotFound
from backend.services.scope import ActorKind
from backend.services.storage import ObjectStorage

ZIP: Final = "application/zip"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a download needs to know."""

    id: UUID
    kind: str
    name: str
    media_type: str
    object_key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Downloader:
    """Whose key a download is made with, as it is written down."""

    tenant: TenantId
    key_id: CustomerKeyId
    label: str
    address: str | None
    request_id: str | None


async def released_file(
    session: AsyncSession, tenant: TenantId, report: Publication, artifact_id: UUID
) -> ReleasedFile:
    """A file of a report that customers may see. Raises ArtifactNotFound."""
    found = None
    if report.includes_files:
        found = await PublicationRepository(session, tenant).find_file(report, artifact_id)
    if found is None:
        raise ArtifactNotFound
    return found


async def linked_file(session: AsyncSession, tenant: TenantId, publication_id: UUID, artifact_id: UUID) -> StoredFile:
    """What a link was given for, if it is still shown. Raises ArtifactNotFound."""
    report = await PublicationRepository(session, tenant).find(publication_id)
    if report is None or report.unpublished_at is not None:
        raise ArtifactNotFound
    return stored(await released_file(session, tenant, report, artifact_id))


def stored(one: ReleasedFile) -> StoredFile:
    """An artifact as a stored file."""
    of = one.artifact
    return StoredFile(of.id, "artifact", of.name, of.media_type, of.object_key, of.size_bytes, of.sha256)


@dataclass(frozen=True, slots=True)
class PublishedFiles:
    """Bytes out of object storage for customers."""

    database: Database
    storage: ObjectStorage
    now: Clock

    async def archive(self, tenant: TenantId, schema: Publication) -> StoredFile:
        """The archive of a schema package, where the publisher passes it on. Raises PublicationNotFound."""
        package = None
        if schema.includes_files and schema.kind == PublicationKind.SCHEMA and schema.thing_id is not None:
            async with self.database.reading(tenant) as session:
                package = await SchemaPackageRepository(session, tenant).find(schema.thing_id)
        if package is None:
            raise PublicationNotFound("The archive is not published.")
        size = await asyncio.to_thread(self.storage.find_size, package.object_key)
        if size is None:
            raise PublicationNotFound("The archive is not there.")
        return StoredFile(package.id, "schema_package", package.name, ZIP, package.object_key, size, package.sha256)

    async def open(self, file: StoredFile, offset: int, length: int, by: Downloader) -> Iterator[bytes]:
        """The stored bytes, streaming; blocks: iterate in a thread.

        The first piece is fetched here, so that a lost file is an error and not an answer that breaks off; and the
        download is written down before its first byte leaves.
        """
        pieces = self.storage.stream(file.object_key, offset, length)
        first = await asyncio.to_thread(next, pieces, b"")
        actor = ActorRecord(ActorKind.CUSTOMER.value, by.key_id, by.label, by.address, by.request_id)
        async with self.database.transaction(by.tenant) as session:
            await AuditTrail(session, by.tenant, actor, self.now).record(
                AuditAction.ARTIFACT_DOWNLOADED,
                AuditSubject(file.kind, file.id, file.name),
                after={"sha256": file.sha256, "offset": offset, "length": length},
            )
        return chain((first,), pieces)
