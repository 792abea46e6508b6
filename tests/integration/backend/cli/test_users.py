"""``openreg users`` and ``openreg tenants``, as an operator types them."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from backend.cli import load_command
from backend.core.errors import OpenRegError
from backend.services.members import LastAdministrator


@pytest.fixture(autouse=True)
def _installed(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def openreg(group: str, *arguments: str) -> str:
    """What is printed; an error of ours comes out as it is."""
    result = CliRunner().invoke(load_command(group), list(arguments))
    if isinstance(result.exception, OpenRegError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_an_operator_brings_an_organisation_and_its_people_to_life() -> None:
    made = openreg("tenants", "create", "beta", "--name", "Beta", "--administrator", "bea@example.test")
    first = re.search(r"password (\S+) \(shown once\)", made)
    assert first is not None
    openreg(
        "users", "create", "ola@example.test", "--tenant", "beta", "--name", "Ola [bold]", "--role", "report_author"
    )
    assert first[1] not in openreg("users", "reset-password", "bea@example.test")
    listed = json.loads(openreg("users", "list", "--json"))
    assert {(one["email"], one["state"], *one["roles"]) for one in listed} == {
        ("bea@example.test", "active", "administrator"),
        ("ola@example.test", "active", "report_author"),
    }
    assert "Ola" in openreg("users", "list")
    openreg("users", "disable", "ola@example.test")
    states = {one["email"]: one["state"] for one in json.loads(openreg("users", "list", "--json"))}
    assert states == {"bea@example.test": "active", "ola@example.test": "disabled"}
    openreg("users", "enable", "ola@example.test")
    with pytest.raises(LastAdministrator):
        openreg("users", "disable", "bea@example.test")
