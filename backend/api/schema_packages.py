"""Schema packages: a regulator's XSDs, brought by the user."""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import Query, UploadFile, status

from backend.api.dependencies import Idempotency, SchemaPackages, SchemasInstall, SchemasRead
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.schema_packages import (
    DocumentFaultAnswer,
    SchemaDocumentCheckAnswer,
    SchemaElementAnswer,
    SchemaElementList,
    SchemaPackageAnswer,
    SchemaPackageDetail,
    SchemaPackageList,
)
from backend.core.problems import problems
from backend.pipeline.xsd import SchemaElementNotFound, SchemaPackageInvalid, SchemaPackageTooLarge, SchemaSetInvalid
from backend.services.schema_packages import SchemaPackageNotFound

router = ResourceRouter(prefix="/schema-packages", tags=["schema packages"])
MAX_ARCHIVE_BYTES = 50 * 1024 * 1024
MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
MAX_NAME_LENGTH = 255
MAX_STEPS = 64
Step = Annotated[str, Query(min_length=1, max_length=500)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(SchemaPackageInvalid, SchemaPackageTooLarge))
async def install_schema_package(
    file: UploadFile, scope: SchemasInstall, packages: SchemaPackages, idempotency: Idempotency
) -> SchemaPackageAnswer:
    """Install a regulator's zip of XSD files, or one XSD file."""
    archive = await file.read(MAX_ARCHIVE_BYTES + 1)
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise SchemaPackageTooLarge(f"The archive is larger than {MAX_ARCHIVE_BYTES} bytes.")

    async def act() -> dict[str, object]:
        package = await packages.install(scope, _name_of(file), archive)
        found, _ = await packages.get(scope.tenant, package.id)
        return SchemaPackageAnswer.of(found).model_dump(mode="json")

    digest = hashlib.sha256(archive).hexdigest()
    request: dict[str, object] = {"route": "schema-packages", "name": _name_of(file), "sha256": digest}
    return SchemaPackageAnswer.model_validate(await idempotency.once(scope, request, act))


@router.get("")
async def list_schema_packages(scope: SchemasRead, packages: SchemaPackages) -> SchemaPackageList:
    """Installed packages, newest first."""
    return SchemaPackageList(items=[SchemaPackageAnswer.of(one) for one in await packages.installed(scope.tenant)])


@router.get("/{package_id}", responses=problems(SchemaPackageNotFound))
async def get_schema_package(package_id: UUID, scope: SchemasRead, packages: SchemaPackages) -> SchemaPackageDetail:
    """One package with the reports that write files by it."""
    return SchemaPackageDetail.with_reports(*await packages.get(scope.tenant, package_id))


@router.get(
    "/{package_id}/elements",
    responses=problems(SchemaPackageNotFound, SchemaSetInvalid, SchemaElementNotFound),
)
async def list_schema_elements(
    package_id: UUID,
    scope: SchemasRead,
    packages: SchemaPackages,
    step: Annotated[tuple[Step, ...], Query(max_length=MAX_STEPS)] = (),
) -> SchemaElementList:
    """The elements below the one that the steps from a root lead to; without steps, those a document may begin with."""
    found = await packages.children(scope.tenant, package_id, step)
    return SchemaElementList(items=[SchemaElementAnswer.model_validate(one) for one in found])


@router.post(
    "/{package_id}/check",
    responses=problems(SchemaPackageNotFound, SchemaSetInvalid, SchemaPackageTooLarge),
)
async def check_document(
    package_id: UUID, file: UploadFile, scope: SchemasRead, packages: SchemaPackages
) -> SchemaDocumentCheckAnswer:
    """Check an XML document against the schemas of a package. Nothing is kept."""
    document = await file.read(MAX_DOCUMENT_BYTES + 1)
    if len(document) > MAX_DOCUMENT_BYTES:
        raise SchemaPackageTooLarge(f"The document is larger than {MAX_DOCUMENT_BYTES} bytes.")
    found = await packages.check_document(scope.tenant, package_id, document)
    return SchemaDocumentCheckAnswer(
        is_valid=not found, faults=[DocumentFaultAnswer.model_validate(one) for one in found]
    )


def _name_of(file: UploadFile) -> str:
    """The end of the name tells more than its beginning."""
    return (file.filename or "schemas.zip")[-MAX_NAME_LENGTH:]
