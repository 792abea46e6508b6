"""Rows of reconciliations."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.ids import new_id
from backend.domain.reconciliation import DifferenceKind, DifferenceState, ReconciliationState, Standing
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.reconciliation import (
    Reconciliation,
    ReconciliationDifference,
    ReconciliationMapping,
)
from backend.persistence.models.report import Report
from backend.services.storage import ObjectStorage
from tests.factories.rows import AT, Rows
from tests.factories.stored_rows import REPORTING_DATE
from tests.factories.submitted_runs import HEADER, LEI, MAPPING


async def stored_reconciliation(rows: Rows, report: Report, **changes: Any) -> Reconciliation:
    """One that is done, with a record that is missing, one that is extra and one of which a field differs."""
    identity, tenant = new_id(), rows.person.tenant
    one = Reconciliation(
        **{
            "id": identity,
            "tenant_id": tenant,
            "report_id": report.id,
            "name": "extract.csv",
            "first_date": REPORTING_DATE,
            "last_date": REPORTING_DATE,
            "environment": SubmissionEnvironment.PRODUCTION,
            "mapping": MAPPING,
            "personal_fields": ["buyer_surnames"],
            "sha256": "0" * 64,
            "size_bytes": 1,
            "object_key": "nowhere",
            "state": ReconciliationState.DONE,
            "stage": "waiting",
            "rows_done": 3,
            "by_field": {"quantity_nominal": 1},
            "submission_count": 1,
            "ours_count": 3,
            "theirs_count": 3,
            "equal_count": 1,
            "missing_count": 1,
            "extra_count": 1,
            "different_count": 1,
            "field_count": 1,
            "kept_count": 3,
            "attempts": 1,
            "next_attempt_at": AT,
            "fencing_token": 1,
            "started_by": rows.person.user_id,
            "created_at": AT,
            "finished_at": AT,
            **changes,
        }
    )
    kinds = (
        (DifferenceKind.MISSING, Standing.ACCEPTED, {}),
        (DifferenceKind.EXTRA, Standing.UNKNOWN, {"file_row": 2}),
        (DifferenceKind.DIFFERENT, Standing.ACCEPTED, {"field": "quantity_nominal", "ours": "1.5", "theirs": "2"}),
    )
    async with rows.database.transaction(tenant) as session:
        session.add(one)
        await session.flush()
        for position, (kind, standing, values) in enumerate(kinds, 1):
            session.add(
                ReconciliationDifference(
                    reconciliation_id=identity,
                    position=position,
                    tenant_id=tenant,
                    kind=kind,
                    standing=standing,
                    record_key=f"{LEI}/TRN{position}",
                    state=DifferenceState.OPEN,
                    **values,
                )
            )
    return one


async def stored_mapping(rows: Rows, report: Report) -> ReconciliationMapping:
    """A mapping that is kept."""
    one = ReconciliationMapping(
        id=new_id(),
        tenant_id=rows.person.tenant,
        report_id=report.id,
        name="Extract of the authority",
        mapping=MAPPING,
        saved_by=rows.person.user_id,
        saved_at=AT,
    )
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(one)
    return one


def differences_file() -> bytes:
    """All differences of one, as a worker stores them."""
    names = ("kind", "standing", "record_key", "field", "ours", "theirs")
    texts = {name: pa.array(["missing" if name == "kind" else name], pa.string()) for name in names}
    numbers = {name: pa.array([1], pa.int64()) for name in ("row_number", "file_row")}
    target = io.BytesIO()
    pq.write_table(pa.table({**texts, **numbers}), target)
    return target.getvalue()


async def store_differences(rows: Rows, storage: ObjectStorage, one: Reconciliation) -> None:
    """The file of a reconciliation, to be taken out."""
    key, content = f"tenants/{rows.person.tenant}/differences.parquet", differences_file()
    storage.put(key, content)
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get(Reconciliation, one.id)
        assert stored is not None
        stored.differences_key, stored.differences_bytes = key, len(content)


def extract_form(report_id: str) -> dict[str, Any]:
    """An extract and what is said with it, as the parts of a form."""
    told = {"report_id": report_id, "first_date": "2026-11-19", "last_date": "2026-11-19"}
    parts = {name: (None, value) for name, value in {**told, "mapping": json.dumps(MAPPING)}.items()}
    return {**parts, "file": ("extract.csv", f"{','.join(HEADER)}\n".encode(), "text/csv")}


def new_mapping(report_id: str) -> dict[str, Any]:
    """A mapping to be kept."""
    return {"report_id": report_id, "name": f"New {new_id()}", "mapping": MAPPING}
