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
