"""Ten thousand attacks per dialect do not pass; what passes, databases run for somebody who may write: nothing changes.

Here the guard is the only wall: no read-only mode, several statements at once, every privilege. There is no Oracle and
no SQL Server to ask; their texts are judged by construction only.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import SecretStr

from backend.services.connectors import mysql_session, postgresql_session
from backend.services.connectors.base import Connector, Credentials
from backend.services.connectors.factory import create_connector
from backend.services.connectors.faults import ConnectorError, QueryInvalid
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.sql_guard import check_query
from backend.services.connectors.sql_rules import RULES
from tests.factories.legal_queries import legal_queries
from tests.factories.sql_attack_texts import ATTACKS
from tests.factories.sql_attacks import Attacker
from tests.harness.sql_judges import Judge, duckdb_judge, mysql_judge, postgresql_judge, sqlite_judge
from tests.services.mariadb import MariadbSource
from tests.services.source_database import LOOPBACK

JUDGED = ("postgres", "mysql", "sqlite", "duckdb")
DIALECTS = sorted(RULES)
ATTACKS_PER_DIALECT = 10_000
DISTORTIONS = 10_000


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where anybody may write: the servers run as other users."""
    with TemporaryDirectory(prefix="attacked-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def judge(request: pytest.FixtureRequest, dialect: str, folder: Path) -> Iterator[Judge]:
    with ExitStack() as stack:
        match dialect:
            case "postgres":
                found = postgresql_judge(request.getfixturevalue("database"), folder)
            case "mysql":
                found = mysql_judge(request.getfixturevalue("mariadb"), folder)
            case "sqlite":
                found = sqlite_judge(folder)
            case _:
                found = duckdb_judge(folder)
        yield stack.enter_context(found)


def allowed(text: str, dialect: str) -> bool:
    try:
        check_query(text, dialect=dialect)
    except QueryInvalid:
        return False
    return True


def passed(texts: Iterator[str] | list[str], dialect: str) -> list[str]:
    """What the guard lets through, as it does."""
    through: list[str] = []
    for text in texts:
        try:
            query = check_query(text, dialect=dialect)
            rewritten = rewrite_parameters(query, lambda _: "'2026-03-01'", RULES[dialect].grammar)
        except QueryInvalid:
            continue
        through.append(rewritten.text)
    return through


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_attack_passes(dialect: str):
    attacker = Attacker(dialect, seed=DIALECTS.index(dialect))
    attacks = list(attacker.attacks(ATTACKS_PER_DIALECT))
    assert len(set(attacks)) > ATTACKS_PER_DIALECT * 0.95
    assert [text for text in attacks if allowed(text, dialect)] == []


@pytest.mark.parametrize("dialect", JUDGED)
def test_nothing_that_passes_changes_anything(judge: Judge, dialect: str, folder: Path):
    attacker = Attacker(dialect, seed=100 + JUDGED.index(dialect), folder=str(folder))
    through = passed(attacker.distortions(DISTORTIONS, legal_queries(dialect)), dialect)
    assert len(through) > DISTORTIONS / 50
    assert judge.changed_by(through) == []


@pytest.mark.parametrize("dialect", JUDGED)
def test_the_judge_sees_what_attacks_do_without_the_guard(judge: Judge, dialect: str, folder: Path):
    """A judge that sees nothing would find nothing."""
    attack = ATTACKS[dialect]
    harmful = [
        text.replace("{folder}", str(folder))
        for text in (
            "select 1 as a; insert into secrets (id) values (1)",
            "select 1 as a; create view made as select 1 as a",
            *(f"select {call} as a" for call in attack.calls if call.startswith(("nextval", "get_lock", "lo_creat"))),
            *(f"select id from trades {ending}" for ending in attack.endings if "outfile" in ending),
            *(text for text in attack.statements if text.startswith(("copy trades to '", "attach", "pragma user"))),
        )
    ]
    for text in harmful:
        assert judge.changed_by([text]) == [text]


@pytest.mark.parametrize("dialect", JUDGED)
def test_most_legal_queries_are_taken_by_the_server_too(judge: Judge, dialect: str):
    """Else the list of what authors write would be one of what nobody can run."""
    legal = passed(legal_queries(dialect), dialect)
    assert len(legal) == len(legal_queries(dialect))
    assert judge.changed_by(legal) == []


@pytest.fixture
def writer(request: pytest.FixtureRequest, dialect: str) -> Iterator[Connector]:
    """A connector signed in as somebody with every privilege."""
    if dialect == "postgres":
        url = urlsplit(request.getfixturevalue("database").superuser_url)
        settings = {"port": url.port, "database": url.path.removeprefix("/")}
        yield made_connector("postgresql", settings, unquote(url.username or ""), unquote(url.password or ""))
        return
    source: MariadbSource = request.getfixturevalue("mariadb")
    source.run("create user writer@'%' identified by 'writer'", "grant all on *.* to writer@'%'")
    yield made_connector("mysql", {"port": source.port, "database": "attacked"}, "writer", "writer")
    source.run("drop user writer@'%'")


def made_connector(kind: str, settings: dict[str, object], username: str, password: str) -> Connector:
    bounded = {"host": "127.0.0.1", "ssl_mode": "disable", "statement_timeout_seconds": 2, **settings}
    return create_connector(kind, bounded, Credentials(username=username, password=SecretStr(password)), LOOPBACK)


@pytest.mark.parametrize(("dialect", "session"), [("postgres", postgresql_session), ("mysql", mysql_session)])
def test_the_second_wall_stops_writes_alone(
    judge: Judge, writer: Connector, dialect: str, session: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    """Without the guard: the server reads one statement, read-only. Files and waiting are not its business."""
    monkeypatch.setattr(session, "check_query", lambda sql, *, dialect: sql)
    before = judge.look()
    refused = [text for text in written_attacks(dialect) if not taken(writer, text)]
    assert judge.look() == before
    assert len(refused) > 30
    assert taken(writer, "select id from trades")


def written_attacks(dialect: str) -> list[str]:
    attack = ATTACKS[dialect]
    texts = [
        *(f"select {call} as a" for call in attack.calls),
        *(f"select * from {table}" for table in attack.tables),
        *(f"select id from trades {ending}" for ending in attack.endings),
        *(f"with a as ({part}) select * from a" for part in attack.parts),
        *attack.statements,
        *(f"select 1 as a; {statement}" for statement in attack.statements),
    ]
    return [text for text in texts if not any(word in text for word in ("{folder}", "sleep", "benchmark"))]


def taken(connector: Connector, text: str) -> bool:
    try:
        with connector.extract(text, {}) as extraction:
            for _ in extraction:
                pass
    except ConnectorError:
        return False
    return True
