"""What transfer tests send, and how."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.services.transfer.contract import Transfer, TransferReceipt

CONTENT = os.urandom(5_000_003)
NAME = "mifir_20260302_000001.zip"
PART = f".{NAME}.delivery-1.part"


@dataclass
class Artifact:
    """Something to deliver; remembers from which offsets it was read."""

    content: bytes = CONTENT
    offsets: list[int] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def open(self, offset: int) -> Iterator[bytes]:
        self.offsets.append(offset)
        for start in range(offset, len(self.content), 300_000):
            yield self.content[start : start + 300_000]


def deliver(transfer: Transfer, artifact: Artifact | None = None, **changed: object) -> TransferReceipt:
    artifact = artifact or Artifact()
    values: dict[str, object] = {
        "name": NAME,
        "size_bytes": len(artifact.content),
        "sha256": artifact.sha256,
        "delivery_id": "delivery-1",
    }
    return transfer.deliver(artifact.open, **{**values, **changed})
