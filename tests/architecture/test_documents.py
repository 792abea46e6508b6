"""Documents name only paths that exist, and say of no later work that it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.rules.source import ROOT

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"")
_QUOTED = re.compile(r"`([^`\n]+)`")
_TOP_LEVEL = ("backend/", "external_api/", "tests/", "docs/", ".ci/")
_FILE = re.compile(r"[\w.-]+\.(md|toml|py|lock|txt|yaml|yml|json|sql|cfg|example)|Makefile|LICENSE")
#: Files that a reader will meet and that are made while OpenReg is used, or by the people who use it.
_MADE_LATER = (".openreg/", ".venv/", ".env", "seed.json")
#: In this section stands what comes with later issues; a path there must not exist yet.
_LATER = "## Comes later"
DEPARTURES = ROOT / "docs" / "spec-departures.md"


def documents() -> list[Path]:
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "backend").rglob("*.md")),
    ]


def named_paths(text: str) -> Iterator[str]:
    """Paths in quotes: those below our folders, and files of the top folder."""
    for quoted in _QUOTED.findall(text):
        name = quoted.split(":", 1)[0].strip()
        is_path = name.startswith(_TOP_LEVEL) or _FILE.fullmatch(name)
        if is_path and " " not in name and "…" not in name and "NNNN" not in name:
            yield name


def linked_paths(text: str) -> Iterator[str]:
    """Targets of links and pictures inside the repository."""
    for link, picture in _LINK.findall(text):
        target = link or picture
        if not target.startswith(("http://", "https://", "mailto:")):
            yield target


def missing(text: str, folder: Path) -> list[str]:
    """What a document names and nobody can find."""
    found = []
    for name in named_paths(text):
        places = [ROOT, folder] if "/" not in name else [ROOT]
        if not name.startswith(_MADE_LATER) and not any(list(place.glob(name.rstrip("/"))) for place in places):
            found.append(name)
    return found + [target for target in linked_paths(text) if not (folder / target).exists()]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_names_only_paths_that_exist(path: Path) -> None:
    """A document that names an absent folder teaches the reader to trust none of them."""
    text = path.read_text(encoding="utf-8")
    assert missing(text.split(_LATER)[0] if path == DEPARTURES else text, path.parent) == []


def test_what_comes_later_is_not_there_yet() -> None:
    """When it has come, its line must go."""
    later = DEPARTURES.read_text(encoding="utf-8").split(_LATER)[1]
    named = list(named_paths(later))
    assert named
    assert [name for name in named if list(ROOT.glob(name))] == []


def test_a_path_that_does_not_exist_is_seen() -> None:
    text = "See `backend/nowhere.py`, [this](docs/absent.md) and `backend/config.py`."
    assert missing(text, ROOT) == ["backend/nowhere.py", "docs/absent.md"]
