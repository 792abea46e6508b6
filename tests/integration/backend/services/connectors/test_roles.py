"""Connectors that act as a role: what may be read is what the role may, in every session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.services.connectors import faults
from tests.services.mariadb import READER, MariadbSource
from tests.services.source_database import SourceDatabase

SECRETS = "select id from only_for_role"


@pytest.fixture(params=["postgresql", "mariadb"])
def source(request: pytest.FixtureRequest) -> SourceDatabase | MariadbSource:
    """The kinds that can act as a role."""
    found: SourceDatabase | MariadbSource = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def role(source: SourceDatabase | MariadbSource) -> Iterator[str]:
    """A role that may read one table more than its user."""
    if isinstance(source, SourceDatabase):
        name = f"auditor_{source.reader}"
        source.run(
            f"CREATE TABLE only_for_role (id bigint); INSERT INTO only_for_role VALUES (7); CREATE ROLE {name};"
            f"GRANT SELECT ON only_for_role TO {name}; GRANT USAGE ON SCHEMA public TO {name};"
            f"ALTER ROLE {source.reader} NOINHERIT; GRANT {name} TO {source.reader}"
        )
        yield name
        source.run(f"DROP TABLE only_for_role; DROP OWNED BY {name}; DROP ROLE {name}")
        source.run(f"ALTER ROLE {source.reader} INHERIT")
        return
    source.run(
        "CREATE TABLE source.only_for_role (id bigint)",
        "INSERT INTO source.only_for_role VALUES (7)",
        "CREATE ROLE auditor",
        "GRANT SELECT ON source.only_for_role TO auditor",
        f"GRANT auditor TO {READER}@'%'",
    )
    yield "auditor"
    source.run("DROP TABLE source.only_for_role", "DROP ROLE auditor")


def test_what_the_role_may_read_is_read_and_only_as_the_role(source: SourceDatabase | MariadbSource, role: str) -> None:
    with pytest.raises(faults.SourcePermissionDenied):
        source.connect().preview(SECRETS, {}, limit=5)
    acting = source.connect(role=role)
    assert acting.preview(SECRETS, {}, limit=5).rows == ((7,),)
    with acting.extract(SECRETS, {}) as extraction:
        assert [batch.to_pylist() for batch in extraction] == [[{"id": 7}]]
    assert acting.test().ok


@pytest.mark.parametrize("name", ["nobody_at_all", 'odd"`; drop table trades'])
def test_a_role_that_is_not_granted_is_told_at_the_sign_in(source: SourceDatabase | MariadbSource, name: str) -> None:
    step = source.connect(role=name).test().steps[-1]
    assert (step.name, step.ok, step.message) == ("sign_in", False, f"The user may not act as the role {name}.")
    with pytest.raises(faults.SignInRefused):
        source.connect(role=name).preview("select id from trades", {}, limit=1)
