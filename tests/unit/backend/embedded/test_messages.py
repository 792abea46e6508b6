"""Messages of trouble carry the end of the log, and a full disk is recognised in what servers print."""

from pathlib import Path

import pytest

from backend.embedded.disk import refuse_full_disk, says_disk_is_full
from backend.embedded.errors import DiskFull, with_last_lines


def test_a_message_shows_the_end_of_the_log_and_no_more():
    message = with_last_lines("It died.", [f"line {number}" for number in range(100)] + ["", "  "], at_most=3)
    assert message == "It died. Its last lines:\n  | line 97\n  | line 98\n  | line 99"
    assert with_last_lines("It died.", ["", " "]) == "It died."


@pytest.mark.parametrize(
    ("line", "is_full"),
    [
        ('initdb: error: could not write to file "pg_wal/xlogtemp.7": No space left on device', True),
        ("PANIC:  could not write to file: No space left on device", True),
        ("Can't open the append-only file: Disk quota exceeded", True),
        ("FATAL:  the database system is starting up", False),
    ],
)
def test_a_full_disk_is_recognised(line: str, is_full: bool):
    assert says_disk_is_full(["LOG:  starting", line]) is is_full


def test_too_little_space_is_refused_before_anything_is_created(tmp_path: Path):
    wanted = tmp_path / "not" / "yet"
    with pytest.raises(DiskFull, match="MB are free") as refused:
        refuse_full_disk(wanted, min_free_bytes=10**18)
    assert "OPENREG_DATA_DIR" in str(refused.value.fix)
    assert list(tmp_path.iterdir()) == []
    refuse_full_disk(wanted, min_free_bytes=1)
