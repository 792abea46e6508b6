"""How many sessions OpenReg holds at a source at once, where its connector has a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from backend.persistence.models.connector import Connector as StoredConnector
from backend.persistence.session import Database
from backend.persistence.source_places import place_at_source
from backend.services.connectors.faults import SourceBusy

log = structlog.get_logger(__name__)
#: A person waits at the screen; a run may wait for the end of another.
PERSON_PATIENCE_SECONDS: Final = 10.0
RUN_PATIENCE_SECONDS: Final = 1800.0


@dataclass(frozen=True, slots=True)
class SourcePlaces:
    """The places that connectors have at their sources, over all processes of the installation."""

    database: Database

    @asynccontextmanager
    async def taken(self, stored: StoredConnector, patience_seconds: float) -> AsyncIterator[None]:
        """Inside the block one place is taken. Raises SourceBusy when none becomes free in time."""
        places = stored.settings.get("max_sessions")
        if not isinstance(places, int):
            yield
            return
        taking = place_at_source(self.database, stored.id, places, patience_seconds=patience_seconds)
        async with taking as is_ours:
            if not is_ours:
                log.warning("source_places_taken", connector_id=str(stored.id), places=places)
                raise SourceBusy(
                    f"Every session that the connector may have at its source is in use ({places}).",
                    fix="Wait for the runs that read from it, or raise max_sessions.",
                )
            yield
