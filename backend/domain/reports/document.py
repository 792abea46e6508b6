"""The report document: what an author writes, as one validated value.

Its JSON Schema is published by the API. Expressions stay text here; they are parsed and typed against
the source's columns when a version is saved (``backend.services.reports``).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator
from pydantic.config import JsonDict

from backend.domain.reports.outputs import Output, OutputFormat, different_files
from backend.domain.reports.part import DocumentPart, Name
from backend.domain.reports.routes import MAX_ROUTES, WrittenRoute, different_routes
from backend.domain.validation.rule_sets import RuleSetName
from backend.domain.validation.written_rule import Expression, WrittenRule

MAX_SQL = 100_000
Join = Annotated[str, Field(min_length=1, max_length=MAX_SQL)]
KeyColumn = Annotated[str, Field(min_length=1, max_length=200)]
REPORTING_DATE = "reporting_date"
#: How the rows of the report's own query are called in a join.
SOURCE_TABLE = "source"
MAX_INPUTS = 20
MAX_RULE_SETS = 20
MAX_KEY_COLUMNS = 8
MAX_DECISIONS = 100
# Names that do not fit the pattern are refused; without this the schema would let them pass.
_CLOSED: JsonDict = {"additionalProperties": False}
ParameterValue = str | int | bool | Decimal | date | None


class ParameterType(StrEnum):
    """Types a run parameter may have."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Parameter(DocumentPart):
    """A value given to each run; written ``:name`` in the query and ``$name`` in expressions."""

    type: ParameterType
    default: ParameterValue = None
    required: bool = False


class Source(DocumentPart):
    """Where the rows come from. ``:reporting_date`` is always a parameter of the query."""

    connector_id: UUID
    query: Annotated[str, Field(min_length=1, max_length=MAX_SQL)]
    parameters: dict[Name, Parameter] = Field(default={}, json_schema_extra=_CLOSED)

    @field_validator("parameters")
    @classmethod
    def _names_are_free(cls, value: dict[str, Parameter]) -> dict[str, Parameter]:
        if REPORTING_DATE in value:
            raise ValueError(f"{REPORTING_DATE} is always a parameter of the query and cannot be declared")
        return value


class MissingKey(StrEnum):
    """What ``lookup()`` does for a key that the input does not have."""

    NULL = "null"
    FINDING = "finding"
    FAIL = "fail"


class OnDuplicateKey(StrEnum):
    """What two rows of an input with the same key mean."""

    FAIL = "fail"


class Input(DocumentPart):
    """Rows of a second source. The report's parameters are those of its query too.

    ``key`` names the columns that tell its rows apart; ``lookup()`` needs them.
    """

    connector_id: UUID
    query: Annotated[str, Field(min_length=1, max_length=MAX_SQL)]
    key: Annotated[tuple[KeyColumn, ...], Field(max_length=MAX_KEY_COLUMNS)] = ()
    on_duplicate_key: OnDuplicateKey = OnDuplicateKey.FAIL
    missing: MissingKey = MissingKey.NULL

    @field_validator("key")
    @classmethod
    def _columns_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("the key names a column twice")
        return value


class ReportRule(WrittenRule):
    """A rule of the report itself, beside those of the pack. True passes; unknown (NULL) passes."""


class DecisionKind(StrEnum):
    """What becomes of a record before its source checks."""

    REPORT = "report"
    EXCLUDE = "exclude"
    HOLD = "hold"


class EligibilityDecision(DocumentPart):
    """Decides the records for which ``when`` holds and no decision before it does; unknown (NULL) does not hold."""

    when: Expression
    decision: DecisionKind
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{0,39}$")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class OnRelease(StrEnum):
    """Who has records reported that were held and need not be any more: a person, or the next look at them."""

    WAIT = "wait"
    REPORT = "report"


class OnEmpty(StrEnum):
    """What an empty day means."""

    NO_FILE = "no_file"
    NIL_REPORT = "nil_report"
    FAIL = "fail"


class OnPartial(StrEnum):
    """What happens to the valid part of a run that set records aside."""

    HOLD = "hold"
    DELIVER = "deliver"


class SubmissionApproval(StrEnum):
    """Who says that a report may go to the regulator: nobody, or a person who did not start it."""

    NONE = "none"
    FOUR_EYES = "four_eyes"


class SubmissionTerms(DocumentPart):
    """How the files of a report with a regulation pack become a submission."""

    approval: SubmissionApproval = SubmissionApproval.NONE


def _not_empty(value: object) -> object:
    # min_length would also complain about a list whose only item is wrong, and so hide the fault in a false one.
    if isinstance(value, list | tuple) and not value:
        raise ValueError("at least one output is needed")
    return value


def _different_codes(decisions: tuple[EligibilityDecision, ...]) -> tuple[EligibilityDecision, ...]:
    if len({one.code for one in decisions}) != len(decisions):
        raise ValueError("two decisions have the same code")
    return decisions


def _is_empty(value: object) -> bool:
    return not value


def _waits(value: object) -> bool:
    return value == OnRelease.WAIT


def _is_usual(value: object) -> bool:
    return value == SubmissionTerms()


def _has_no_own_table(inputs: dict[str, Input]) -> dict[str, Input]:
    if SOURCE_TABLE in inputs:
        raise ValueError(f"{SOURCE_TABLE} is the report's own query; give the input another name")
    return inputs


class ReportDocument(DocumentPart):
    """Everything that defines what a report version produces.

    ``join`` is a SELECT over the table ``source`` and those of the inputs; without one, the rows of the source are
    the report's rows. Parts that came later are left out while they are empty, so that older documents stay equal.
    """

    schema_version: Literal[1] = 1
    pack: str | None = None
    source: Source
    inputs: Annotated[dict[Name, Input], AfterValidator(_has_no_own_table)] = Field(
        default={}, max_length=MAX_INPUTS, exclude_if=_is_empty, json_schema_extra=_CLOSED
    )
    join: Join | None = Field(default=None, exclude_if=_is_empty)
    filter: Expression | None = None
    eligibility: Annotated[tuple[EligibilityDecision, ...], AfterValidator(_different_codes)] = Field(
        default=(), max_length=MAX_DECISIONS, exclude_if=_is_empty
    )
    on_release: OnRelease = Field(default=OnRelease.WAIT, exclude_if=_waits)
    fields: dict[Name, Expression] = Field(min_length=1, json_schema_extra=_CLOSED)
    rule_sets: Annotated[tuple[RuleSetName, ...], Field(max_length=MAX_RULE_SETS, exclude_if=_is_empty)] = ()
    rules: tuple[ReportRule, ...] = ()
    outputs: Annotated[
        tuple[Output, ...],
        BeforeValidator(_not_empty),
        AfterValidator(different_files),
        Field(json_schema_extra={"minItems": 1}),
    ]
    envelope: dict[Name, Annotated[str, Field(max_length=140)]] = Field(default={}, json_schema_extra=_CLOSED)
    record_key: tuple[Name, ...] = ()
    on_empty: OnEmpty = OnEmpty.NO_FILE
    on_partial: OnPartial = OnPartial.HOLD
    deliver_to: Annotated[tuple[WrittenRoute, ...], Field(max_length=MAX_ROUTES), AfterValidator(different_routes)] = ()
    submission: SubmissionTerms = Field(default=SubmissionTerms(), exclude_if=_is_usual)

    @property
    def goes_to(self) -> set[UUID]:
        """The destinations of all routes."""
        return {one.destination_id for one in self.deliver_to}

    @model_validator(mode="after")
    def _is_consistent(self) -> ReportDocument:
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("two rules have the same id")
        messages = [one for one in self.outputs if one.format is OutputFormat.XML and one.xml is None]
        if self.pack is None and messages:
            raise ValueError("an XML output needs a regulation pack, or a schema package in its option xml")
        if len(set(self.rule_sets)) != len(self.rule_sets):
            raise ValueError("rule_sets names a rule set twice")
        missing = [column for column in self.record_key if column not in self.fields]
        if missing:
            raise ValueError(f"record_key names {missing[0]}, which is not a field")
        placed = {one.field for output in self.outputs if output.fixed_width for one in output.fixed_width.columns}
        if not placed <= self.fields.keys():
            raise ValueError(f"fixed_width places {min(placed - self.fields.keys())}, which is not a field")
        return self
