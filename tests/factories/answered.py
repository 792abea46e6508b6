"""A submission whose records are known, and answers to it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import update

from backend.core.ids import TenantId
from backend.domain.reports.document import ReportDocument
from backend.domain.runs import RunState
from backend.persistence.models.run import Run, RunRowGroup
from backend.persistence.models.submission import Submission, SubmissionFile
from backend.pipeline.ledger import LedgerColumns, LedgerWriter, Placement, placed
from backend.services.message_identifiers import message_identifier
from backend.services.storage import ObjectStorage
from backend.services.submissions import prepare_submission
from tests.factories.documents import plain_document
from tests.factories.rows import AT, Rows

LEI = "5493001KJTIIGC8Y1R12"
OTHER_LEI = "894500MD7YNVJVKVPQ11"
IDENTITY = ("executing_entity_lei", "transaction_reference_number")
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:auth.031.001.01"
RULE = "<VldtnRule><Id>CON-412</Id><Desc>Instrument is not valid</Desc></VldtnRule>"
ISSUES = {"RJCT": RULE, "PDNG": RULE.replace("412", "411")}


@dataclass(frozen=True, slots=True)
class Answered:
    """A run that has reported, its submission and the identifier of its message."""

    run: Run
    submission: Submission
    message_id: str


async def reported_submission(
    rows: Rows,
    storage: ObjectStorage,
    records: int,
    *,
    sender: str = "A",
    names: Sequence[str] = (),
    statuses: Sequence[str] = (),
    parts: Sequence[int] = (),
    shares_name: bool = False,
    **changes: object,
) -> Answered:
    """A submission of so many records; the reference of row n is ``TRN<n>``, or that of ``names``.

    ``parts`` are the records of each of its files, where there are several; they have one name where they share it.
    """
    outputs = [{"format": "xml"}]
    told = {"pack": "mifir_rts22", "outputs": outputs, "envelope": {"sender": sender, "receiver": "B"}}
    plain = plain_document((await rows.connector()).id)
    document = ReportDocument.model_validate(plain | told)
    version = await rows.version(await rows.report(), plain | told, state="archived")
    run = await rows.run(
        version,
        **{"state": RunState.SUCCEEDED, "finished_at": AT, "rows_in": records, "rows_out": records, **changes},
    )
    for number, count in enumerate(parts or (records,), 1):
        await rows.artifact(run, name=f"{run.id}-{number}.xml", file_number=number, records=count)
    key = f"tenants/{rows.person.tenant}/answered/{run.id}.parquet"
    storage.put(key, _ledger(records, names, statuses, parts))
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunRowGroup(
                run_id=run.id,
                tenant_id=rows.person.tenant,
                number=0,
                fencing_token=1,
                rows_in=records,
                rows_out=records,
                set_aside=0,
                filtered=0,
                ledger_key=key,
                committed_at=AT,
            )
        )
        submission = await prepare_submission(session, TenantId(rows.person.tenant), run, document, AT)
        if shares_name:
            await session.execute(update(SubmissionFile).values(message_id=message_identifier(run)))
    assert submission is not None
    return Answered(run, submission, message_identifier(run))


def _ledger(records: int, names: Sequence[str] = (), statuses: Sequence[str] = (), parts: Sequence[int] = ()) -> bytes:
    frame = pl.DataFrame({"row_number": pl.int_range(1, records + 1, eager=True, dtype=pl.Int64)}).with_columns(
        pl.lit(LEI).alias(IDENTITY[0]), pl.format("TRN{}", "row_number").alias(IDENTITY[1])
    )
    if names:
        frame = frame.with_columns(pl.Series(IDENTITY[1], names))
    if statuses:
        frame = frame.with_columns(pl.Series("report_status", statuses))
    writer = LedgerWriter(LedgerColumns(IDENTITY, IDENTITY, "report_status" if statuses else None))
    places = [(count, [Placement(number, 1)]) for number, count in enumerate(parts or (records,), 1)]
    return writer.write([placed(writer.entries(frame), places)])


def advice_of(
    message_id: str | None,
    status: str,
    listed: Sequence[tuple[str, str]],
    stated: Mapping[str, int] | None = None,
    *,
    total: int | None = None,
) -> io.BytesIO:
    """An answer; ``listed`` are (record, state)."""
    records = "".join(
        f"<RcrdSts><OrgnlRcrdId>{record}</OrgnlRcrdId><Sts>{state}</Sts>{ISSUES.get(state, '')}</RcrdSts>"
        for record, state in listed
    )
    counts = "".join(
        f"<NbOfRcrdsPerSts><DtldNbOfRcrds>{count}</DtldNbOfRcrds><DtldSts>{state}</DtldSts></NbOfRcrdsPerSts>"
        for state, count in (stated or {}).items()
    )
    number = sum((stated or {}).values()) if total is None else total
    statistics = f"<Sttstcs><TtlNbOfRcrds>{number}</TtlNbOfRcrds>{counts}</Sttstcs>" if stated else ""
    named = f"<MsgRptIdr>{message_id}</MsgRptIdr>" if message_id else ""
    content = f"{named}<MsgSts><Sts>{status}</Sts>{statistics}</MsgSts>{records}"
    message = f"<FinInstrmRptgStsAdvc><StsAdvc>{content}</StsAdvc></FinInstrmRptgStsAdvc>"
    return io.BytesIO(f'<Document xmlns="{NAMESPACE}">{message}</Document>'.encode())
