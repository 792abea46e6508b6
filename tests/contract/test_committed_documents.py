"""What is written from the code equals what the code would write now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.cli.openapi import openapi_documents
from backend.cli.reference import environment_example, pages

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["backend.json", "external_api.json"])
def test_the_openapi_document_is_what_the_application_offers(name: str) -> None:
    """An API that changes without its document breaks clients without anyone having seen it in review."""
    committed = (ROOT / "docs" / "openapi" / name).read_text(encoding="utf-8")
    assert committed == openapi_documents()[name], "run: openreg openapi"


@pytest.mark.parametrize("name", ["settings.md", "events.md", "problems.md"])
def test_the_reference_page_is_what_the_code_says(name: str) -> None:
    """A reference that is nearly right is looked up once."""
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert committed == pages()[name], "run: openreg reference"


def test_every_described_refusal_is_a_problem_document() -> None:
    """The one shape of errors is promised for every answer that is not a success."""
    document = json.loads(openapi_documents()["backend.json"])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and path != "/ready":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_operations_have_names_of_their_own() -> None:
    """A generated client has one function per operation id."""
    document = json.loads(openapi_documents()["backend.json"])
    names = [operation["operationId"] for operations in document["paths"].values() for operation in operations.values()]
    assert len(names) == len(set(names))


def test_the_commands_write_what_the_tests_compare(tmp_path: Path) -> None:
    example = tmp_path / "example"
    for arguments in (
        ["openapi", "--out", str(tmp_path)],
        ["reference", "--out", str(tmp_path), "--example", str(example)],
    ):
        assert CliRunner().invoke(app, arguments).exit_code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert written == {**openapi_documents(), **pages(), "example": environment_example()}
