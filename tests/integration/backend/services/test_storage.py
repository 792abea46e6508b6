"""Object storage against a real S3 server; faults by a server that dies, hangs or cuts the line."""

import hashlib
import os
import random
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import minio
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.services.storage import (
    MIN_PART_BYTES,
    BucketMissing,
    BucketNameInvalid,
    ObjectNotFound,
    ObjectStorage,
    PartRefused,
    StorageDenied,
    StorageUnavailable,
    UploadLost,
)
from tests.services.obstacles import proxy
from tests.services.servers import S3Address, new_s3, s3_address

CONTENT = os.urandom(3_000_000)


def open_storage(address: S3Address, bucket: str, **changed: object) -> ObjectStorage:
    values = {
        "endpoint": address.endpoint,
        "access_key": address.access_key,
        "secret_key": address.secret_key,
        "region": address.region,
        "bucket": bucket,
    }
    return ObjectStorage(**{**values, **changed})


@pytest.fixture(scope="module")
def storage(s3_server: S3Address) -> ObjectStorage:
    storage = open_storage(s3_server, f"bucket-{uuid4().hex[:8]}")
    storage.ensure_bucket()
    return storage


@pytest.mark.parametrize("hours", [2, -2])
def test_a_wrong_clock_of_ours_may_pass_and_is_no_refusal(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch, hours: int
):
    """Requests are signed with the time; a key that is right must not look wrong."""
    monkeypatch.setattr("minio.api.time.utcnow", lambda: datetime.now(UTC) + timedelta(hours=hours))
    with pytest.raises(StorageUnavailable, match="clock"):
        storage.put("late", b"x")


class TestObjects:
    def test_what_is_put_is_read(self, storage: ObjectStorage):
        stored = storage.put("a/b c/ä+&=.bin", CONTENT, "application/zip")
        assert stored.size_bytes == len(CONTENT)
        assert storage.read("a/b c/ä+&=.bin") == CONTENT
        found = storage.stat("a/b c/ä+&=.bin")
        assert (found.size_bytes, found.content_type) == (len(CONTENT), "application/zip")
        assert found.modified_at is not None
        assert found.modified_at.tzinfo is not None

    def test_an_object_is_replaced_as_a_whole(self, storage: ObjectStorage):
        storage.put("replaced", CONTENT)
        storage.put("replaced", b"short")
        assert storage.read("replaced") == b"short"

    def test_an_empty_object_is_an_object(self, storage: ObjectStorage):
        storage.put("empty", b"")
        assert storage.read("empty") == b""
        assert storage.find_size("empty") == 0

    @pytest.mark.parametrize(
        ("offset", "length"),
        [(0, 10), (5, None), (2_999_990, None), (1_048_570, 20), (7, 0), (3_000_000, None), (10, 10**9)],
    )
    def test_a_range_is_read_alone(self, storage: ObjectStorage, offset: int, length: int | None):
        storage.put("ranged", CONTENT)
        expected = CONTENT[offset:] if length is None else CONTENT[offset : offset + length]
        assert storage.read("ranged", offset, length) == expected
        assert b"".join(storage.stream("ranged", offset, length)) == expected

    def test_a_missing_object_is_told(self, storage: ObjectStorage):
        for call in (storage.read, storage.stat, lambda key: list(storage.stream(key))):
            with pytest.raises(ObjectNotFound) as missing:
                call("nothing/here")
            assert missing.value.extra["key"] == "nothing/here"
        assert storage.find_size("nothing/here") is None
        storage.delete("nothing/here")

    def test_only_the_prefix_is_listed_and_removed(self, storage: ObjectStorage):
        for key in ("p/run/1", "p/run/2/x", "p/run2/1", "q"):
            storage.put(key, key.encode())
        assert [(found.key, found.size_bytes) for found in storage.list("p/run/")] == [("p/run/1", 7), ("p/run/2/x", 9)]
        assert storage.delete_prefix("p/run/") == 2
        assert [found.key for found in storage.list("p/")] == ["p/run2/1"]
        with pytest.raises(ValueError, match="everything"):
            storage.delete_prefix("")


class TestUploads:
    """Pins how the private multipart calls of the minio client behave."""

    PARTS = (*(os.urandom(MIN_PART_BYTES + size) for size in (0, 1, 2)), b"the end")

    def upload(self, storage: ObjectStorage, key: str, order: list[int]) -> str:
        upload = storage.begin_upload(key, "application/xml")
        marks = {number: storage.upload_part(key, upload, number, self.PARTS[number - 1]) for number in order}
        assert storage.find_size(key) is None, "nothing is visible before it is complete"
        stored = storage.complete_upload(key, upload, list(marks.items()))
        assert stored.size_bytes == sum(map(len, self.PARTS))
        return upload

    @pytest.mark.parametrize("order", [[1, 2, 3, 4], [3, 1, 4, 2], [4, 3, 2, 1]])
    def test_parts_in_any_order_become_the_object(self, storage: ObjectStorage, order: list[int]):
        self.upload(storage, f"parts-{order}", order)
        assert storage.read(f"parts-{order}") == b"".join(self.PARTS)

    def test_a_part_sent_again_with_the_same_bytes_is_taken(self, storage: ObjectStorage):
        self.upload(storage, "again", [1, 2, 2, 1, 3, 4])
        assert storage.read("again") == b"".join(self.PARTS)

    def test_a_part_sent_again_with_other_bytes_is_taken_or_refused_never_mixed(self, storage: ObjectStorage):
        upload = storage.begin_upload("changed")
        storage.upload_part("changed", upload, 1, self.PARTS[0])
        try:
            mark = storage.upload_part("changed", upload, 1, self.PARTS[1])
        except PartRefused:
            storage.abort_upload("changed", upload)
            return
        storage.complete_upload("changed", upload, [(1, mark)])
        assert storage.read("changed") == self.PARTS[1]

    def test_parts_sent_at_the_same_time_become_the_object(self, storage: ObjectStorage):
        upload = storage.begin_upload("together")
        with ThreadPoolExecutor(4) as threads:
            marks = list(
                threads.map(lambda n: (n, storage.upload_part("together", upload, n, self.PARTS[n - 1])), [1, 2, 3, 4])
            )
        storage.complete_upload("together", upload, marks)
        assert storage.read("together") == b"".join(self.PARTS)

    def test_another_process_continues_an_upload(self, storage: ObjectStorage, s3_server: S3Address):
        upload = storage.begin_upload("continued")
        first = storage.upload_part("continued", upload, 1, self.PARTS[0])
        script = f"""
from backend.services.storage import ObjectStorage
storage = ObjectStorage(endpoint={s3_server.endpoint!r}, access_key={s3_server.access_key!r},
    secret_key={s3_server.secret_key!r}, bucket={storage.bucket!r})
mark = storage.upload_part("continued", {upload!r}, 2, b"the end")
storage.complete_upload("continued", {upload!r}, [(1, {first!r}), (2, mark)])
"""
        subprocess.run([sys.executable, "-c", script], check=True)
        assert storage.read("continued") == self.PARTS[0] + b"the end"

    def test_an_aborted_upload_leaves_nothing(self, storage: ObjectStorage):
        upload = storage.begin_upload("aborted")
        mark = storage.upload_part("aborted", upload, 1, self.PARTS[0])
        storage.abort_upload("aborted", upload)
        storage.abort_upload("aborted", upload)
        assert storage.find_size("aborted") is None
        with pytest.raises(UploadLost):
            storage.upload_part("aborted", upload, 2, b"x")
        with pytest.raises(UploadLost) as lost:
            storage.complete_upload("aborted", upload, [(1, mark)])
        assert lost.value.fix

    def test_a_completed_upload_is_gone(self, storage: ObjectStorage):
        upload = self.upload(storage, "completed", [1, 2, 3, 4])
        with pytest.raises(UploadLost):
            storage.upload_part("completed", upload, 5, b"x")
        storage.abort_upload("completed", upload)
        assert storage.find_size("completed") == sum(map(len, self.PARTS))

    @pytest.mark.long
    def test_an_object_may_be_larger_than_5_gib(self, storage: ObjectStorage):
        part = os.urandom(16 * 1024 * 1024)
        upload = storage.begin_upload("huge")
        marks = [(number, storage.upload_part("huge", upload, number, part)) for number in range(1, 323)]
        stored = storage.complete_upload("huge", upload, marks)
        assert stored.size_bytes == 322 * len(part) > 5 * 1024**3
        assert storage.read("huge", stored.size_bytes - 10) == part[-10:]
        storage.delete("huge")


class TestRangedFiles:
    def test_any_sequence_of_seeks_and_reads_equals_a_plain_file(self, storage: ObjectStorage):
        storage.put("file", CONTENT)
        draw = random.Random(7)
        with storage.open_ranged("file", len(CONTENT), window=100_000) as file:
            for _ in range(60):
                position = draw.randrange(len(CONTENT) + 10)
                size = draw.choice([1, 100, 99_999, 100_000, 250_000])
                file.seek(position)
                assert file.read(size) == CONTENT[position : position + size]
            file.seek(-5, 2)
            assert file.read() == CONTENT[-5:]

    def test_a_parquet_reader_reads_single_columns_of_single_row_groups(self, storage: ObjectStorage):
        table = pa.table({"a": list(range(200_000)), "b": [f"text {n}" for n in range(200_000)]})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, row_group_size=50_000)
        content = sink.getvalue().to_pybytes()
        storage.put("table.parquet", content)
        file = pq.ParquetFile(storage.open_ranged("table.parquet", len(content)))
        assert file.num_row_groups == 4
        assert file.read_row_group(2, columns=["b"]).equals(table.select(["b"]).slice(100_000, 50_000))
        assert file.read().equals(table)

    def test_reading_forward_asks_the_server_once_per_window(
        self, storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
    ):
        storage.put("forward", CONTENT)
        asked: list[tuple[int, int | None]] = []
        read = storage.read

        def counted(key: str, offset: int = 0, length: int | None = None) -> bytes:
            asked.append((offset, length))
            return read(key, offset, length)

        monkeypatch.setattr(storage, "read", counted)
        with storage.open_ranged("forward", len(CONTENT), window=1_000_000) as file:
            while file.read(10_000):
                pass
        assert asked == [(0, 1_000_000), (1_000_000, 1_000_000), (2_000_000, 1_000_000)]


class TestFaults:
    def test_a_missing_bucket_is_told_everywhere(self, s3_server: S3Address):
        storage = open_storage(s3_server, "no-such-bucket")
        upload = "00000000-0000-0000-0000-000000000000"
        calls = (
            storage.check,
            lambda: storage.put("a", b"x"),
            lambda: storage.read("a"),
            lambda: list(storage.list()),
            lambda: storage.begin_upload("a"),
            lambda: storage.upload_part("a", upload, 1, b"x"),
        )
        for call in calls:
            with pytest.raises((BucketMissing, UploadLost)) as missing:
                call()
            assert missing.value.fix
        with pytest.raises(BucketMissing, match="no-such-bucket"):
            storage.check()

    def test_a_bucket_is_made_once(self, s3_server: S3Address):
        storage = open_storage(s3_server, f"new-{uuid4().hex[:8]}")
        storage.ensure_bucket()
        storage.ensure_bucket()
        storage.check()

    @pytest.mark.parametrize("name", ["", "B", "ab", "a_b", "-ab", "a" * 64])
    def test_a_bucket_name_that_cannot_be_is_refused_at_once(self, s3_server: S3Address, name: str):
        with pytest.raises(BucketNameInvalid, match="bucket name"):
            open_storage(s3_server, name)

    @pytest.mark.parametrize("changed", [{"secret_key": "wrong"}, {"access_key": "nobody"}])
    def test_wrong_keys_are_told_without_repeating_them(
        self, storage: ObjectStorage, s3_server: S3Address, changed: dict[str, str]
    ):
        stranger = open_storage(s3_server, storage.bucket, **changed)
        for call in (stranger.check, lambda: stranger.put("a", b"x"), lambda: stranger.read("a")):
            with pytest.raises(StorageDenied) as denied:
                call()
            assert "MINIO_SECRET_KEY" in (denied.value.fix or "")
            assert "wrong" not in denied.value.message

    def test_nothing_listening_is_told_quickly(self, s3_server: S3Address):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(StorageUnavailable, match="nothing listens") as unavailable:
            open_storage(s3_server, "any-bucket", endpoint=endpoint).read("a")
        assert unavailable.value.transient
        assert time.monotonic() - started < 10

    def test_a_server_that_hangs_does_not_hang_us(self, s3_server: S3Address, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("backend.services.storage._READ_SECONDS", 1.0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
            storage = open_storage(s3_server, "any-bucket", endpoint=endpoint)
            for call in (storage.check, lambda: storage.put("a", b"x"), lambda: storage.begin_upload("a")):
                started = time.monotonic()
                with pytest.raises(StorageUnavailable, match="in time"):
                    call()
                assert time.monotonic() - started < 6

    def test_a_line_that_breaks_while_reading_is_taken_up_where_it_broke(
        self, storage: ObjectStorage, s3_server: S3Address
    ):
        content = os.urandom(12_000_000)
        storage.put("long", content)
        port = int(s3_server.endpoint.rpartition(":")[2])
        with proxy(port, cut_after_bytes=5_000_000) as cut:
            broken = open_storage(s3_server, storage.bucket, endpoint=f"127.0.0.1:{cut}")
            assert hashlib.sha256(broken.read("long")).digest() == hashlib.sha256(content).digest()

    def test_a_restarted_server_lost_its_uploads_and_kept_its_objects(self, services_folder: Path):
        server = new_s3(services_folder / "restarted")
        server.start()
        try:
            storage = open_storage(s3_address(server), "kept-bucket")
            storage.ensure_bucket()
            storage.put("kept", CONTENT)
            upload = storage.begin_upload("unfinished")
            storage.upload_part("unfinished", upload, 1, CONTENT)
            server.stop()
            server.start()
            storage = open_storage(s3_address(server), "kept-bucket")
            assert storage.read("kept") == CONTENT
            assert [found.key for found in storage.list()] == ["kept"]
            with pytest.raises(UploadLost):
                storage.upload_part("unfinished", upload, 2, b"x")
        finally:
            server.stop()


def test_the_client_is_the_one_these_tests_pin():
    assert minio.__version__.startswith("7.2.")
