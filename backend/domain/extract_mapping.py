"""How an extract is read: which column is which field of the report, and how its values are written."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator, model_validator

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.expressions.types import DataType, Kind
from backend.domain.regulations.model import Pack

MAX_COLUMNS: Final = 250
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ExtractMappingInvalid(OpenRegError):
    """The mapping of an extract cannot be used."""

    code: ClassVar[str] = "extract_mapping_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class ValueKind(StrEnum):
    """As what values of both sides are read before they are compared."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"


_KINDS: Final[Mapping[Kind, ValueKind]] = {
    Kind.INTEGER: ValueKind.NUMBER,
    Kind.DECIMAL: ValueKind.NUMBER,
    Kind.DOUBLE: ValueKind.NUMBER,
    Kind.BOOLEAN: ValueKind.BOOLEAN,
    Kind.DATE: ValueKind.DATE,
    Kind.TIMESTAMP: ValueKind.TIMESTAMP,
    Kind.LOCAL_TIMESTAMP: ValueKind.TIMESTAMP,
}


class MappedColumn(BaseModel):
    """A column of the extract. ``kind`` follows the field where it is not said.

    ``format`` is how the extract writes a date or a time, in the form of strftime; without it ISO 8601 is read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name
    field: Name
    is_key: bool = False
    kind: ValueKind | None = None
    format: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    ignore_case: bool = False


class ExtractMapping(BaseModel):
    """All columns that are compared, and what is said once for the whole extract.

    ``time_zone`` is that of times without one; ``empty_words`` stand for nothing, as an empty cell does. ``delimiter``
    is found in the header line where it is not said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[MappedColumn, ...]
    time_zone: str = "UTC"
    decimal_comma: bool = False
    empty_words: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] = ()
    delimiter: str | None = None
    encoding: str = "utf-8"

    @property
    def keys(self) -> tuple[MappedColumn, ...]:
        """The columns that name a record, in their order."""
        return tuple(one for one in self.columns if one.is_key)

    @property
    def compared(self) -> tuple[MappedColumn, ...]:
        """The other columns, in their order."""
        return tuple(one for one in self.columns if not one.is_key)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name!r}") from error
        return name

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, mark: str | None) -> str | None:
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n'):
            raise ValueError("values are parted by one ASCII character")
        return mark

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"there is no encoding {name!r}") from error

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.keys:
            raise ValueError("a key column is missing: it says which record a row is")
        if len(self.columns) > MAX_COLUMNS:
            raise ValueError(f"{MAX_COLUMNS} columns are possible")
        for what in ("column", "field"):
            names = [getattr(one, what) for one in self.columns]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"the {what} {twice!r} is mapped twice")
        for one in self.columns:
            if one.format is not None:
                datetime(2000, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(one.format)
        return self


def mapping_of(said: object) -> ExtractMapping:
    """What was written, as a mapping. Raises ExtractMappingInvalid."""
    try:
        return ExtractMapping.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(one) for one in first["loc"])
        what = str(first["msg"]).removeprefix("Value error, ")
        raise ExtractMappingInvalid(f"{place}: {what}." if place else f"{what[:1].upper()}{what[1:]}.") from error


def settled(mapping: ExtractMapping, pack: Pack) -> ExtractMapping:
    """The mapping with the kind of every column. Raises ExtractMappingInvalid for fields that the pack does not have.

    No key identifies a natural person: keys are shown to everybody who may see differences.
    """
    columns: list[MappedColumn] = []
    for one in mapping.columns:
        target = pack.columns.get(one.field)
        if target is None:
            raise ExtractMappingInvalid(f"The report has no field {one.field!r}.", fix="Choose one of its pack.")
        if one.is_key and target.pii:
            raise ExtractMappingInvalid(f"{one.field} identifies a natural person and can be no key.")
        columns.append(one.model_copy(update={"kind": one.kind or kind_of(target.type)}))
    return mapping.model_copy(update={"columns": tuple(columns)})


def kind_of(type_: DataType) -> ValueKind:
    """As what values of a type are compared."""
    return _KINDS.get(type_.kind, ValueKind.TEXT)


def suggested(header: list[str], pack: Pack) -> ExtractMapping | None:
    """Columns that are named like fields, by name or title; None where the key is not among them."""
    fields = {_plain(column.title): name for name, column in pack.columns.items()}
    fields |= {_plain(name): name for name in pack.columns}
    found: dict[str, str] = {}
    for column in header:
        field = fields.get(_plain(column))
        if field is not None and field not in found:
            found[field] = column
    if not all(name in found for name in pack.record_key):
        return None
    ordered = [*pack.record_key, *(name for name in found if name not in pack.record_key)]
    return ExtractMapping(
        columns=tuple(MappedColumn(column=found[name], field=name, is_key=name in pack.record_key) for name in ordered)
    )


def _plain(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())
