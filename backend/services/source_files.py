"""The files of a connector in object storage: what was uploaded for it, and the inbox of its tenant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from backend.core.ids import ConnectorId, TenantId
from backend.domain.object_keys import inbox_prefix, source_file_key, source_files_prefix
from backend.services.connectors.files.shelf import SourceFile
from backend.services.storage import ObjectNotFound, ObjectStorage

_LABEL_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class StorageShelf:
    """Implements ``connectors.files.shelf.FileShelf``; reaches nothing outside of its tenant."""

    storage: ObjectStorage
    tenant: TenantId
    connector: ConnectorId

    def uploaded(self, table: str) -> Sequence[SourceFile]:
        """Complete uploads for a table, by name."""
        labels = self.storage.list(source_files_prefix(self.tenant, self.connector, table))
        files = [SourceFile(**json.loads(self.storage.read(label.key))) for label in labels]
        return sorted(files, key=lambda file: file.name)

    def found(self, prefix: str) -> Sequence[SourceFile]:
        """Files of the inbox below a prefix, by name."""
        whole = inbox_prefix(self.tenant) + prefix
        listed = self.storage.list(whole)
        files = [
            SourceFile(name, one.key, one.size_bytes, one.etag)
            for one in listed
            if (name := one.key.removeprefix(whole)) and not name.endswith("/")
        ]
        return sorted(files, key=lambda file: file.name)

    def stream(self, file: SourceFile) -> Iterator[bytes]:
        """The bytes of a file in order."""
        return self.storage.stream(file.key)

    def open(self, file: SourceFile) -> IO[bytes]:
        """A seekable reader."""
        return self.storage.open_ranged(file.key, file.size_bytes)

    def is_unchanged(self, file: SourceFile) -> bool:
        """Whether the file is still the one that was listed."""
        try:
            now = self.storage.stat(file.key)
        except ObjectNotFound:
            return False
        return (now.size_bytes, now.etag.strip('"')) == (file.size_bytes, file.etag.strip('"'))

    def publish(self, table: str, file: SourceFile) -> None:
        """Make a complete upload a file of a table, in the place of one of the same name."""
        label = {
            "name": file.name,
            "key": file.key,
            "size_bytes": file.size_bytes,
            "etag": file.etag,
            "sha256": file.sha256,
        }
        key = source_file_key(self.tenant, self.connector, table, file.name)
        self.storage.put(key, json.dumps(label).encode(), _LABEL_TYPE)

    def withdraw(self, table: str, name: str, key: str) -> None:
        """Take a file away, its label first."""
        self.storage.delete(source_file_key(self.tenant, self.connector, table, name))
        self.storage.delete(key)
