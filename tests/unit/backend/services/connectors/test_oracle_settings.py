"""An Oracle source is named by service, SID or an entry of tnsnames.ora, of which only address and service count."""

import pytest

from backend.services.connectors.base import SslMode
from backend.services.connectors.factory import check_settings
from backend.services.connectors.faults import ConnectorSettingsInvalid
from backend.services.connectors.oracle_settings import OracleSettings, find_entry

TNS = """
# the warehouse
OTHER, Sales.World =
  (DESCRIPTION =
    (ADDRESS_LIST = (ADDRESS = (PROTOCOL = TCP)(HOST = db1.bank)(PORT = 1522)))
    (CONNECT_DATA = (SERVER = DEDICATED)(SERVICE_NAME = sales.bank.example)))
old = (description=(address=(protocol=tcps)(host=db2.bank)(port=2484))(connect_data=(sid=ORCL))
  (security=(my_wallet_directory=/etc/wallet)))
RAC = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=1))
  (ADDRESS=(PROTOCOL=tcp)(HOST=b)(PORT=1))(CONNECT_DATA=(SID=x)))
IPC = (DESCRIPTION=(ADDRESS=(PROTOCOL=beq)(HOST=a))(CONNECT_DATA=(SID=x)))
NOWHERE = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=1)))
BROKEN = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=1))
"""


def settings(**given: object) -> OracleSettings:
    found = check_settings("oracle", given)
    assert isinstance(found, OracleSettings)
    return found


def test_a_service_name_is_asked_for_at_the_usual_port():
    found = settings(host="db.bank", database="sales.bank.example")
    assert (found.host, found.port, found.ssl_mode) == ("db.bank", 1521, SslMode.VERIFY_FULL)
    assert found.service == {"service_name": "sales.bank.example"}


def test_a_sid_is_asked_for_as_one():
    assert settings(host="db.bank", database="ORCL", naming="sid").service == {"sid": "ORCL"}


@pytest.mark.parametrize("alias", ["OTHER", "other", "sales.world"])
def test_an_alias_gives_host_port_and_service(alias: str):
    found = settings(naming="tns_alias", database=alias, tns_names=TNS, ssl_mode="disable")
    assert (found.host, found.port, found.service) == ("db1.bank", 1522, {"service_name": "sales.bank.example"})
    assert found.addresses == ("db1.bank:1522",)


def test_an_alias_may_name_a_sid_and_tls():
    found = settings(naming="tns_alias", database="old", tns_names=TNS)
    assert (found.host, found.port, found.service) == ("db2.bank", 2484, {"sid": "ORCL"})


def test_what_is_typed_beside_an_alias_does_not_count():
    found = settings(naming="tns_alias", database="old", tns_names=TNS, host="elsewhere", port=7)
    assert (found.host, found.port) == ("db2.bank", 2484)


def test_what_was_stored_is_read_again_as_it_was():
    found = settings(naming="tns_alias", database="old", tns_names=TNS)
    assert settings(**found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"database": "missing"}, "no entry missing"),
        ({"database": "rac"}, "one HOST"),
        ({"database": "ipc"}, "TCP or TCPS"),
        ({"database": "nowhere"}, "SERVICE_NAME or a SID"),
        ({"database": "broken"}, "never closed"),
        ({"database": "other", "ssl_mode": "verify_full"}, "protocol is tcp"),
        ({"database": "old", "ssl_mode": "disable"}, "protocol is tcps"),
        ({"database": "other", "tns_names": "ifile = /etc/passwd\n" + TNS}, "IFILE"),
        ({"database": "other", "tns_names": TNS + "\n  IFILE=/etc/passwd"}, "IFILE"),
        ({"database": "other", "tns_names": None}, "no entry"),
    ],
)
def test_an_entry_that_cannot_be_followed_is_refused_with_the_reason(given: dict[str, object], words: str):
    with pytest.raises(ConnectorSettingsInvalid, match=words):
        settings(**{"naming": "tns_alias", "tns_names": TNS, "ssl_mode": "disable", **given})


def test_a_comment_is_no_entry():
    with pytest.raises(ValueError, match="no entry"):
        find_entry("# x = (DESCRIPTION=(ADDRESS=(HOST=a))(CONNECT_DATA=(SID=x)))", "x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"database": "x)(SECURITY=(MY_WALLET_DIRECTORY=/etc))"},
        {"database": "a b"},
        {"host": "a,b"},
        {"naming": "ldap"},
        {"fetch_rows": 1},
        {"mode": "sysdba"},
        {"date_columns": "guess"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]):
    with pytest.raises(ConnectorSettingsInvalid):
        settings(**{"host": "db.bank", "database": "sales", **wrong})
