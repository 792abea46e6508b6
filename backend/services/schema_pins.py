"""Which schema packages the outputs of a document are written by: bound when a run is made, read by their hash."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.json_pointer import json_pointer
from backend.domain.expressions.types import DataType
from backend.domain.reports.document import ReportDocument
from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.repositories.schema_packages import SchemaPackageRepository
from backend.pipeline.plan import PackageFiles
from backend.pipeline.xsd import SchemaFileInvalid, SchemaSetInvalid, read_schema_package
from backend.pipeline.xsd.message import mapping_faults
from backend.services.report_sources import Fault
from backend.services.schema_packages import SchemaPackageNotFound
from backend.services.storage import ObjectStorage


class SchemaPackageChanged(OpenRegError):
    """The stored schema package is not the one that the run is bound to."""

    code: ClassVar[str] = "schema_package_changed"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class SchemaPin(BaseModel):
    """A package that a run is bound to: where its bytes lie, and their hash."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    key: str


SchemaPins = Mapping[UUID, SchemaPin]
_PINS: Final = TypeAdapter(dict[UUID, SchemaPin])


async def schema_pins(session: AsyncSession, tenant: TenantId, document: ReportDocument) -> dict[UUID, SchemaPin]:
    """The packages of a document, as far as the tenant has them."""
    wanted = _wanted(document)
    found = await SchemaPackageRepository(session, tenant).find_all(wanted) if wanted else []
    return {one.id: _pin(one) for one in found}


async def pin_schemas(session: AsyncSession, tenant: TenantId, document: ReportDocument) -> dict[str, object]:
    """The pins of a new run, as its row keeps them. Raises SchemaPackageNotFound."""
    pins = await schema_pins(session, tenant, document)
    missing = sorted(set(map(str, _wanted(document))) - set(map(str, pins)))
    if missing:
        raise SchemaPackageNotFound(f"There is no schema package {missing[0]}.", fix="Save a version with another one.")
    return {str(identity): pin.model_dump() for identity, pin in pins.items()}


def read_pins(stored: Mapping[str, object]) -> SchemaPins:
    """The pins of a run's row."""
    return _PINS.validate_python(stored)


def pinned_packages(pins: SchemaPins, storage: ObjectStorage) -> dict[UUID, PackageFiles]:
    """The packages of pins; blocks. Raises SchemaPackageChanged and the errors of the store."""
    return {identity: _read(pin, storage) for identity, pin in pins.items()}


async def xml_faults(
    document: ReportDocument, types: Mapping[str, DataType], pins: SchemaPins, storage: ObjectStorage
) -> list[Fault]:
    """What is wrong with the XML of every output; ``types`` are those of the fields whose expressions are right."""
    return await asyncio.to_thread(lambda: list(_faults(document, types, pins, storage)))


def _faults(
    document: ReportDocument, types: Mapping[str, DataType], pins: SchemaPins, storage: ObjectStorage
) -> Iterable[Fault]:
    for number, output in enumerate(document.outputs):
        if output.xml is None:
            continue
        place = json_pointer(("outputs", number, "xml"))
        pin = pins.get(output.xml.schema_package_id)
        if pin is None:
            detail = "There is no such schema package."
            yield {"pointer": f"{place}/schema_package_id", "code": SchemaPackageNotFound.code, "detail": detail}
            continue
        try:
            for one in mapping_faults(_read(pin, storage).files, output, types, document.fields):
                said = {"suggestion": one.suggestion} if one.suggestion is not None else {}
                yield {**said, "pointer": f"{place}{one.pointer}", "code": one.code, "detail": one.detail}
        except (SchemaSetInvalid, SchemaFileInvalid) as error:
            yield {"pointer": f"{place}/schema_package_id", "code": error.code, "detail": error.message}


def _wanted(document: ReportDocument) -> list[UUID]:
    return sorted({one.xml.schema_package_id for one in document.outputs if one.xml is not None})


def _pin(package: SchemaPackage) -> SchemaPin:
    return SchemaPin(name=package.name, sha256=package.sha256, key=package.object_key)


def _read(pin: SchemaPin, storage: ObjectStorage) -> PackageFiles:
    archive = storage.read(pin.key)
    if hashlib.sha256(archive).hexdigest() != pin.sha256:
        raise SchemaPackageChanged(f"{pin.name} has other bytes than when the run was made.")
    return PackageFiles(pin.name, tuple(read_schema_package(archive)))
