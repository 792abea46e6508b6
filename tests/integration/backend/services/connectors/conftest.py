"""Source databases of every kind, in turn."""

import pytest

from tests.services.mariadb import MariadbSource
from tests.services.source_database import SourceDatabase

AnySource = SourceDatabase | MariadbSource


@pytest.fixture(params=["postgresql", "mariadb"])
def source(request: pytest.FixtureRequest) -> AnySource:
    """A source of each kind in turn."""
    found: AnySource = request.getfixturevalue(request.param)
    return found
