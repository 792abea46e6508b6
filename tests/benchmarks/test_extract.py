"""Extraction from PostgreSQL against the fastest way out of the server: psql's COPY of the same query to nowhere.

Both run in turn, each in a process of its own; medians are compared and printed. The rows look like trades: 42 columns,
6 of them exact decimals.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.embedded.programs import installed_programs
from tests.harness.figures import show
from tests.services.servers import PostgresServer, TestDatabase

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
MAX_RATIO = 2.0
MAX_ABOVE_IDLE_MB = 150
MAX_GROWTH = 1.1
QUERY = "select * from trades"

TABLE = """
CREATE TABLE trades AS SELECT g::bigint AS id, 'TRN' || lpad(g::text, 20, '0') AS trn,
 '529900T8BM49AURSDO55'::char(20) AS c1, true AS c2, '529900T8BM49AURSDO55'::char(20) AS c3, 'LEI'::varchar(4) AS c4,
 '529900T8BM49AURSDO55'::varchar(20) AS c5, 'DE'::varchar(2) AS c6, null::varchar(20) AS c7, 'LEI'::varchar(4) AS c8,
 '529900T8BM49AURSDO55'::varchar(20) AS c9, 'FR'::varchar(2) AS c10, null::varchar(20) AS c11, false AS c12,
 null::varchar(20) AS c13, null::varchar(20) AS c14,
 timestamptz '2026-01-05 09:00+00' + g * interval '1 microsecond' AS c15, 'DEAL'::varchar(4) AS c16,
 (g % 100000)::numeric(18, 5) AS c17, 'UNIT'::varchar(4) AS c18, 'EUR'::varchar(3) AS c19, null::varchar(4) AS c20,
 (100 + g % 1000 / 100.0)::numeric(18, 8) AS c21, 'MNTR'::varchar(4) AS c22, 'EUR'::varchar(3) AS c23,
 (g % 100000 * 100)::numeric(18, 5) AS c24, 'XETR'::varchar(4) AS c25, 'DE'::varchar(2) AS c26,
 1.5::numeric(18, 5) AS c27, 'DE0007164600'::varchar(12) AS c28, 'Instrument number ' || g % 5000 AS c29,
 'ESVUFR'::varchar(6) AS c30, 'EUR'::varchar(3) AS c31, 100::numeric(18, 2) AS c32,
 (90 + g % 100)::numeric(18, 8) AS c33,
 date '2027-12-17' AS c34, 'DE19700101HANS#MUELL'::varchar(50) AS c35, 'ALGO12345'::varchar(50) AS c36,
 'NTLS'::varchar(4) AS c37, 'SESH'::varchar(4) AS c38, false AS c39, date '2026-01-05' AS c40
 FROM generate_series(1, {rows}) AS g
"""

EXTRACT = """
import json, sys, time
from ipaddress import ip_network
from pydantic import SecretStr
from backend.services.connectors.base import Credentials
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard, EgressPolicy
port, database, user, password, query = sys.argv[1:]
connector = create_connector("postgresql", {"host": "127.0.0.1", "port": int(port), "database": database,
    "ssl_mode": "disable"}, Credentials(username=user, password=SecretStr(password)),
    EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.1/32"),)))
def peak_mb():
    # What getrusage says of a child began with the size of its parent.
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
idle = peak_mb()
started = time.perf_counter()
with connector.extract(query, {}) as extraction:
    rows = sum(batch.num_rows for batch in extraction)
seconds = time.perf_counter() - started
peak = peak_mb()
print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak, "above_idle_mb": peak - idle}))
"""


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> Iterator[TestDatabase]:
    database = postgres_server.create_database("bench")
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(TABLE.format(rows=ROWS))
        connection.execute("VACUUM ANALYZE trades")
    yield database
    postgres_server.drop_database(database.name)


def extract(source: TestDatabase, query: str = QUERY) -> dict[str, float]:
    address = psycopg.conninfo.conninfo_to_dict(source.superuser_url)
    arguments = [str(address[name]) for name in ("port", "dbname", "user", "password")]
    output = subprocess.run(
        [sys.executable, "-c", EXTRACT, *arguments, query], check=True, capture_output=True, text=True
    ).stdout
    measured: dict[str, float] = json.loads(output)
    return measured


def copy_to_nowhere(source: TestDatabase) -> float:
    psql = Path(installed_programs().postgresql) / "bin" / "psql"
    started = time.perf_counter()
    command = [str(psql), source.superuser_url, "-qc", f"COPY ({QUERY}) TO STDOUT"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def test_extraction_is_within_twice_the_time_of_copy_in_bounded_memory(source: TestDatabase):
    copies: list[float] = []
    extractions: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        copies.append(copy_to_nowhere(source))
        extractions.append(extract(source))
    floor = statistics.median(copies)
    seconds = statistics.median(measured["seconds"] for measured in extractions)
    peak = max(measured["above_idle_mb"] for measured in extractions)
    show(
        f"\nextract {ROWS} rows: {seconds:.2f} s ({ROWS / seconds:,.0f} rows/s), COPY {floor:.2f} s, "
        f"ratio {seconds / floor:.2f}, {peak:.0f} MB above idle"
    )
    assert all(measured["rows"] == ROWS for measured in extractions)
    assert seconds / floor <= MAX_RATIO
    assert peak <= MAX_ABOVE_IDLE_MB


def test_three_times_the_rows_take_no_more_memory(source: TestDatabase):
    once = extract(source)["peak_mb"]
    thrice = extract(source, f"{QUERY} UNION ALL {QUERY} UNION ALL {QUERY}")
    assert thrice["rows"] == 3 * ROWS
    assert thrice["peak_mb"] <= once * MAX_GROWTH
