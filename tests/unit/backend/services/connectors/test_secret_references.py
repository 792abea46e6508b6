"""References to secrets: which can be named, and to whom a named one is given."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from backend.config import PARTS, SOURCE_VARIABLE_PREFIX
from backend.services.connectors.faults import SourceSecretMissing, SourceSecretRefused
from backend.services.connectors.secret_references import GivenCredentials, SecretReference, SecretUse, SourceSecrets
from backend.services.kept_secrets import KeptSecrets

NAME = "OPENREG_SOURCE_WAREHOUSE"
REFERENCE = SecretReference(environment=NAME)
USE = SecretUse("tenant-1", ("db.bank:5432",))


def kept(**values: str) -> SourceSecrets:
    return SourceSecrets(KeptSecrets({name: SecretStr(value) for name, value in values.items()}))


@pytest.mark.parametrize(
    "named",
    [
        {"environment": "SECRET_KEY"},
        {"environment": "openreg_source_x"},
        {"environment": "OPENREG_SOURCE_"},
        {"environment": "OPENREG_SOURCE_X\n"},
        {"environment": "X_OPENREG_SOURCE_X"},
        {"environment": NAME + "_FOR"},
        {"file": "../outside"},
        {"file": ".."},
        {"file": "/etc/passwd"},
        {"file": "a/b"},
        {"file": "..data"},
        {"file": "warehouse.for"},
        {"file": "a\n"},
        {"file": "a" * 101},
        {"environment": NAME, "file": "warehouse"},
        {},
    ],
    ids=str,
)
def test_nothing_but_what_the_operator_set_aside_can_be_named(named: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SecretReference.model_validate(named)


def test_no_setting_of_the_server_can_be_named() -> None:
    """A setting with this prefix would be readable by whoever may write connectors."""
    names = {str(field.alias) for settings in PARTS for field in settings.model_fields.values()}
    assert [name for name in names if name.startswith(SOURCE_VARIABLE_PREFIX)] == []


def test_a_secret_is_given_for_the_addresses_it_is_released_for() -> None:
    for released in ("tenant-1@db.bank:5432", "x@y:1, TENANT-1@DB.bank:5432\ntenant-2@db.bank:5432"):
        assert kept(**{NAME: "hunter2", NAME + "_FOR": released}).read(REFERENCE, USE) == "hunter2"


@pytest.mark.parametrize(
    "released",
    [
        "",
        "*",
        "tenant-1@*",
        "tenant-1",
        "db.bank:5432",
        "tenant-1@db.bank",
        "tenant-1@db.bank:54321",
        "tenant-1@db.bank:543",
        "tenant-11@db.bank:5432",
        "tenant-2@db.bank:5432",
        "tenant-1@evil.db.bank:5432",
    ],
)
def test_another_tenant_or_address_gets_nothing(released: str) -> None:
    with pytest.raises(SourceSecretRefused) as refused:
        kept(**{NAME: "hunter2", NAME + "_FOR": released}).read(REFERENCE, USE)
    assert refused.value.fix == f"Ask the operator to list tenant-1@db.bank:5432 in {NAME}_FOR."


def test_every_address_on_the_way_must_be_released() -> None:
    secrets = kept(**{NAME: "hunter2", NAME + "_FOR": "tenant-1@db.bank:5432"})
    with pytest.raises(SourceSecretRefused, match="not released") as refused:
        secrets.read(REFERENCE, SecretUse("tenant-1", ("gate.evil:22", "db.bank:5432")))
    assert refused.value.extra["release"] == ["tenant-1@gate.evil:22"]


def test_a_source_without_an_address_gets_nothing() -> None:
    with pytest.raises(SourceSecretRefused):
        kept(**{NAME: "hunter2", NAME + "_FOR": "tenant-1@db.bank:5432"}).read(REFERENCE, SecretUse("tenant-1", ()))


def test_whether_a_secret_exists_is_told_only_to_whom_it_is_meant_for() -> None:
    messages = set()
    for values in ({}, {NAME: "hunter2"}):
        with pytest.raises(SourceSecretRefused) as refused:
            kept(**values).read(REFERENCE, USE)
        messages.add((refused.value.message, refused.value.fix))
    assert len(messages) == 1
    with pytest.raises(SourceSecretMissing):
        kept(**{NAME + "_FOR": "tenant-1@db.bank:5432"}).read(REFERENCE, USE)


def test_a_secret_is_read_when_it_is_used_and_never_shown() -> None:
    values = {NAME + "_FOR": SecretStr("tenant-1@db.bank:5432")}
    live = SourceSecrets(KeptSecrets(values)).live(REFERENCE, USE)
    assert (str(live), repr(live)) == ("**********", "ReferencedSecret('**********')")
    for value in ("first", "second"):
        values[NAME] = SecretStr(value)
        assert live.get_secret_value() == value
    assert "second" not in repr(live)


def test_credentials_hold_a_password_or_a_reference() -> None:
    given = GivenCredentials.model_validate({"username": "u", "password": {"environment": NAME}})
    assert given.password == REFERENCE
    assert isinstance(GivenCredentials.model_validate({"username": "u", "password": "p"}).password, SecretStr)
