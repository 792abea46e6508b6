"""What the external API asks of the database about the state of a publisher's content, and how it hears of changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.persistence.connected import fetch_columns
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.content_version import ContentVersion
from backend.persistence.repositories.tenant_scope import TENANT

#: What whoever remembers versions listens to; the payload is the publisher's tenant.
CHANNEL: Final = "openreg_content"
_VERSIONS: Final = FixedQuery(
    select(ContentVersion.kind, ContentVersion.version).where(ContentVersion.tenant_id == TENANT)
)


async def read_content_versions(session: AsyncSession, tenant: TenantId) -> Mapping[str, str]:
    """The version of each kind of content that was ever published."""
    rows = await fetch_columns(session, _VERSIONS, {TENANT.key: tenant})
    return {str(kind): str(version) for kind, version in rows}
