"""Each import contract of pyproject.toml can break, and only by what it is there for.

The packages' skeleton (every module, empty, so that what others are working on does not disturb) is copied to a
scratch folder, one violation is put in, and import-linter must name exactly the contract that was meant.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.rules.source import PACKAGES, ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
SEPARATOR = "=== "
#: import-linter over one folder after the other, in one process: starting it costs more than checking.
PROGRAM = f"""
import sys
from importlinter import api
from importlinter.application.use_cases import lint_imports
configuration, *folders = sys.argv[1:]
for folder in folders:
    sys.path.insert(0, folder)
    print({SEPARATOR!r} + folder, flush=True)
    lint_imports(configuration, cache_dir=None, no_logo=True)
    sys.path.remove(folder)
"""


@dataclass(frozen=True, slots=True)
class Breach:
    """Lines added to modules (``backend.x.y``); ``contracts`` are the ids that must break."""

    contracts: frozenset[str]
    lines: Mapping[str, str]


def breach(contract: str, **lines: str) -> Breach:
    return Breach(frozenset({contract}), {name.replace("__", "."): line for name, line in lines.items()})


BREACHES = {
    "core uses the external API": breach("deployables", backend__core__ids="import external_api.config"),
    "a lower layer uses a higher one": breach("backend-layers", backend__core__ids="import backend.config"),
    "api and tasks know each other": breach("backend-layers", backend__api__runs="import backend.tasks.wakeups"),
    "a new top-level module has no place": breach("backend-layers", backend__toolbox="", backend__core__ids=""),
    "configuration uses the application": breach(
        "external-api-layers", external_api__config="import external_api.main"
    ),
    "the external API reads sources": breach(
        "external-api-shares", external_api__main="import backend.services.connectors.factory"
    ),
    "the external API reaches the pipeline over a service": breach(
        "external-api-shares",
        external_api__main="import backend.services.readiness",
        backend__services__readiness="import backend.pipeline.run",
    ),
    "a step opens a session": breach("pure-core", backend__pipeline__run="import sqlalchemy.orm"),
    "the domain computes on frames": breach("domain-without-engines", backend__domain__runs="import polars"),
    "an adapter uses our database": breach("adapters", backend__services__storage="import backend.persistence.session"),
    "a step calls another step": breach(
        "steps", backend__pipeline__steps__transform="import backend.pipeline.steps.validate"
    ),
    "a connector uses another connector": breach(
        "connectors", backend__services__connectors__mysql="import backend.services.connectors.postgresql"
    ),
    "a service answers HTTP": breach("services-silent", backend__services__runs="from fastapi import HTTPException"),
    "a task uses a model": breach("models", backend__tasks__run_tasks="import backend.persistence.models.run"),
    "a service stores objects itself": breach("minio", backend__services__runs="import minio"),
    "a service asks Stripe itself": breach("stripe", backend__services__runs="import stripe"),
    "a service opens SSH itself": breach("paramiko", backend__services__delivery="import paramiko"),
    "a service opens a source itself": breach("drivers", backend__services__runs="import psycopg"),
    "the pipeline parses SQL": breach("sqlglot", backend__pipeline__run="import sqlglot.expressions"),
    "the application sends messages itself": breach("celery", backend__main="import celery"),
    "two siblings need each other": breach(
        "siblings", backend__core__ids="import backend.core.clock", backend__core__clock="import backend.core.ids"
    ),
}


def skeleton(folder: Path) -> None:
    """Every module of the packages without content, and each protected SDK imported in its first home."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "alembic" not in path.parts:
                copy = folder / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.touch()
    for contract in CONTRACTS:
        if contract["type"] == "protected":
            for name in contract["protected_modules"]:
                if not name.startswith("backend"):
                    add_line(folder, contract["allowed_importers"][0], f"import {name}")


def add_line(folder: Path, module: str, line: str) -> None:
    path = folder / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def broken_contracts(report: str) -> set[str]:
    """The ids of the contracts that a report of import-linter calls broken."""
    assert "Contracts:" in report, report
    lines = {line.strip() for line in report.splitlines()}
    broken = {contract["id"] for contract in CONTRACTS if f"{contract['name']} BROKEN" in lines}
    kept = {contract["id"] for contract in CONTRACTS if f"{contract['name']} KEPT" in lines}
    assert broken | kept == {contract["id"] for contract in CONTRACTS}, report
    return broken


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What import-linter says of the skeleton (``""``) and of the skeleton with each breach."""
    folders = {name: tmp_path_factory.mktemp("packages") for name in ("", *BREACHES)}
    skeleton(folders[""])
    for name, one in BREACHES.items():
        shutil.copytree(folders[""], folders[name], dirs_exist_ok=True)
        for module, line in one.lines.items():
            add_line(folders[name], module, line)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT / "pyproject.toml"), *map(str, folders.values())],
        cwd=folders[""],
        env={"PATH": os.environ["PATH"], "COLUMNS": "300", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    sections = [section.partition("\n") for section in done.stdout.split(SEPARATOR)[1:]]
    by_folder = {folder: report for folder, _, report in sections}
    return {name: by_folder[str(folder)] for name, folder in folders.items()}


def test_the_skeleton_keeps_every_contract(reports: Mapping[str, str]) -> None:
    assert broken_contracts(reports[""]) == set()


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_breaks_the_contract_that_forbids_it(name: str, reports: Mapping[str, str]) -> None:
    assert broken_contracts(reports[name]) == BREACHES[name].contracts


def test_every_contract_has_a_breach() -> None:
    """A contract that nothing has ever broken may long have been one that nothing can break."""
    assert {contract["id"] for contract in CONTRACTS} == {name for one in BREACHES.values() for name in one.contracts}


def test_ignored_imports_name_their_decision() -> None:
    """An exception without its ADR is a hole that nobody remembers having made."""
    for line in (ROOT / "pyproject.toml").read_text().splitlines():
        if line.startswith("ignore_imports"):
            assert "ADR 0" in line
