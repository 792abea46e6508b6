"""What a schema check says: findings of a document, and the errors of schemas that cannot be used at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


@dataclass(frozen=True, slots=True)
class XsdError:
    """One reason why a document does not follow its schemas.

    ``line`` and ``column`` are 1-based; files of this product hold one record per line, so the line leads to
    the record. The message may repeat a value of the record: whoever shows it treats it as record content.
    """

    line: int
    column: int
    message: str


class SchemaSetInvalid(OpenRegError):
    """The schema files cannot be compiled into one set."""

    code: ClassVar[str] = "schema_set_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SchemaFileInvalid(OpenRegError):
    """A file is not an XML schema that may be used."""

    code: ClassVar[str] = "schema_file_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SchemaPackageInvalid(OpenRegError):
    """The schema package cannot be read."""

    code: ClassVar[str] = "schema_package_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SchemaPackageTooLarge(OpenRegError):
    """The schema package is larger than a schema package may be."""

    code: ClassVar[str] = "schema_package_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE
