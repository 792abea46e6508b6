"""What a backup says about itself: every table and object with sizes and hashes, and what is needed to restore it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

#: The form of the folder; a change that an older program could not read makes it one more.
FORMAT: Final = 1
_NAME: Final = r"^[a-z_][a-z0-9_]*$"
_SHA256: Final = r"^[0-9a-f]{64}$"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(_Record):
    """A file of the backup: its place in the folder, its size and its hash."""

    path: str = Field(pattern=r"^(tables/)?[a-z_][a-z0-9_.]*$")
    size_bytes: int
    sha256: str = Field(pattern=_SHA256)


class TableRecord(_Record):
    """A table: ``digest`` is that of its rows in any order, ``file`` holds them."""

    name: str = Field(pattern=_NAME)
    columns: tuple[str, ...]
    rows: int
    digest: str = Field(pattern=_SHA256)
    file: FileRecord


class SequenceRecord(_Record):
    """Where a sequence stood."""

    name: str = Field(pattern=_NAME)
    last_value: int
    is_called: bool


class ObjectRecord(_Record):
    """An object of the bucket; its bytes are in the file that has the name of its hash."""

    key: str
    size_bytes: int
    sha256: str = Field(pattern=_SHA256)
    content_type: str | None


class ObjectsRecord(_Record):
    """All objects together; ``index`` has a line for each."""

    count: int
    size_bytes: int
    index: FileRecord


class Manifest(_Record):
    """The first thing that is read, and the last that is written.

    ``sealed`` counts stored secrets by column and by the name of the key they are sealed with; ``unknown`` stands for
    those that none of the installation's keys could open. ``key_ids`` are the names of those keys, newest first.
    """

    format: int
    openreg_version: str
    postgresql_version: str
    revision: str
    taken_at: datetime
    bucket: str
    key_ids: tuple[str, ...]
    sealed: dict[str, dict[str, int]]
    tables: tuple[TableRecord, ...]
    sequences: tuple[SequenceRecord, ...]
    objects: ObjectsRecord

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def size_bytes(self) -> int:
        """Bytes of all tables' files and all objects."""
        return sum(table.file.size_bytes for table in self.tables) + self.objects.size_bytes
