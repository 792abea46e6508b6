"""Documents name only paths that exist, and say of no later work that it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.cli import COMMANDS
from tests.architecture.rules.source import ROOT, source_files

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"")
_QUOTED = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"`(?:\.venv/bin/)?(openreg|make) ([a-z][a-z-]*)\b")
_IN_SOURCE = re.compile(r"``?((?:backend|external_api|tests|docs)[./][\w./-]*\w)``?")
_TOP_LEVEL = ("backend/", "external_api/", "tests/", "docs/", "frontend/", "customer-portal/", "ui/", ".ci/")
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
        if is_path and " " not in name and "…" not in name and not re.search("NNNN|YYYY", name):
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


def unknown_commands(text: str) -> list[str]:
    """Commands that a reader is told to type, and that do not exist."""
    targets = set(re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {"openreg": set(COMMANDS), "make": targets}
    return [f"{program} {name}" for program, name in _COMMAND.findall(text) if name not in known[program]]


def unknown_modules(text: str) -> list[str]:
    """Paths and modules that the text of a source file names, and nobody can find."""
    return [name for name in _IN_SOURCE.findall(text) if not _is_there(name)]


def _is_there(name: str) -> bool:
    if "/" in name:
        return (ROOT / name).exists()
    path = ROOT / name.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    # A name inside of a module, or one that a package offers.
    module = path.parent / "__init__.py" if path.parent.is_dir() else path.parent.with_suffix(".py")
    return module.is_file() and path.name in module.read_text(encoding="utf-8")


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


@pytest.mark.thorough
def test_commands_that_people_are_told_to_type_exist() -> None:
    """The fix of an error that cannot be typed is a second error."""
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in documents()}
    texts |= {source.path: source.text for source in source_files()}
    assert {path: found for path, text in texts.items() if (found := unknown_commands(text))} == {}


def test_modules_that_the_code_speaks_of_exist() -> None:
    """A docstring that leads to a module of yesterday costs the reader the search, and then the trust."""
    assert {one.path: found for one in source_files() if (found := unknown_modules(one.text))} == {}


def test_unknown_commands_and_modules_are_seen() -> None:
    text = "Run `openreg kettles boil` or `make nothing`, see ``backend.core.nowhere.Thing`` and ``tests/absent.py``."
    assert unknown_commands(text) == ["openreg kettles", "make nothing"]
    assert unknown_modules(text) == ["backend.core.nowhere.Thing", "tests/absent.py"]
    assert unknown_modules("``backend.core.errors.OpenRegError`` and `backend/config.py`") == []


def test_a_path_that_does_not_exist_is_seen() -> None:
    text = "See `backend/nowhere.py`, [this](docs/absent.md) and `backend/config.py`."
    assert missing(text, ROOT) == ["backend/nowhere.py", "docs/absent.md"]
