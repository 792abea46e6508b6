"""Exceptions for records of ours that an extract does not have, or has with other values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.core.errors import OpenRegError
from backend.domain.reconciliation import DifferenceKind
from backend.services.exception_resubmission import ExceptionResubmissionService
from backend.services.reconciliations import ReconciliationService

#: Differences of which no exception can be made: there is no record of ours to correct.
_NOT_OURS: Final = "no_record"


@dataclass(frozen=True, slots=True)
class OpenedExceptions:
    """How many exceptions were opened, how many records had one, and why others got none, by code."""

    opened: int
    known: int
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class DifferenceExceptions:
    """Opens exceptions, one per record, through the way by which any reported record is corrected."""

    reconciliations: ReconciliationService
    resubmissions: ExceptionResubmissionService

    async def open(self, reconciliation_id: UUID, positions: Collection[int], reason: str) -> OpenedExceptions:
        """Raises ReconciliationNotFound and the errors of the store."""
        found = await self.reconciliations.named(reconciliation_id, positions)
        opened, known, refused = 0, 0, dict[str, int]()
        records: dict[tuple[UUID, int], None] = {}
        for one in found:
            if one.kind == DifferenceKind.EXTRA or one.run_id is None or one.row_number is None:
                refused[_NOT_OURS] = refused.get(_NOT_OURS, 0) + 1
            else:
                records[one.run_id, one.row_number] = None
        for run_id, row_number in records:
            try:
                await self.resubmissions.open_reported(run_id, row_number, reason)
                opened += 1
            except OpenRegError as error:
                if error.transient:
                    raise
                if error.code == "record_in_queue":
                    known += 1
                else:
                    refused[error.code] = refused.get(error.code, 0) + 1
        return OpenedExceptions(opened, known, refused)
