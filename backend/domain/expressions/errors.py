"""What can be wrong with an expression, said at save with the place and the nearest right spelling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ExpressionCode(StrEnum):
    """Why an expression was refused."""

    SYNTAX_ERROR = "syntax_error"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    UNKNOWN_COLUMN = "unknown_column"
    UNKNOWN_FUNCTION = "unknown_function"
    UNKNOWN_PARAMETER = "unknown_parameter"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_INPUT = "unknown_input"
    UNKNOWN_DATASET = "unknown_dataset"
    UNKNOWN_MAPPING_SET = "unknown_mapping_set"
    KEY_NOT_DECLARED = "key_not_declared"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_ZONE = "unknown_zone"
    WRONG_ARGUMENTS = "wrong_arguments"
    TYPE_MISMATCH = "type_mismatch"
    LITERAL_REQUIRED = "literal_required"
    DIVISION_BY_ZERO = "division_by_zero"
    CAST_OVERFLOW = "cast_overflow"
    INVALID_CAST = "invalid_cast"
    INVALID_REGEX = "invalid_regex"
    INVALID_FORMAT = "invalid_format"
    INVALID_ARGUMENT = "invalid_argument"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the author's text; both count from 1."""

    line: int
    column: int


START = Position(1, 1)


class ExpressionInvalid(OpenRegError):
    """The expression cannot be used."""

    code: ClassVar[str] = "expression_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(
        self,
        reason: ExpressionCode,
        message: str,
        position: Position = START,
        *,
        suggestion: str | None = None,
    ) -> None:
        self.reason = reason
        self.line = position.line
        self.column = position.column
        self.suggestion = suggestion
        extra: dict[str, object] = {
            "reason": reason.value,
            "line": self.line,
            "column": self.column,
            "suggestion": suggestion,
        }
        super().__init__(message, fix=suggestion, extra=extra)
        # The stable machine name of a refusal is its reason, which tells more than that of the class.
        self.code = reason.value  # type: ignore[misc]  # the base has one code per class
