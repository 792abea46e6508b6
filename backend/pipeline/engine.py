"""DuckDB as the pipeline uses it: bounded, silent, without code of others, locked before it reads a text of authors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What DuckDB may use; ``temp_directory`` belongs to the run, and without one it does not spill."""

    memory: str
    threads: int
    temp_directory: Path | None = None


@contextmanager
def open_engine(limits: EngineLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of its own, in UTC."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": str(limits.threads),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "preserve_insertion_order": "false",
    }
    if limits.temp_directory is not None:
        config["temp_directory"] = str(limits.temp_directory)
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # A long query would write a bar into the log of its process.
        connection.execute("SET enable_progress_bar = false")
        yield connection


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on it reaches no file and no network, and its settings stay as they are."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
