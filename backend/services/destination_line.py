"""The line to a destination, shared by all workers: who sends takes a part of its time first, in PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backend.core.ids import DestinationId, TenantId
from backend.domain.delivery_policy import Pace
from backend.persistence.models.delivery import Destination
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.session import Database

#: Asked for at once: small enough that two senders take turns, large enough that asking costs nothing.
_TAKEN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class DestinationLine:
    """Holds back whoever is faster than the pace of a destination, counted over every process."""

    database: Database
    tenant: TenantId
    destination: Destination
    pace: Pace
    lost: threading.Event

    def in_thread(self) -> Callable[[int], None]:
        """For a thread that sends: wait until so many bytes may go. To be called in the loop of the database."""
        speed = self.pace.bytes_per_second
        if speed is None:
            return lambda _: None
        loop = asyncio.get_running_loop()
        left = 0

        def reserve(count: int) -> None:
            nonlocal left
            while left < count and not self.lost.is_set():
                wait = asyncio.run_coroutine_threadsafe(self._take(), loop).result()
                self.lost.wait(wait)
                left += int(speed * _TAKEN_SECONDS)
            left -= count

        return reserve

    async def _take(self) -> float:
        async with self.database.transaction(self.tenant) as session:
            destinations = DestinationRepository(session, self.tenant)
            return await destinations.reserve_bytes(DestinationId(self.destination.id), _TAKEN_SECONDS)
