"""Schema packages: a regulator's zip of XSDs is installed, pinned by hash, and found again for a pack."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.object_keys import schema_package_key
from backend.domain.regulations.model import Pack
from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.repositories.schema_packages import (
    InstalledSchemaPackage,
    ReportOfSchemas,
    SchemaPackageRepository,
)
from backend.persistence.session import Database
from backend.pipeline.plan import SchemaFiles
from backend.pipeline.xsd import (
    SchemaElement,
    SchemaFile,
    XsdError,
    admit_schema_package,
    check_document,
    read_schema_package,
    read_tree,
)
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

MEDIA_TYPE = "application/zip"


class SchemaPackageNotFound(OpenRegError):
    """There is no such schema package."""

    code: ClassVar[str] = "schema_package_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class SchemaPackageService:
    """Packages of the installation, per tenant."""

    database: Database
    storage: ObjectStorage

    async def install(self, scope: TenantScope, name: str, archive: bytes) -> SchemaPackage:
        """Store a package after reading it; the same bytes are stored once. Raises SchemaPackageInvalid."""
        files = await asyncio.to_thread(admit_schema_package, archive)
        tenant = scope.tenant
        sha256 = hashlib.sha256(archive).hexdigest()
        key = schema_package_key(tenant, sha256)
        await asyncio.to_thread(self.storage.put, key, archive, MEDIA_TYPE)
        async with scope.transaction() as session:
            packages = SchemaPackageRepository(session, tenant)
            known = await packages.find_by_hash(sha256)
            if known is not None:
                return known
            package = SchemaPackage(
                id=new_id(),
                tenant_id=tenant,
                name=name,
                sha256=sha256,
                object_key=key,
                installed_by=scope.user_id,
                installed_at=scope.now(),
                files=[{"name": one.name, "namespace": one.namespace, "sha256": one.sha256} for one in files],
            )
            packages.add(package)
            await scope.audit(session).record(
                AuditAction.SCHEMA_PACKAGE_INSTALLED,
                AuditSubject("schema_package", package.id, name),
                after={"name": name, "sha256": sha256, "files": package.files},
            )
        return package

    async def newest_first(self, tenant: TenantId) -> Sequence[SchemaPackage]:
        """Installed packages."""
        async with self.database.transaction(tenant) as session:
            return await SchemaPackageRepository(session, tenant).newest_first()

    async def installed(self, tenant: TenantId) -> Sequence[InstalledSchemaPackage]:
        """Installed packages with who installed them, newest first."""
        async with self.database.transaction(tenant) as session:
            return await SchemaPackageRepository(session, tenant).installed()

    async def get(self, tenant: TenantId, package_id: UUID) -> tuple[InstalledSchemaPackage, Sequence[ReportOfSchemas]]:
        """One package, and the reports that write files by it. Raises SchemaPackageNotFound."""
        async with self.database.transaction(tenant) as session:
            packages = SchemaPackageRepository(session, tenant)
            found = await packages.installed(package_id)
            if not found:
                raise SchemaPackageNotFound
            return found[0], await packages.reports_using(package_id)

    async def children(self, tenant: TenantId, package_id: UUID, steps: Sequence[str]) -> list[SchemaElement]:
        """The elements below the one the steps lead to, the roots for no steps.

        Raises SchemaPackageNotFound, SchemaSetInvalid and SchemaElementNotFound.
        """
        files = await self._files(tenant, package_id)

        def read() -> list[SchemaElement]:
            tree = read_tree(files)
            return tree.children(steps) if steps else tree.roots()

        return await asyncio.to_thread(read)

    async def check_document(self, tenant: TenantId, package_id: UUID, document: bytes) -> list[XsdError]:
        """What is wrong with a document, by line and column. Raises SchemaPackageNotFound and SchemaSetInvalid."""
        files = await self._files(tenant, package_id)
        return await asyncio.to_thread(check_document, files, document)

    async def _files(self, tenant: TenantId, package_id: UUID) -> tuple[SchemaFile, ...]:
        async with self.database.transaction(tenant) as session:
            package = await SchemaPackageRepository(session, tenant).find(package_id)
        if package is None:
            raise SchemaPackageNotFound
        archive = await asyncio.to_thread(self.storage.read, package.object_key)
        return tuple(await asyncio.to_thread(read_schema_package, archive))

    async def find_for(self, tenant: TenantId, pack: Pack) -> SchemaFiles | None:
        """The schema files a pack was written against, from the newest package that has all of them."""
        wanted = {schema.file_name: schema.namespace for schema in pack.message.schemas}
        for package in await self.newest_first(tenant):
            if wanted.keys() <= {_base_name(str(one["name"])) for one in package.files}:
                archive = await asyncio.to_thread(self.storage.read, package.object_key)
                files = await asyncio.to_thread(read_schema_package, archive)
                contents = {
                    wanted[_base_name(one.name)]: one.content for one in files if _base_name(one.name) in wanted
                }
                return SchemaFiles(contents, package.name)
        return None


def _base_name(name: str) -> str:
    return name.rsplit("/", 1)[-1]
