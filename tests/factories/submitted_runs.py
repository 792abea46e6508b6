"""Runs of a MiFIR report whose records are submitted: their input, their ledger and their submission, as workers leave
them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from backend.core.ids import new_id
from backend.domain.expressions.types import BOOLEAN, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.reports.columns import columns_as_json
from backend.domain.runs import RunState
from backend.domain.submissions import SubmissionState
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run, RunRowGroup
from backend.persistence.models.submission import Submission
from backend.pipeline.ledger import LedgerColumns, LedgerWriter, Placement, placed
from backend.services.storage import ObjectStorage
from tests.factories.documents import plain_document
from tests.factories.rows import AT, Rows

LEI: Final = "5493001KJTIIGC8Y1R12"
IDENTITY: Final = ("executing_entity_lei", "transaction_reference_number")
#: Source columns with their types, and what they are in the frames of the pipeline.
COLUMNS: Final[dict[str, tuple[DataType, pl.DataType]]] = {
    "trn": (TEXT, pl.String()),
    "status": (TEXT, pl.String()),
    "quantity": (decimal(23, 5), pl.Decimal(23, 5)),
    "price": (decimal(31, 13), pl.Decimal(31, 13)),
    "traded_at": (TIMESTAMP, pl.Datetime("us", "UTC")),
    "venue": (TEXT, pl.String()),
    "is_sft": (BOOLEAN, pl.Boolean()),
    "buyer": (TEXT, pl.String()),
}
FIELDS: Final = {
    "report_status": "status",
    "executing_entity_lei": f"'{LEI}'",
    "transaction_reference_number": "trn",
    "quantity_nominal": "quantity",
    "price_monetary": "price",
    "trading_datetime": "traded_at",
    "venue": "upper(venue)",
    "securities_financing": "is_sft",
    "buyer_surnames": "buyer",
}
#: How the extracts of the tests are read.
MAPPING: Final[dict[str, Any]] = {
    "columns": [
        {"column": "Firm", "field": "executing_entity_lei", "is_key": True},
        {"column": "TRN", "field": "transaction_reference_number", "is_key": True},
        {"column": "Qty", "field": "quantity_nominal"},
        {"column": "Price", "field": "price_monetary"},
        {"column": "Time", "field": "trading_datetime"},
        {"column": "MIC", "field": "venue", "ignore_case": True},
        {"column": "SFT", "field": "securities_financing"},
        {"column": "Buyer", "field": "buyer_surnames"},
    ]
}
HEADER: Final = ("Firm", "TRN", "Qty", "Price", "Time", "MIC", "SFT", "Buyer", "Note")


def trade(number: int | str, **changes: Any) -> dict[str, Any]:
    """A record of the source."""
    return {
        "trn": f"TRN{number}",
        "status": "NEWT",
        "quantity": Decimal("100.50000"),
        "price": Decimal("7.1250000000000"),
        "traded_at": datetime(2026, 11, 19, 9, 30, 15, 250_000, tzinfo=UTC),
        "venue": "xetr",
        "is_sft": False,
        "buyer": "SMITH",
        **changes,
    }


def line_of(one: dict[str, Any], **changes: str) -> list[str]:
    """The record in an extract, as a regulator writes it."""
    values = {
        "Firm": LEI,
        "TRN": str(one["trn"]),
        "Qty": f"{one['quantity'].normalize():f}",
        "Price": f"{one['price'].normalize():f}",
        "Time": one["traded_at"].isoformat(),
        "MIC": str(one["venue"]).upper(),
        "SFT": "true" if one["is_sft"] else "false",
        "Buyer": one["buyer"],
        "Note": "",
        **changes,
    }
    return [values[name] for name in HEADER]


@dataclass(frozen=True, slots=True)
class SubmittedReport:
    """A report that is told to a regulator, with its version."""

    report: Report
    version: ReportVersion


async def submitted_report(rows: Rows) -> SubmittedReport:
    """A report with a pack."""
    document = plain_document(
        (await rows.connector()).id,
        pack="mifir_rts22",
        fields=FIELDS,
        outputs=[{"format": "xml"}],
        record_key=list(IDENTITY),
        envelope={"sender": LEI, "receiver": "DE"},
    )
    report = await rows.report()
    columns = columns_as_json({name: kind for name, (kind, _) in COLUMNS.items()})
    return SubmittedReport(report, await rows.version(report, document, source_columns=columns, pack_id="mifir_rts22"))


async def submitted_run(
    rows: Rows,
    storage: ObjectStorage,
    of: SubmittedReport,
    trades: Sequence[dict[str, Any]],
    *,
    order: int = 0,
    set_aside: Sequence[int] = (),
    per_group: int = 1_000,
    **changes: Any,
) -> tuple[Run, Submission]:
    """A run over these rows and its submission, sent ``order`` hours after the first; rows count from 1."""
    frame = pl.DataFrame(trades, schema={name: kind for name, (_, kind) in COLUMNS.items()})
    return await submitted_frame(
        rows, storage, of, frame, order=order, set_aside=set_aside, per_group=per_group, **changes
    )


async def submitted_frame(
    rows: Rows,
    storage: ObjectStorage,
    of: SubmittedReport,
    frame: pl.DataFrame,
    *,
    order: int = 0,
    set_aside: Sequence[int] = (),
    per_group: int = 32_768,
    **changes: Any,
) -> tuple[Run, Submission]:
    """The same of a frame with the columns of the source."""
    target = io.BytesIO()
    pq.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()), target, row_group_size=per_group)
    content = target.getvalue()
    prefix = f"tenants/{rows.person.tenant}/submitted/{new_id()}"
    storage.put(f"{prefix}/input.parquet", content)
    sent_at = AT + timedelta(hours=order)
    run = await rows.run(
        of.version,
        state=RunState.SUCCEEDED,
        sequence=order + 1,
        finished_at=sent_at,
        rows_in=frame.height,
        rows_out=frame.height - len(set_aside),
        set_aside=len(set_aside),
        row_groups_total=-(-frame.height // per_group),
        input_key=f"{prefix}/input.parquet",
        input_sha256=hashlib.sha256(content).hexdigest(),
        input_size_bytes=len(content),
    )
    numbered = frame.with_row_index("row_number", 1).with_columns(pl.col("row_number").cast(pl.Int64))
    writer = LedgerWriter(LedgerColumns(IDENTITY, IDENTITY, "report_status"))
    for number, part in enumerate(numbered.iter_slices(per_group)):
        written = part.filter(~pl.col("row_number").is_in(list(set_aside))).select(
            "row_number",
            report_status="status",
            executing_entity_lei=pl.lit(LEI),
            transaction_reference_number="trn",
        )
        key = f"{prefix}/ledger-{number}.parquet"
        entries = placed(writer.entries(written), [(written.height, [Placement(1, 1)])])
        storage.put(key, writer.write([entries]))
        await _store_group(rows, run, number, part.height, written.height, key)
    submission = await rows.submission(
        run,
        **{
            "state": SubmissionState.ACCEPTED,
            "file_status": "ACPT",
            "sent_at": sent_at,
            "record_count": frame.height - len(set_aside),
            "accepted_count": frame.height - len(set_aside),
            "unconfirmed_count": 0,
            **changes,
        },
    )
    return run, submission


async def _store_group(rows: Rows, run: Run, number: int, rows_in: int, rows_out: int, key: str) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunRowGroup(
                run_id=run.id,
                tenant_id=rows.person.tenant,
                number=number,
                fencing_token=1,
                rows_in=rows_in,
                rows_out=rows_out,
                set_aside=rows_in - rows_out,
                filtered=0,
                ledger_key=key,
                committed_at=AT,
            )
        )
