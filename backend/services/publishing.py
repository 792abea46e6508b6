"""Publishing: a publisher chooses what customers are shown, changes it, and takes it back.

What is shown of a thing is frozen as a version when the thing is published, and again whenever it changes: services
that change things call ``PublishedThings`` in the same transaction, so that the feed tells of nothing that is not so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.publications import (
    NAMED_BY_THEMSELVES,
    WITH_FILES,
    NothingToPublish,
    PublicationAction,
    PublicationExists,
    PublicationInvalid,
    PublicationKind,
    PublicationNameTaken,
    PublicationNotFound,
    PublicationSubjectNotFound,
    ReportDetail,
)
from backend.persistence.models.publication import Publication, PublicationVersion
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.publication_contents import PublicationContents, ShownContent, Thing
from backend.services.published_changes import note_change
from backend.services.scope import TenantScope


@dataclass(frozen=True, slots=True)
class PublicationTerms:
    """What a publisher decides about a publication; ``detail`` is there for reports alone."""

    regimes: Sequence[str] = ()
    detail: ReportDetail | None = None
    includes_files: bool = False


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A publication and the versions that are shown, newest first, without their content."""

    publication: Publication
    versions: Sequence[PublicationVersion]


def publication_etag(publication: Publication) -> str:
    """Which state of a publication it is."""
    return etag_of(publication.id, publication.revision)


@dataclass(frozen=True, slots=True)
class PublishingService:
    """Publications of one publisher."""

    scope: TenantScope

    async def page(
        self, request: PageRequest, kind: PublicationKind | None, is_published: bool | None
    ) -> Page[Publication]:
        """Publications, newest first."""
        async with self.scope.reading() as session:
            return await PublicationRepository(session, self.scope.tenant).page(request, kind, is_published)

    async def get(self, publication_id: UUID) -> PublicationView:
        """Raises PublicationNotFound."""
        async with self.scope.reading() as session:
            publications = PublicationRepository(session, self.scope.tenant)
            publication = await _get(publications, publication_id)
            return PublicationView(publication, await publications.versions(publication.id))

    async def publish(
        self, kind: PublicationKind, thing: Thing, name: str | None, terms: PublicationTerms
    ) -> PublicationView:
        """Show a thing to customers, for the first time or again.

        Raises PublicationSubjectNotFound, NothingToPublish, PublicationExists, PublicationNameTaken,
        PublicationInvalid.
        """
        _check(kind, terms)
        if name is not None and kind in NAMED_BY_THEMSELVES:
            raise PublicationInvalid(f"A {kind} is called as it is inside.", fix="Leave the name out.")
        detail = (terms.detail or ReportDetail.WHOLE) if kind is PublicationKind.REPORT else None
        at = self.scope.now()
        async with self.scope.transaction() as session:
            publications = PublicationRepository(session, self.scope.tenant)
            publication = await publications.find_of(kind, thing, for_update=True)
            if publication is not None and publication.unpublished_at is None:
                raise PublicationExists(fix="Change it instead.", extra={"publication_id": str(publication.id)})
            shown = await PublicationContents(session, self.scope.tenant).of(kind, thing, detail)
            if publication is None:
                publication = self._new(kind, thing, at)
            else:
                await publications.drop_versions(publication.id)
            publication.own_regimes = sorted(set(terms.regimes))
            publication.detail, publication.includes_files = detail, terms.includes_files
            publication.unpublished_at, publication.published_at = None, at
            publication.published_by = self.scope.user_id
            publication.revision += 1
            await _Versions(publications, publication).show(shown, at, called=name or shown.name)
            note_change(session, publication, PublicationAction.PUBLISHED, at, publication.regimes)
            await self._record(session, AuditAction.PUBLICATION_PUBLISHED, publication, after=_shown(publication))
            return PublicationView(publication, await publications.versions(publication.id))

    async def change(
        self, publication_id: UUID, terms: PublicationTerms, precondition: Precondition
    ) -> PublicationView:
        """Decide otherwise about what is shown; with another detail, the versions begin anew with the current one.

        Raises PublicationNotFound, PreconditionFailed, PublicationInvalid, PublicationSubjectNotFound,
        NothingToPublish.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            publications = PublicationRepository(session, self.scope.tenant)
            publication = await _get(publications, publication_id, for_update=True)
            precondition.check(publication_etag(publication))
            kind = PublicationKind(publication.kind)
            _check(kind, terms)
            before, regimes_before = _shown(publication), list(publication.regimes)
            detail = (terms.detail or publication.detail) if kind is PublicationKind.REPORT else None
            is_other = detail is not None and detail != publication.detail
            of_thing = set(publication.regimes) - set(publication.own_regimes)
            publication.own_regimes = sorted(set(terms.regimes) - of_thing)
            publication.regimes = sorted({*of_thing, *publication.own_regimes})
            publication.detail, publication.includes_files = detail, terms.includes_files
            publication.revision += 1
            publication.updated_at = at
            if publication.unpublished_at is None:
                if is_other:
                    await self._begin_anew(session, publication, at)
                note_change(session, publication, PublicationAction.CHANGED, at, regimes_before)
            await self._record(
                session, AuditAction.PUBLICATION_CHANGED, publication, before=before, after=_shown(publication)
            )
            return PublicationView(publication, await publications.versions(publication.id))

    async def unpublish(self, publication_id: UUID) -> PublicationView:
        """Show it to nobody any more; doing it twice changes nothing. Raises PublicationNotFound."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            publications = PublicationRepository(session, self.scope.tenant)
            publication = await _get(publications, publication_id, for_update=True)
            if publication.unpublished_at is None:
                _take_back(session, publication, at)
                await self._record(session, AuditAction.PUBLICATION_UNPUBLISHED, publication)
            return PublicationView(publication, await publications.versions(publication.id))

    async def _begin_anew(self, session: AsyncSession, publication: Publication, at: datetime) -> None:
        """What was shown with another detail is shown no more."""
        publications = PublicationRepository(session, self.scope.tenant)
        kind, thing = PublicationKind(publication.kind), publication.thing_id or str(publication.pack_id)
        detail = ReportDetail(publication.detail) if publication.detail else None
        shown = await PublicationContents(session, self.scope.tenant).of(kind, thing, detail)
        await publications.drop_versions(publication.id)
        await _Versions(publications, publication).show(shown, at)

    def _new(self, kind: PublicationKind, thing: Thing, at: datetime) -> Publication:
        return Publication(
            id=new_id(),
            tenant_id=self.scope.tenant,
            kind=kind,
            thing_id=None if isinstance(thing, str) else thing,
            pack_id=thing if isinstance(thing, str) else None,
            created_at=at,
            revision=0,
        )

    async def _record(
        self,
        session: AsyncSession,
        action: AuditAction,
        publication: Publication,
        *,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> None:
        subject = AuditSubject("publication", publication.id, publication.name)
        await self.scope.audit(session).record(action, subject, before=before, after=after)


@dataclass(frozen=True, slots=True)
class PublishedThings:
    """What services tell that change things; bound to one tenant and their transaction."""

    session: AsyncSession
    tenant: TenantId

    async def changed(self, kind: PublicationKind, thing: UUID, at: datetime) -> None:
        """Show customers what the thing says now, if it is published; equal content is no change.

        What has nothing in use any more stays as it was shown last, until somebody takes it back.
        """
        publications = PublicationRepository(self.session, self.tenant)
        publication = await publications.find_of(kind, thing, for_update=True)
        if publication is None or publication.unpublished_at is not None:
            return
        await publications.flush()
        detail = ReportDetail(publication.detail) if publication.detail else None
        try:
            shown = await PublicationContents(self.session, self.tenant).of(kind, thing, detail)
        except (NothingToPublish, PublicationSubjectNotFound):
            return
        regimes_before = list(publication.regimes)
        if await _Versions(publications, publication).show(shown, at):
            publication.revision += 1
            note_change(self.session, publication, PublicationAction.CHANGED, at, regimes_before)

    async def removed(self, kind: PublicationKind, thing: UUID, at: datetime) -> None:
        """The thing is gone, and so is what was shown of it."""
        publication = await PublicationRepository(self.session, self.tenant).find_of(kind, thing, for_update=True)
        if publication is not None and publication.unpublished_at is None:
            _take_back(self.session, publication, at)


async def show_report(session: AsyncSession, tenant: TenantId, report_id: UUID, at: datetime) -> None:
    """Show customers what a report says now, if it is published."""
    await PublishedThings(session, tenant).changed(PublicationKind.REPORT, report_id, at)


@dataclass(frozen=True, slots=True)
class _Versions:
    publications: PublicationRepository
    publication: Publication

    async def show(self, shown: ShownContent, at: datetime, called: str | None = None) -> bool:
        """Make it the version that is shown; whether anything that customers see is different now.

        Raises PublicationNameTaken.
        """
        publication = self.publication
        newest = await self._newest()
        version = shown.version or self._next(newest, shown.sha256)
        row = newest if newest is not None and newest.version == version else None
        publication.own_regimes = sorted(set(publication.own_regimes) - shown.regimes)
        regimes = sorted({*shown.regimes, *publication.own_regimes})
        is_same = row is not None and row.sha256 == shown.sha256 and regimes == publication.regimes
        if called is not None or publication.kind in NAMED_BY_THEMSELVES:
            publication.name = called or shown.name
        publication.title, publication.regimes, publication.version = shown.title, regimes, version
        publication.updated_at = at
        self.publications.add(publication)
        await self.publications.flush_unique(PublicationNameTaken(fix="Choose another name."))
        if row is None:
            row = PublicationVersion(
                tenant_id=publication.tenant_id,
                publication_id=publication.id,
                number=1 if newest is None else newest.number + 1,
                version=version,
                shown_since=at,
            )
            self.publications.add(row)
        row.subject_id, row.content, row.sha256 = shown.subject_id, dict(shown.content), shown.sha256
        row.has_personal_data = shown.has_personal_data
        await self.publications.flush()
        return not is_same

    async def _newest(self) -> PublicationVersion | None:
        return await self.publications.newest_version(self.publication.id)

    def _next(self, newest: PublicationVersion | None, sha256: str) -> str:
        if newest is None:
            return "1"
        return newest.version if newest.sha256 == sha256 else str(newest.number + 1)


def _take_back(session: AsyncSession, publication: Publication, at: datetime) -> None:
    publication.unpublished_at = publication.updated_at = at
    publication.revision += 1
    note_change(session, publication, PublicationAction.UNPUBLISHED, at, publication.regimes)


def _check(kind: PublicationKind, terms: PublicationTerms) -> None:
    """Raises PublicationInvalid."""
    if terms.includes_files and kind not in WITH_FILES:
        raise PublicationInvalid(f"A {kind} has no files.", fix="Leave includes_files out.")
    if terms.detail is not None and kind is not PublicationKind.REPORT:
        raise PublicationInvalid("Only of reports more or less can be shown.", fix="Leave detail out.")


async def _get(publications: PublicationRepository, publication_id: UUID, *, for_update: bool = False) -> Publication:
    found = await publications.find(publication_id, for_update=for_update)
    if found is None:
        raise PublicationNotFound
    return found


def _shown(publication: Publication) -> dict[str, object]:
    return {
        "kind": publication.kind,
        "name": publication.name,
        "version": publication.version,
        "regimes": list(publication.regimes),
        "detail": publication.detail,
        "includes_files": publication.includes_files,
    }
