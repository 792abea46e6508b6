"""Schema packages: a regulator's XSDs, brought by the user."""

from __future__ import annotations

import hashlib

from fastapi import UploadFile, status

from backend.api.dependencies import Idempotency, SchemaPackages, SchemasInstall, SchemasRead
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.schema_packages import SchemaPackageAnswer, SchemaPackageList
from backend.core.problems import problems
from backend.pipeline.xsd import SchemaPackageInvalid, SchemaPackageTooLarge

router = ResourceRouter(prefix="/schema-packages", tags=["schema packages"])
MAX_ARCHIVE_BYTES = 50 * 1024 * 1024
MAX_NAME_LENGTH = 255


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(SchemaPackageInvalid, SchemaPackageTooLarge))
async def install_schema_package(
    file: UploadFile, scope: SchemasInstall, packages: SchemaPackages, idempotency: Idempotency
) -> SchemaPackageAnswer:
    """Install a regulator's zip of XSD files."""
    archive = await file.read(MAX_ARCHIVE_BYTES + 1)
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise SchemaPackageTooLarge(f"The archive is larger than {MAX_ARCHIVE_BYTES} bytes.")

    async def act() -> dict[str, object]:
        package = await packages.install(scope, _name_of(file), archive)
        return SchemaPackageAnswer.model_validate(package).model_dump(mode="json")

    digest = hashlib.sha256(archive).hexdigest()
    request: dict[str, object] = {"route": "schema-packages", "name": _name_of(file), "sha256": digest}
    return SchemaPackageAnswer.model_validate(await idempotency.once(scope, request, act))


@router.get("")
async def list_schema_packages(scope: SchemasRead, packages: SchemaPackages) -> SchemaPackageList:
    """Installed packages, newest first."""
    installed = await packages.newest_first(scope.tenant)
    return SchemaPackageList(items=[SchemaPackageAnswer.model_validate(one) for one in installed])


def _name_of(file: UploadFile) -> str:
    """The end of the name tells more than its beginning."""
    return (file.filename or "schemas.zip")[-MAX_NAME_LENGTH:]
