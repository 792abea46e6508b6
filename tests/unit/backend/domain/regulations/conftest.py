"""Fixtures of the pack tests: the official schemas, a pack folder to break, the shipped pack."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from backend.domain.regulations import Pack, load_pack
from backend.domain.regulations.documents import CATALOG

REPOSITORY = Path(__file__).parents[5]


@pytest.fixture(scope="session")
def official_schemas() -> Path:
    """The folder of the official MiFIR schemas; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OPENREG_SCHEMAS", REPOSITORY.parent / "shared" / "schemas")) / "mifir"
    if not folder.is_dir():
        pytest.skip(f"no official schemas in {folder.parent}; set OPENREG_SCHEMAS")
    return folder


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack("mifir-rts22")


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    """A private copy of the shipped pack, to be broken."""
    folder = tmp_path / "mifir_rts22"
    shutil.copytree(CATALOG / "mifir_rts22", folder)
    return folder
