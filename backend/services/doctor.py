"""Is an installation as it should be: what the page of health looks at, and what changes only by somebody's hand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.core.clock import Clock
from backend.core.crypto import SecretBox, SecretUnreadable
from backend.core.errors import OpenRegError
from backend.core.ids import new_id
from backend.domain.object_keys import DOCTOR_PREFIX
from backend.persistence.sealed import SealedRows, sealed_columns
from backend.persistence.system import SystemScope
from backend.persistence.system_health import HealthQueries
from backend.services.mail_transport import check_mail_server
from backend.services.start_checks import NO_EVICTION, check_eviction
from backend.services.system_health import (
    FULL_DISK_BYTES,
    LOW_DISK_BYTES,
    MAX_SKEW_SECONDS,
    Check,
    HealthState,
    SystemHealth,
)

#: Of each look; longer than on the page of health, nobody waits for a page here.
LOOK_SECONDS: Final = 30.0
#: Of each column in each tenant; whoever has lost a key has lost more than these.
_NEWEST_SECRETS: Final = 100
_GIBIBYTE: Final = 1024**3
Look = Callable[[], Awaitable[Check]]


@dataclass(frozen=True, slots=True)
class Doctor:
    """Looks at one installation from the outside, with the settings of its processes."""

    settings: Settings
    health: SystemHealth
    box: SecretBox
    now: Clock

    async def examine(self) -> list[Check]:
        """Every part, each with its cause and the next step when it is not well."""
        own = await asyncio.gather(
            _guarded("application_role", self._application_role),
            _guarded("system_role", self._system_role),
            _guarded("row_level_security", self._row_level_security),
            _guarded("keys", self._keys),
            _guarded("redis_policy", self._redis_policy),
            _guarded("redis_persistence", self._redis_persistence),
            _guarded("bucket_writable", self._bucket_writable),
            _guarded("bucket_versions", self._bucket_versions),
            _guarded("storage_clock", self._storage_clock),
            _guarded("disk", self._disk),
            _guarded("mail", self._mail),
        )
        return [*await self.health.checks(), *own]

    async def _application_role(self) -> Check:
        await self.health.database.check()
        return Check("application_role", HealthState.OK)

    async def _system_role(self) -> Check:
        await self.health.system.check()
        return Check("system_role", HealthState.OK)

    async def _row_level_security(self) -> Check:
        async with self.health.database.unbound() as session:
            open_tables = await HealthQueries(session).tables_without_forced_security()
        if not open_tables:
            return Check("row_level_security", HealthState.OK)
        cause = f"Row-level security is not forced on {', '.join(open_tables)}."
        fix = "Run `openreg migrate`; if it stays, somebody has altered the tables by hand."
        return Check("row_level_security", HealthState.DOWN, cause, fix)

    async def _keys(self) -> Check:
        """Whether the keys open what is stored: a lost key is found now, and not by the first delivery."""
        async with self.health.system.transaction() as session:
            tenants = await SystemScope(session).tenants()
        opened, unreadable = 0, 0
        for _, tenant in tenants:
            async with self.health.database.transaction(tenant) as session:
                columns = sealed_columns(is_personal=False)
                sealed = [await SealedRows(session, column).newest(_NEWEST_SECRETS) for column in columns]
            for ciphertext in chain.from_iterable(sealed):
                try:
                    self.box.open(ciphertext)
                    opened += 1
                except SecretUnreadable:
                    unreadable += 1
        measured = {"opened": opened, "unreadable": unreadable}
        if not unreadable:
            return Check("keys", HealthState.OK, measured=measured)
        cause = f"{unreadable} of {opened + unreadable} stored secrets cannot be opened with ENCRYPTION_KEY."
        fix = "Put the key they were stored with behind the others in ENCRYPTION_KEY; a backup names it by its id."
        return Check("keys", HealthState.DOWN, cause, fix, measured)

    async def _redis_policy(self) -> Check:
        policy = await check_eviction(self.health.redis)
        if policy == NO_EVICTION:
            return Check("redis_policy", HealthState.OK)
        cause = f"The maxmemory-policy of Redis is {policy}: it throws keys away as soon as its memory is limited."
        return Check("redis_policy", HealthState.DEGRADED, cause, "Set maxmemory-policy to noeviction.")

    async def _redis_persistence(self) -> Check:
        found = await self.health.redis.info("persistence")
        if found.get("aof_last_write_status", "ok") != "ok":
            cause, fix = "Redis cannot write its append-only file.", "Make room on its disk, and look into its log."
            return Check("redis_persistence", HealthState.DOWN, cause, fix)
        if not int(found.get("aof_enabled", 0)):
            cause = "Redis keeps messages in memory only; after a restart work waits for the next sweep."
            return Check("redis_persistence", HealthState.DEGRADED, cause, "Set appendonly to yes.")
        return Check("redis_persistence", HealthState.OK)

    async def _bucket_writable(self) -> Check:
        key, content = f"{DOCTOR_PREFIX}{new_id()}", b"written by openreg doctor"
        storage = self.health.storage

        def write_and_read() -> bool:
            storage.put(key, content)
            try:
                return storage.read(key) == content
            finally:
                storage.delete(key)

        if await asyncio.to_thread(write_and_read):
            return Check("bucket_writable", HealthState.OK)
        cause, fix = "The bucket gave back other bytes than were written.", "Look at the store before anything else."
        return Check("bucket_writable", HealthState.DOWN, cause, fix)

    async def _bucket_versions(self) -> Check:
        """Inputs are removed when their time is over; a store that keeps old versions for ever keeps them too."""
        policy = await asyncio.to_thread(self.health.storage.version_policy)
        measured = {"versioning": policy.versioning, "expires_old_versions": str(policy.expires_old_versions).lower()}
        if policy.versioning != "enabled" or policy.expires_old_versions:
            return Check("bucket_versions", HealthState.OK, measured=measured)
        cause = "The bucket keeps every version of what is removed, and no lifecycle rule ends that."
        fix = "Add a rule that expires noncurrent versions after the days your backups need."
        return Check("bucket_versions", HealthState.DEGRADED, cause, fix, measured)

    async def _storage_clock(self) -> Check:
        before = self.now()
        theirs = await asyncio.to_thread(self.health.storage.server_time)
        return _clock(before, theirs, self.now())

    async def _disk(self) -> Check:
        folder = self.settings.runtime.scratch_dir
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        measured = {"free_bytes": free}
        if free >= LOW_DISK_BYTES:
            return Check("disk", HealthState.OK, measured=measured)
        state = HealthState.DOWN if free < FULL_DISK_BYTES else HealthState.DEGRADED
        cause = f"{free / _GIBIBYTE:.1f} GiB are left on this machine's disk for the working files of runs."
        return Check("disk", state, cause, "Make room, or move OPENREG_SCRATCH_DIR.", measured)

    async def _mail(self) -> Check:
        mail = self.settings.mail
        if mail.host is None:
            state = HealthState.DEGRADED if self.settings.runtime.is_production else HealthState.OK
            if state is HealthState.OK:
                return Check("mail", state, measured={"server": "none"})
            cause = "There is no mail server: invitations and notices stay on the outbox page."
            return Check("mail", state, cause, "Set SMTP_HOST, MAIL_FROM and PUBLIC_URL.")
        await asyncio.to_thread(check_mail_server, mail)
        return Check("mail", HealthState.OK, measured={"server": mail.host})


async def _guarded(name: str, look: Look) -> Check:
    try:
        return await asyncio.wait_for(look(), LOOK_SECONDS)
    except OpenRegError as error:
        return Check(name, HealthState.DOWN, error.message, error.fix)
    except TimeoutError:
        cause = f"No answer within {LOOK_SECONDS:g} seconds."
    except (RedisError, SQLAlchemyError, OSError) as error:
        cause = f"It could not be asked ({type(error).__name__})."
    return Check(name, HealthState.DOWN, cause, "Look at the servers above first.")


def _clock(before: datetime, theirs: datetime, after: datetime) -> Check:
    # The header names whole seconds only.
    skew = max((before - theirs).total_seconds() - 1.0, (theirs - after).total_seconds(), 0.0)
    measured = {"seconds": round(skew, 1)}
    if skew <= MAX_SKEW_SECONDS:
        return Check("storage_clock", HealthState.OK, measured=measured)
    cause = f"The clocks of this machine and of the S3 store differ by {skew:.0f} seconds; 15 minutes are refused."
    return Check("storage_clock", HealthState.DEGRADED, cause, "Keep both by NTP.", measured)
