"""What a run is bound to: versions of reference data, calendars, rule sets and schemas, before it reads a row.

A run that somebody asks for is bound when it is made. A scheduler makes a thousand at once: those are bound by the
worker that claims them first, and no run is begun unbound.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.reference_pins import ReferencePin
from backend.domain.reports.document import ReportDocument
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.services.calendar_pins import calendars_of
from backend.services.reference_pins import pins_as_json, pins_of, pins_of_now
from backend.services.reports import find_pack, read_document
from backend.services.rule_set_pins import pin_rule_sets
from backend.services.schema_pins import pin_schemas


async def pin_run(
    session: AsyncSession, run: Run, version: ReportVersion, at: datetime, known_at: datetime | None = None
) -> None:
    """Bind a run to everything as it is now, or as it was known at a moment.

    Raises RuleSetNotActive, SchemaPackageNotFound, CalendarUnknown.
    """
    tenant = TenantId(run.tenant_id)
    document = read_document(dict(version.document))
    run.reference = pins_as_json(await _reference(session, tenant, at, known_at))
    run.calendars = await calendars_of(session, tenant, version, at, known_at)
    run.rule_sets = await pin_rule_sets(session, tenant, document.rule_sets)
    run.schema_packages = await pin_schemas(session, tenant, document)
    run.pack_version = pack_version_of(document)
    run.is_pinned = True


def pack_version_of(document: ReportDocument) -> str | None:
    """The version of the pack that a document is written for."""
    pack = find_pack(document)
    return pack.version if pack is not None else None


async def _reference(
    session: AsyncSession, tenant: TenantId, at: datetime, known_at: datetime | None
) -> Mapping[str, ReferencePin]:
    return await pins_of_now(session, tenant, at) if known_at is None else await pins_of(session, tenant, known_at)
