"""Files of any size reach a real S3 server whole, and one that breaks off leaves nothing behind."""

from __future__ import annotations

import io
import os
from uuid import uuid4

import pytest

from backend.services.storage import ObjectNotFound, ObjectStorage
from backend.services.stored_files import store_file
from tests.services.servers import S3Address

MIB = 1024 * 1024


class Broken(io.BytesIO):
    """A file that ends with a fault after so many reads."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > 3:
            raise OSError("the disk is gone")
        return super().read(size)


@pytest.fixture(scope="module")
def storage(s3_server: S3Address) -> ObjectStorage:
    storage = ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        bucket=f"bucket-{uuid4().hex[:8]}",
    )
    storage.ensure_bucket()
    return storage


@pytest.mark.parametrize("size", [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB, 24 * MIB])
def test_what_is_stored_is_the_file(storage: ObjectStorage, size: int) -> None:
    content = os.urandom(size)
    assert store_file(storage, f"file-{size}", io.BytesIO(content), "text/csv") == size
    assert storage.read(f"file-{size}") == content


def test_a_file_that_breaks_off_is_not_there(storage: ObjectStorage) -> None:
    storage.begin_upload("of somebody else")
    with pytest.raises(OSError, match="the disk is gone"):
        store_file(storage, "broken", Broken(os.urandom(40 * MIB)))
    assert [one.key for one in storage.open_uploads()] == ["of somebody else"]
    with pytest.raises(ObjectNotFound):
        storage.stat("broken")
