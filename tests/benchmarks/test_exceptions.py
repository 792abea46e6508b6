"""The queue of exceptions: a million of them answer like ten thousand.

``OPENREG_BENCH_EXCEPTIONS`` sets the larger number, ``OPENREG_BENCH_CALLS`` and ``OPENREG_BENCH_ROUNDS`` the size.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from backend.domain.runs import RunState
from tests.factories.routes import API
from tests.factories.rows import AT, Rows
from tests.harness.figures import show
from tests.services.servers import TestDatabase

FEW = 10_000
MANY = int(os.environ.get("OPENREG_BENCH_EXCEPTIONS", "1000000"))
CALLS = int(os.environ.get("OPENREG_BENCH_CALLS", "60"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "3"))
MAX_GROWTH = 1.5
#: What people ask of the queue: all of it, what is to be done, what is late, one cause, one record, its counts.
QUESTIONS = (
    "",
    "?state=open&state=amended",
    "?state=open&sort=due_at",
    "?state=open&rule_id=MR-03",
    "?state=accepted",
    "?q=T-0001234",
    "/counts",
    "/groups?by=rule",
    "/groups?by=entity",
)
#: Copies of one exception: most are open, a few of each other state, ten rules, four entities. References are equally
#: long, so that one of them names one record among few and among many.
COPY = """
INSERT INTO exceptions SELECT copied.* FROM (SELECT * FROM exceptions ORDER BY id DESC LIMIT 1) AS original,
generate_series($1::int, $2::int) AS n,
jsonb_populate_record(original::exceptions, jsonb_build_object(
    'id', '01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'),
    'row_number', n + 100, 'record_key', 'E' || (n % 4) || '/T-' || lpad(n::text, 7, '0'),
    'reference', 'T-' || lpad(n::text, 7, '0'),
    'entity', 'E' || (n % 4), 'rule_id', 'MR-0' || (n % 10), 'is_repeat', n % 50 = 0,
    'state', CASE WHEN n % 100 < 90 THEN 'open' WHEN n % 100 < 95 THEN 'amended' WHEN n % 100 < 97 THEN 'accepted'
                  ELSE 'resolved' END,
    'due_at', original.due_at + n * interval '1 second')) AS copied
"""


@pytest.fixture
async def pool(migrated: TestDatabase) -> AsyncIterator[asyncpg.Pool]:
    """Connections past row-level security, to make rows."""
    async with asyncpg.create_pool(migrated.superuser_url, min_size=1, max_size=2) as pool:
        yield pool


async def test_a_million_exceptions_answer_like_ten_thousand(
    api: httpx.AsyncClient, rows: Rows, pool: asyncpg.Pool
) -> None:
    await rows.exception(await rows.run(state=RunState.PARTIAL, finished_at=AT))
    taken: list[dict[str, float]] = []
    for first, last in ((1, FEW), (FEW + 1, MANY)):
        await pool.execute(COPY, first, last)
        await pool.execute("VACUUM ANALYZE exceptions")
        taken.append(await seconds_of_each(api))
    growth = {question: taken[1][question] / taken[0][question] for question in QUESTIONS}
    for question, ratio in growth.items():
        shown = taken[1][question] * 1000
        show(f"{question or '(all)':32} {shown:6.2f} ms  {ratio:5.2f} x at {MANY} rows")
    assert {question: ratio for question, ratio in growth.items() if ratio > MAX_GROWTH} == {}


async def seconds_of_each(api: httpx.AsyncClient) -> dict[str, float]:
    """Seconds of a call by question, rounds in turn after a first look: what disturbs one only makes it longer."""
    best = dict.fromkeys(QUESTIONS, math.inf)
    for number in range(ROUNDS + 1):
        for question in QUESTIONS:
            began = time.perf_counter()
            for _ in range(CALLS):
                answer = await api.get(f"{API}/exceptions{question}")
                assert answer.status_code == 200, answer.text
            if number:
                best[question] = min(best[question], (time.perf_counter() - began) / CALLS)
    return best
