"""The ODBC drivers OpenReg knows how to speak to: a table of families, and what is said to each.

A driver that is in no family is refused: nobody here knows how it is told of an address, of TLS, or to only read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from backend.domain.expressions.types import Kind
from backend.services.connectors.base import SslMode
from backend.services.egress import PinnedAddress

_ALL_MODES: Final = tuple(SslMode)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_YES_OR_NO: Final = re.compile(r"(?i)yes|no")
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,128}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session goes: the server by name and by the address that was allowed, or a file."""

    host: str
    address: str
    port: int
    database: str
    pinned: PinnedAddress | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the way there is trusted; ``authorities`` is a file with their certificates."""

    mode: SslMode
    authorities: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session waits, in seconds."""

    connect: int
    statement: int
    lock: int


Attributes = dict[str, str]


def _no_statements(_: Limits) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class DriverFamily:
    """What is the same for all drivers of a family."""

    key: str
    title: str
    #: The name under which its makers install the driver.
    usual_name: str
    pattern: re.Pattern[str]
    dialect: str
    default_port: int
    hint: str
    install: str
    ssl_modes: tuple[SslMode, ...]
    reach: Callable[[Place, Trust, Limits], Attributes]
    casts: Mapping[Kind, str]
    #: The words that sign in: user and password.
    sign_in: tuple[str, str] = ("UID", "PWD")
    #: Statements that a transaction begins with: read-only, limits, UTC, texts of values in one form.
    begin: Callable[[Limits], tuple[str, ...]] = _no_statements
    #: Streams by a cursor of ours: the driver's own crashes when the connection breaks while it fetches (13.02).
    needs_cursor: bool = False
    #: Has the server stop after so many rows; else the driver is asked to, and the rest is not read.
    limit_rows: str | None = None
    enforces_read_only: bool = False
    #: Whether rows arrive as they are read; a driver that keeps the whole result first needs memory for all of it.
    streams: bool = True
    is_file: bool = False
    #: Takes texts as bytes of UTF-8 only.
    is_narrow: bool = False
    #: Gives texts as UTF-16; in bytes, the driver would write them in the character set of the machine.
    has_wide_texts: bool = True
    #: The driver says of a whole number what type the column has, and that is true of every value.
    has_native_numbers: bool = True
    trusts_own_authorities: bool = True
    #: Has one word for where to connect and for the name in the certificate: both cannot be checked through a tunnel.
    connects_by_name: bool = False
    quotes: tuple[str, str] = ('"', '"')
    unnamed: str | None = None
    further: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    tables: str = (
        "SELECT table_schema, table_name, CASE WHEN table_type = 'VIEW' THEN 1 ELSE 0 END"
        " FROM information_schema.tables WHERE table_schema NOT IN"
        " ('information_schema', 'pg_catalog', 'mysql', 'performance_schema', 'sys')"
    )
    who: str = "SELECT current_user, version()"
    #: Answers whether the signed-in user may write, where the database does not stop writes itself.
    may_write: str | None = None


def family_of(driver: str) -> DriverFamily | None:
    """The family of a driver by the name the driver manager lists."""
    return next((family for family in FAMILIES if family.pattern.fullmatch(driver)), None)


def _postgresql(place: Place, trust: Trust, limits: Limits) -> Attributes:
    mode = trust.mode.value.replace("_", "-")
    further = f"hostaddr={place.address} passfile=/dev/null connect_timeout={limits.connect} gssencmode=disable"
    if trust.authorities is not None:
        further += f" sslrootcert={trust.authorities}"
    return {
        "Servername": place.host,
        "Port": str(place.port),
        "Database": place.database,
        "SSLmode": mode,
        "pqopt": further,
        "UseDeclareFetch": "0",
        "UseServerSidePrepare": "1",
        "UnknownsAsLongVarchar": "1",
        "TextAsLongVarchar": "1",
        "ByteaAsLongVarBinary": "1",
        "LFConversion": "0",
        "UpdatableCursors": "0",
        "KeepaliveTime": "30",
        "KeepaliveInterval": "10",
    }


def _postgresql_begin(limits: Limits) -> tuple[str, ...]:
    return (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        f"SET statement_timeout = '{limits.statement}s'",
        f"SET lock_timeout = '{limits.lock}s'",
        f"SET idle_in_transaction_session_timeout = '{limits.statement}s'",
        "SET application_name = 'openreg'",
        "SET TimeZone = 'UTC'",
        "SET IntervalStyle = 'iso_8601'",
        "SET extra_float_digits = 1",
        "SET standard_conforming_strings = on",
        "SET bytea_output = 'hex'",
    )


def _mariadb(place: Place, trust: Trust, limits: Limits) -> Attributes:
    checks_name = trust.mode is SslMode.VERIFY_FULL
    attributes = {
        # The driver has one word for where to go and whose certificate is expected there.
        "SERVER": place.host if checks_name else place.address,
        "PORT": str(place.port),
        "DATABASE": place.database,
        "TCPIP": "1",
        "CHARSET": "utf8mb4",
        "CONN_TIMEOUT": str(limits.connect),
        "READ_TIMEOUT": str(limits.statement + 30),
        "WRITE_TIMEOUT": "30",
        "AUTO_RECONNECT": "0",
        "NO_PROMPT": "1",
        "USE_MYCNF": "0",
        "FORWARDONLY": "1",
        "STREAMRS": "1",
        "NOLOCALINFILE": "1",
    }
    if trust.mode is not SslMode.DISABLE:
        attributes["FORCETLS"] = "1"
        attributes["SSLVERIFY"] = "1" if checks_name else "0"
    if trust.authorities is not None:
        attributes["SSLCA"] = trust.authorities
    return attributes


#: What our reading of the SQL takes for granted (a backslash escapes, "x" is a text), and no silent shortening.
_SQL_MODE: Final = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY"


def _mariadb_begin(limits: Limits) -> tuple[str, ...]:
    variables = (
        f"sql_mode = '{_SQL_MODE}'",
        "time_zone = '+00:00'",
        "sql_select_limit = 18446744073709551615",
        "group_concat_max_len = 16777216",
        f"lock_wait_timeout = {limits.lock}",
        f"innodb_lock_wait_timeout = {limits.lock}",
        f"max_statement_time = {limits.statement}",
    )
    return (
        "SET SESSION " + ", ".join(variables),
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    )


def _microsoft(place: Place, trust: Trust, limits: Limits) -> Attributes:
    attributes = {
        "Server": f"tcp:{place.address},{place.port}",
        "Database": place.database,
        "ApplicationIntent": "ReadOnly",
        "APP": "openreg",
        "MARS_Connection": "no",
        "ConnectRetryCount": "0",
        "LoginTimeout": str(limits.connect),
        "Encrypt": "no" if trust.mode is SslMode.DISABLE else "yes",
        "TrustServerCertificate": "no" if trust.mode is SslMode.VERIFY_FULL else "yes",
    }
    if trust.mode is SslMode.VERIFY_FULL:
        attributes["HostNameInCertificate"] = place.host
    return attributes


def _freetds(place: Place, trust: Trust, _: Limits) -> Attributes:
    return {
        "Server": place.address,
        "Port": str(place.port),
        "Database": place.database,
        "TDS_Version": "7.4",
        "ClientCharset": "UTF-8",
        "Encryption": "off" if trust.mode is SslMode.DISABLE else "require",
        "ApplicationIntent": "ReadOnly",
        "APP": "openreg",
    }


def _sql_server_begin(limits: Limits) -> tuple[str, ...]:
    return (
        f"SET LOCK_TIMEOUT {limits.lock * 1000}",
        "SET XACT_ABORT ON",
        "SET QUOTED_IDENTIFIER ON",
        "SET ANSI_NULLS ON",
        "SET ANSI_WARNINGS ON",
        "SET ARITHABORT ON",
        "SET DATEFORMAT ymd",
        "SET NOCOUNT ON",
    )


def _db2(place: Place, trust: Trust, limits: Limits) -> Attributes:
    attributes = {
        "Hostname": place.host if trust.mode is SslMode.VERIFY_FULL else place.address,
        "Port": str(place.port),
        "Protocol": "TCPIP",
        "Database": place.database,
        "ConnectTimeout": str(limits.connect),
        "ReadOnlyConnection": "1",
        "ProgramName": "openreg",
    }
    if trust.mode is not SslMode.DISABLE:
        attributes["Security"] = "SSL"
        if trust.authorities is not None:
            attributes["SSLServerCertificate"] = trust.authorities
    if trust.mode is SslMode.VERIFY_FULL:
        attributes["SSLClientHostnameValidation"] = "Basic"
    return attributes


def _db2_begin(limits: Limits) -> tuple[str, ...]:
    return (f"SET CURRENT LOCK TIMEOUT {limits.lock}",)


def _sqlite(place: Place, _: Trust, limits: Limits) -> Attributes:
    return {
        "Database": place.database,
        "Timeout": str(limits.lock * 1000),
        "NoCreat": "1",
        "FKSupport": "0",
        "LongNames": "0",
    }


def _sqlite_begin(_: Limits) -> tuple[str, ...]:
    return ("PRAGMA query_only = ON",)


def _casts(**by_kind: str) -> Mapping[Kind, str]:
    return MappingProxyType({Kind(kind): cast for kind, cast in by_kind.items()})


_SQL_SERVER_CASTS: Final = _casts(
    text="CAST(? AS nvarchar(max))",
    integer="CAST(? AS bigint)",
    decimal="CAST(? AS decimal({precision},{scale}))",
    double="CAST(? AS float(53))",
    boolean="CAST(? AS bit)",
    date="CAST(? AS date)",
    timestamp="CAST(? AS datetime2(6))",
)
_SQL_SERVER_MAY_WRITE: Final = (
    "SELECT CASE WHEN IS_ROLEMEMBER('db_owner') = 1 OR IS_ROLEMEMBER('db_datawriter') = 1"
    " OR IS_SRVROLEMEMBER('sysadmin') = 1 OR HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'INSERT') = 1 THEN 1 ELSE 0 END"
)
_MULTIPLE_ADDRESSES: Final = {"MultiSubnetFailover": _YES_OR_NO, "PacketSize": _NUMBER, "Language": _NAME}

FAMILIES: Final = (
    DriverFamily(
        key="postgresql",
        title="PostgreSQL",
        usual_name="PostgreSQL Unicode",
        pattern=re.compile(r"(?i)PostgreSQL Unicode.*|psqlODBC.*"),
        dialect="postgres",
        default_port=5432,
        hint="The kind PostgreSQL reads faster and says more of what goes wrong.",
        install="apt install odbc-postgresql",
        ssl_modes=_ALL_MODES,
        reach=_postgresql,
        begin=_postgresql_begin,
        enforces_read_only=True,
        needs_cursor=True,
        unnamed="?column?",
        casts=_casts(
            text="CAST(? AS text)",
            integer="CAST(? AS bigint)",
            decimal="CAST(? AS numeric)",
            double="CAST(? AS double precision)",
            boolean="CAST(? AS boolean)",
            date="CAST(? AS date)",
            timestamp="CAST(? AS timestamp with time zone)",
        ),
    ),
    DriverFamily(
        key="mysql",
        title="MySQL or MariaDB",
        usual_name="MariaDB Unicode",
        pattern=re.compile(r"(?i)MariaDB.*"),
        dialect="mysql",
        default_port=3306,
        hint="The kind MySQL or MariaDB streams; this driver holds a whole result in memory before version 3.2.",
        install="apt install odbc-mariadb",
        ssl_modes=(SslMode.DISABLE, SslMode.REQUIRE, SslMode.VERIFY_FULL),
        reach=_mariadb,
        begin=_mariadb_begin,
        limit_rows="SET SESSION sql_select_limit = {rows}",
        enforces_read_only=True,
        streams=False,
        has_wide_texts=False,
        connects_by_name=True,
        quotes=("`", "`"),
        casts=_casts(
            text="?",
            integer="CAST(? AS SIGNED)",
            decimal="CAST(? AS DECIMAL({precision},{scale}))",
            double="(? + 0e0)",
            boolean="CAST(? AS SIGNED)",
            date="CAST(? AS DATE)",
            timestamp="CAST(? AS DATETIME(6))",
        ),
    ),
    DriverFamily(
        key="sql_server",
        title="SQL Server",
        usual_name="ODBC Driver 18 for SQL Server",
        pattern=re.compile(r"(?i)ODBC Driver 1[78] for SQL Server"),
        dialect="tsql",
        default_port=1433,
        hint="Give the user SELECT only: SQL Server has no read-only mode, OpenReg rolls every transaction back.",
        install="install Microsoft's package msodbcsql18",
        ssl_modes=(SslMode.DISABLE, SslMode.REQUIRE, SslMode.VERIFY_FULL),
        reach=_microsoft,
        begin=_sql_server_begin,
        limit_rows="SET ROWCOUNT {rows}",
        trusts_own_authorities=False,
        quotes=("[", "]"),
        further=_MULTIPLE_ADDRESSES,
        casts=_SQL_SERVER_CASTS,
        who="SELECT SUSER_SNAME(), CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))",
        may_write=_SQL_SERVER_MAY_WRITE,
    ),
    DriverFamily(
        key="freetds",
        title="SQL Server by FreeTDS",
        usual_name="FreeTDS",
        pattern=re.compile(r"(?i)FreeTDS.*"),
        dialect="tsql",
        default_port=1433,
        hint="FreeTDS encrypts and does not check certificates; Microsoft's driver does.",
        install="apt install tdsodbc",
        ssl_modes=(SslMode.DISABLE, SslMode.REQUIRE),
        reach=_freetds,
        begin=_sql_server_begin,
        limit_rows="SET ROWCOUNT {rows}",
        trusts_own_authorities=False,
        quotes=("[", "]"),
        casts=_SQL_SERVER_CASTS,
        who="SELECT SUSER_SNAME(), CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))",
        may_write=_SQL_SERVER_MAY_WRITE,
    ),
    DriverFamily(
        key="db2",
        title="DB2",
        usual_name="IBM DB2 ODBC DRIVER",
        pattern=re.compile(r"(?i)(IBM )?DB2.*"),
        dialect="oracle",
        default_port=50000,
        hint="Queries are checked by the nearest grammar known, Oracle's. Give the user SELECT only.",
        install="install IBM's package of the Data Server Driver (clidriver)",
        ssl_modes=(SslMode.DISABLE, SslMode.VERIFY_CA, SslMode.VERIFY_FULL),
        reach=_db2,
        begin=_db2_begin,
        connects_by_name=True,
        further={"CurrentSchema": _NAME},
        casts=_casts(
            text="CAST(? AS VARCHAR(32000))",
            integer="CAST(? AS BIGINT)",
            decimal="CAST(? AS DECIMAL({precision},{scale}))",
            double="CAST(? AS DOUBLE)",
            boolean="CAST(? AS SMALLINT)",
            date="CAST(? AS DATE)",
            timestamp="CAST(? AS TIMESTAMP(6))",
        ),
        tables="SELECT RTRIM(tabschema), tabname, CASE WHEN type = 'V' THEN 1 ELSE 0 END FROM syscat.tables"
        " WHERE type IN ('T', 'V', 'S') AND tabschema NOT LIKE 'SYS%'",
        who="SELECT SESSION_USER, service_level FROM sysibmadm.env_inst_info",
    ),
    DriverFamily(
        key="sqlite",
        title="SQLite",
        usual_name="SQLite3",
        pattern=re.compile(r"(?i)SQLite3.*"),
        dialect="sqlite",
        default_port=0,
        hint="A file on this machine, in a folder that the operator has opened for sources. Numbers with a point are"
        " stored as binary fractions: select printf('%.2f', price) AS price. No user is asked for: give any.",
        install="apt install libsqliteodbc",
        ssl_modes=(SslMode.DISABLE,),
        reach=_sqlite,
        begin=_sqlite_begin,
        enforces_read_only=True,
        streams=False,
        is_file=True,
        is_narrow=True,
        has_wide_texts=False,
        has_native_numbers=False,
        casts=_casts(
            text="CAST(? AS TEXT)",
            integer="CAST(? AS INTEGER)",
            boolean="CAST(? AS INTEGER)",
            date="CAST(? AS TEXT)",
            timestamp="CAST(? AS TEXT)",
        ),
        tables="SELECT 'main', name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite_%'",
        who="SELECT 'everybody', sqlite_version() FROM (SELECT count(*) FROM sqlite_master)",
    ),
)
