"""A real MariaDB server, as Debian packages it, and a source database in it."""

import getpass
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any, ClassVar

import pymysql
from pydantic import SecretStr

from backend.embedded.ports import free_port
from backend.services.connectors.base import Connector, Credentials
from backend.services.connectors.connection_test import TEST_STEPS
from backend.services.connectors.factory import create_connector
from tests.services.obstacles import Between
from tests.services.source_database import LOOPBACK, READER_PASSWORD

DATABASE = "source"
READER = "reader"
_READY_SECONDS = 60.0
_SERVER = ("mariadbd", "mysqld")
_INSTALL = ("mariadb-install-db", "mysql_install_db")

SCHEMA = """
CREATE DATABASE source CHARACTER SET latin1;
CREATE DATABASE archive;
CREATE DATABASE hidden;
CREATE DATABASE series;
CREATE TABLE source.trades (id bigint PRIMARY KEY, trade_date date NOT NULL, price decimal(18, 8),
  note varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci);
INSERT INTO source.trades SELECT seq, date '2026-03-01' + interval (seq % 2) day, seq / 8.0,
  IF(seq % 3 = 0, NULL, concat('n', seq)) FROM series.seq_1_to_1000;
CREATE VIEW source.cheap_trades AS SELECT * FROM source.trades WHERE price < 10;
CREATE TABLE source.secrets (id int);
CREATE TABLE archive.`Odd ``Name` (id int, `Mixed Case` text, total decimal(65, 2), raw blob);
CREATE TABLE hidden.things (id int);
CREATE FUNCTION source.touch() RETURNS int BEGIN INSERT INTO source.secrets VALUES (1)| RETURN 1| END;
GRANT SELECT ON source.trades TO reader@'%';
GRANT SELECT ON source.cheap_trades TO reader@'%';
GRANT SELECT ON archive.* TO reader@'%';
GRANT SELECT ON series.* TO reader@'%';
GRANT EXECUTE ON FUNCTION source.touch TO reader@'%'
"""


@dataclass(frozen=True)
class MariadbSource:
    """The source database: ``connect`` makes a connector to it, settings and credentials may be changed."""

    port: int
    path: str

    main_schema = DATABASE
    steps: ClassVar[tuple[str, ...]] = TEST_STEPS
    odd_table = "Odd `Name"

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        """Settings under which a text of so many bytes may come."""
        return {}

    @staticmethod
    def series(rows: int) -> str:
        """A table of the numbers from 1, as ``g``."""
        return f"(select seq as g from series.seq_1_to_{rows}) as s"

    def running_queries(self) -> int:
        """How many statements of the reader the server works on."""
        ((count,),) = self.run(
            f"select count(*) from information_schema.processlist where user = '{READER}' and command <> 'Sleep'"
        )
        assert isinstance(count, int)
        return count

    def end_sessions(self) -> None:
        """What a database administrator does to a session."""
        self.run(f"KILL USER {READER}")

    def over_tls(self, between: Between) -> AbstractContextManager[int]:
        """The port of a server that offers TLS, with a certificate of ``between``: its own."""
        return nullcontext(self.port)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else works on the table of trades."""
        with self._root() as holder, holder.cursor() as cursor:
            cursor.execute("LOCK TABLES source.trades WRITE")
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        """The reader has no connection left."""
        self.run(f"ALTER USER {READER}@'%' WITH MAX_USER_CONNECTIONS 1")
        try:
            with pymysql.connect(
                host="127.0.0.1", port=self.port, user=READER, password=READER_PASSWORD.encode(), database=DATABASE
            ):
                yield
        finally:
            self.run(f"ALTER USER {READER}@'%' WITH MAX_USER_CONNECTIONS 0")

    @contextmanager
    def blind_user(self) -> Iterator[tuple[str, str]]:
        """Name and password of somebody who may read nothing."""
        # Without any privilege there the server does not let a user into the database.
        self.run(
            "CREATE USER blind@'%' IDENTIFIED BY 'blind'", "GRANT CREATE TEMPORARY TABLES ON source.* TO blind@'%'"
        )
        try:
            yield "blind", "blind"
        finally:
            self.run("DROP USER blind@'%'")

    def connect(self, *, username: str | None = None, password: str = READER_PASSWORD, **settings: object) -> Connector:
        return create_connector(
            "mysql",
            {"host": "127.0.0.1", "port": self.port, "database": DATABASE, "ssl_mode": "disable", **settings},
            Credentials(username=username or READER, password=SecretStr(password)),
            LOOPBACK,
        )

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as superuser; the rows of the last."""
        with self._root() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def _root(self) -> "pymysql.Connection[Any]":
        return pymysql.connect(unix_socket=self.path, user="root", password="", charset="utf8mb4", autocommit=True)


@contextmanager
def mariadb_server(folder: Path, certificate: Path) -> Iterator[MariadbSource]:
    """A server of its own, with TLS by ``certificate`` (key and chain) beside plain connections."""
    data, path, port = folder / "data", folder / "s", free_port()
    user = getpass.getuser()
    common = ["--no-defaults", f"--datadir={data}", f"--user={user}"]
    subprocess.run(
        [_program(_INSTALL), *common, "--skip-test-db", "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    log = folder / "log"
    command = [
        *[_program(_SERVER), *common, f"--socket={path}", f"--port={port}", "--bind-address=127.0.0.1"],
        *[f"--pid-file={folder / 'pid'}", f"--log-error={log}", f"--tmpdir={folder}", "--skip-log-bin"],
        *["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--innodb-buffer-pool-size=32M"],
        *[f"--ssl-cert={certificate}", f"--ssl-key={certificate}"],
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        source = MariadbSource(port, str(path))
        _wait_for(source, process, log)
        quoted = READER_PASSWORD.replace("'", "''")
        source.run(f"CREATE USER {READER}@'%' IDENTIFIED BY '{quoted}'", "DROP USER IF EXISTS ''@'localhost'")
        source.run(*[one.replace("|", ";") for one in SCHEMA.split(";\n")])
        yield source
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(source: MariadbSource, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; the driver leaves a socket open that nobody listens at."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket(AF_UNIX) as trial:
            if trial.connect_ex(source.path) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "no log")


def _program(names: tuple[str, ...]) -> str:
    found = next((path for name in names if (path := shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin"))), "")
    assert found, f"{names[0]} is not there. Fix: apt install mariadb-server"
    return found
