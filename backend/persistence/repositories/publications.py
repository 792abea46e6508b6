"""Publications of a tenant, their versions as they are shown, and the feed of changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, String, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.publications import PublicationKind
from backend.domain.runs import RunState
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.publication import Publication, PublicationChange, PublicationVersion
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import TENANT, TenantRepository

_LOCK: Final = "openreg_publications"


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """A file of a run that is over and not held, the day it reports, and the version of the report."""

    artifact: Artifact
    reporting_date: date
    version: str


_COLUMNS: Final = tuple(one.key for one in Publication.__table__.columns)
_SHOWN: Final = FixedQuery(
    select(*Publication.__table__.columns)
    .where(
        Publication.tenant_id == TENANT,
        Publication.kind == bindparam("kind", type_=String),
        Publication.unpublished_at.is_(None),
    )
    .order_by(Publication.name)
)


class PublicationRepository(TenantRepository):
    """Publications of one publisher in one transaction."""

    async def find(self, publication_id: UUID, *, for_update: bool = False) -> Publication | None:
        """The publication, shown or taken back; or None."""
        return await self._find(Publication, publication_id, for_update=for_update)

    async def find_of(
        self, kind: PublicationKind, thing: UUID | str, *, for_update: bool = False
    ) -> Publication | None:
        """The publication of a thing, by its id or, for a regulation pack, its name; or None."""
        of_thing = Publication.pack_id == thing if isinstance(thing, str) else Publication.thing_id == thing
        query = self._select(Publication).where(Publication.kind == kind, of_thing)
        found: Publication | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def known(self, publication_ids: Collection[UUID]) -> set[UUID]:
        """Those of the ids that there are."""
        if not publication_ids:
            return set()
        query = select(Publication.id).where(Publication.tenant_id == self.tenant, Publication.id.in_(publication_ids))
        return set(await self._session.scalars(query))

    async def page(
        self, request: PageRequest, kind: PublicationKind | None, is_published: bool | None
    ) -> Page[Publication]:
        """Publications, newest first."""
        query = self._select(Publication)
        if kind is not None:
            query = query.where(Publication.kind == kind)
        if is_published is not None:
            shown = Publication.unpublished_at.is_(None)
            query = query.where(shown if is_published else ~shown)
        return page_of(await self._newest_first(query, Publication.id, request), request, lambda one: one.id)

    async def shown(self, kind: PublicationKind) -> Sequence[Publication]:
        """All of a kind that are not taken back, by name."""
        rows = await self._columns(_SHOWN, {"kind": kind})
        # Made here and in no unit of work: every read of a customer asks this, and changes none of it.
        return [Publication(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    async def versions(
        self, publication_id: UUID, before: int | None = None, limit: int | None = None
    ) -> Sequence[PublicationVersion]:
        """The versions that are shown, newest first, without their content."""
        query = self._select(PublicationVersion).where(PublicationVersion.publication_id == publication_id)
        if before is not None:
            query = query.where(PublicationVersion.number < before)
        query = query.options(defer(PublicationVersion.content)).order_by(PublicationVersion.number.desc())
        return await self._all(query.limit(limit))

    async def find_version(self, publication_id: UUID, version: str) -> PublicationVersion | None:
        """A version with its content, or None."""
        found: PublicationVersion | None = await self._session.scalar(
            self._select(PublicationVersion).where(
                PublicationVersion.publication_id == publication_id, PublicationVersion.version == version
            )
        )
        return found

    async def current(self, publication_ids: Collection[UUID]) -> dict[UUID, PublicationVersion]:
        """The newest version of each with its content."""
        query = (
            self._select(PublicationVersion)
            .where(PublicationVersion.publication_id.in_(publication_ids))
            .ext(distinct_on(PublicationVersion.publication_id))
            .order_by(PublicationVersion.publication_id, PublicationVersion.number.desc())
        )
        return {one.publication_id: one for one in await self._all(query)}

    async def newest_version(self, publication_id: UUID) -> PublicationVersion | None:
        """The version that was shown last."""
        return (await self.current([publication_id])).get(publication_id)

    async def parts(self, publication_ids: Collection[UUID], *path: str) -> dict[UUID, Any]:
        """One part of what the newest version of each says."""
        part: SQLColumnExpression[Any] = PublicationVersion.content
        for step in path:
            part = part[step]
        query = (
            select(PublicationVersion.publication_id, part)
            .where(PublicationVersion.tenant_id == self.tenant, PublicationVersion.publication_id.in_(publication_ids))
            .ext(distinct_on(PublicationVersion.publication_id))
            .order_by(PublicationVersion.publication_id, PublicationVersion.number.desc())
        )
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def files(self, publication: Publication, after: UUID | None, limit: int) -> Sequence[ReleasedFile]:
        """Released files of a report, newest first: of versions that are shown and cannot tell of natural persons."""
        query = self._released(publication)
        if after is not None:
            query = query.where(Artifact.id < after)
        rows = await self._session.execute(query.order_by(Artifact.id.desc()).limit(limit))
        return [ReleasedFile(*row) for row in rows]

    async def find_file(self, publication: Publication, artifact_id: UUID) -> ReleasedFile | None:
        """A released file of a report, or None."""
        row = (await self._session.execute(self._released(publication).where(Artifact.id == artifact_id))).one_or_none()
        return None if row is None else ReleasedFile(*row)

    def _released(self, publication: Publication) -> Select[Artifact, date, str]:
        return (
            select(Artifact, Run.reporting_date, PublicationVersion.version)
            .join(Run, Run.id == Artifact.run_id)
            .join(PublicationVersion, PublicationVersion.subject_id == Run.report_version_id)
            .where(
                Artifact.tenant_id == self.tenant,
                Run.tenant_id == self.tenant,
                PublicationVersion.tenant_id == self.tenant,
                Run.report_id == publication.thing_id,
                PublicationVersion.publication_id == publication.id,
                ~PublicationVersion.has_personal_data,
                Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)),
                ~Run.is_held,
            )
        )

    async def drop_versions(self, publication_id: UUID) -> None:
        """Show no version of it any more."""
        await self._session.execute(
            delete(PublicationVersion).where(
                PublicationVersion.tenant_id == self.tenant, PublicationVersion.publication_id == publication_id
            )
        )

    async def lock_changes(self) -> int:
        """The last sequence number, nobody else giving one until the end of the transaction."""
        key = func.hashtextextended(f"{_LOCK}/{self.tenant}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))
        return await self.last_change()

    async def last_change(self) -> int:
        """The newest sequence number; 0: nothing was ever published."""
        query = select(func.max(PublicationChange.sequence)).where(PublicationChange.tenant_id == self.tenant)
        return await self._session.scalar(query) or 0

    async def changes(self, after: int, limit: int) -> Sequence[PublicationChange]:
        """Changes after a sequence number, in the order of commits.

        Of what has been taken back only that is told: nothing of it can be read.
        """
        taken_back = Publication.unpublished_at.is_not(None) & (PublicationChange.action != "unpublished")
        query = (
            self._select(PublicationChange)
            .join(Publication, Publication.id == PublicationChange.publication_id)
            .where(Publication.tenant_id == self.tenant, PublicationChange.sequence > after, ~taken_back)
            .order_by(PublicationChange.sequence)
            .limit(limit)
        )
        return await self._all(query)
