"""What a supplemental run is made of, out of the database: its parent's stored inputs and the rows that were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import RunId, TenantId
from backend.domain.exceptions import AmendmentFrame
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.run import Run
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.supplemental_records import SupplementalRecordRepository
from backend.pipeline.overrides import Override
from backend.pipeline.ports import StoredInput
from backend.pipeline.supplemental import SupplementalRow
from backend.services.runs import RunNotFound
from backend.services.stored_inputs import find_input, inputs_of


@dataclass(frozen=True, slots=True)
class Supplement:
    """The rows of a supplemental run, and where they are. ``inherited`` are the further inputs of its parent."""

    parent: StoredInput
    inherited: Mapping[str, StoredInput]
    rows: tuple[SupplementalRow, ...]


async def find_supplement(session: AsyncSession, tenant: TenantId, run: Run) -> Supplement | None:
    """What the run is made of, None when it reads its source. Raises RunNotFound."""
    if run.parent_run_id is None:
        return None
    parent = await RunRepository(session, tenant).find(RunId(run.parent_run_id))
    stored = find_input(parent) if parent is not None else None
    if parent is None or stored is None:
        raise RunNotFound("The rows of the run that is supplemented are not there.")
    records = await SupplementalRecordRepository(session, tenant).of_run(run.id)
    return Supplement(stored, inputs_of(parent), tuple(_row(one) for one in records))


def _row(record: SupplementalRecord) -> SupplementalRow:
    overrides = tuple(
        Override(AmendmentFrame(str(one["frame"])), str(one["column"]), _text(one["value"])) for one in record.overrides
    )
    return SupplementalRow(record.parent_row_number, overrides, record.pair)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
