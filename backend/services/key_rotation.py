"""Changing the encryption key: which key each stored secret is sealed with, and sealing all of them with the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.owner import OwnerDatabase, TableReader
from backend.persistence.sealed import SEALED_COLUMNS, RowKey, SealedColumn, SealedRows, sealed_columns
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope

#: Stands for the key of secrets that none of ours opens.
UNKNOWN_KEY: Final = "unknown"
_BATCH: Final = 200
#: Whoever has left every tenant still has a second factor; no trail is left to write it down in.
_NO_TENANT: Final = TenantId(UUID(int=0))
_COMMAND: Final = "openreg keys rotate"


class OldKeyStillUsed(OpenRegError):
    """Stored secrets are still sealed with a former key."""

    code: ClassVar[str] = "old_key_still_used"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class KeyUse:
    """For each column of secrets how many are sealed with which key; ``key_ids`` are ours, newest first."""

    key_ids: tuple[str, ...]
    columns: Mapping[str, Mapping[str, int]]

    @property
    def behind(self) -> dict[str, int]:
        """How many secrets are not sealed with the newest key, by the name of the key they are sealed with."""
        counts: Counter[str] = Counter()
        for column in self.columns.values():
            counts.update({name: count for name, count in column.items() if name != self.key_ids[0]})
        return dict(counts)


async def key_use(owner: OwnerDatabase, box: SecretBox) -> KeyUse:
    """Look at every stored secret of every tenant, at one moment."""
    async with owner.snapshot() as reader:
        return KeyUse(box.key_ids, await count_keys(reader, {shape.name for shape in await reader.tables()}, box))


async def count_keys(reader: TableReader, tables: Collection[str], box: SecretBox) -> dict[str, dict[str, int]]:
    """For each column of secrets in these tables how many are sealed with which key."""
    columns = {}
    for one in SEALED_COLUMNS:
        if one.table in tables:
            counts: Counter[str] = Counter()
            async for value in reader.column_values(one.table, one.column):
                counts[box.find_key_id(value) or UNKNOWN_KEY] += 1
            columns[str(one)] = dict(counts)
    return columns


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """Seals everything with the newest key, in short transactions; begun again it goes on where it stopped."""

    database: Database
    system: SystemDatabase
    owner: OwnerDatabase
    box: SecretBox
    now: Clock

    async def rotate(self) -> int:
        """How many secrets were sealed anew. Raises OldKeyStillUsed unless none is left under another key."""
        async with self.system.reading() as session:
            scope = SystemScope(session)
            tenants, people = await scope.tenants(), await scope.people_with_second_factors()
        sealed = 0
        for _slug, tenant in tenants:
            for column in sealed_columns(is_personal=False):
                sealed += await self._rotate(column, tenant, None)
        for user_id, first_tenant in people:
            for column in sealed_columns(is_personal=True):
                sealed += await self._rotate(column, first_tenant, user_id)
        behind = (await key_use(self.owner, self.box)).behind
        if behind:
            listed = ", ".join(f"{count} under {name}" for name, count in sorted(behind.items()))
            raise OldKeyStillUsed(
                f"{sealed} secrets were sealed anew, but others are not under the newest key: {listed}.",
                fix="Start every process with the newest key first in ENCRYPTION_KEY, add the keys that are unknown, "
                "and rotate again.",
                extra={"sealed": sealed, "behind": behind},
            )
        return sealed

    async def _rotate(self, column: SealedColumn, tenant: TenantId | None, user_id: UUID | None) -> int:
        sealed, after = 0, None
        while True:
            after, count, is_last = await self._rotate_batch(column, tenant, user_id, after)
            sealed += count
            if is_last:
                return sealed

    async def _rotate_batch(
        self, column: SealedColumn, tenant: TenantId | None, user_id: UUID | None, after: RowKey | None
    ) -> tuple[RowKey | None, int, bool]:
        newest, count = self.box.key_ids[0], 0
        async with self.database.transaction(tenant or _NO_TENANT, user_id=user_id) as session:
            rows = SealedRows(session, column)
            batch = await rows.batch(after, _BATCH)
            for key, secret in batch:
                found = self.box.find_key_id(secret)
                if found not in {newest, None}:
                    await rows.replace(key, self.box.reseal(secret))
                    count += 1
            if count and tenant:
                trail = AuditTrail(session, tenant, ActorRecord("system", None, _COMMAND, None, None), self.now)
                told = {"column": str(column), "secrets": count, "key": newest}
                subject = AuditSubject("encryption_key", None, newest)
                await trail.record(AuditAction.ENCRYPTION_KEY_ROTATED, subject, after=told)
        return batch[-1][0] if batch else after, count, len(batch) < _BATCH
