"""Ciphertexts of one tenant, to see whether the keys still open them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Of each kind; whoever has lost a key has lost more than the newest hundred.
_NEWEST: Final = 100


class StoredSecretRepository(TenantRepository):
    """Stored secrets of one tenant in one transaction."""

    async def newest(self) -> list[bytes]:
        """The newest of each kind, still sealed."""
        found: list[bytes] = []
        for table, column in (
            (Connector, Connector.credentials),
            (Destination, Destination.credentials),
            (WebhookEndpoint, WebhookEndpoint.secrets),
            (OutgoingMail, OutgoingMail.content),
        ):
            query = select(column).where(table.tenant_id == self.tenant, column.is_not(None))
            newest = await self._session.scalars(query.order_by(table.id.desc()).limit(_NEWEST))
            found += [one for one in newest if one is not None]
        return found
