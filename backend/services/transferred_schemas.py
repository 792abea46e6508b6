"""Schema packages in the files of reports: named by their bytes, which are the same in every installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.persistence.repositories.schema_packages import SchemaPackageRepository
from backend.services.report_sources import Fault
from backend.services.schema_packages import SchemaPackageNotFound

_ID, _NAMED = "schema_package_id", "schema_package"


async def with_package_hashes(
    session: AsyncSession, tenant: TenantId, outputs: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Outputs with name and hash of their schema packages instead of identifiers."""
    wanted = {UUID(xml[_ID]) for one in outputs if (xml := one.get("xml")) is not None}
    found = await SchemaPackageRepository(session, tenant).find_all(wanted) if wanted else []
    named = {str(one.id): {"name": one.name, "sha256": one.sha256} for one in found}
    return [
        {**one, "xml": {_NAMED: named.get(xml[_ID]), **_without(xml, _ID)}} if (xml := one.get("xml")) else dict(one)
        for one in outputs
    ]


async def with_package_ids(session: AsyncSession, tenant: TenantId, outputs: object) -> tuple[object, list[Fault]]:
    """Outputs with the identifiers that the packages have here, and those that are not here.

    What has another form stays as it was given, so that the check of the document names it.
    """
    if not isinstance(outputs, list):
        return outputs, []
    wanted = {number: named for number, one in enumerate(outputs) if (named := _named(one)) is not None}
    hashes = {str(one["sha256"]) for one in wanted.values()}
    known = await SchemaPackageRepository(session, tenant).with_hashes(hashes) if hashes else {}
    faults: list[Fault] = []
    read = list(outputs)
    for number, named in wanted.items():
        found = known.get(str(named["sha256"]))
        xml = _without(outputs[number]["xml"], _NAMED)
        read[number] = {**outputs[number], "xml": {_ID: str(found) if found is not None else None, **xml}}
        if found is None:
            faults.append(
                {
                    "pointer": f"/outputs/{number}/xml/{_NAMED}",
                    "code": SchemaPackageNotFound.code,
                    "detail": f"There is no schema package {named.get('name')!r} with the SHA-256 {named['sha256']}.",
                    "fix": "Install the package here first; it must be the same file.",
                }
            )
    return read, faults


def _named(output: object) -> Mapping[str, Any] | None:
    """How an output of a file names its schema package."""
    xml = output.get("xml") if isinstance(output, Mapping) else None
    named = xml.get(_NAMED) if isinstance(xml, Mapping) else None
    return named if isinstance(named, Mapping) and isinstance(named.get("sha256"), str) else None


def _without(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}
