"""Verifying a tenant's audit chain: read in order, in short transactions, hashed beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.domain.audit_chain import EMPTY_CHAIN, ChainCheck, ChainFault, ChainHead
from backend.persistence.repositories.audit import AuditRepository
from backend.persistence.session import Database

BATCH = 10_000
_HASH_LENGTH = 64


class ChainHeadInvalid(OpenRegError):
    """A head of the audit chain is written NUMBER:HASH."""

    code: ClassVar[str] = "chain_head_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What was found: ``first`` is the first entry that was read, ``head`` is to be kept elsewhere."""

    head: ChainHead
    first: int
    entries: int
    faults: tuple[ChainFault, ...]

    @property
    def is_intact(self) -> bool:
        """Whether everything that was read holds."""
        return not self.faults


def read_head(text: str) -> ChainHead:
    """A head as it was printed. Raises ChainHeadInvalid."""
    number, _, digest = text.strip().partition(":")
    if not number.isdecimal() or len(digest) != _HASH_LENGTH or set(digest) - set("0123456789abcdef"):
        raise ChainHeadInvalid(f"{text!r} is no head of an audit chain.", fix="Give it as it was printed: NUMBER:HASH.")
    return ChainHead(int(number), digest)


async def verify_chain(
    database: Database, tenant: TenantId, expected: Sequence[ChainHead] = (), *, last: int | None = None
) -> ChainVerdict:
    """Check every link of a tenant's chain, or only those of the ``last`` entries; heads of old are looked for too."""
    async with database.transaction(tenant) as session:
        audit = AuditRepository(session, tenant)
        head, highest = await audit.ends()
        number = max(0, highest - last) if last is not None else 0
        start = ChainHead(number, await audit.hash_of(number) or EMPTY_CHAIN.hash) if number else EMPTY_CHAIN
    anchors = {one.number: one.hash for one in expected if one.number > number}
    check = ChainCheck(anchors, start=start)

    async def read(after: int) -> Sequence[tuple[dict[str, object], str]]:
        async with database.transaction(tenant) as session:
            return await AuditRepository(session, tenant).links(after, highest, BATCH)

    batch = await read(number)
    while batch:
        # The next batch is on its way while this one is hashed.
        _, batch = await asyncio.gather(asyncio.to_thread(_follow, check, batch), read(_number(batch[-1][0])))
    return ChainVerdict(head, start.number + 1, check.entries, check.finish(head))


def _follow(check: ChainCheck, batch: Sequence[tuple[Mapping[str, object], str]]) -> None:
    for entry, stored_hash in batch:
        check.follow(entry, stored_hash)


def _number(entry: Mapping[str, object]) -> int:
    return int(str(entry["number"]))
