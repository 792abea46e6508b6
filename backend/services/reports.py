"""Reports and their versions: saved only when everything in them is known to work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ValidationError

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import DestinationId, ReportId, ReportVersionId, new_id
from backend.core.json_pointer import json_pointer
from backend.core.pagination import Page, PageRequest
from backend.domain.expressions.types import DataType
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportDocumentInvalid, ReportProgram, analyse
from backend.domain.reports.columns import columns_as_json, read_columns
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.versions import ReportVersionState, transition
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.services.connectors.base import SourceColumn
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound, ConnectorService
from backend.services.wakeups import Wakeups


class ReportNotFound(OpenRegError):
    """There is no such report."""

    code: ClassVar[str] = "report_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReportVersionNotFound(OpenRegError):
    """There is no such version of the report."""

    code: ClassVar[str] = "report_version_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReportSlugTaken(OpenRegError):
    """Another report has this slug."""

    code: ClassVar[str] = "report_slug_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ReportService:
    """Reports of a tenant."""

    scope: TenantScope
    connectors: ConnectorService
    wakeups: Wakeups

    async def create(self, *, name: str, slug: str) -> Report:
        """A report without versions. Raises ReportSlugTaken."""
        report = Report(id=new_id(), tenant_id=self.scope.tenant, name=name, slug=slug, created_at=self.scope.now())
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            reports.add(report)
            await reports.flush_unique(
                ReportSlugTaken(f"A report with the slug {slug!r} exists.", fix="Choose another slug.")
            )
        return report

    async def get(self, report_id: ReportId) -> Report:
        """Raises ReportNotFound."""
        async with self.scope.transaction() as session:
            return await _get_report(ReportRepository(session, self.scope.tenant), report_id)

    async def page(self, request: PageRequest) -> Page[Report]:
        """Reports, newest first."""
        async with self.scope.transaction() as session:
            return await ReportRepository(session, self.scope.tenant).page(request)

    async def versions(self, report_id: ReportId) -> Sequence[ReportVersion]:
        """Every version, newest first. Raises ReportNotFound."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await _get_report(reports, report_id)
            return await reports.versions(report_id)

    async def get_version(self, report_id: ReportId, version_id: ReportVersionId) -> ReportVersion:
        """Raises ReportVersionNotFound."""
        async with self.scope.transaction() as session:
            return await _get_version(ReportRepository(session, self.scope.tenant), report_id, version_id)

    async def check(self, raw: dict[str, object]) -> tuple[ReportDocument, Pack | None, ReportProgram]:
        """Read a document, describe its source and type every expression. Raises ReportDocumentInvalid."""
        document = read_document(raw)
        pack = find_pack(document)
        await self._check_destinations(document)
        described = await self._describe(document)
        columns: dict[str, DataType] = {column.name: column.type for column in described}
        return document, pack, analyse(document, pack, columns)

    async def save_version(self, report_id: ReportId, raw: dict[str, object]) -> ReportVersion:
        """A new draft. Raises ReportNotFound, ReportDocumentInvalid and the errors of the source."""
        await self.get(report_id)
        document, pack, program = await self.check(raw)
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await _get_report(reports, report_id, for_update=True)
            version = ReportVersion(
                id=new_id(),
                tenant_id=self.scope.tenant,
                report_id=report_id,
                major=await reports.next_major(report_id),
                minor=0,
                state=ReportVersionState.DRAFT,
                document=document.model_dump(mode="json"),
                source_columns=columns_as_json(program.columns),
                pack_id=pack.id if pack else None,
                pack_version=pack.version if pack else None,
                created_by=self.scope.user_id,
                created_at=self.scope.now(),
                activated_at=None,
            )
            reports.add(version)
        return version

    async def activate(self, report_id: ReportId, version_id: ReportVersionId) -> ReportVersion:
        """Make a version the one that runs; the one before is archived. Raises VersionTransitionRefused."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            if await reports.find(report_id, for_update=True) is None:
                raise ReportVersionNotFound
            version = await _get_version(reports, report_id, version_id, for_update=True)
            to = transition(ReportVersionState(version.state), ReportVersionState.ACTIVE)
            before = await reports.find_active_version(report_id)
            if before is not None:
                before.state = transition(ReportVersionState(before.state), ReportVersionState.ARCHIVED)
                await reports.flush()
            version.state, version.activated_at = to, at
            payload = {"report_id": str(report_id), "report_version_id": str(version_id), "version": version.number}
            await Outbox(session, self.scope.tenant).add(
                WebhookEventType.REPORT_VERSION_ACTIVATED, version.id, payload, at
            )
        self.wakeups.webhooks(self.scope.tenant)
        return version

    async def _describe(self, document: ReportDocument) -> tuple[SourceColumn, ...]:
        try:
            return await self.connectors.describe(document.source)
        except ConnectorNotFound as error:
            raise _missing("/source/connector_id", error.code, error.message) from error

    async def _check_destinations(self, document: ReportDocument) -> None:
        async with self.scope.transaction() as session:
            destinations = DestinationRepository(session, self.scope.tenant)
            for number, destination in enumerate(document.deliver_to):
                if await destinations.find(DestinationId(destination)) is None:
                    raise _missing(f"/deliver_to/{number}", "destination_not_found", "There is no such destination.")


def read_document(raw: dict[str, object]) -> ReportDocument:
    """The document as a value. Raises ReportDocumentInvalid with a pointer per fault."""
    try:
        return ReportDocument.model_validate(raw)
    except ValidationError as error:
        faults = [
            {
                "pointer": json_pointer(place["loc"]),
                "code": place["type"],
                "detail": place["msg"],
            }
            for place in error.errors()
        ]
        raise ReportDocumentInvalid(
            f"{len(faults)} fault(s) in the report document; the first: {faults[0]['detail']}", extra={"errors": faults}
        ) from error


def find_pack(document: ReportDocument) -> Pack | None:
    """The document's regulation pack. Raises ReportDocumentInvalid when it is not known."""
    if document.pack is None:
        return None
    try:
        return load_pack(document.pack)
    except PackNotFound as error:
        raise _missing("/pack", error.code, error.message) from error


def program_of(version: ReportVersion) -> tuple[ReportDocument, Pack | None, ReportProgram]:
    """A saved version, typed against the columns its source had when it was saved."""
    document = read_document(dict(version.document))
    pack = find_pack(document)
    return document, pack, analyse(document, pack, read_columns(version.source_columns))


def _missing(pointer: str, code: str, detail: str) -> ReportDocumentInvalid:
    fault = {"pointer": pointer, "code": code, "detail": detail}
    return ReportDocumentInvalid(detail, extra={"errors": [fault]})


async def _get_report(reports: ReportRepository, report_id: ReportId, *, for_update: bool = False) -> Report:
    found = await reports.find(report_id, for_update=for_update)
    if found is None:
        raise ReportNotFound
    return found


async def _get_version(
    reports: ReportRepository, report_id: ReportId, version_id: ReportVersionId, *, for_update: bool = False
) -> ReportVersion:
    found = await reports.find_version(version_id, for_update=for_update)
    if found is None or found.report_id != report_id:
        raise ReportVersionNotFound
    return found
