"""Legal entities as GLEIF publishes them: the golden copy of level 1 in CSV, whole or what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.expressions.types import TEXT, TIMESTAMP
from backend.services.connectors.files.rows import Fault
from backend.services.reference_data.bad_rows import BadRows
from backend.services.reference_data.delimited import PublishedColumn, PublishedTable
from backend.services.reference_data.shapes import IS_REMOVED, KEY, LEI_SHAPE

_COLUMNS: Final = (
    PublishedColumn("lei", TEXT, ("LEI",)),
    PublishedColumn("legal_name", TEXT, ("Entity.LegalName",)),
    PublishedColumn("entity_status", TEXT, ("Entity.EntityStatus",)),
    PublishedColumn("entity_category", TEXT, ("Entity.EntityCategory",)),
    PublishedColumn("status", TEXT, ("Registration.RegistrationStatus",)),
    PublishedColumn("registered", TIMESTAMP, ("Registration.InitialRegistrationDate",)),
    PublishedColumn("next_renewal", TIMESTAMP, ("Registration.NextRenewalDate",)),
)
_FORM: Final = "^[A-Z0-9]{18}[0-9]{2}$"


def read_lei(pieces: Iterable[bytes], file: str, bad: BadRows) -> Iterator[pa.RecordBatch]:
    """Entries of the dataset ``lei``. Raises FileUnreadable, FileTooLarge, ReferenceRowsRefused."""
    for batch in PublishedTable("the LEI list", _COLUMNS, _faults).read(pieces, file, bad):
        yield _entries(batch)


def _faults(batch: pa.RecordBatch) -> Iterator[Fault]:
    for name, is_right, reason in (
        ("LEI", _is_lei(batch), "the value is no LEI of 20 characters"),
        ("Registration.RegistrationStatus", pc.is_valid(batch.column("status")), "there is no status"),
    ):
        if not pc.all(is_right).as_py():
            yield from (Fault(row, name, reason) for row in pc.indices_nonzero(pc.invert(is_right)).to_pylist())


def _is_lei(batch: pa.RecordBatch) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(batch.column("lei"), _FORM), fill_value=False)


def _entries(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = batch.num_rows
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    given[KEY] = given["lei"]
    given[IS_REMOVED] = pa.repeat(pa.scalar(value=False), rows)
    schema = LEI_SHAPE.schema
    columns = [
        pc.cast(given[field.name], field.type, safe=False) if field.name in given else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
