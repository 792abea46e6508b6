"""Findings of a run over HTTP: exact counts, a bounded list, and a file with all of them."""

from __future__ import annotations

import csv
import io

import httpx
import polars as pl

from backend.core.ids import new_id
from backend.persistence.models.run import RunFinding, RunRowGroup
from backend.pipeline.findings import DETAIL_SCHEMA
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.routes import API
from tests.factories.rows import AT, Rows


async def test_counts_are_exact_whatever_is_kept_and_the_file_has_every_failure(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    await rows.official_text(rule_id="MR-02", code="CON-020", number=2)
    document = plain_document((await rows.connector()).id)
    version = await rows.version(await rows.report(), document, pack_id="mifir-rts22")
    run = await rows.run(version)
    await rows.finding(run)
    keys = [f"findings/{new_id()}" for _ in range(2)]
    for number, key in enumerate(keys):
        found = pl.DataFrame(
            {
                "row_number": [2 * number + 1, 2 * number + 2],
                "rule_id": ["MR-02", "OWN-01"],
                "severity": ["warning", "warning"],
                "columns": ["a, b", "c"],
                "message": ["=Wrong", "Wrong."],
                "error": ["a value of the record", None],
            },
            schema=DETAIL_SCHEMA,
        )
        target = io.BytesIO()
        found.write_parquet(target)
        installation.adapters.storage.put(key, target.getvalue())
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunFinding(
                tenant_id=rows.person.tenant, run_id=run.id, rule_id="MR-02", severity="warning", count=999_999,
                primary_count=0, message="-",
            )
        )  # fmt: skip
        for number, key in enumerate(keys):
            session.add(
                RunRowGroup(
                    tenant_id=rows.person.tenant, run_id=run.id, number=number, rows_in=2, rows_out=2, set_aside=0,
                    filtered=0, findings_key=key, fencing_token=1, committed_at=AT,
                )
            )  # fmt: skip
    told = (await api.get(f"{API}/runs/{run.id}/findings")).json()
    assert (told["count"], told["kept"]) == (1_000_000, 1)
    assert [(one["rule_id"], one["count"]) for one in told["items"]] == [("MR-02", 999_999), ("OWN-01", 1)]
    exported = await api.get(f"{API}/runs/{run.id}/findings/export")
    assert exported.status_code == 200, exported.text
    lines = list(csv.DictReader(io.StringIO(exported.text)))
    assert [(one["row_number"], one["rule_id"], one["official_codes"], one["columns"]) for one in lines] == [
        ("1", "MR-02", "CON-020", "a, b"), ("2", "OWN-01", "", "c"),
        ("3", "MR-02", "CON-020", "a, b"), ("4", "OWN-01", "", "c"),
    ]  # fmt: skip
    assert lines[0]["message"] == "'=Wrong", "a spreadsheet must not take it for a formula"
    assert "a value of the record" not in exported.text
    assert (await api.get(f"{API}/runs/{new_id()}/findings/export")).status_code == 404
