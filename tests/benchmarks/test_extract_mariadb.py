"""Extraction from MariaDB against the fastest way out of the server: its own client, which throws the rows away.

Both run in turn, each in a process of its own; medians are compared and printed. The rows are those of
``test_extract``: 42 columns, 6 of them exact decimals.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.harness.figures import show
from tests.services.mariadb import DATABASE, READER, MariadbSource, mariadb_server
from tests.services.obstacles import make_between
from tests.services.source_database import READER_PASSWORD

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "300000"))
#: Without a reader in C, which a machine may not have: rows are cut in Python.
MAX_RATIO = 9.0
MAX_PEAK_MB = 300
MAX_GROWTH = 1.1
QUERY = "select * from many"

TABLE = """
CREATE TABLE source.many ENGINE=InnoDB CHARACTER SET utf8mb4 AS SELECT cast(seq as signed) AS id,
 concat('TRN', lpad(seq, 20, '0')) AS trn,
 '529900T8BM49AURSDO55' AS c1, true AS c2, '529900T8BM49AURSDO55' AS c3, 'LEI' AS c4,
 '529900T8BM49AURSDO55' AS c5, 'DE' AS c6, cast(null as char(20)) AS c7, 'LEI' AS c8,
 '529900T8BM49AURSDO55' AS c9, 'FR' AS c10, cast(null as char(20)) AS c11, false AS c12,
 cast(null as char(20)) AS c13, cast(null as char(20)) AS c14,
 cast('2026-01-05 09:00:00' as datetime(6)) + interval seq microsecond AS c15, 'DEAL' AS c16,
 cast(seq % 100000 as decimal(18, 5)) AS c17, 'UNIT' AS c18, 'EUR' AS c19, cast(null as char(4)) AS c20,
 cast(100 + seq % 1000 / 100.0 as decimal(18, 8)) AS c21, 'MNTR' AS c22, 'EUR' AS c23,
 cast(seq % 100000 * 100 as decimal(18, 5)) AS c24, 'XETR' AS c25, 'DE' AS c26,
 cast(1.5 as decimal(18, 5)) AS c27, 'DE0007164600' AS c28, concat('Instrument number ', seq % 5000) AS c29,
 'ESVUFR' AS c30, 'EUR' AS c31, cast(100 as decimal(18, 2)) AS c32,
 cast(90 + seq % 100 as decimal(18, 8)) AS c33,
 date '2027-12-17' AS c34, 'DE19700101HANS#MUELL' AS c35, 'ALGO12345' AS c36,
 'NTLS' AS c37, 'SESH' AS c38, false AS c39, date '2026-01-05' AS c40
 FROM series.seq_1_to_{rows}
"""

EXTRACT = """
import json, sys, time
from ipaddress import ip_network
from pydantic import SecretStr
from backend.services.connectors.base import Credentials
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard, EgressPolicy
port, database, user, password, query = sys.argv[1:]
connector = create_connector("mysql", {"host": "127.0.0.1", "port": int(port), "database": database,
    "ssl_mode": "disable", "source_time_zone": "UTC"}, Credentials(username=user, password=SecretStr(password)),
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
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbSource]:
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb_server(folder, make_between(folder).server_certificate) as source:
        source.run(TABLE.format(rows=ROWS), f"GRANT SELECT ON source.many TO {READER}@'%'", "ANALYZE TABLE source.many")
        yield source


def extract(source: MariadbSource, query: str = QUERY) -> dict[str, float]:
    arguments = [str(source.port), DATABASE, READER, READER_PASSWORD, query]
    output = subprocess.run(
        [sys.executable, "-c", EXTRACT, *arguments], check=True, capture_output=True, text=True
    ).stdout
    measured: dict[str, float] = json.loads(output)
    return measured


def client_to_nowhere(source: MariadbSource) -> float:
    command = ["mariadb", "--no-defaults", "--quick", "--batch", "--host=127.0.0.1", f"--port={source.port}"]
    signed_in = [*command, f"--user={READER}", f"--password={READER_PASSWORD}", DATABASE, "--execute", QUERY]
    started = time.perf_counter()
    subprocess.run(signed_in, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def test_extraction_is_near_the_servers_own_client_in_bounded_memory(source: MariadbSource):
    clients: list[float] = []
    extractions: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        clients.append(client_to_nowhere(source))
        extractions.append(extract(source))
    floor = statistics.median(clients)
    seconds = statistics.median(measured["seconds"] for measured in extractions)
    peak = max(measured["above_idle_mb"] for measured in extractions)
    show(
        f"\nextract {ROWS} rows: {seconds:.2f} s ({ROWS / seconds:,.0f} rows/s), mariadb --quick {floor:.2f} s, "
        f"ratio {seconds / floor:.2f}, {peak:.0f} MB above idle"
    )
    assert all(measured["rows"] == ROWS for measured in extractions)
    assert seconds / floor <= MAX_RATIO
    assert peak <= MAX_PEAK_MB


def test_three_times_the_rows_take_no_more_memory(source: MariadbSource):
    once = extract(source)["peak_mb"]
    thrice = extract(source, f"{QUERY} UNION ALL {QUERY} UNION ALL {QUERY}")
    assert thrice["rows"] == 3 * ROWS
    assert thrice["peak_mb"] <= once * MAX_GROWTH
