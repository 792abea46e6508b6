"""What an ODBC connector may be told, and what its driver is told then."""

import pytest

from backend.services.connectors.base import SslMode
from backend.services.connectors.factory import check_settings
from backend.services.connectors.faults import ConnectorSettingsInvalid
from backend.services.connectors.odbc_drivers import FAMILIES, DriverFamily, Limits, Place, Trust, family_of
from backend.services.connectors.odbc_settings import OdbcSettings, connection_string

GOOD: dict[str, object] = {
    "driver": "ODBC Driver 18 for SQL Server",
    "host": "db.bank.example",
    "database": "trades",
    "ssl_mode": "verify_full",
}
PLACE = Place("db.bank.example", "10.1.2.3", 1433, "trades")
LIMITS = Limits(connect=5, statement=60, lock=7)


@pytest.mark.parametrize(
    ("driver", "family"),
    [
        ("ODBC Driver 18 for SQL Server", "sql_server"),
        ("ODBC Driver 17 for SQL Server", "sql_server"),
        ("FreeTDS", "freetds"),
        ("PostgreSQL Unicode", "postgresql"),
        ("PostgreSQL Unicode(x64)", "postgresql"),
        ("MariaDB Unicode", "mysql"),
        ("IBM DB2 ODBC DRIVER", "db2"),
        ("SQLite3", "sqlite"),
    ],
)
def test_a_driver_belongs_to_a_family(driver: str, family: str):
    found = family_of(driver)
    assert found is not None
    assert found.key == family


@pytest.mark.parametrize(
    "driver", ["PostgreSQL ANSI", "Devart", "SQL Server", "SQLite", "MySQL ODBC 8.0 Unicode Driver"]
)
def test_a_driver_nobody_here_knows_is_refused(driver: str):
    with pytest.raises(ConnectorSettingsInvalid, match="not one that OpenReg knows"):
        check_settings("odbc", {**GOOD, "driver": driver})


@pytest.mark.parametrize(
    "change",
    [
        {"driver": "/tmp/evil.so"},
        {"driver": "FreeTDS};Trace=1;{"},
        {"driver": "FreeTDS;Driver=/tmp/evil.so"},
        {"host": "db;Driver=/tmp/evil.so"},
        {"host": "{db}"},
        {"host": "db\\instance"},
        {"database": "x;Trace=Yes;TraceFile=/tmp/x"},
        {"database": "x}"},
        {"database": "x\ny"},
        {"further_attributes": ["Trace=1"]},
        {"further_attributes": ["DRIVER=/tmp/evil.so"]},
        {"further_attributes": ["PacketSize=1;DRIVER=/tmp/evil.so"]},
        {"further_attributes": ["Language={x};DRIVER=y"]},
        {"further_attributes": ["Encrypt=no"]},
        {"further_attributes": ["packetsize=4096"]},
        {"further_attributes": ["PacketSize=many"]},
        {"further_attributes": ["PacketSize"]},
        {"host": ""},
        {"ssl_mode": "verify_ca", "ssl_root_certificate": "-----BEGIN CERTIFICATE-----"},
        {"ssl_root_certificate": "-----BEGIN CERTIFICATE-----"},
        {"longest_text_bytes": 0},
    ],
)
def test_what_could_say_more_than_it_should_is_refused(change: dict[str, object]):
    check_settings("odbc", GOOD)
    with pytest.raises(ConnectorSettingsInvalid):
        check_settings("odbc", {**GOOD, **change})


def test_an_attribute_of_the_list_is_told():
    settings = check_settings("odbc", {**GOOD, "further_attributes": ["MultiSubnetFailover=Yes", "PacketSize=8192"]})
    assert isinstance(settings, OdbcSettings)
    assert settings.attributes == {"MultiSubnetFailover": "Yes", "PacketSize": "8192"}
    assert settings.port == 1433
    assert settings.addresses == ("db.bank.example:1433",)


def test_a_tunnel_does_not_let_a_driver_check_another_name():
    tunnel = {"host": "ssh.bank.example", "username": "openreg"}
    check_settings("odbc", {**GOOD, "tunnel": tunnel})
    check_settings("odbc", {**GOOD, "driver": "MariaDB Unicode", "ssl_mode": "require", "tunnel": tunnel})
    with pytest.raises(ConnectorSettingsInvalid, match="tunnel"):
        check_settings("odbc", {**GOOD, "driver": "MariaDB Unicode", "tunnel": tunnel})
    with pytest.raises(ConnectorSettingsInvalid, match="tunnel"):
        check_settings("odbc", {"driver": "SQLite3", "database": "/x/y.db", "ssl_mode": "disable", "tunnel": tunnel})


def test_a_mode_the_driver_cannot_keep_is_refused_and_never_weakened():
    with pytest.raises(ConnectorSettingsInvalid, match="verify_full is not something SQL Server by FreeTDS can do"):
        check_settings("odbc", {**GOOD, "driver": "FreeTDS"})


@pytest.mark.parametrize("family", [one for one in FAMILIES if not one.is_file], ids=lambda family: family.key)
def test_each_mode_says_something_else(family: DriverFamily):
    said = {
        mode: connection_string("x", family.reach(PLACE, Trust(mode, "/tmp/ca.pem"), LIMITS))
        for mode in family.ssl_modes
    }
    assert len(set(said.values())) == len(said)
    if SslMode.VERIFY_FULL in said:
        assert "db.bank.example" in said[SslMode.VERIFY_FULL]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("disable", {"Encrypt=no"}),
        ("require", {"Encrypt=yes", "TrustServerCertificate=yes"}),
        ("verify_full", {"Encrypt=yes", "TrustServerCertificate=no", "HostNameInCertificate=db.bank.example"}),
    ],
)
def test_microsofts_driver_goes_to_the_address_that_was_allowed(mode: str, words: set[str]):
    family = family_of("ODBC Driver 18 for SQL Server")
    assert family is not None
    text = connection_string("x", family.reach(PLACE, Trust(SslMode(mode), None), LIMITS))
    parts = set(text.split(";"))
    assert words <= parts
    assert {"Server=tcp:10.1.2.3,1433", "ApplicationIntent=ReadOnly"} <= {
        part.replace("{", "").replace("}", "") for part in parts
    }


@pytest.mark.parametrize("password", ["plain", "p;w", "p}w", "}}", "{p}", "a b", "Driver=x", "'\"", "€"])
def test_a_password_stays_one_value(password: str):
    text = connection_string("FreeTDS", {"UID": "u", "PWD": password, "Server": "10.0.0.1"})
    assert _read(text) == {"DRIVER": "FreeTDS", "UID": "u", "PWD": password, "Server": "10.0.0.1"}


def _read(text: str) -> dict[str, str]:
    """As the specification of SQLDriverConnect reads it."""
    found: dict[str, str] = {}
    while text:
        name, _, text = text.partition("=")
        if text.startswith("{"):
            end = 1
            while text[end] != "}" or text[end : end + 2] == "}}":
                end += 2 if text[end] == "}" else 1
            found[name], text = text[1:end].replace("}}", "}"), text[end + 2 :]
        else:
            found[name], _, text = text.partition(";")
    return found
