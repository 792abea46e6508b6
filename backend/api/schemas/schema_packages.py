"""Schema packages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backend.api.schemas.rule_sets import UsingReportAnswer
from backend.persistence.repositories.schema_packages import InstalledSchemaPackage, ReportOfSchemas


class SchemaFileAnswer(BaseModel):
    """One XSD of a package."""

    name: str
    namespace: str
    sha256: str


class SchemaPackageAnswer(BaseModel):
    """An installed package, pinned by its hash."""

    id: UUID
    name: str
    sha256: str
    files: list[SchemaFileAnswer]
    installed_at: datetime
    installed_by: str

    @classmethod
    def of(cls, installed: InstalledSchemaPackage) -> SchemaPackageAnswer:
        """The package as it is listed."""
        return cls(**_shown(installed))


class SchemaPackageDetail(SchemaPackageAnswer):
    """An installed package with the reports that write files by it, in versions that are in use."""

    reports: list[UsingReportAnswer]

    @classmethod
    def with_reports(cls, installed: InstalledSchemaPackage, reports: Sequence[ReportOfSchemas]) -> SchemaPackageDetail:
        """The package and who uses it."""
        return cls(**_shown(installed), reports=[UsingReportAnswer.model_validate(one) for one in reports])


def _shown(installed: InstalledSchemaPackage) -> dict[str, Any]:
    package = installed.package
    return {
        "id": package.id,
        "name": package.name,
        "sha256": package.sha256,
        "files": package.files,
        "installed_at": package.installed_at,
        "installed_by": installed.installed_by,
    }


class SchemaPackageList(BaseModel):
    """Every installed package."""

    items: list[SchemaPackageAnswer]


class SchemaValueTypeAnswer(BaseModel):
    """What a value may be."""

    model_config = ConfigDict(from_attributes=True)

    name: str | None
    primitive: str | None
    facets: dict[str, str]
    codes: list[str]


class SchemaAttributeAnswer(BaseModel):
    """An attribute of an element."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    namespace: str
    required: bool
    type: SchemaValueTypeAnswer


class SchemaElementAnswer(BaseModel):
    """An element where it stands; ``step`` is how a path to what is below it names it.

    ``maximum`` null is without limit; elements with the same number in ``choice`` exclude each other.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    namespace: str
    step: str
    minimum: int
    maximum: int | None
    choice: int | None
    documentation: str | None
    type: SchemaValueTypeAnswer
    attributes: list[SchemaAttributeAnswer]
    has_children: bool


class SchemaElementList(BaseModel):
    """The elements of one level."""

    items: list[SchemaElementAnswer]


class DocumentFaultAnswer(BaseModel):
    """One reason why a document does not follow the schemas."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    column: int
    message: str


class SchemaDocumentCheckAnswer(BaseModel):
    """What the schemas say of a document."""

    is_valid: bool
    faults: list[DocumentFaultAnswer]
