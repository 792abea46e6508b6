"""Source databases of every kind, in turn."""

from dataclasses import astuple

import pytest

from tests.services.mariadb import MariadbSource
from tests.services.odbc_sources import OdbcMariadb, OdbcPostgresql
from tests.services.source_database import SourceDatabase

AnySource = SourceDatabase | MariadbSource


@pytest.fixture(scope="session")
def odbc_postgresql(postgresql: SourceDatabase) -> OdbcPostgresql:
    return OdbcPostgresql(*astuple(postgresql))


@pytest.fixture(scope="session")
def odbc_mariadb(mariadb: MariadbSource) -> OdbcMariadb:
    return OdbcMariadb(*astuple(mariadb))


@pytest.fixture(params=["postgresql", "mariadb", "odbc_postgresql"])
def streaming_source(request: pytest.FixtureRequest) -> AnySource:
    """A source of each kind that streams: MariaDB's ODBC driver reads the whole result first."""
    found: AnySource = request.getfixturevalue(request.param)
    assert found.connect().capabilities.streams
    return found


@pytest.fixture(params=["postgresql", "mariadb", "odbc_postgresql", "odbc_mariadb"])
def source(request: pytest.FixtureRequest) -> AnySource:
    """A source of each kind in turn."""
    found: AnySource = request.getfixturevalue(request.param)
    return found
