"""The codes of Oracle and of its driver become named facts with a next step; values are not repeated."""

import ssl

import oracledb
import pytest
from oracledb import errors

from backend.services.connectors.oracle_faults import code_of, connect_fault, error_of


def raised(message: str, code: int = 0) -> oracledb.DatabaseError:
    """An error as the driver makes it of the server's words."""
    return oracledb.DatabaseError(errors._Error(message=message, code=code))


@pytest.mark.parametrize(
    ("code", "name", "transient"),
    [
        (942, "source_table_unknown", False),
        (904, "source_column_unknown", False),
        (933, "query_syntax_invalid", False),
        (923, "query_syntax_invalid", False),
        (979, "query_invalid", False),
        (1031, "source_permission_denied", False),
        (41900, "source_permission_denied", False),
        (1456, "query_refused", False),
        (1555, "query_interrupted", True),
        (1476, "query_failed", False),
        (1017, "source_sign_in_refused", False),
        (28000, "source_sign_in_refused", False),
        (28001, "source_sign_in_refused", False),
        (1033, "source_starting", True),
        (18, "source_busy", True),
        (1435, "source_database_unknown", False),
        (3113, "source_connection_lost", True),
        (28, "source_connection_lost", True),
        (54, "query_lock_timed_out", True),
    ],
)
def test_codes_become_named_facts_with_a_next_step(code: int, name: str, transient: bool):
    found = error_of(raised(f"ORA-{code:05}: something", code))
    assert (found.code, found.transient) == (name, transient)
    assert found.fix


def test_the_words_of_the_server_are_kept_without_the_drivers_advertisement():
    found = error_of(raised('ORA-00942: table or view "X"."Y" does not exist', 942))
    assert found.message == 'Table or view "X"."Y" does not exist. (ORA-00942)'


def test_a_place_stands_before_the_words():
    found = error_of(raised("ORA-00904: invalid identifier", 904), extra={"line": 2, "column": 7})
    assert found.message.startswith("Line 2, column 7: ")
    assert found.extra == {"line": 2, "column": 7}


def test_values_in_data_errors_are_not_repeated():
    assert "MUELLER" not in error_of(raised("ORA-01722: unable to convert string value 'MUELLER'", 1722)).message


def test_the_code_of_the_server_counts_where_the_driver_puts_its_own_before_it():
    assert code_of(raised("ORA-03113: end-of-file on communication channel", 3113)) == "ORA-03113"


def because(cause: BaseException) -> oracledb.Error:
    error = oracledb.OperationalError(errors._create_err(errors.ERR_CONNECTION_FAILED, connection_id="x"))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (ConnectionRefusedError(), "source_connection_refused"),
        (TimeoutError(), "source_timed_out"),
        (ssl.SSLError("x"), "source_tls_failed"),
        (raised("ORA-01017: invalid credential or not authorized", 1017), "source_sign_in_refused"),
        (raised("ORA-01033: initialization or shutdown in progress", 1033), "source_starting"),
        (OSError("network is down"), "source_unreachable"),
        (errors._create_exception(errors.ERR_SERVER_VERSION_NOT_SUPPORTED), "source_sign_in_refused"),
        (errors._create_exception(errors.ERR_CONNECTION_CLOSED), "source_unreachable"),
        (
            errors._create_exception(errors.ERR_INVALID_SERVICE_NAME, service_name="s", host="h", port=1),
            "source_database_unknown",
        ),
        (errors._create_exception(errors.ERR_INVALID_SID, sid="s", host="h", port=1), "source_database_unknown"),
        (errors._create_exception(errors.ERR_LISTENER_REFUSED_CONNECTION, error_code=12520), "source_busy"),
        (errors._create_exception(errors.ERR_LISTENER_REFUSED_CONNECTION, error_code=12528), "source_starting"),
    ],
)
def test_why_no_session_was_opened_is_told_apart(cause: BaseException, name: str):
    found = connect_fault(because(cause))
    assert found.code == name
    assert found.fix
    assert "CONNECTION_ID" not in found.message
