"""Extraction from MariaDB through its ODBC driver against the server's own client, which throws the rows away.

Both run in turn, each in a process of its own; the ratio of medians is printed. The rows are those
of ``test_extract_mariadb``. Memory is not compared with their number: this driver holds a whole result before its
version 3.2, and the connector's capabilities say so.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.benchmarks.test_extract_mariadb import EXTRACT, QUERY, ROUNDS, ROWS, TABLE, client_to_nowhere
from tests.harness.figures import show
from tests.services.mariadb import DATABASE, READER, MariadbSource, mariadb_server
from tests.services.obstacles import make_between
from tests.services.odbc_sources import MARIADB_DRIVER
from tests.services.source_database import READER_PASSWORD

THROUGH_ODBC = EXTRACT.replace(
    'create_connector("mysql", {', f'create_connector("odbc", {{"driver": "{MARIADB_DRIVER}", '
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbSource]:
    folder = tmp_path_factory.mktemp("mariadb")
    with mariadb_server(folder, make_between(folder).server_certificate) as source:
        source.run(TABLE.format(rows=ROWS), f"GRANT SELECT ON source.many TO {READER}@'%'", "ANALYZE TABLE source.many")
        yield source


def extract(source: MariadbSource) -> dict[str, float]:
    arguments = [str(source.port), DATABASE, READER, READER_PASSWORD, QUERY]
    command = [sys.executable, "-c", THROUGH_ODBC, *arguments]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def test_every_row_arrives_and_the_ratio_to_the_servers_own_client_is_told(source: MariadbSource):
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
        f"ratio {seconds / floor:.2f} (wanted: at most 2.5), {peak:.0f} MB above idle for the whole result"
    )
    assert all(measured["rows"] == ROWS for measured in extractions)
