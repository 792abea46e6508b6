"""Whose customers somebody is who signs up: the publisher of the portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.persistence.session import SystemDatabase
from backend.persistence.system import SystemScope


class PublisherUnknown(OpenRegError):
    """Nobody has said whose portal it is."""

    code: ClassVar[str] = "publisher_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Publishers:
    """Organisations that offer content. ``default`` is the short name of the portal's."""

    system: SystemDatabase
    default: str | None

    async def of_portal(self) -> TenantId:
        """The default publisher, or the only organisation there is. Raises PublisherUnknown."""
        async with self.system.reading() as session:
            scope = SystemScope(session)
            if self.default is not None:
                found = await scope.find_tenant(self.default)
                if found is not None:
                    return found
            else:
                tenants = await scope.all_tenants()
                if len(tenants) == 1:
                    return tenants[0]
        raise PublisherUnknown(fix="Set DEFAULT_PUBLISHER to the short name of the organisation that publishes.")
