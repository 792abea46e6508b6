"""The source of a demo, built before it and, where it is a server of the demo's own, ended after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from backend.demo.csv_source import csv_source
from backend.demo.database import build_source
from backend.demo.mysql_source import mysql_source
from backend.demo.odbc_source import odbc_source
from backend.demo.options import DemoOptions, DemoPlatform
from backend.demo.source_kinds import DemoSource, SourceKind
from backend.demo.source_tables import Loaded


@contextmanager
def started_source(platform: DemoPlatform, options: DemoOptions, loaded: Loaded) -> Iterator[DemoSource]:
    """The source that the options ask for. Raises DemoSourceUnavailable, DemoServerNotStarted."""
    match options.source:
        case SourceKind.POSTGRESQL:
            yield build_source(platform.builder_dsn, options.day, loaded).for_platform()
        case SourceKind.MYSQL:
            with mysql_source(platform.partner_address, options.day, loaded) as source:
                yield source
        case SourceKind.ODBC:
            yield odbc_source(build_source(platform.builder_dsn, options.day, loaded))
        case SourceKind.CSV:
            yield csv_source(options.out / "source", options.day, loaded)
