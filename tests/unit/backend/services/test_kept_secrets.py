"""The folder of secrets: read anew each time, and nothing but plain files that lie in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.services.kept_secrets import KeptSecrets, KeptSecretUnfit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "outside").write_text("not yours")
    return tmp_path / "secrets"


def test_a_file_is_read_anew_each_time_without_the_end_of_its_line(folder: Path) -> None:
    secrets = KeptSecrets(folder=folder)
    assert secrets.find_file("warehouse") is None
    for text in ("first\n", "second \r\n", "dritte ß"):
        (folder / "warehouse").write_text(text)
        assert secrets.find_file("warehouse") == text.rstrip("\r\n")


def test_without_a_folder_there_are_no_files() -> None:
    assert KeptSecrets().find_file("passwd") is None


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert KeptSecrets(folder=tmp_path / "nowhere").find_file("passwd") is None


def test_links_within_the_folder_are_followed_as_kubernetes_makes_them(folder: Path, tmp_path: Path) -> None:
    (folder / "..2026_11").mkdir()
    (folder / "..2026_11" / "warehouse").write_text("kept")
    (folder / "..data").symlink_to("..2026_11")
    (folder / "warehouse").symlink_to("..data/warehouse")
    (tmp_path / "mounted").symlink_to(folder)
    assert KeptSecrets(folder=tmp_path / "mounted").find_file("warehouse") == "kept"


def _link_out(path: Path) -> None:
    path.symlink_to("../outside")


def _folder_out(path: Path) -> None:
    (path.parent / "way").symlink_to(path.parent.parent)
    path.symlink_to("way/outside")


def _writable(path: Path) -> None:
    path.write_text("swapped")
    path.chmod(0o646)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_link_out, "out of the folder"),
        (_folder_out, "out of the folder"),
        (lambda path: path.mkdir(), "not a file"),
        (os.mkfifo, "not a file"),
        (_writable, "everybody may change it"),
        (lambda path: path.write_bytes(b"a" * 65_537), "longer"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not text"),
    ],
)
def test_what_is_no_plain_file_of_the_folder_is_refused_without_its_content(
    folder: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(folder / "warehouse")
    with pytest.raises(KeptSecretUnfit, match=reason) as refused:
        KeptSecrets(folder=folder).find_file("warehouse")
    assert "not yours" not in refused.value.message


def test_a_file_of_the_largest_size_is_read(folder: Path) -> None:
    (folder / "warehouse").write_bytes(b"a" * 65_536)
    assert KeptSecrets(folder=folder).find_file("warehouse") == "a" * 65_536
