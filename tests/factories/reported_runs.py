"""A run that has reported, as if a worker had made it: its rows and its ledger are stored, its records wait for people.

There is one exception for each thing that is done with exceptions, so that no call finds what another has changed.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.ids import new_id
from backend.domain.eligibility import HeldRecordState
from backend.domain.exceptions import ExceptionState
from backend.domain.runs import RunState
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run, RunRowGroup
from backend.pipeline.ledger import LedgerColumns, LedgerWriter, Placement, placed
from backend.services.storage import ObjectStorage
from tests.factories.rows import Rows
from tests.factories.stored_rows import AT, REPORTING_DATE

#: The row that was reported; each exception has one of its own behind it.
REPORTED_ROW: Final = 1
#: What is done with an exception, and in which state it has to be for that.
ACTIONS: Final[Mapping[str, ExceptionState]] = {
    "accept": ExceptionState.OPEN,
    "acceptances": ExceptionState.OPEN,
    "reject": ExceptionState.OPEN,
    "reopen": ExceptionState.REJECTED,
    "assign": ExceptionState.OPEN,
    "due": ExceptionState.OPEN,
    "amend": ExceptionState.OPEN,
    "preview": ExceptionState.OPEN,
    "resubmit": ExceptionState.AMENDED,
    "amendments": ExceptionState.OPEN,
    "comments": ExceptionState.OPEN,
}
_ROWS_IN: Final = REPORTED_ROW + len(ACTIONS) + 2


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """The run, its exceptions by what is done with them, a record that waits, and one that was released."""

    run: Run
    exceptions: Mapping[str, RunException]
    held_id: UUID
    released_id: UUID


async def reported_run(rows: Rows, version: ReportVersion, storage: ObjectStorage, colleague: UUID) -> ReportedRun:
    """A run of a version whose document is the plain one; ``colleague`` has asked for an acceptance."""
    content = _input()
    key = f"tenants/{rows.person.tenant}/reported/{new_id()}"
    storage.put(f"{key}/input.parquet", content)
    storage.put(f"{key}/ledger.parquet", _ledger())
    run = await rows.run(
        version,
        state=RunState.PARTIAL,
        finished_at=AT,
        rows_in=_ROWS_IN,
        rows_out=1,
        set_aside=len(ACTIONS),
        held=2,
        row_groups_total=1,
        row_groups_done=1,
        input_key=f"{key}/input.parquet",
        input_sha256=hashlib.sha256(content).hexdigest(),
        input_size_bytes=len(content),
    )
    await rows.artifact(run)
    await _store_row_group(rows, run, f"{key}/ledger.parquet")
    exceptions = {
        action: await rows.exception(
            run,
            row_number=number,
            record_key=f"T-{number}",
            reference=f"T-{number}",
            state=state,
            proposed_by=colleague if action == "acceptances" else None,
        )
        for number, (action, state) in enumerate(ACTIONS.items(), REPORTED_ROW + 1)
    }
    held = await rows.held_record(run, row_number=_ROWS_IN - 1, record_key=f"T-{_ROWS_IN - 1}")
    released = await rows.held_record(
        run, row_number=_ROWS_IN, record_key=f"T-{_ROWS_IN}", state=HeldRecordState.RELEASED, decided_at=AT
    )
    return ReportedRun(run, exceptions, held.id, released.id)


async def _store_row_group(rows: Rows, run: Run, ledger_key: str) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunRowGroup(
                run_id=run.id,
                tenant_id=rows.person.tenant,
                number=0,
                fencing_token=1,
                rows_in=_ROWS_IN,
                rows_out=1,
                set_aside=len(ACTIONS),
                filtered=0,
                held=2,
                ledger_key=ledger_key,
                committed_at=AT,
            )
        )


def _input() -> bytes:
    """Rows as the query of the plain document gives them; a negative quantity in all but the first."""
    numbers = range(1, _ROWS_IN + 1)
    table = pa.table(
        {
            "trade_id": pa.array([f"T-{number}" for number in numbers], pa.string()),
            "quantity": pa.array([10 if number == REPORTED_ROW else -1 for number in numbers], pa.int64()),
            "price": pa.array([Decimal("1.500000")] * _ROWS_IN, pa.decimal128(18, 6)),
            "trade_date": pa.array([REPORTING_DATE] * _ROWS_IN, pa.date32()),
        }
    )
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def _ledger() -> bytes:
    """What the run has written: the first record, at the first place of its file."""
    writer = LedgerWriter(LedgerColumns(("reference",), ("reference",), None))
    record = pl.DataFrame({"row_number": [REPORTED_ROW], "reference": [f"T-{REPORTED_ROW}"], "amount": ["15.0"]})
    return writer.write([placed(writer.entries(record), [(1, [Placement(1, 1)])])])
