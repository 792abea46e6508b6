"""Which state a publisher's content is in, as one process knows it: remembered, and forgotten when it changes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

import structlog

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.redis_fallback import Monotonic
from backend.persistence.content_versions import CHANNEL, read_content_versions
from backend.persistence.session import Database

log = structlog.get_logger(__name__)
#: How long a version is believed while this process hears of changes; and while it does not.
REMEMBERED_SECONDS: Final = 30.0
UNHEARD_SECONDS: Final = 0.5
_TENANTS_HELD: Final = 1_000
_LISTEN_AGAIN_SECONDS: Final = 1.0
#: Of what was never published.
_NONE: Final = "0"


class ContentVersions:
    """Versions by publisher, as this process last read them."""

    def __init__(self, database: Database, clock: Monotonic = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._found: OrderedDict[TenantId, tuple[Mapping[str, str], float]] = OrderedDict()
        self._changes = 0
        self._is_listening = False

    async def of(self, tenant: TenantId, kinds: Iterable[str]) -> str:
        """The versions of some kinds of content, as one text. Raises DatabaseUnavailable."""
        versions = self._find(tenant)
        if versions is None:
            versions = await self._read(tenant)
        return ",".join(versions.get(one, _NONE) for one in kinds)

    async def listen(self) -> None:
        """Hear of changes until cancelled."""
        while True:
            try:
                async with self._database.listen(CHANNEL, self._forget) as lost:
                    self._hears(is_listening=True)
                    await lost.wait()
            except OpenRegError as error:
                log.warning("content_versions_not_heard", code=error.code)
            finally:
                self._hears(is_listening=False)
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    @property
    def is_listening(self) -> bool:
        """Whether it hears of changes."""
        return self._is_listening

    def _find(self, tenant: TenantId) -> Mapping[str, str] | None:
        found = self._found.get(tenant)
        if found is None:
            return None
        versions, since = found
        believed = REMEMBERED_SECONDS if self._is_listening else UNHEARD_SECONDS
        return versions if self._clock() - since < believed else None

    async def _read(self, tenant: TenantId) -> Mapping[str, str]:
        since, changes = self._clock(), self._changes
        async with self._database.reading(tenant) as session:
            versions = await read_content_versions(session, tenant)
        if changes == self._changes:
            self._found[tenant] = (versions, since)
            self._found.move_to_end(tenant)
            if len(self._found) > _TENANTS_HELD:
                self._found.popitem(last=False)
        return versions

    def _forget(self, tenant: str) -> None:
        self._changes += 1
        for one in [known for known in self._found if str(known) == tenant]:
            del self._found[one]

    def _hears(self, *, is_listening: bool) -> None:
        """What was said before is not known, so all is forgotten."""
        self._is_listening = is_listening
        self._changes += 1
        self._found.clear()
