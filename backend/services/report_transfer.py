"""Reports as files: exported with names instead of identifiers, imported where things of these names are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.core.ids import ReportId, ReportVersionId
from backend.domain.audit import AuditAction
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.reports.compare import DocumentDiff, compare_documents
from backend.domain.reports.interchange import (
    PackMark,
    ReadReportFile,
    ReportFile,
    ReportHead,
    read_report_file,
    write_report_file,
)
from backend.domain.reports.versions import ReportVersionState, VersionAction
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.repositories.report_lists import ReportFacts
from backend.persistence.repositories.reports import ReportRepository
from backend.services.report_check import ReportCheckService
from backend.services.report_names import document_with_names
from backend.services.report_sources import Fault
from backend.services.reports import (
    ReportService,
    ReportVersionNotFound,
    get_report,
    get_version,
    report_subject,
)
from backend.services.scope import TenantScope
from backend.services.transferred_schemas import with_package_ids


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """A file and what it is called."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """What an import would do, or has done.

    ``report`` is None while there is none of this slug, ``version`` unless it was made. ``pack_differs``: the file was
    written against another version of the pack than this installation has.
    """

    file: ReportFile
    report: Report | ReportFacts | None
    compared_with: ReportVersion | None
    diff: DocumentDiff
    faults: tuple[Fault, ...]
    pack_differs: bool
    version: ReportVersion | None = None


@dataclass(frozen=True, slots=True)
class ReportTransferService:
    """Files of a tenant's reports."""

    scope: TenantScope
    reports: ReportService
    checks: ReportCheckService

    async def export(self, report_id: ReportId, version_id: ReportVersionId | None) -> ExportedReport:
        """A version as a file: the one given, else the one that runs, else the newest. Raises ReportVersionNotFound."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await get_report(reports, report_id)
            if version_id is not None:
                version: ReportVersion | None = await get_version(reports, report_id, version_id)
            else:
                version = await _current(reports, report_id)
            if version is None:
                raise ReportVersionNotFound("The report has no version yet.")
            document = await document_with_names(session, self.scope.tenant, version.document)
            await self.scope.audit(session).record(
                AuditAction.REPORT_EXPORTED, report_subject(report), after={"version": version.number}
            )
        pack = PackMark(id=version.pack_id, version=version.pack_version or "") if version.pack_id else None
        head = ReportHead(name=report.name, slug=report.slug, description=report.description, tags=report.tags)
        file = ReportFile(report=head, version=version.number, pack=pack, document=document)
        return ExportedReport(f"{report.slug}-{version.number}.yaml", write_report_file(file))

    async def look_at(self, text: str) -> ImportedReport:
        """What importing the file would change, and what stands against it. Raises ReportFileInvalid."""
        read = await asyncio.to_thread(read_report_file, text)
        document, unresolved = await self._with_identifiers(read.file.document)
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await reports.find_slug(read.file.report.slug)
            current = await _current(reports, ReportId(report.id)) if report is not None else None
        check = await self.checks.check(document)
        # Without its connector the document lacks the identifier; that is the same fault.
        follow = {f"{fault['pointer']}{part}" for fault in unresolved for part in ("_id", "/destination_id")}
        faults = [*unresolved, *(fault for fault in check.faults if str(fault["pointer"]) not in follow)]
        differs = read.file.pack is not None and check.pack is not None and check.pack.version != read.file.pack.version
        return ImportedReport(
            read.file,
            report,
            current,
            compare_documents(current.document if current else {}, document),
            tuple(_placed(fault, read) for fault in faults),
            differs,
        )

    async def take_in(self, text: str) -> ImportedReport:
        """Keep the file as a version in the state draft, of the report of its slug or of a new one.

        Raises ReportFileInvalid, ReportDocumentInvalid.
        """
        seen = await self.look_at(text)
        if seen.faults:
            raise ReportDocumentInvalid(
                f"{len(seen.faults)} fault(s) in the file; the first: {seen.faults[0]['detail']}",
                extra={"errors": [dict(fault) for fault in seen.faults]},
            )
        document, _ = await self._with_identifiers(seen.file.document)
        head = seen.file.report
        report: Report | ReportFacts | None = seen.report
        if report is None:
            made = await self.reports.create(
                name=head.name, slug=head.slug, description=head.description, tags=head.tags
            )
            report = made.report
        note = f"Imported: version {seen.file.version}." if seen.file.version else "Imported."
        version = await self.reports.save_version(
            ReportId(report.id), document, note=note, action=VersionAction.IMPORTED
        )
        return ImportedReport(seen.file, report, seen.compared_with, seen.diff, (), seen.pack_differs, version)

    async def _with_identifiers(self, document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """The document of this tenant, and the names that mean nothing here."""
        faults: list[Fault] = []
        given, inputs = document.get("source"), document.get("inputs")
        parts = {"/source": dict(given) if isinstance(given, Mapping) else {}}
        if isinstance(inputs, Mapping):
            parts |= {f"/inputs/{name}": dict(one) for name, one in inputs.items() if isinstance(one, Mapping)}
        routes = _routes_by_name(document.get("deliver_to"))
        names = [str(one["destination"]) for one in routes if isinstance(one, Mapping) and "destination" in one]
        async with self.scope.transaction() as session:
            used = [str(one.get("connector")) for one in parts.values()]
            connectors = await ConnectorRepository(session, self.scope.tenant).named(used)
            destinations = await DestinationRepository(session, self.scope.tenant).named(names)
            outputs, missing = await with_package_ids(session, self.scope.tenant, document.get("outputs"))
        for pointer, part in parts.items():
            name = part.pop("connector", None)
            found_id = connectors.get(str(name))
            part["connector_id"] = str(found_id) if found_id is not None else None
            if found_id is None:
                detail = f"There is no connector named {name!r}."
                faults.append(_unknown(f"{pointer}/connector", "connector_not_found", detail))
        for number, one in enumerate(routes):
            if isinstance(one, Mapping) and (name := str(one.get("destination"))) not in destinations:
                detail = f"There is no destination named {name!r}."
                faults.append(_unknown(f"/deliver_to/{number}", "destination_not_found", detail))
        faults += missing
        written = {"outputs": outputs} if "outputs" in document else {}
        found = [_route_with_identifier(one, destinations) for one in routes]
        source = parts.pop("/source")
        read = {pointer.removeprefix("/inputs/"): part for pointer, part in parts.items()}
        # What is no input stays as it was given, so that the check names it.
        further = {"inputs": {**inputs, **read}} if isinstance(inputs, Mapping) else {}
        return {**document, **further, **written, "source": source, "deliver_to": found}, faults


async def _current(reports: ReportRepository, report_id: ReportId) -> ReportVersion | None:
    return await reports.find_state(report_id, ReportVersionState.ACTIVE) or await reports.find_newest(report_id)


def _routes_by_name(listed: object) -> list[Any]:
    """The routes of a file; older files name destinations and no more. What is no list has none."""
    if not isinstance(listed, list):
        return []
    return [{"destination": one} if isinstance(one, str) else one for one in listed]


def _route_with_identifier(route: Any, destinations: Mapping[str, UUID]) -> Any:
    """What is no route stays as it was given, so that the check names it."""
    if not isinstance(route, Mapping):
        return route
    rest = {name: value for name, value in route.items() if name != "destination"}
    found = destinations.get(str(route.get("destination")))
    return {"destination_id": str(found) if found is not None else None, **rest}


def _unknown(pointer: str, code: str, detail: str) -> Fault:
    return {"pointer": pointer, "code": code, "detail": detail, "fix": "Create it here first, or change the file."}


def _placed(fault: Fault, read: ReadReportFile) -> Fault:
    """A fault of the document with its place in the file."""
    place = read.place_of(f"/document{fault['pointer']}")
    return {**fault, "file_line": place.line, "file_column": place.column}
