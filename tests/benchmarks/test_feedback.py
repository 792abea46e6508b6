"""Feedback of a million records: read, matched and loaded within three times what reading and loading must take.

``OPENREG_BENCH_ADVICES`` sets the number of records. The floor is ``xmllint --stream`` over the same file and a COPY of
the same rows into a table with the same indexes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from pathlib import Path

import asyncpg
import pytest

from backend.core.ids import TenantId
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.services.feedback_spool import FeedbackSpool, Target
from tests.factories.answered import LEI, NAMESPACE, RULE, reported_submission
from tests.factories.feedback_rows import stored_feedback
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import AT, Rows
from tests.harness.figures import show
from tests.services.servers import TestDatabase

RECORDS = int(os.environ.get("OPENREG_BENCH_ADVICES", "1000000"))
MOST = 3.0
_COPY = (
    "feedback_id, position, tenant_id, submission_id, record_id, row_number, entity, action, reported_at, code, state, "
    "rules, at"
)


async def test_feedback_is_read_in_three_times_the_floor(
    tmp_path: Path, rows: Rows, owner: Person, installation: Installation, migrated: TestDatabase
) -> None:
    xmllint = shutil.which("xmllint")
    if xmllint is None:
        pytest.fail("xmllint (libxml2-utils) is what this is measured against")
    file = tmp_path / "advice.xml"
    answered = await reported_submission(rows, installation.adapters.storage, RECORDS)
    _write(file, answered.message_id)
    linted = await asyncio.to_thread(_linted, xmllint, file)

    feedback = await stored_feedback(rows, answered.submission)
    key = f"tenants/{owner.tenant}/answered/{answered.run.id}.parquet"
    target = Target(answered.submission.id, answered.run.id, RECORDS, (key,))
    spool = FeedbackSpool(tmp_path, lambda _: None)
    began = time.perf_counter()
    with file.open("rb") as content:
        said = spool.read(iter(lambda: content.read(1024 * 1024), b""), None)
    read = time.perf_counter() - began
    matched = spool.match(said, {1: target}, installation.adapters.storage)
    found = time.perf_counter() - began
    async with installation.database.transaction(owner.tenant) as session:
        repository = FeedbackRepository(session, TenantId(owner.tenant))
        with matched.lines.open("rb") as lines:
            await repository.stage(lines)
        await repository.take_staged(feedback.id, AT, is_applied=True)
        await repository.newest_states(answered.submission.id)
    taken = time.perf_counter() - began
    assert (matched.messages[0].matched, matched.messages[0].orphans) == (RECORDS, 0)

    copied = await _copied(migrated, tmp_path, feedback.id)
    ratio = taken / (linted + copied)
    show(
        f"feedback of {RECORDS:,} records, {file.stat().st_size / 1e6:.0f} MB: "
        f"xmllint {linted:.2f} s, COPY {copied:.2f} s; "
        f"read {read:.2f} s, matched {found - read:.2f} s, loaded {taken - found:.2f} s: {ratio:.2f} of the floor"
    )
    assert ratio <= MOST


def _linted(xmllint: str, file: Path) -> float:
    """Seconds for reading the file without doing anything with it."""
    began = time.perf_counter()
    subprocess.run([xmllint, "--stream", "--noout", str(file)], check=True)
    return time.perf_counter() - began


async def _copied(migrated: TestDatabase, folder: Path, feedback_id: object) -> float:
    """Seconds for a COPY of the same rows into an empty table like it, past row-level security."""
    connection = await asyncpg.connect(migrated.superuser_url)
    try:
        lines = folder / "rows.csv"
        query = f"SELECT {_COPY} FROM record_advices WHERE feedback_id = '{feedback_id}'"
        await connection.copy_from_query(query, output=lines, format="csv")
        await connection.execute("CREATE TABLE copied_advices (LIKE record_advices INCLUDING ALL)")
        columns = [one.strip() for one in _COPY.split(",")]
        began = time.perf_counter()
        await connection.copy_to_table("copied_advices", source=lines, columns=columns, format="csv")
        return time.perf_counter() - began
    finally:
        await connection.execute("DROP TABLE IF EXISTS copied_advices")
        await connection.close()


def _write(file: Path, message_id: str) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write(f'<Document xmlns="{NAMESPACE}"><FinInstrmRptgStsAdvc><StsAdvc><MsgRptIdr>{message_id}</MsgRptIdr>')
        out.write("<MsgSts><Sts>PART</Sts></MsgSts>\n")
        for number in range(1, RECORDS + 1):
            state, rule = ("RJCT", RULE) if number % 10 == 0 else ("ACPT", "")
            out.write(f"<RcrdSts><OrgnlRcrdId>{LEI}TRN{number}</OrgnlRcrdId><Sts>{state}</Sts>{rule}</RcrdSts>\n")
        out.write("</StsAdvc></FinInstrmRptgStsAdvc></Document>")
