"""Fixtures of the pack tests: the official schemas, a pack folder to break, the shipped pack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backend.domain.regulations import Pack, load_pack
from backend.domain.regulations.documents import CATALOG


@pytest.fixture(scope="session")
def mifir_schemas(official_schemas: Path) -> Path:
    """The folder of the official MiFIR schemas."""
    return official_schemas / "mifir"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack("mifir-rts22")


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    """A private copy of the shipped pack, to be broken."""
    folder = tmp_path / "mifir_rts22"
    shutil.copytree(CATALOG / "mifir_rts22", folder)
    return folder
