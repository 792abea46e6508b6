"""Reconciliations as people and programs work with them: started with an extract, looked at, explained, taken out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any, ClassVar, Final
from uuid import UUID

import pyarrow.parquet as pq
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.csv_text import csv_line
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.extract_mapping import ExtractMapping, settled
from backend.domain.object_keys import extract_key
from backend.domain.permissions import Permission
from backend.domain.reconciliation import (
    UNDER_WAY,
    Period,
    ReconciliationStage,
    ReconciliationState,
)
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.reconciliation import Reconciliation, ReconciliationDifference
from backend.persistence.repositories.reconciliations import (
    DifferenceFilter,
    ListedReconciliation,
    ReconciliationFilter,
    ReconciliationRepository,
)
from backend.services.extract_preview import pack_of_report
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage
from backend.services.stored_files import store_file
from backend.services.wakeups import Wakeups

MAX_NAME: Final = 255
_PIECE: Final = 1024 * 1024
_EXTRACT_TYPE: Final = "application/octet-stream"
#: Columns of the file with all differences.
FILE_COLUMNS: Final = ("kind", "standing", "record_key", "field", "ours", "theirs", "row_number", "file_row")
_MASK: Final = "•••"


class ReconciliationNotFound(OpenRegError):
    """There is no such reconciliation."""

    code: ClassVar[str] = "reconciliation_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReconciliationSettled(OpenRegError):
    """The reconciliation has ended already."""

    code: ClassVar[str] = "reconciliation_settled"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ReconciliationUnfinished(OpenRegError):
    """The reconciliation has not come to its end, so there are no differences."""

    code: ClassVar[str] = "reconciliation_unfinished"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ExtractTooLarge(OpenRegError):
    """The extract is larger than may be uploaded."""

    code: ClassVar[str] = "extract_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class Comparing:
    """What is to be compared: an extract's name, the report, the dates and where it was reported to."""

    name: str
    report_id: UUID
    period: Period
    environment: SubmissionEnvironment
    mapping: ExtractMapping


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A difference as somebody may see it, with the exception of its record."""

    difference: ReconciliationDifference
    is_masked: bool
    exception_id: UUID | None

    @property
    def ours(self) -> str | None:
        """Our value, where it may be seen."""
        return None if self.is_masked else self.difference.ours

    @property
    def theirs(self) -> str | None:
        """Theirs, where it may be seen."""
        return None if self.is_masked else self.difference.theirs


@dataclass(frozen=True, slots=True)
class DetailedReconciliation:
    """A reconciliation as its page shows it."""

    listed: ListedReconciliation
    explained: int


@dataclass(frozen=True, slots=True)
class ReconciliationService:
    """Reconciliations of a tenant, for somebody with these permissions."""

    scope: TenantScope
    permissions: Collection[str]
    storage: ObjectStorage
    wakeups: Wakeups
    max_bytes: int

    async def start(self, content: IO[bytes], size: int, wanted: Comparing) -> ListedReconciliation:
        """Take an extract in, to be compared by a worker.

        Raises PeriodInvalid, ExtractTooLarge, ReportNotFound, ReportNotSubmitted, ExtractMappingInvalid and the errors
        of the store.
        """
        scope = self.scope
        wanted.period.check()
        if size > self.max_bytes:
            raise ExtractTooLarge(
                f"The file has {size} bytes; {self.max_bytes} may be uploaded.",
                fix="Ask the operator to raise SOURCE_MAX_UPLOAD_BYTES.",
            )
        async with scope.reading() as session:
            pack = await pack_of_report(session, scope.tenant, ReportId(wanted.report_id))
        mapping = settled(wanted.mapping, pack)
        identity = new_id()
        key = extract_key(scope.tenant, identity)
        sha256 = await asyncio.to_thread(_digest, content)
        stored = await asyncio.to_thread(store_file, self.storage, key, content, _EXTRACT_TYPE)
        at = scope.now()
        one = Reconciliation(
            id=identity,
            tenant_id=scope.tenant,
            report_id=wanted.report_id,
            name=PurePath(wanted.name).name[-MAX_NAME:] or "extract",
            first_date=wanted.period.first,
            last_date=wanted.period.last,
            environment=wanted.environment,
            mapping=mapping.model_dump(mode="json"),
            personal_fields=[one.field for one in mapping.columns if pack.columns[one.field].pii],
            sha256=sha256,
            size_bytes=stored,
            object_key=key,
            state=ReconciliationState.QUEUED,
            stage=ReconciliationStage.WAITING,
            rows_done=0,
            by_field={},
            attempts=0,
            next_attempt_at=at,
            fencing_token=0,
            started_by=scope.user_id,
            created_at=at,
        )
        async with scope.transaction() as session:
            ReconciliationRepository(session, scope.tenant).add(one)
            said = {
                "report_id": str(one.report_id),
                "first_date": one.first_date.isoformat(),
                "last_date": one.last_date.isoformat(),
                "environment": str(one.environment),
                "sha256": sha256,
            }
            await scope.audit(session).record(AuditAction.RECONCILIATION_STARTED, _subject(one), after=said)
        self.wakeups.reconciliation(scope.tenant, one.id)
        return (await self.get(one.id)).listed

    async def page(self, wanted: ReconciliationFilter, request: PageRequest) -> Page[ListedReconciliation]:
        """Reconciliations, newest first."""
        async with self.scope.reading() as session:
            return await ReconciliationRepository(session, self.scope.tenant).page(wanted, request)

    async def get(self, reconciliation_id: UUID) -> DetailedReconciliation:
        """One reconciliation. Raises ReconciliationNotFound."""
        async with self.scope.reading() as session:
            repository = ReconciliationRepository(session, self.scope.tenant)
            listed = await repository.listed(reconciliation_id)
            if listed is None:
                raise ReconciliationNotFound
            return DetailedReconciliation(listed, await repository.count_explained(reconciliation_id))

    async def cancel(self, reconciliation_id: UUID) -> DetailedReconciliation:
        """Stop a comparison. Raises ReconciliationNotFound, ReconciliationSettled."""
        scope = self.scope
        async with scope.transaction() as session:
            one = await self._find(session, reconciliation_id, for_update=True)
            if one.state not in UNDER_WAY:
                raise ReconciliationSettled(f"The reconciliation is {one.state}.")
            # Whoever compares it finds another token and stops.
            one.fencing_token += 1
            one.state, one.stage, one.lease_expires_at = (
                ReconciliationState.CANCELLED,
                ReconciliationStage.WAITING,
                None,
            )
            one.finished_at = scope.now()
            await scope.audit(session).record(AuditAction.RECONCILIATION_CANCELLED, _subject(one))
        return await self.get(reconciliation_id)

    async def differences(
        self, reconciliation_id: UUID, wanted: DifferenceFilter, after: int, limit: int
    ) -> Sequence[ShownDifference]:
        """Kept differences after a position. Raises ReconciliationNotFound."""
        async with self.scope.reading() as session:
            one = await self._find(session, reconciliation_id)
            repository = ReconciliationRepository(session, self.scope.tenant)
            found = await repository.differences(reconciliation_id, wanted, after, limit)
            exceptions = await repository.exceptions_of(found)
        hidden = self._hidden(one)
        shown = [ShownDifference(each, each.field in hidden, exceptions.get(each.position)) for each in found]
        await self._note_personal(one, {each.field for each in found if each.field is not None})
        return shown

    async def explain(self, reconciliation_id: UUID, positions: Collection[int], comment: str | None) -> int:
        """Say how differences came, or take that back; how many there were. Raises ReconciliationNotFound."""
        scope = self.scope
        async with scope.transaction() as session:
            one = await self._find(session, reconciliation_id)
            repository = ReconciliationRepository(session, scope.tenant)
            changed = await repository.explain(reconciliation_id, positions, comment, scope.user_id, scope.now())
            said = {"positions": sorted(positions), "is_explained": comment is not None}
            await scope.audit(session).record(
                AuditAction.RECONCILIATION_EXPLAINED, _subject(one), after=said, note=comment
            )
        return changed

    async def named(self, reconciliation_id: UUID, positions: Collection[int]) -> Sequence[ReconciliationDifference]:
        """Those of these differences that are kept. Raises ReconciliationNotFound."""
        async with self.scope.reading() as session:
            await self._find(session, reconciliation_id)
            return await ReconciliationRepository(session, self.scope.tenant).named(reconciliation_id, positions)

    async def csv_lines(self, reconciliation_id: UUID) -> AsyncIterator[str]:
        """All differences, part by part. Raises ReconciliationNotFound, ReconciliationUnfinished, StorageError."""
        scope = self.scope
        async with scope.transaction() as session:
            one = await self._find(session, reconciliation_id)
            if one.differences_key is None or one.differences_bytes is None:
                raise ReconciliationUnfinished
            said = {"differences": one.counts.differences}
            await scope.audit(session).record(AuditAction.RECONCILIATION_DOWNLOADED, _subject(one), after=said)
        await self._note_personal(one, set(one.by_field))
        file = self.storage.open_ranged(one.differences_key, one.differences_bytes)
        parquet = await asyncio.to_thread(pq.ParquetFile, file)
        return _lines(parquet, self._hidden(one))

    def _hidden(self, one: Reconciliation) -> frozenset[str]:
        return frozenset() if Permission.PII_READ.value in self.permissions else frozenset(one.personal_fields)

    async def _note_personal(self, one: Reconciliation, fields: Collection[str]) -> None:
        """Before personal data is shown: it must not be seen without a trace."""
        seen = sorted(set(fields) & set(one.personal_fields) - self._hidden(one))
        if not seen:
            return
        async with self.scope.transaction() as session:
            await self.scope.audit(session).record(
                AuditAction.PERSONAL_DATA_READ, _subject(one), after={"columns": seen}
            )

    async def _find(
        self, session: AsyncSession, reconciliation_id: UUID, *, for_update: bool = False
    ) -> Reconciliation:
        found = await ReconciliationRepository(session, self.scope.tenant).find(
            reconciliation_id, for_update=for_update
        )
        if found is None:
            raise ReconciliationNotFound
        return found


async def _lines(parquet: pq.ParquetFile, hidden: Collection[str]) -> AsyncIterator[str]:
    yield csv_line(FILE_COLUMNS)
    for group in range(parquet.num_row_groups):
        rows = await asyncio.to_thread(_rows_of, parquet, group)
        for start in range(0, len(rows), 2_000):
            yield "".join(_line(row, hidden) for row in rows[start : start + 2_000])


def _rows_of(parquet: pq.ParquetFile, group: int) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = parquet.read_row_group(group, columns=list(FILE_COLUMNS)).to_pylist()
    return rows


def _line(row: Mapping[str, Any], hidden: Collection[str]) -> str:
    is_masked = row["field"] in hidden
    return csv_line(
        _MASK if is_masked and name in {"ours", "theirs"} and row[name] is not None else row[name]
        for name in FILE_COLUMNS
    )


def _digest(content: IO[bytes]) -> str:
    """The hash; the file is back at its beginning afterwards."""
    digest = hashlib.sha256()
    content.seek(0)
    while piece := content.read(_PIECE):
        digest.update(piece)
    content.seek(0)
    return digest.hexdigest()


def _subject(one: Reconciliation) -> AuditSubject:
    return AuditSubject("reconciliation", one.id, one.name)
