"""Only what exists is offered; settings, credentials and parameters are checked before anything is connected."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, INTERVAL, TEXT, TIMESTAMP, DataType, decimal
from backend.services.connectors.base import ConnectorKind, Credentials, SourceParameter, SslMode
from backend.services.connectors.factory import capabilities_of, create_connector, settings_schema
from backend.services.connectors.faults import ConnectorKindUnknown, ConnectorSettingsInvalid, ParameterInvalid
from backend.services.connectors.postgresql_faults import error_of, sign_in_error
from backend.services.egress import EgressGuard, EgressPolicy

SETTINGS = {"host": "db.bank", "database": "trades"}
CREDENTIALS = Credentials(username="reader", password=SecretStr("hunter2"))
GUARD = EgressGuard(EgressPolicy.OWN_NETWORK)


def test_every_kind_that_is_offered_can_be_made():
    for kind in ConnectorKind:
        drivers = {"driver": "ODBC Driver 18 for SQL Server"} if kind is ConnectorKind.ODBC else {}
        is_server = capabilities_of(kind).needs_credentials
        settings, credentials = (SETTINGS | drivers, CREDENTIALS) if is_server else ({}, None)
        connector = create_connector(kind, settings, credentials, GUARD)
        assert connector.capabilities.sql_dialect == capabilities_of(kind).sql_dialect
        assert set(connector.capabilities.ssl_modes) <= set(capabilities_of(kind).ssl_modes)
        assert settings_schema(kind)["properties"]


@pytest.mark.parametrize("kind", ["mysql2", "", "PostgreSQL", "Oracle"])
def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(kind: str):
    with pytest.raises(ConnectorKindUnknown) as refused:
        create_connector(kind, SETTINGS, CREDENTIALS, GUARD)
    assert "postgresql" in (refused.value.fix or "")


def test_the_default_is_full_verification_of_the_server():
    connector = create_connector("postgresql", SETTINGS, CREDENTIALS, GUARD)
    assert connector.settings.ssl_mode is SslMode.VERIFY_FULL
    assert connector.settings.port == 5432


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "a,b"}, "host"),
        ({"host": "user@db"}, "host"),
        ({"port": 0}, "port"),
        ({"port": "x"}, "port"),
        ({"ssl_mode": "prefer"}, "ssl_mode"),
        ({"database": None}, "database"),
        ({"source_time_zone": "Mars/Olympus"}, "source_time_zone"),
        ({"password": "hunter2"}, "password"),
        ({"statement_timeout_seconds": 0}, "statement_timeout_seconds"),
        ({"search_path": [""]}, "search_path.0"),
    ],
)
def test_wrong_settings_are_refused_by_field(wrong: dict[str, object], field: str):
    with pytest.raises(ConnectorSettingsInvalid) as refused:
        create_connector("postgresql", {**SETTINGS, **wrong}, CREDENTIALS, GUARD)
    assert [place["field"] for place in refused.value.extra["fields"]] == [field]
    assert "hunter2" not in refused.value.message


def test_verify_ca_needs_its_certificate():
    with pytest.raises(ConnectorSettingsInvalid, match="ssl_root_certificate"):
        create_connector("postgresql", {**SETTINGS, "ssl_mode": "verify_ca"}, CREDENTIALS, GUARD)


def test_a_connector_never_shows_its_password():
    assert "hunter2" not in repr(create_connector("postgresql", SETTINGS, CREDENTIALS, GUARD))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (DATE, "2026-03-02"),
        (DATE, datetime(2026, 3, 2, tzinfo=UTC)),
        (TIMESTAMP, datetime(2026, 3, 2)),  # noqa: DTZ001 - a time without a zone is what is refused
        (TIMESTAMP, date(2026, 3, 2)),
        (INTEGER, True),
        (INTEGER, "1"),
        (INTEGER, Decimal(1)),
        (BOOLEAN, 1),
        (TEXT, 1),
        (TEXT, "a\x00b"),
        (decimal(5, 2), 1.5),
        (INTERVAL, "1 day"),
    ],
)
def test_a_parameter_of_another_type_is_refused(type_: DataType, value: object):
    with pytest.raises(ParameterInvalid):
        SourceParameter(type_, value)


def test_a_parameter_without_a_value_has_any_type():
    assert SourceParameter(DATE).value is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('connection failed: FATAL:  password authentication failed for user "x"', "source_sign_in_refused"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "x"', "source_sign_in_refused"),
        ('FATAL:  database "nope" does not exist', "source_database_unknown"),
        ('FATAL:  permission denied for database "secret"', "source_permission_denied"),
        ("FATAL:  sorry, too many clients already", "source_busy"),
        ("FATAL:  the database system is starting up", "source_starting"),
        ("FATAL:  Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen", "source_sign_in_refused"),
    ],
)
def test_what_the_server_says_at_sign_in_is_told_apart(words: str, code: str):
    assert sign_in_error(words).code == code


@pytest.mark.parametrize(
    ("sqlstate", "code", "transient"),
    [
        ("42501", "source_permission_denied", False),
        ("42P01", "source_table_unknown", False),
        ("42703", "source_column_unknown", False),
        ("42883", "source_function_unknown", False),
        ("42601", "query_syntax_invalid", False),
        ("42804", "query_invalid", False),
        ("25006", "query_refused", False),
        ("22012", "query_failed", False),
        ("55P03", "query_lock_timed_out", True),
        ("40001", "query_interrupted", True),
        ("53300", "source_busy", True),
        ("53100", "source_busy", True),
        ("57P01", "source_connection_lost", True),
        ("08006", "source_connection_lost", True),
        (None, "source_connection_lost", True),
        ("XX000", "query_failed", False),
    ],
)
def test_sqlstates_become_named_facts_with_a_next_step(sqlstate: str | None, code: str, transient: bool):
    error = error_of(sqlstate, "something")
    assert (error.code, error.transient) == (code, transient)
    assert error.fix


def test_values_in_data_errors_are_not_repeated():
    assert "MUELLER" not in error_of("22P02", 'invalid input syntax for type integer: "MUELLER"').message
