"""Destinations of every kind for tests: how each is told, and what lies there as its owner sees it."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.storage import ObjectStorage
from backend.services.transfer.contract import Transfer
from backend.services.transfer.factory import create_inbox, create_transfer
from backend.services.transfer.inbox import RemoteInbox
from tests.services.servers import S3Address
from tests.services.sftp_servers import OpenSsh

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

#: Sends files, each from a process of its own that says its number first, so that it can be killed. It is forked
#: from one that has read all modules; each line it is given is one JSON document.
SENDERS = """
import json, os, sys
from ipaddress import ip_network
from pathlib import Path
from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer.factory import create_transfer

def deliver(told):
    folders = tuple(Path(one) for one in told["folders"])
    here = tuple(map(ip_network, ("127.0.0.0/8", "::1/128")))
    egress = EgressGuard(EgressPolicy.OWN_NETWORK, here, delivery_folders=folders)
    transfer = create_transfer(told["kind"], told["settings"], told["credentials"], egress)
    def pieces(offset):
        with open(told["source"], "rb") as file:
            file.seek(offset)
            while piece := file.read(65536):
                os.write(1, b"%d\\n" % len(piece))  # at once, so that no death cuts the line
                yield piece
    transfer.deliver(pieces, **told["file"])

for line in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("ended", flush=True)
    else:
        print(os.getpid(), flush=True)
        deliver(json.loads(line))
        os._exit(0)
"""


@dataclass(frozen=True)
class Destination:
    """A destination that works, with what it is told; ``changed`` settings make one that does not."""

    kind: str
    settings: dict[str, object]
    credentials: dict[str, object]
    place: Path
    """The folder behind it on this machine; files a server keeps there for itself are hidden."""
    folders: tuple[Path, ...] = field(default=())

    @property
    def egress(self) -> EgressGuard:
        return EgressGuard(EgressPolicy.OWN_NETWORK, LOOPBACK, delivery_folders=self.folders)

    def transfer(self, *, credentials: dict[str, object] | None = None, **changed: object) -> Transfer:
        return create_transfer(
            self.kind,
            {**self.settings, **changed},
            self.credentials if credentials is None else credentials,
            self.egress,
        )

    def inbox(self, **changed: object) -> AbstractContextManager[RemoteInbox]:
        return create_inbox(self.kind, {**self.settings, **changed}, self.credentials, self.egress)

    def names(self) -> list[str]:
        """Every file there, hidden ones included."""
        return sorted(path.name for path in self._content() if path.is_file())

    def empty(self) -> None:
        """Remove every file."""
        for path in self._content():
            if path.is_file() or path.is_symlink():
                path.unlink()

    def remove(self, name: str) -> None:
        """As somebody who fetches files would; an S3 server remembers folders it has listed."""
        if self.kind != "s3":
            (self.place / name).unlink()
            return
        endpoint = f"{self.settings['host']}:{self.settings['port']}"
        keys = {key: str(value) for key, value in self.credentials.items()}
        ObjectStorage(endpoint=endpoint, bucket=str(self.settings["bucket"]), **keys).delete(f"reports/{name}")

    def _content(self) -> list[Path]:
        return list(self.place.iterdir()) if self.place.exists() else []  # S3 keeps no empty folders

    def order(self, source: Path, **file: object) -> str:
        """What a process of SENDERS is told to deliver this file."""
        told = {"kind": self.kind, "settings": self.settings, "credentials": self.credentials}
        return json.dumps({**told, "folders": list(map(str, self.folders)), "source": str(source), "file": file}) + "\n"


def folder_destination(root: Path) -> Destination:
    place = root / "outgoing"
    place.mkdir(parents=True)
    return Destination("folder", {"folder": str(place)}, {}, place, (root,))


def s3_destination(server: S3Address, objects: Path, bucket: str) -> Destination:
    """``objects`` is the folder in which the server keeps its buckets."""
    storage = ObjectStorage(
        endpoint=server.endpoint, access_key=server.access_key, secret_key=server.secret_key, bucket=bucket
    )
    storage.ensure_bucket()
    host, port = server.endpoint.split(":")
    place = objects / bucket / "reports"
    place.mkdir(exist_ok=True)
    place.chmod(0o777)  # the server is of another user
    settings = {"host": host, "port": int(port), "secure": False, "bucket": bucket, "prefix": "reports"}
    return Destination("s3", settings, {"access_key": server.access_key, "secret_key": server.secret_key}, place)


def sftp_destination(server: OpenSsh) -> Destination:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "username": server.username,
        "folder": str(server.folder),
        "host_key_fingerprint": server.fingerprint("host_ed25519"),
    }
    return Destination("sftp", settings, {"private_key": server.key("user")}, server.folder)
