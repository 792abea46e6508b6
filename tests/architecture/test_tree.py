"""What is committed leads to no particular machine, and to no place that things are downloaded from."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.rules.source import ROOT

# Written in parts, so that this file does not hold what it looks for.
_MACHINE = re.compile(r"(?<![\w.:-])/(?:" + "home|Users|work|root" + r")/\w")
_HOSTS = re.compile(
    "|".join(
        (
            r"pypi\." + "org",
            r"files\.python" + r"hosted\.org",
            r"registry\.npm" + r"js\.org",
            r"deb\.deb" + r"ian\.org",
            r"docker\." + r"io/",
            r"https?://[^\s\"']*/art" + "ifactory",
            r"--(extra-)?index" + r"-url[ =]",
        )
    )
)
_BINARY = {".png", ".ico", ".woff2", ".zip", ".gz"}
_TOO_LARGE_BYTES = 2_000_000


def committed_files() -> list[Path]:
    """What git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def strays(text: str) -> list[str]:
    """Lines that name a folder of one machine, or a download host."""
    return [line.strip() for line in text.splitlines() if _MACHINE.search(line) or _HOSTS.search(line)]


def test_no_file_names_a_machine_or_a_download_host() -> None:
    """A path of one machine works there and nowhere else; a host in a lock is where an attacker waits."""
    found = {
        path.relative_to(ROOT).as_posix(): strays(path.read_text(encoding="utf-8"))
        for path in committed_files()
        if path.suffix not in _BINARY
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_schema_database_or_large_file_is_committed() -> None:
    """Schemas are under their owners' licences; data files grow the history for good."""
    for path in committed_files():
        assert path.suffix not in {".xsd", ".sqlite", ".db", ".parquet", ".pyc"}, path
        assert path.stat().st_size < _TOO_LARGE_BYTES, path


@pytest.mark.parametrize(
    "line",
    [
        "cd /ho" + "me/someone/openreg",
        "folder = Path('/wo" + "rk/main')",
        "--index-" + "url https://packages.example.com/simple",
        "https://files.python" + "hosted.org/packages/x.whl",
        '"resol' + 'ved": "https:' + "//regis" + "try.npm" + 'js.org/x.tgz"',
    ],
)
def test_a_stray_line_is_seen(line: str) -> None:
    assert strays(line)


@pytest.mark.parametrize("line", ["see docs/how-to/first-run.md", "GET https://api.example.com/root/x", "a /tmp/x"])
def test_an_ordinary_line_is_left_alone(line: str) -> None:
    assert not strays(line)
