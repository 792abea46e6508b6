"""What S3 servers refuse, and what a killed sender leaves there."""

import os
import socket
from pathlib import Path
from uuid import uuid4

import pytest

from backend.services.storage import ObjectStorage
from backend.services.transfer import faults
from tests.factories.delivered_files import NAME, Artifact, deliver
from tests.services.destinations import Destination, s3_destination
from tests.services.servers import S3Address


@pytest.fixture
def s3(s3_server: S3Address, services_folder: Path) -> Destination:
    return s3_destination(s3_server, services_folder / "s3" / "objects", f"partner-{uuid4().hex[:12]}")


def test_an_upload_that_was_left_is_ended_and_the_file_written_once(s3: Destination, s3_server: S3Address):
    bucket = ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket=str(s3.settings["bucket"]),
    )
    left = bucket.begin_upload(f"reports/{NAME}")
    bucket.upload_part(f"reports/{NAME}", left, 1, os.urandom(6_000_000))
    other = bucket.begin_upload("reports/another.zip")
    bucket.upload_part("reports/another.zip", other, 1, b"theirs")
    artifact = Artifact(os.urandom(12_000_000))
    deliver(s3.transfer(), artifact)
    assert bucket.read(f"reports/{NAME}") == artifact.content
    assert [upload.upload_id for upload in bucket.open_uploads()] == [other]


@pytest.mark.parametrize(
    ("change", "credentials", "step", "fault"),
    [
        ({"bucket": "no-such-bucket"}, None, "bucket", faults.DestinationFolderMissing),
        ({}, {"access_key": "nobody", "secret_key": "wrong-secret"}, "bucket", faults.DestinationSignInRefused),
        ({"secure": True}, None, "bucket", faults.DestinationProtocolWrong),
        ({"host": "169.254.169.254"}, None, "dns", faults.DestinationAddressRefused),
    ],
)
def test_each_failing_step_is_told_apart(
    s3: Destination,
    change: dict[str, object],
    credentials: dict[str, object] | None,
    step: str,
    fault: type[faults.TransferError],
):
    transfer = s3.transfer(credentials=credentials, **change)
    test = transfer.test()
    assert (test.steps[-1].name, test.steps[-1].ok) == (step, False)
    assert "wrong-secret" not in str(test)
    with pytest.raises(fault) as told:
        deliver(transfer)
    assert told.value.fix


def test_nothing_listening_may_be_tried_again(s3: Destination):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(faults.DestinationConnectionRefused) as refused:
        deliver(s3.transfer(port=port))
    assert refused.value.transient
