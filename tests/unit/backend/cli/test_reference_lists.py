"""``openreg reference load``: the file is sent as it is, and what came of it is told."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from backend.cli import reference_lists
from backend.cli.reference import reference_app
from backend.demo.platform_client import PlatformClient

ANSWER = {
    "source": "mic.csv",
    "datasets": [{"id": "1", "name": "mic", "rows": 2800, "added": 3, "removed": 1, "version": 4}],
    "left_out": [{"file": "mic.csv", "line": 7, "column": "MIC", "reason": "no code"}],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """What the platform was asked."""
    found: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/login"):
            return httpx.Response(200, json={"access_token": "t"})
        request.read()
        found.append(request)
        return httpx.Response(200, json=ANSWER)

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(
        reference_lists, "signed_in_client", lambda *_: PlatformClient("http://core", "a@b.c", "secret", transport)
    )
    return found


def test_a_file_is_sent_and_what_came_of_it_shown(tmp_path: Path, asked: list[httpx.Request]) -> None:
    file = tmp_path / "mic.csv"
    file.write_bytes(b"MIC\nXETR\n")
    result = CliRunner().invoke(reference_app, ["load", "mic", str(file), "--allow-bad-rows", "2"])
    assert result.exit_code == 0, result.output
    assert asked[0].url.path == "/api/v1/reference-lists/mic/load"
    assert dict(asked[0].url.params) == {"mode": "full", "allowed_bad_rows": "2"}
    assert b"XETR" in asked[0].content
    assert "2,800" in result.output
    assert "line 7: no code" in result.output


def test_a_packaged_list_needs_no_file(asked: list[httpx.Request]) -> None:
    result = CliRunner().invoke(reference_app, ["load", "countries"])
    assert result.exit_code == 0, result.output
    assert json.loads(asked[0].content) == {}
