"""What is said of values, names and ends, whatever the source; and local times as instants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.services.connectors.base import SourceColumn, SourceParameter
from backend.services.connectors.faults import (
    ColumnNameInvalid,
    ColumnTypeUnsupported,
    ExtractionCancelled,
    ParameterInvalid,
    SignInRefused,
    SourceConnectionLost,
    ValueRefused,
)


def value_refused(column: SourceColumn, row: int | None) -> ValueRefused:
    """A value without an exact form in the column's type."""
    where = f"Column {column.name}, row {row}" if row is not None else f"Column {column.name}"
    return ValueRefused(
        f"{where}: {_REASONS.get(column.type.kind.value, 'the value is not valid text')}.",
        fix="Filter the row out, or give the value another form in the query, for example with CASE or NULLIF.",
        extra={"column": column.name, **({"row": row} if row is not None else {})},
    )


_REASONS: Final = {
    "decimal": "the value is NaN or has more digits than the column's type",
    "double": "the value is NaN or infinite",
    "date": "the date is infinite or outside the years 1 to 9999",
    "timestamp": "the time is infinite or outside the years 1 to 9999",
    "integer": "the value is not a 64-bit integer",
    "boolean": "the value is neither true nor false",
    "text": "the value is not valid UTF-8",
}


def type_unsupported(name: str, native_type: str, fix: str) -> ColumnTypeUnsupported:
    """A column's type without an exact form; ``fix`` is the cast that gives it one."""
    return ColumnTypeUnsupported(
        f"Column {name} has the type {native_type}, which cannot be taken over exactly.",
        fix=f"{fix[0].upper()}{fix[1:]}.",
        extra={"column": name, "native_type": native_type},
    )


def parameter_undeclared(name: str, declared: Collection[str], hint: str = "") -> ParameterInvalid:
    """A query uses a name that is no parameter; ``hint`` is what else it may have meant."""
    known = ", ".join(f":{one}" for one in sorted(declared)) or "none"
    return ParameterInvalid(
        f"The query uses :{name}, which is not a parameter of the report.",
        fix=f"Declare it, or use one of: {known}.{hint}",
        extra={"parameter": name},
    )


def connection_lost() -> SourceConnectionLost:
    """The connection broke without a word from the server."""
    return SourceConnectionLost(
        "The connection to the source broke off.", fix="Try again; the extraction starts from the beginning."
    )


def role_refused(role: str) -> SignInRefused:
    """The user signed in, and may not act as the connector says."""
    return SignInRefused(
        f"The user may not act as the role {role}.", fix="Check its name, and that it is granted to the user."
    )


def extraction_cancelled() -> ExtractionCancelled:
    """Somebody wanted the end of it."""
    return ExtractionCancelled("The extraction was cancelled.", fix="Start it again when it is wanted.")


def local_time_refused(column: SourceColumn) -> ValueRefused:
    """A local time that a change of the clock made ambiguous or left out."""
    return ValueRefused(
        f"Column {column.name}: a value cannot be taken over as {column.type}.",
        fix="A local time that occurs twice or never has no instant; select it as UTC instead.",
        extra={"column": column.name},
    )


def at_zone(array: pa.Array, zone: str) -> pa.Array:
    """Times without a zone as the instants they were in ``zone``. Raises ArrowInvalid for one that was none or two."""
    aware = pc.assume_timezone(array, timezone=zone, ambiguous="raise", nonexistent="raise")
    return aware.cast(pa.timestamp("us", tz="UTC"))


def check_names(names: Sequence[str], *, unnamed: str | None = None) -> None:
    """Every column has a name of its own; ``unnamed`` is what the source calls one without.

    Raises ColumnNameInvalid.
    """
    if not names:
        raise ColumnNameInvalid("The query has no columns.", fix="Select at least one column.")
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name.strip() or name == unnamed:
            raise ColumnNameInvalid(
                f"Column {position} has no name.", fix="Name it with AS.", extra={"position": position}
            )
        if name in seen:
            raise ColumnNameInvalid(
                f"Columns {seen[name]} and {position} are both named {name}.",
                fix="Give one of them another name with AS.",
                extra={"column": name, "position": position},
            )
        seen[name] = position


def parameter_text(parameter: SourceParameter) -> str | None:
    """The value as the text that a server casts: times in UTC, numbers as they are written, None for NULL."""
    match parameter.value:
        case None:
            return None
        case bool(value):
            return "1" if value else "0"
        case datetime() as value:
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        case date() as value:
            return value.isoformat()
        case Decimal() as value:
            return format(value, "f")
        case value:
            return str(value)
