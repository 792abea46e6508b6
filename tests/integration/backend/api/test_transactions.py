"""What happened to a transaction: found by any of its names, over runs, with its whole way."""

from __future__ import annotations

import httpx
import polars as pl

from backend.persistence.models.run import Run, RunRowGroup
from backend.pipeline.ledger import LedgerColumns, LedgerWriter, Placement, placed
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows

ENTITY, REFERENCE = "LEI00000000000000001", "TRX1"


def ledger(references: list[str]) -> bytes:
    """A ledger as a run of MiFIR writes it."""
    writer = LedgerWriter(LedgerColumns(("reference",), ("entity", "reference"), "status"))
    frame = pl.DataFrame(
        {
            "row_number": range(1, len(references) + 1),
            "reference": references,
            "entity": [ENTITY] * len(references),
            "status": ["NEWT"] * len(references),
        },
        schema_overrides={"row_number": pl.Int64},
    )
    return writer.write([placed(writer.entries(frame), [(len(references), [Placement(1, 1)])])])


async def written(rows: Rows, installation: Installation, references: list[str], sequence: int) -> Run:
    run = await rows.run(state="succeeded", finished_at=AT, rows_in=len(references), sequence=sequence)
    content = ledger(references)
    key = f"ledgers/{run.id}.parquet"
    installation.adapters.storage.put(key, content)
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunRowGroup(
                run_id=run.id,
                tenant_id=rows.person.tenant,
                number=0,
                fencing_token=1,
                rows_in=len(references),
                rows_out=len(references),
                set_aside=0,
                filtered=0,
                ledger_key=key,
                ledger_size_bytes=len(content),
                committed_at=AT,
            )
        )
    return run


async def find(api: httpx.AsyncClient, record: str, **query: object) -> dict[str, object]:
    answer = await api.get("/api/v1/transactions", params={"record": record, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_record_is_found_by_every_name_it_has(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    run = await written(rows, installation, ["TRX0", REFERENCE, "TRX10"], 1)
    submission = await rows.submission(run, state="sent", sent_at=AT)
    for name in (REFERENCE, ENTITY + REFERENCE, f"{ENTITY}/{REFERENCE}", f" {REFERENCE} "):
        items = (await find(api, name))["items"]
        assert isinstance(items, list)
        assert [(one["run_id"], one["row_number"], one["state"]) for one in items] == [(str(run.id), 2, "sent")], name
        assert items[0]["submission_reference"] == submission.reference
    assert (await find(api, "TRX"))["items"] == []


async def test_the_newest_run_comes_first_and_the_cursor_goes_on(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    old, other, new = [
        await written(rows, installation, names, number)
        for number, names in enumerate(([REFERENCE], ["TRX9"], [REFERENCE]), 1)
    ]
    seen, cursor = [], None
    for _ in range(4):
        page = await find(api, REFERENCE, limit=1, **({} if cursor is None else {"cursor": cursor}))
        assert isinstance(page["items"], list)
        seen += [one["run_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(new.id), str(old.id)]
    assert str(other.id) not in seen


async def test_a_record_that_was_set_aside_is_found_with_what_was_done_about_it(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    run = await rows.run(state="partial", finished_at=AT)
    exception = await rows.exception(run, row_number=4, record_key="TRX4", reference="TRX4", state="rejected")
    for name in ("TRX4", str(exception.id)):
        items = (await find(api, name))["items"]
        assert isinstance(items, list)
        assert [(one["exception_id"], one["is_reported"], one["state"]) for one in items] == [
            (str(exception.id), False, "excluded")
        ]
        assert items[0]["timeline"][0]["what"] == "set_aside"
