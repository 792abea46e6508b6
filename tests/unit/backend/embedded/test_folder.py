"""The data folder: one platform at a time, documents all or nothing, a full disk named."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.embedded.errors import DataFolderCorrupt, DataFolderInUse, DataFolderUnreachable, DiskFull
from backend.embedded.folder import DataFolder, data_folder, naming_a_full_disk, read_document, write_document

HOLDER = """
import sys, time
from pathlib import Path
from backend.embedded.folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    sys.stdout.write("x")
    sys.stdout.flush()
    time.sleep(60)
"""
WRITER = """
import sys
from pathlib import Path
from backend.embedded.folder import write_document
while True:
    write_document(Path(sys.argv[1]), {"filler": "x" * 100_000})
"""


def test_the_lock_is_held_by_the_living_only(tmp_path: Path):
    folder = DataFolder(tmp_path)
    assert folder.find_holder() is None
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.read(1) == b"x"
        assert folder.find_holder() == holder.pid
        with pytest.raises(DataFolderInUse, match=str(holder.pid)) as refused, folder.locked():
            pass
        assert refused.value.fix is not None
        assert "openreg down" in refused.value.fix
        holder.send_signal(signal.SIGKILL)
    assert folder.find_holder() is None
    with folder.locked():
        assert folder.find_holder() == os.getpid()


def test_a_reader_never_sees_half_a_document(tmp_path: Path):
    file = tmp_path / "state.json"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)]) as process:
        deadline = time.monotonic() + 20
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        for _look in range(200):
            assert len(read_document(file, fix="")["filler"]) == 100_000
        process.kill()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00", '"text"'])
def test_a_damaged_document_is_named_with_its_fix(tmp_path: Path, content: str):
    file = tmp_path / "state.json"
    file.write_text(content)
    with pytest.raises(DataFolderCorrupt, match=r"state\.json") as refused:
        read_document(file, fix="do this")
    assert refused.value.fix == "do this"


def test_a_full_disk_is_named_and_other_trouble_is_not_taken_for_it(tmp_path: Path):
    with (
        pytest.raises(DiskFull, match="No space is left"),
        naming_a_full_disk(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    with pytest.raises(FileNotFoundError), naming_a_full_disk(tmp_path):
        (tmp_path / "missing").read_bytes()
    (tmp_path / "state.unfinished").symlink_to("/dev/full")
    write_document(tmp_path / "other.json", {})
    with pytest.raises(DiskFull):
        write_document(tmp_path / "state.json", {"a": "b" * 100_000})


def test_the_environment_names_another_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("OPENREG_DATA_DIR", str(tmp_path / "elsewhere"))
    assert data_folder().path == tmp_path / "elsewhere"
    assert data_folder(tmp_path / "given").path == tmp_path / "given"
    monkeypatch.delenv("OPENREG_DATA_DIR")
    assert data_folder().path.name == ".openreg"
    assert data_folder().path.is_absolute()


def test_nobody_else_may_list_the_folder(tmp_path: Path):
    for is_shared, mode in ((True, 0o711), (False, 0o700)):
        folder = DataFolder(tmp_path / str(is_shared))
        folder.create(is_shared=is_shared)
        assert folder.path.stat().st_mode & 0o777 == mode
        assert folder.logs.stat().st_mode & 0o777 == 0o700
        write_document(folder.secrets_file, {"a": "b"})
        assert json.loads(folder.secrets_file.read_text()) == {"a": "b"}


def test_a_folder_of_somebody_else_is_named():
    # Nobody, root included, may create anything in /sys.
    with pytest.raises(DataFolderUnreachable, match="/sys/openreg belongs to another user") as refused:
        DataFolder(Path("/sys/openreg")).create(is_shared=False)
    assert "OPENREG_DATA_DIR" in str(refused.value.fix)
