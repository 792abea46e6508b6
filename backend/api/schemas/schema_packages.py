"""Schema packages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class SchemaFileAnswer(BaseModel):
    """One XSD of a package."""

    name: str
    namespace: str
    sha256: str


class SchemaPackageAnswer(BaseModel):
    """An installed package, pinned by its hash."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    sha256: str
    files: list[SchemaFileAnswer]
    installed_at: datetime


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
