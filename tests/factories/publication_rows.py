"""Publications as rows, for what is not about publishing them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.core.ids import TenantId, new_id
from backend.domain.publications import PublicationAction
from backend.persistence.models.publication import Publication, PublicationVersion
from backend.persistence.session import Database
from backend.services.published_changes import note_change
from tests.factories.rows import AT


async def stored_publication(
    database: Database,
    tenant: TenantId,
    user_id: UUID,
    content: dict[str, Any] | None = None,
    subject_id: UUID | None = None,
    **changes: Any,
) -> Publication:
    """A published dataset, or what is asked for, with one version and without a change in the feed."""
    identity = new_id()
    row = Publication(
        **{
            "id": identity,
            "tenant_id": tenant,
            "kind": "dataset",
            "thing_id": new_id(),
            "name": f"p{identity.hex}",
            "title": "Published",
            "regimes": [],
            "own_regimes": [],
            "includes_files": False,
            "version": "1",
            "published_at": AT,
            "published_by": user_id,
            "created_at": AT,
            "updated_at": AT,
            "revision": 1,
            **changes,
        }
    )
    async with database.transaction(tenant) as session:
        session.add(row)
        await session.flush()
        session.add(
            PublicationVersion(
                tenant_id=tenant,
                publication_id=row.id,
                number=1,
                version=row.version,
                subject_id=subject_id,
                content=content or {},
                sha256="0" * 64,
                has_personal_data=False,
                shown_since=AT,
            )
        )
    return row


async def stored_change(database: Database, publication: Publication) -> None:
    """A change in the feed."""
    async with database.transaction(TenantId(publication.tenant_id)) as session:
        note_change(session, publication, PublicationAction.PUBLISHED, AT, publication.regimes)
