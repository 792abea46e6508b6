"""Why a checked expression cannot run."""

from __future__ import annotations

from backend.core.errors import ErrorKind, OpenRegError


class ReferenceSetMissing(OpenRegError):
    """An expression names a mapping set or dataset that is not installed."""

    code = "reference_set_missing"
    kind = ErrorKind.PRECONDITION_FAILED


class CalendarMissing(OpenRegError):
    """An expression names a calendar that is not installed."""

    code = "calendar_missing"
    kind = ErrorKind.PRECONDITION_FAILED


class ParameterMissing(OpenRegError):
    """A run was started without a parameter that an expression uses."""

    code = "parameter_missing"
    kind = ErrorKind.INVALID


class ColumnNameUnusable(OpenRegError):
    """A column name reads as a pattern over columns; give the column an alias in the query."""

    code = "column_name_unusable"
    kind = ErrorKind.INVALID


class SetRuleFailed(OpenRegError):
    """A set rule could not be computed over all rows."""

    code = "set_rule_failed"
    kind = ErrorKind.INVALID
