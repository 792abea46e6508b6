"""The folder of a backup: whole or not there, and every byte of it is held to its hash."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.services.backup.errors import (
    BackupDamaged,
    BackupFromNewerVersion,
    BackupMissing,
    BackupNotWritable,
    BackupTargetTaken,
)
from backend.services.backup.folder import INDEX, BackupFolder
from backend.services.backup.manifest import FORMAT, Manifest, ObjectsRecord, TableRecord
from backend.services.backup.progress import NoProgress
from backend.services.backup.restoring import check_backup

LINES = b"1\tone\n2\ttwo\n"


def write(path: Path, *, form: int = FORMAT) -> Manifest:
    with BackupFolder(path).created() as folder:
        with folder.writing("tables/things.copy.gz") as file:
            file.write(LINES)
            table = TableRecord(name="things", columns=("id",), rows=2, digest="0" * 64, file=file.finish())
        with folder.writing(INDEX) as index:
            objects = ObjectsRecord(count=0, size_bytes=0, index=index.finish())
        manifest = Manifest(
            format=form,
            openreg_version="1",
            postgresql_version="15",
            revision="r",
            taken_at=datetime(2026, 11, 27, tzinfo=UTC),
            bucket="b",
            key_ids=("k",),
            sealed={},
            tables=(table,),
            sequences=(),
            objects=objects,
        )
        folder.write_manifest(manifest)
    return manifest


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    manifest = write(tmp_path / "backup")
    assert check_backup(tmp_path / "backup", NoProgress()) == manifest
    assert b"".join(BackupFolder(tmp_path / "backup").unpacked(manifest.tables[0].file)) == LINES
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_an_interrupted_backup_is_none_and_is_in_nobodys_way(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        _break_off(tmp_path / "backup")
    with pytest.raises(BackupMissing):
        check_backup(tmp_path / "backup", NoProgress())
    with pytest.raises(BackupMissing):
        check_backup(tmp_path / "backup.unfinished", NoProgress())
    write(tmp_path / "backup")
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "mine.txt").write_text("mine")
    with pytest.raises(BackupTargetTaken):
        write(tmp_path / "backup")
    with pytest.raises(BackupTargetTaken):
        write(tmp_path / "backup" / "mine.txt")
    assert (tmp_path / "backup" / "mine.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupNotWritable, match="file"):
        write(tmp_path / "file" / "backup")


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256", "tables/things.copy.gz", INDEX])
@pytest.mark.parametrize("how", ["flipped", "shorter", "longer", "gone"])
def test_any_damage_is_seen(tmp_path: Path, name: str, how: str) -> None:
    write(tmp_path / "backup")
    file = tmp_path / "backup" / name
    content = file.read_bytes()
    damaged = {
        "flipped": content[:10] + bytes([content[10] ^ 1]) + content[11:],
        "shorter": content[:-2],
        "longer": content + b"x",
    }
    file.write_bytes(damaged[how]) if how in damaged else file.unlink()
    with pytest.raises((BackupDamaged, BackupMissing)):
        check_backup(tmp_path / "backup", NoProgress())


def test_a_form_that_is_not_known_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "backup", form=FORMAT + 1)
    with pytest.raises(BackupFromNewerVersion):
        check_backup(tmp_path / "backup", NoProgress())


def _break_off(path: Path) -> None:
    with BackupFolder(path).created() as folder, folder.writing("tables/things.copy.gz") as file:
        file.write(LINES)
        raise RuntimeError
