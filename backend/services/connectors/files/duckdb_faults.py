"""What DuckDB says of a query, under our names and without values of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import duckdb

from backend.services.connectors import faults
from backend.services.connectors.faults import ConnectorError

_NAME: Final = re.compile(r'(?:name|column|alias) "?([^\s"!]+)"?')
_POSITION: Final = re.compile(r"LINE (\d+):")
_NO_TABLE: Final = ("Table with name", "View with name", "Schema with name")


def error_of(error: Exception) -> ConnectorError:
    """The named error."""
    text = str(error)
    first = text.partition("\n")[0]
    first = first.partition("Error: ")[2] or first
    for kind, name_it in _KINDS.items():
        if isinstance(error, kind):
            return name_it(first, text)
    # Said by the stream of results, which knows no errors but its own.
    if first.startswith("failed to pin") or "Out of Memory Error" in text:
        return _of_memory(first, text)
    # The rest may quote values of rows.
    kind_name = type(error).__name__.removesuffix("Exception")
    return faults.QueryFailed(
        f"The query stopped with an error of the engine ({kind_name}).",
        fix="A cast or an arithmetic result does not hold a value; TRY_CAST gives NULL for those.",
    )


def _of_catalog(first: str, _text: str) -> ConnectorError:
    if first.startswith(_NO_TABLE):
        return faults.TableUnknown(f"There is no table {_named(first)}.", fix="Choose one of the connector's tables.")
    return faults.FunctionUnknown(f"There is no function {_named(first)} for these types.", fix="Check its arguments.")


def _of_binder(first: str, _text: str) -> ConnectorError:
    if "eferenced column" in first or "does not have a column" in first:
        return faults.ColumnUnknown(f"There is no column {_named(first)}.", fix="Check the columns of the table.")
    return faults.QueryInvalid(f"{first[:300].rstrip('.')}.", fix="Correct the query.")


def _of_parser(first: str, text: str) -> ConnectorError:
    line = _POSITION.search(text)
    place = f"Line {line[1]}: " if line else ""
    return faults.QuerySyntaxInvalid(f"{place}{first[:300].rstrip('.')}.", fix="Correct the SQL.")


def _of_permission(_first: str, _text: str) -> ConnectorError:
    return faults.QueryRefused("The query reaches outside of the tables.", fix="Read the connector's tables only.")


def _of_memory(_first: str, _text: str) -> ConnectorError:
    return faults.QueryFailed(
        "The query needs more memory and disk than it may have.", fix="Select fewer rows or columns before joining."
    )


def _named(text: str) -> str:
    named = _NAME.search(text)
    return named[1] if named else "of this name"


_KINDS: Final[Mapping[type[Exception], Callable[[str, str], ConnectorError]]] = {
    duckdb.CatalogException: _of_catalog,
    duckdb.BinderException: _of_binder,
    duckdb.ParserException: _of_parser,
    duckdb.PermissionException: _of_permission,
    duckdb.OutOfMemoryException: _of_memory,
}
