"""What only the PostgreSQL connector does when it must be trusted first."""

from pathlib import Path

import pytest

from tests.services.obstacles import Between
from tests.services.source_database import SourceDatabase


@pytest.mark.parametrize("ssl_mode", ["require", "verify_full"])
def test_a_server_without_tls_is_told(postgresql: SourceDatabase, ssl_mode: str):
    last = postgresql.connect(ssl_mode=ssl_mode).test().steps[-1]
    assert (last.name, last.ok) == ("tls", False)
    assert "does not offer TLS" in last.message


def test_no_certificate_files_are_left_behind(
    postgresql: SourceDatabase, between: Between, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with between.tls_proxy(postgresql.port) as port:
        postgresql.connect(
            host="localhost", port=port, ssl_mode="verify_full", ssl_root_certificate=between.authority
        ).describe("select 1 as a", {})
    assert list(tmp_path.iterdir()) == []
