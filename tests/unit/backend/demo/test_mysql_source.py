"""The demo's statements in MySQL's words, and the server that a machine may not have."""

import pytest

from backend.demo import mariadb_server
from backend.demo.errors import DemoServerNotStarted
from backend.demo.mysql_source import in_mysql
from backend.demo.report import source_query
from backend.demo.source import script


def test_nothing_is_left_that_mysql_does_not_know() -> None:
    said = in_mysql(source_query() + script("source.sql") + script("source_keys.sql"))
    for word in ("string_agg", "timestamptz", "CASCADE", "ANALYZE trading"):
        assert word not in said
    assert said.count("group_concat(isin ORDER BY position SEPARATOR ',')") == 3


def test_a_machine_without_the_server_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb_server.shutil, "which", lambda *_, **__: None)
    with pytest.raises(DemoServerNotStarted) as refused, mariadb_server.started_mariadb_server():
        pass
    assert "apt install mariadb-server" in str(refused.value.fix)
