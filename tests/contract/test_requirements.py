"""The lists of the two services are the lock, narrowed; and the external API needs nothing beyond its own list."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)
LISTS = {"backend": "backend", "external_api": "external-api"}


def pins(path: Path) -> dict[str, str]:
    """Package → version, hashes and platform, as they are written."""
    text = path.read_text(encoding="utf-8")
    starts = list(_PIN.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match["name"]: text[match.end("name") : end].strip() for match, end in zip(starts, ends, strict=True)}


def needed(extra: str) -> set[str]:
    """What pyproject.toml asks for by name."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]]
    return {re.split(r"[\[;<>= ]", requirement, maxsplit=1)[0].lower() for requirement in wanted}


@cache
def imported_packages(module: str) -> frozenset[str]:
    """Top-level names of the foreign packages that are loaded with a module of ours, packages above it included."""
    graph = grimp.build_graph("backend", "external_api", include_external_packages=True, cache_dir=None)
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in graph.modules and not graph.is_module_squashed(name):
            waiting += graph.find_modules_directly_imported_by(name)
            waiting += [name.rpartition(".")[0]] if "." in name else []
    ours = {"backend", "external_api"}
    return frozenset({name.partition(".")[0] for name in seen} - ours - sys.stdlib_module_names)


@pytest.mark.parametrize("package", LISTS)
def test_a_list_has_the_pins_of_the_lock(package: str) -> None:
    """Two versions of a library in one installation are found in production, by its users."""
    lock = pins(ROOT / "requirements.lock")
    listed = pins(ROOT / package / "requirements.txt")
    assert listed == {name: lock.get(name) for name in listed}, "run: make lock"


@pytest.mark.parametrize(("package", "extra"), LISTS.items())
def test_a_list_has_all_that_its_service_asks_for(package: str, extra: str) -> None:
    assert needed(extra) <= set(pins(ROOT / package / "requirements.txt")), "run: make lock"


def test_every_pin_has_a_hash() -> None:
    """A pin without a hash takes whatever the index serves under that name today."""
    for path in ("requirements.lock", "backend/requirements.txt", "external_api/requirements.txt"):
        assert [name for name, rest in pins(ROOT / path).items() if "--hash=sha256:" not in rest] == [], path


def test_the_external_api_loads_only_what_its_list_installs() -> None:
    """Its image holds its own list alone: one import too many, and it does not start."""
    distributions = packages_distributions()
    installed = set(pins(ROOT / "external_api" / "requirements.txt"))
    wanted = {name: {_canonical(one) for one in distributions[name]} for name in imported_packages("external_api.main")}
    assert {name: found for name, found in wanted.items() if not found & installed} == {}


def test_the_look_at_imports_sees_what_the_list_lacks() -> None:
    """The application of the core needs Celery; were the walk blind, it would say so of neither."""
    assert {"celery", "sqlalchemy", "fastapi"} <= imported_packages("backend.main")
    assert "celery" not in imported_packages("external_api.main")
    assert {"celery", "polars"}.isdisjoint(pins(ROOT / "external_api" / "requirements.txt"))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
