"""The way of one record: from its row, through what was found and changed, to every file it stands in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.exception import ExceptionAmendment, RunException, SupplementalRecord
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.exceptions import ExceptionRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.supplemental_records import SupplementalRecordRepository
from backend.pipeline.ledger_reader import LedgerEntry
from backend.pipeline.record_judge import JudgedRecord
from backend.pipeline.trial import MaskedColumns
from backend.services.exception_records import ExceptionRecordService, RecordsUnavailable, RunRecords, judged
from backend.services.official_rules import OfficialRules, official_of
from backend.services.record_ledger import RecordLedger
from backend.services.runs import run_subject


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file and where the record stands in it, from 1."""

    artifact: Artifact
    position: int


@dataclass(frozen=True, slots=True)
class Reporting:
    """A row of a run on the way: what it was made of, and the files it stands in; none when it was not reported."""

    run: Run
    row_number: int
    record: SupplementalRecord | None
    status: str | None
    files: tuple[FilePlace, ...]


@dataclass(frozen=True, slots=True)
class RecordLineage:
    """One record: the row and what is made of it, what was found, its exception, and everywhere it was reported.

    ``parent`` is the row of another run that it was made of, ``later`` are those that were made of it, in order.
    """

    records: RunRecords
    record: JudgedRecord
    masked: MaskedColumns
    reporting: Reporting
    parent: SupplementalRecord | None
    exception: RunException | None
    messages: dict[str, RunFinding]
    amendments: Sequence[ExceptionAmendment]
    later: Sequence[Reporting]
    official: OfficialRules


@dataclass(frozen=True, slots=True)
class RecordLineageService:
    """The way of records of a tenant, for somebody with these permissions."""

    records: ExceptionRecordService
    ledger: RecordLedger

    async def trace(self, run_id: UUID, row_number: int) -> RecordLineage:
        """Raises RunNotFound, RecordsUnavailable and the errors of the store."""
        scope = self.records.scope
        async with scope.reading() as session:
            rows = await RunRecords.load(session, scope.tenant, run_id, self.records.storage)
            exceptions = ExceptionRepository(session, scope.tenant)
            exception = await exceptions.find_record(run_id, row_number)
            amendments = await exceptions.amendments([exception.id]) if exception is not None else []
            findings = await RunRepository(session, scope.tenant).findings(RunId(run_id))
            parents = await SupplementalRecordRepository(session, scope.tenant).of_rows(run_id, [row_number])
            made = await self._made_of(session, run_id, row_number)
            files = await self._files(session, {run_id, *(run.id for run, _ in made)})
            official = await official_of(session, scope.tenant, rows.version.pack_id, rows.rules)
        found = (await judged(lambda: rows.judge(rows.read([row_number]), {}, rows.known))).get(row_number)
        if found is None:
            raise RecordsUnavailable(f"The run has no row {row_number}.")
        masked = rows.masked(self.records.permissions)
        await self.records.note_read(rows, run_subject(rows.run), masked)
        parent = parents[0] if parents else None
        return RecordLineage(
            rows,
            found,
            masked,
            await self._reporting(rows.run, row_number, parent, files),
            parent,
            exception,
            {one.rule_id: one for one in findings},
            amendments,
            [await self._reporting(run, record.row_number, record, files) for run, record in made],
            official,
        )

    async def _made_of(
        self, session: AsyncSession, run_id: UUID, row_number: int
    ) -> list[tuple[Run, SupplementalRecord]]:
        """Rows of supplemental runs that were made of a row, and those that were made of them, in order."""
        records, runs = SupplementalRecordRepository(session, self.records.scope.tenant), {}
        waiting, found = [(run_id, row_number)], []
        while waiting:
            some = await records.of_parent(*waiting.pop(0))
            for run in await RunRepository(session, self.records.scope.tenant).named({one.run_id for one in some}):
                runs[run.id] = run
            found += [(runs[one.run_id], one) for one in some]
            waiting += [(one.run_id, one.row_number) for one in some]
        return found

    async def _files(self, session: AsyncSession, run_ids: Collection[UUID]) -> dict[tuple[UUID, int, int], Artifact]:
        artifacts = ArtifactRepository(session, self.records.scope.tenant)
        return {
            (run_id, one.output_number, one.file_number): one
            for run_id in run_ids
            for one in await artifacts.of_run(RunId(run_id))
        }

    async def _reporting(
        self,
        run: Run,
        row_number: int,
        record: SupplementalRecord | None,
        files: dict[tuple[UUID, int, int], Artifact],
    ) -> Reporting:
        entry: LedgerEntry | None = None
        if run.state in {RunState.SUCCEEDED, RunState.PARTIAL}:
            entry = await self.ledger.find_row(RunId(run.id), row_number)
        places = [
            FilePlace(artifact, place.position)
            for place in (entry.places if entry is not None else ())
            if (artifact := files.get((run.id, place.output_number, place.file_number))) is not None
        ]
        return Reporting(run, row_number, record, entry.status if entry is not None else None, tuple(places))
