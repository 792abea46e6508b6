"""What S3 servers refuse, and what a killed sender leaves there."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from backend.services.storage import ObjectStorage
from backend.services.transfer import faults
from tests.factories.delivered_files import NAME, Artifact, deliver
from tests.services.destinations import Destination, s3_destination
from tests.services.obstacles import make_between, proxy
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


@pytest.fixture
def tls_port(s3: Destination, tmp_path: Path) -> Iterator[int]:
    """A port where the server is reached over TLS, by a certificate of localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_between(tmp_path).server_certificate)
    target = int(str(s3.settings["port"]))
    with proxy(target, greet=lambda client: context.wrap_socket(client, server_side=True)) as port:
        yield port


def test_the_confirmed_certificate_opens_and_another_one_stops_before_a_key_is_shown(s3: Destination, tls_port: int):
    over_tls = {"host": "localhost", "port": tls_port, "secure": True}
    other = s3.transfer(**over_tls, certificate_fingerprint="00" * 32)
    with pytest.raises(faults.DestinationCertificateChanged) as changed:
        deliver(other)
    shown = changed.value.extra["fingerprint"]
    assert other.test().unconfirmed_certificate == shown
    assert s3.names() == []
    confirmed = s3.transfer(**over_tls, certificate_fingerprint=shown)
    assert deliver(confirmed).certificate_fingerprint == shown
    assert s3.names() == [NAME]
    with pytest.raises(faults.DestinationCertificateWrong):
        deliver(s3.transfer(**over_tls))
    with pytest.raises(faults.TransferSettingsInvalid):
        s3.transfer(certificate_fingerprint="00" * 32)


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
