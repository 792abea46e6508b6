"""DuckDB writes a progress bar to standard output when a query takes long, and there our processes write their logs."""

from tests.architecture.rules.source import source_files


def test_no_connection_of_duckdb_writes_a_bar_into_the_log() -> None:
    connecting = [source for source in source_files() if "duckdb.connect(" in source.text]
    assert connecting
    silent = [source for source in connecting if "SET enable_progress_bar = false" in source.text]
    assert [source.path for source in connecting if source not in silent] == []
