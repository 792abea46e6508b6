"""What a process prints is kept within bounds, without secrets, whatever happens to the disk."""

import io
import os
from pathlib import Path

from backend.embedded.output import KEPT_LINES, ProcessOutput


def taken_in(output: ProcessOutput, content: bytes) -> None:
    output.follow(io.BytesIO(content))
    output.finish()


def test_lines_reach_file_memory_and_watcher_in_order(tmp_path: Path):
    seen: list[str] = []
    output = ProcessOutput(tmp_path / "a.log", echo=seen.append)
    taken_in(output, b"one\ntwo\nhalf")
    assert seen == ["one", "two", "half"]
    assert output.last_lines() == seen
    assert (tmp_path / "a.log").read_text().splitlines() == seen


def test_a_restart_adds_to_the_file_but_its_last_lines_are_its_own(tmp_path: Path):
    output = ProcessOutput(tmp_path / "a.log")
    taken_in(output, b"before\n")
    taken_in(output, b"after\n")
    assert output.last_lines() == ["after"]
    assert (tmp_path / "a.log").read_text() == "before\nafter\n"


def test_secrets_are_cut_out_before_anybody_sees_them(tmp_path: Path):
    seen: list[str] = []
    output = ProcessOutput(tmp_path / "a.log", echo=seen.append, hidden=["s3cret", "pass/word"])
    taken_in(output, b'url=postgresql://a:s3cret@h {"password": "pass/word"} s3cret\n')
    assert seen == ['url=postgresql://a:[hidden]@h {"password": "[hidden]"} [hidden]']
    assert "s3cret" not in (tmp_path / "a.log").read_text()


def test_the_file_starts_over_when_full_and_memory_stays_small(tmp_path: Path):
    output = ProcessOutput(tmp_path / "a.log", max_bytes=1_000)
    taken_in(output, b"".join(b"line %06d\n" % number for number in range(5_000)))
    assert (tmp_path / "a.log").stat().st_size < 1_100
    assert (tmp_path / "a.log.1").stat().st_size < 1_100
    assert {file.name for file in tmp_path.iterdir()} == {"a.log", "a.log.1"}
    assert len(output.last_lines()) == KEPT_LINES
    assert output.last_lines()[-1] == "line 004999"


def test_a_process_is_read_on_when_the_disk_is_full(tmp_path: Path):
    (tmp_path / "a.log").symlink_to("/dev/full")
    seen: list[str] = []
    read_end, write_end = os.pipe()
    output = ProcessOutput(tmp_path / "a.log", echo=seen.append)
    output.follow(os.fdopen(read_end, "rb"))
    with os.fdopen(write_end, "wb") as printing:  # more than a pipe holds: an unread pipe would block here for ever
        printing.writelines(b"%0100d\n" % number for number in range(5_000))
    output.finish()
    assert len(seen) == 5_000


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path):
    output = ProcessOutput(tmp_path / "a.log")
    taken_in(output, b"x" * 1_000_000)
    assert max(len(line) for line in output.last_lines()) <= 64_000
