"""Packaging: what is written is an archive others read, whole or continued after a kill."""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.pipeline.rendering import packaging
from backend.pipeline.rendering.packaging import (
    Block,
    GzipPackager,
    Packager,
    PlainPackager,
    ZipPackager,
    unpack_stream,
)

MADE = datetime(2024, 3, 2, 6, 30, 11, tzinfo=UTC)


def parts(seed: int, count: int = 12) -> list[bytes]:
    source = random.Random(seed)
    texts = (b"", b"<Tx>" * 7, b"x", source.randbytes(70_000), b"<New>ABC</New>" * 9_000)
    return [source.choice(texts) for _ in range(count)]


def pack_all(packager: Packager, contents: Sequence[bytes]) -> bytes:
    written = [packager.open(), *(packager.append(packager.block(raw)) for raw in contents), packager.close()]
    return b"".join(written)


def read_archive(archive: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        assert package.testzip() is None
        (entry,) = package.infolist()
        return entry, package.read(entry)


def unzip_accepts(archive: bytes, folder: Path) -> bool:
    path = folder / "file.zip"
    path.write_bytes(archive)
    done = subprocess.run(["unzip", "-tq", str(path)], capture_output=True, check=False, text=True)
    return done.returncode == 0 and "warning" not in done.stderr


@pytest.mark.parametrize("seed", range(5))
def test_python_reads_back_what_was_packed_in_blocks_of_any_size(seed: int) -> None:
    contents = parts(seed)

    entry, content = read_archive(pack_all(ZipPackager("Berichte für März.xml", MADE), contents))

    assert content == b"".join(contents)
    assert entry.filename == "Berichte für März.xml"
    assert entry.file_size == len(content)
    assert zlib.crc32(content) == entry.CRC


def test_a_file_without_content_is_a_readable_archive() -> None:
    entry, content = read_archive(pack_all(ZipPackager("empty.xml", MADE), []))

    assert (entry.file_size, content) == (0, b"")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_info_zip_accepts_the_archive(tmp_path: Path) -> None:
    assert unzip_accepts(pack_all(ZipPackager("a.xml", MADE), parts(1)), tmp_path)
    assert unzip_accepts(pack_all(ZipPackager("a.xml", MADE), []), tmp_path)


def test_the_same_parts_give_the_same_bytes_whatever_the_zone_of_the_time() -> None:
    elsewhere = MADE.astimezone(timezone(timedelta(hours=-7)))

    assert pack_all(ZipPackager("a.xml", MADE), parts(3)) == pack_all(ZipPackager("a.xml", elsewhere), parts(3))


def test_the_time_is_written_in_utc_cut_to_two_seconds() -> None:
    entry, _ = read_archive(pack_all(ZipPackager("a.xml", MADE.astimezone(timezone(timedelta(hours=5)))), [b"x"]))

    assert entry.date_time == (2024, 3, 2, 6, 30, 10)


@pytest.mark.parametrize("year", [1970, 2150])
def test_a_time_the_format_cannot_hold_is_moved_to_the_nearest_year_it_can(year: int) -> None:
    entry, _ = read_archive(pack_all(ZipPackager("a.xml", MADE.replace(year=year)), [b"x"]))

    assert entry.date_time[0] in {1980, 2107}


@pytest.mark.parametrize(
    "make", [PlainPackager, lambda: ZipPackager("a.xml", MADE), lambda: GzipPackager("a.xml", MADE)]
)
@pytest.mark.parametrize("stop", [0, 1, 5, 12])
def test_a_file_continued_from_a_checkpoint_equals_the_undisturbed_one(make: type[PlainPackager], stop: int) -> None:
    contents = parts(7)
    first, second = make(), make()

    begun = first.open() + b"".join(first.append(first.block(raw)) for raw in contents[:stop])
    state = first.state()
    first.append(first.block(b"work lost with the process"))
    second.restore(state)
    rest = b"".join(second.append(second.block(raw)) for raw in contents[stop:]) + second.close()

    assert begun + rest == pack_all(make(), contents)
    assert all(type(value) is int for value in state.values())
    assert second.content_size == sum(map(len, contents))


@pytest.mark.parametrize("seed", range(3))
def test_gzip_reads_back_what_was_packed_with_its_name_and_time(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "packed.gz"
    path.write_bytes(pack_all(GzipPackager("a.csv", MADE), parts(seed)))
    with gzip.open(path) as file:
        assert file.read() == b"".join(parts(seed))
        assert file.mtime == int(MADE.timestamp())
    assert b"a.csv\0" in path.read_bytes()[:30]


@pytest.mark.parametrize("kind", [PlainPackager, lambda: ZipPackager("a", MADE), lambda: GzipPackager("a", MADE)])
def test_a_part_that_comes_last_may_stand_first(kind: Callable[[], Packager]) -> None:
    packager, straight = kind(), kind()
    body = b"".join(packager.append(packager.block(raw)) for raw in (b"behind it", b"", b"the rest"))
    packed = packager.open() + packager.prepend(packager.block(b"the header")) + body + packager.close()

    assert packed == pack_all(straight, [b"the header", b"behind it", b"", b"the rest"])


def test_blocks_packed_by_several_threads_equal_those_of_one() -> None:
    contents = parts(11, 60)
    packager = ZipPackager("a.xml", MADE)
    with ThreadPoolExecutor(4) as threads:
        blocks = list(threads.map(packager.block, map(memoryview, contents)))

    assert blocks == [packager.block(raw) for raw in contents]


@pytest.mark.long
def test_the_same_block_gives_the_same_bytes_whatever_memory_it_meets() -> None:
    """Met with isal, whose output now and then differed: in three of nine such runs, one to five blocks of 16,000."""
    words = (b"NEWT", b"CANC", b"DEALING", b"true", b"false", b"2026-11-20T10:", b"XLON", b"GB00", b"EUR")
    source = random.Random(5)

    def field() -> bytes:
        return (
            source.choice(words) if source.random() < 0.6 else b"%d" % source.randrange(10 ** source.randrange(1, 15))
        )

    rows = [b",".join(field() for _ in range(60)) + b"\n" for _ in range(4_000)]

    def differing(seed: int) -> int:
        source = random.Random(seed)
        packager = ZipPackager("a.csv", MADE)
        found = 0
        for _ in range(4_000):
            first_row = source.randrange(len(rows))
            raw = b"".join((rows[first_row:] + rows)[: source.randrange(1, 3_000)])
            block = packager.block(raw)
            for _ in range(4):
                # What another thread leaves behind in the memory the deflater is given next.
                junk = [os.urandom(source.randrange(1_000, 600_000)) for _ in range(3)]
                del junk
                found += packager.block(raw) != block
        return found

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(differing, range(2))) == [0, 0]


@pytest.mark.parametrize("size", [1, 7, 1_000, 1 << 20])
def test_the_content_comes_back_from_stored_pieces_of_any_size(size: int) -> None:
    contents = parts(13)
    for packager in (PlainPackager(), ZipPackager("a.xml", MADE), GzipPackager("a.xml", MADE)):
        stored = pack_all(packager, contents)
        pieces = (stored[start : start + size] for start in range(0, len(stored), size))

        assert b"".join(unpack_stream(packager, pieces)) == b"".join(contents)


@pytest.mark.parametrize("kind", [ZipPackager, GzipPackager])
def test_unpacking_says_when_the_file_is_cut_or_damaged(kind: type[ZipPackager | GzipPackager]) -> None:
    packager = kind("a.xml", MADE)
    stored = pack_all(packager, [random.Random(1).randbytes(5_000)])

    with pytest.raises(zlib.error, match="ends before"):
        list(unpack_stream(packager, [stored[:2_000]]))
    with pytest.raises(zlib.error):
        list(unpack_stream(packager, [stored[:40] + b"\xff" * 50 + stored[90:]]))


def test_sizes_move_to_64_bit_fields_only_where_32_bits_do_not_hold_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contents = [random.Random(5).randbytes(4_000), b"A" * 4_000]
    small = pack_all(ZipPackager("a.xml", MADE), contents)
    assert b"PK\x06\x06" not in small

    monkeypatch.setattr(packaging, "_LIMIT", 3_000)
    large = pack_all(ZipPackager("a.xml", MADE), contents)

    assert b"PK\x06\x06" in large
    assert read_archive(large)[1] == b"".join(contents)
    if shutil.which("unzip"):
        assert unzip_accepts(large, tmp_path)


@pytest.mark.long
def test_content_beyond_4_gib_is_read_back_whole(tmp_path: Path) -> None:
    packager = ZipPackager("a.xml", MADE)
    block = packager.block(b"<Tx></Tx>" * 7_456_540)
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.write(packager.open())
        for _ in range(66):
            file.write(packager.append(Block(block.packed, block.raw_length, block.crc)))
        file.write(packager.close())

    assert packager.content_size > 2**32
    done = subprocess.run(["unzip", "-tq", str(path)], capture_output=True, check=False)
    assert done.returncode == 0
    with zipfile.ZipFile(path) as package:
        assert package.infolist()[0].file_size == packager.content_size
