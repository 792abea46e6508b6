"""One way to read every list: which datasets it fills, and the entries of each, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from backend.core.errors import ErrorKind, OpenRegError
from backend.services.reference_data.bad_rows import BadRows
from backend.services.reference_data.firds import FirdsRecords
from backend.services.reference_data.firds_records import VenueRecord, read_firds
from backend.services.reference_data.lei import read_lei
from backend.services.reference_data.list_files import ListFile, unpacked
from backend.services.reference_data.mic import read_mic
from backend.services.reference_data.packaged import packaged_source, read_countries, read_currencies
from backend.services.reference_data.shapes import SHAPES, DatasetShape, LoadMode, OfficialList

#: Hears how many rows have been read, in the thread that reads; what it raises ends the reading.
ReadingListener = Callable[[int], None]


class ReferenceFilesWrong(OpenRegError):
    """The list is not read from such files."""

    code: ClassVar[str] = "reference_files_wrong"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ListReading:
    """A list in files, and a folder of the scratch area that belongs to the reading and is removed by its owner."""

    listed: OfficialList
    mode: LoadMode
    files: Sequence[ListFile]
    folder: Path
    listen: ReadingListener = field(default=lambda _: None)
    bad: BadRows = field(default_factory=BadRows)

    def __post_init__(self) -> None:
        """Raises ReferenceFilesWrong."""
        if self.listed.needs_file != bool(self.files):
            what = "is read from a file" if self.listed.needs_file else f"comes with {packaged_source(self.listed)}"
            raise ReferenceFilesWrong(f"The list {self.listed} {what}.")
        if self.mode not in self.listed.modes:
            raise ReferenceFilesWrong(f"The list {self.listed} is published as a whole only.")

    @property
    def shapes(self) -> tuple[DatasetShape, ...]:
        """The datasets it fills, in the order in which they are filled."""
        return SHAPES[self.listed]

    @property
    def source(self) -> str:
        """Where the entries come from, for people."""
        return ", ".join(one.name for one in self.files) or packaged_source(self.listed)

    def prepare(self) -> None:
        """Read what has to be read before there are entries. Raises FileUnreadable, ReferenceRowsRefused."""
        if self.listed is OfficialList.INSTRUMENTS:
            for stored in FirdsRecords(self.folder).store(self._records()):
                self.listen(stored)
            self.bad.judge()

    def entries(self, shape: DatasetShape, known: Mapping[str, Path]) -> Iterator[pa.RecordBatch]:
        """The entries of a dataset; ``known`` are entries of datasets as they are, by name, that a delta is applied to.

        Raises FileUnreadable, FileTooLarge, ReferenceRowsRefused.
        """
        if self.listed is OfficialList.INSTRUMENTS:
            yield from FirdsRecords(self.folder).entries(shape, known)
            return
        rows = 0
        for batch in self._batches():
            rows += batch.num_rows
            self.listen(rows)
            yield batch
        self.bad.judge()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        match self.listed:
            case OfficialList.COUNTRIES:
                yield from read_countries()
            case OfficialList.CURRENCIES:
                yield from read_currencies()
            case _:
                read = read_mic if self.listed is OfficialList.MIC else read_lei
                for file in self.files:
                    yield from read(unpacked(file, ".csv"), file.name, self.bad)

    def _records(self) -> Iterator[VenueRecord]:
        read = partial(read_firds, mode=self.mode, bad=self.bad)
        for file in self.files:
            yield from read(unpacked(file, ".xml"), file.name)
