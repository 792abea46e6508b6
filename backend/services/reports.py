"""Reports and their versions: saved only when everything in them is known to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, PreconditionFailed, etag_of
from backend.core.ids import ReportId, ReportVersionId, new_id
from backend.core.pagination import Page, SortedPageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportDocumentInvalid, ReportProgram, Surroundings, analyse
from backend.domain.reports.columns import columns_as_json, read_columns, read_tables, tables_as_json
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.incomplete import document_faults
from backend.domain.reports.routing_check import routing_faults
from backend.domain.reports.versions import ReportVersionState, VersionAction
from backend.persistence.models.report import Report, ReportDraft, ReportVersion, ReportVersionEvent
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.repositories.report_drafts import ReportDraftRepository
from backend.persistence.repositories.report_lists import ListedReport, ReportFacts, ReportFilter, ReportListRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.services.calendars import calendar_names
from backend.services.connectors.base import SourceColumn
from backend.services.publishing import show_report
from backend.services.reference_pins import known_shapes
from backend.services.report_sources import ReportSources, describe_sources, saved_sources
from backend.services.rule_set_pins import rule_sets_named
from backend.services.schema_pins import schema_pins, xml_faults
from backend.services.scope import ActorKind, TenantScope
from backend.services.source_access import ConnectorNotFound, ConnectorService
from backend.services.storage import ObjectStorage
from backend.services.wakeups import Wakeups


class ReportNotFound(OpenRegError):
    """There is no such report."""

    code: ClassVar[str] = "report_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReportVersionNotFound(OpenRegError):
    """There is no such version of the report."""

    code: ClassVar[str] = "report_version_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReportDraftNotFound(OpenRegError):
    """The report has no working draft."""

    code: ClassVar[str] = "report_draft_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReportSlugTaken(OpenRegError):
    """Another report has this slug."""

    code: ClassVar[str] = "report_slug_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ReportArchived(OpenRegError):
    """The report is archived."""

    code: ClassVar[str] = "report_archived"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ReportOwnerUnknown(OpenRegError):
    """The owner of a report must be a member of the tenant."""

    code: ClassVar[str] = "report_owner_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


_SLUG_FIX = "Choose another slug."


@dataclass(frozen=True, slots=True)
class ReportChanges:
    """What a change of a report sets; None leaves a part as it is."""

    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """The versions of a report, and the names of the people they mention."""

    versions: Sequence[ReportVersion]
    people: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class ReportService:
    """Reports of a tenant."""

    scope: TenantScope
    connectors: ConnectorService
    wakeups: Wakeups
    storage: ObjectStorage

    async def create(self, *, name: str, slug: str, description: str = "", tags: Sequence[str] = ()) -> ListedReport:
        """A report without versions, owned by who makes it. Raises ReportSlugTaken."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = self._add(reports, name=name, slug=slug, description=description, tags=tags)
            await reports.flush_unique(ReportSlugTaken(f"A report with the slug {slug!r} exists.", fix=_SLUG_FIX))
            await self.scope.audit(session).record(
                AuditAction.REPORT_CREATED, report_subject(report), after=_shown(report)
            )
            return await self._listed(session, report.id)

    async def get(self, report_id: ReportId) -> ListedReport:
        """Raises ReportNotFound."""
        async with self.scope.reading() as session:
            return await self._listed(session, report_id)

    async def page(self, request: SortedPageRequest, wanted: ReportFilter) -> Page[ListedReport]:
        """Reports in the order asked for, each with its versions in use and its last run."""
        async with self.scope.reading() as session:
            return await ReportListRepository(session, self.scope.tenant).page(request, wanted)

    async def change(self, report_id: ReportId, changes: ReportChanges, seen: Precondition) -> ListedReport:
        """Change name, description, tags or owner. Raises ReportNotFound, ReportOwnerUnknown, PreconditionFailed."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await get_report(reports, report_id, for_update=True)
            seen.check(report_etag(report))
            if changes.owner_id is not None and not await reports.names_of([changes.owner_id]):
                raise ReportOwnerUnknown(fix="Choose somebody who belongs to this tenant.")
            before = _shown(report)
            report.name = changes.name if changes.name is not None else report.name
            report.description = changes.description if changes.description is not None else report.description
            report.tags = list(changes.tags) if changes.tags is not None else report.tags
            report.owner_id = changes.owner_id if changes.owner_id is not None else report.owner_id
            self._touch(report)
            await reports.flush()
            await self.scope.audit(session).record(
                AuditAction.REPORT_CHANGED, report_subject(report), before=before, after=_shown(report)
            )
            await show_report(session, self.scope.tenant, report.id, report.updated_at)
            return await self._listed(session, report_id)

    async def archive(self, report_id: ReportId) -> ListedReport:
        """Take a report out of use: it stays readable and is not run any more. Archiving twice changes nothing."""
        return await self._set_archived(report_id, is_archived=True)

    async def restore(self, report_id: ReportId) -> ListedReport:
        """Take a report back into use."""
        return await self._set_archived(report_id, is_archived=False)

    async def clone(self, report_id: ReportId, *, name: str, slug: str) -> ListedReport:
        """A new report whose working draft is the source's newest document. Raises ReportNotFound, ReportSlugTaken."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            source = await get_report(reports, report_id)
            report = self._add(reports, name=name, slug=slug, description=source.description, tags=source.tags)
            await reports.flush_unique(ReportSlugTaken(f"A report with the slug {slug!r} exists.", fix=_SLUG_FIX))
            drafts = ReportDraftRepository(session, self.scope.tenant)
            draft, newest = await drafts.find(report_id), await reports.find_newest(report_id)
            document = draft.document if draft is not None else newest.document if newest is not None else None
            if document is not None:
                at = self.scope.now()
                drafts.add(
                    ReportDraft(
                        report_id=report.id,
                        tenant_id=self.scope.tenant,
                        document=document,
                        editors=[self.scope.user_id],
                        revision=1,
                        created_at=at,
                        updated_at=at,
                        updated_by=self.scope.user_id,
                    )
                )
                await drafts.flush()
            await self.scope.audit(session).record(
                AuditAction.REPORT_CLONED, report_subject(report), after=_shown(report), note=f"From {source.slug}."
            )
            return await self._listed(session, report.id)

    def _add(self, reports: ReportRepository, *, name: str, slug: str, description: str, tags: Sequence[str]) -> Report:
        at = self.scope.now()
        report = Report(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            slug=slug,
            description=description,
            tags=list(tags),
            owner_id=self.scope.user_id,
            created_at=at,
            updated_at=at,
        )
        reports.add(report)
        return report

    async def _set_archived(self, report_id: ReportId, *, is_archived: bool) -> ListedReport:
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await get_report(reports, report_id, for_update=True)
            if (report.archived_at is not None) != is_archived:
                report.archived_at = self.scope.now() if is_archived else None
                self._touch(report)
                await reports.flush()
                action = AuditAction.REPORT_ARCHIVED if is_archived else AuditAction.REPORT_RESTORED
                await self.scope.audit(session).record(action, report_subject(report))
            return await self._listed(session, report_id)

    def _touch(self, report: Report) -> None:
        report.revision += 1
        report.updated_at = self.scope.now()

    async def _listed(self, session: AsyncSession, report_id: UUID) -> ListedReport:
        found = await ReportListRepository(session, self.scope.tenant).find(report_id)
        if found is None:
            raise ReportNotFound
        return found

    async def versions(self, report_id: ReportId) -> VersionHistory:
        """Every version, newest first, and the names of who wrote and approved them. Raises ReportNotFound."""
        async with self.scope.reading() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await get_report(reports, report_id)
            versions = await reports.versions(report_id)
            mentioned = ((*one.authors, one.created_by, one.submitted_by, one.approved_by) for one in versions)
            people = {person for persons in mentioned for person in persons if person is not None}
            return VersionHistory(versions, await reports.names_of(people))

    async def get_version(self, report_id: ReportId, version_id: ReportVersionId) -> ReportVersion:
        """Raises ReportVersionNotFound."""
        async with self.scope.transaction() as session:
            return await get_version(ReportRepository(session, self.scope.tenant), report_id, version_id)

    async def check(self, raw: dict[str, object]) -> CheckedDocument:
        """Read a document, describe its sources and type every expression. Raises ReportDocumentInvalid."""
        document = read_document(raw)
        pack = find_pack(document)
        await self._check_routes(document)
        sources = await describe_sources(self.connectors, document, await self._describe(document))
        if sources.columns is None or sources.faults:
            raise invalid_document(sources.faults)
        async with self.scope.reading() as session:
            rule_sets = await rule_sets_named(session, self.scope.tenant, document.rule_sets)
            reference = await known_shapes(session, self.scope.tenant)
            calendars = await calendar_names(session, self.scope.tenant)
            schemas = await schema_pins(session, self.scope.tenant, document)
        around = Surroundings(sources.inputs, reference, rule_sets, calendars)
        program = analyse(document, pack, sources.columns, around)
        if faults := await xml_faults(document, program.target_types(), schemas, self.storage):
            raise invalid_document(faults)
        return CheckedDocument(document, pack, program, sources)

    async def save_version(
        self,
        report_id: ReportId,
        raw: dict[str, object],
        *,
        note: str = "",
        draft_revision: int | None = None,
        action: VersionAction = VersionAction.CREATED,
    ) -> ReportVersion:
        """A new version in the state draft. Raises ReportNotFound, ReportDocumentInvalid and the errors of the source.

        With ``draft_revision`` the working draft becomes the version and ends; PreconditionFailed when it moved on.
        Whoever wrote in the working draft is an author of the version.
        """
        await self.get(report_id)
        checked = await self.check(raw)
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            report = await get_report(reports, report_id, for_update=True)
            draft = await self._end_draft(session, report_id, draft_revision)
            version = new_version(
                await reports.next_major(report_id),
                checked,
                report=report,
                author=self.scope.user_id,
                at=self.scope.now(),
            )
            version.note = note
            version.based_on_id = draft.based_on_id if draft is not None else None
            version.authors = sorted({self.scope.user_id, *(draft.editors if draft is not None else ())})
            reports.add(version)
            await reports.flush()
            step = VersionStep(action, comment=note)
            await record_version_step(session, self.scope, report, version, step)
        return version

    async def _end_draft(self, session: AsyncSession, report_id: ReportId, revision: int | None) -> ReportDraft | None:
        drafts = ReportDraftRepository(session, self.scope.tenant)
        draft = await drafts.find(report_id, for_update=True)
        if revision is None:
            return draft
        if draft is None:
            raise ReportDraftNotFound
        if draft.revision != revision:
            raise await draft_changed(drafts, draft)
        await drafts.delete(draft)
        return draft

    async def _describe(self, document: ReportDocument) -> tuple[SourceColumn, ...]:
        try:
            return await self.connectors.describe(document.source)
        except ConnectorNotFound as error:
            fault = {"pointer": "/source/connector_id", "code": error.code, "detail": error.message}
            raise invalid_document([fault]) from error

    async def _check_routes(self, document: ReportDocument) -> None:
        async with self.scope.transaction() as session:
            environments = await DestinationRepository(session, self.scope.tenant).environments(document.goes_to)
        if faults := routing_faults(document, environments):
            raise invalid_document(faults)


def report_etag(report: Report | ReportFacts) -> str:
    """The state of a report's own row."""
    return etag_of(report.id, report.revision)


def draft_etag(draft: ReportDraft) -> str:
    """The state of a working draft."""
    return etag_of(draft.report_id, draft.revision)


async def draft_changed(drafts: ReportDraftRepository, draft: ReportDraft) -> PreconditionFailed:
    """The refusal of a change made on an older state of a draft: who was faster, and when."""
    name = await drafts.find_editor(draft)
    return PreconditionFailed(
        f"{name or 'Somebody'} has changed the draft in the meantime.",
        fix="Read the draft again, then keep yours, take theirs, or join them.",
        extra={
            "etag": draft_etag(draft),
            "revision": draft.revision,
            "changed_by": name,
            "changed_at": draft.updated_at.isoformat(),
        },
    )


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document that was checked against its sources and its pack."""

    document: ReportDocument
    pack: Pack | None
    program: ReportProgram
    sources: ReportSources


def new_version(major: int, saved: CheckedDocument, *, report: Report, author: UUID, at: datetime) -> ReportVersion:
    """The row of a new version in the state draft."""
    return ReportVersion(
        id=new_id(),
        tenant_id=report.tenant_id,
        report_id=report.id,
        major=major,
        minor=0,
        state=ReportVersionState.DRAFT,
        document=saved.document.model_dump(mode="json"),
        source_columns=columns_as_json(saved.program.columns),
        input_columns=tables_as_json(saved.sources.tables),
        pack_id=saved.pack.id if saved.pack else None,
        pack_version=saved.pack.version if saved.pack else None,
        connector_id=saved.document.source.connector_id,
        input_connector_ids=sorted({one.connector_id for one in saved.document.inputs.values()}),
        rule_sets=list(saved.document.rule_sets),
        note="",
        authors=[author],
        created_by=author,
        created_at=at,
        activated_at=None,
    )


@dataclass(frozen=True, slots=True)
class VersionStep:
    """A step in the life of a version: what was done, from which state, and what was said."""

    action: VersionAction
    before: ReportVersionState | None = None
    comment: str = ""


async def record_version_step(
    session: AsyncSession, scope: TenantScope, report: Report, version: ReportVersion, step: VersionStep
) -> None:
    """Write a step into the history of the version and into the audit trail."""
    ReportRepository(session, scope.tenant).add(
        ReportVersionEvent(
            id=new_id(),
            tenant_id=scope.tenant,
            report_id=version.report_id,
            report_version_id=version.id,
            action=step.action,
            from_state=step.before,
            to_state=version.state,
            comment=step.comment,
            effective_from=version.effective_from,
            actor_id=scope.user_id if scope.actor.kind is not ActorKind.SYSTEM else None,
            at=scope.now(),
        )
    )
    after: dict[str, object] = {"version": version.number, "state": str(version.state)}
    if step.before is None:
        after["document"] = version.document
    if version.effective_from is not None:
        after["effective_from"] = version.effective_from.isoformat()
    await scope.audit(session).record(
        AuditAction(f"report_version.{step.action.value}"),
        AuditSubject("report_version", version.id, f"{report.name} {version.number}"),
        before=None if step.before is None else {"state": step.before.value},
        after=after,
        note=step.comment or None,
    )


def report_subject(report: Report) -> AuditSubject:
    """A report as the audit trail names it."""
    return AuditSubject("report", report.id, report.name)


def _shown(report: Report) -> dict[str, object]:
    return {
        "name": report.name,
        "slug": report.slug,
        "description": report.description,
        "tags": list(report.tags),
        "owner_id": str(report.owner_id) if report.owner_id else None,
    }


def read_document(raw: dict[str, object]) -> ReportDocument:
    """The document as a value. Raises ReportDocumentInvalid with a pointer per fault."""
    try:
        return ReportDocument.model_validate(raw)
    except ValidationError as error:
        faults = document_faults(error)
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
        raise invalid_document([{"pointer": "/pack", "code": error.code, "detail": error.message}]) from error


def program_of(version: ReportVersion, around: Surroundings) -> CheckedDocument:
    """A saved version, typed against the columns its sources had when it was saved. Raises ReportDocumentInvalid."""
    document = read_document(dict(version.document))
    pack = find_pack(document)
    sources = saved_sources(document, read_columns(version.source_columns), read_tables(version.input_columns))
    program = analyse(document, pack, sources.columns or {}, replace(around, inputs=sources.inputs))
    return CheckedDocument(document, pack, program, sources)


def invalid_document(faults: Sequence[Mapping[str, object]]) -> ReportDocumentInvalid:
    """The refusal of a document with these faults."""
    return ReportDocumentInvalid(str(faults[0]["detail"]), extra={"errors": [dict(one) for one in faults]})


async def get_report(reports: ReportRepository, report_id: ReportId, *, for_update: bool = False) -> Report:
    """Raises ReportNotFound."""
    found = await reports.find(report_id, for_update=for_update)
    if found is None:
        raise ReportNotFound
    return found


async def get_version(
    reports: ReportRepository, report_id: ReportId, version_id: ReportVersionId, *, for_update: bool = False
) -> ReportVersion:
    """Raises ReportVersionNotFound, also when the version belongs to another report."""
    found = await reports.find_version(version_id, for_update=for_update)
    if found is None or found.report_id != report_id:
        raise ReportVersionNotFound
    return found
