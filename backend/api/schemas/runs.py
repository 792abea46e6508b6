"""Runs, and what is shown beside them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.official_rules import OfficialRuleAnswer, official_answers
from backend.domain.datasets import DatasetKind
from backend.domain.reference_pins import ReferencePin
from backend.domain.runs import REFERENCE_STALE, RunKind, RunState, RunStep, RunTrigger, StepState
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.run import Run, RunEvent, RunFinding
from backend.services.official_rules import OfficialRules
from backend.services.reference_pins import pins_of_run
from backend.services.run_findings import FoundByRule
from backend.services.run_quarantine import Quarantine
from backend.services.runs import RunView


class RunCreate(BaseModel):
    """The day that is reported, and values for the parameters of the source query."""

    model_config = ConfigDict(extra="forbid")

    reporting_date: date
    parameters: dict[str, JsonValue] = {}
    reference_as_of: AwareDatetime | None = Field(
        default=None, description="Read datasets and mapping sets as they were known then; as they are now without it."
    )


class RunAnswer(BaseModel):
    """A run without its steps, as it stands in lists."""

    id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    sequence: int
    kind: RunKind
    parent_run_id: UUID | None = Field(description="The run whose records a supplemental run reports.")
    state: str
    is_held: bool
    trigger: RunTrigger = Field(description="What started it.")
    schedule_id: UUID | None = Field(description="The schedule that started it, and for which of its fire times.")
    fire_at: datetime | None
    trigger_id: UUID | None = Field(description="The trigger that started it.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, run: Run) -> RunAnswer:
        """The run as it is now."""
        return cls(**_shown(run))


class ListedRunAnswer(RunAnswer):
    """A run as it stands in the list of all runs: with its report, its version, and what came of it."""

    model_config = ConfigDict(from_attributes=True)

    report_name: str
    version: str
    attempt: int
    rows_in: int
    rows_out: int
    set_aside: int
    excluded: int
    held: int
    seconds: float | None = Field(description="From its start to its end, or None while it runs.")


def _shown(run: Run) -> dict[str, Any]:
    """What every answer about a run holds."""
    return {name: getattr(run, name) for name in RunAnswer.model_fields}


class StateCountAnswer(BaseModel):
    """Runs in one state; ``is_more`` when there are more than ``count``."""

    state: RunState
    count: int
    is_more: bool


class RunCountsAnswer(BaseModel):
    """Runs by state, every state named."""

    items: list[StateCountAnswer]


class StepAnswer(BaseModel):
    """``seconds`` is time spent in the step, added up over threads."""

    name: RunStep
    state: StepState
    rows: int
    seconds: float


class CountsAnswer(BaseModel):
    """``rows_in`` is the sum of the others when the run has succeeded or is partial.

    ``excluded`` and ``held`` are records that a decision about eligibility took out.
    """

    model_config = ConfigDict(from_attributes=True)

    rows_in: int
    rows_out: int
    set_aside: int
    filtered: int
    excluded: int
    held: int


class RuleSetPinAnswer(BaseModel):
    """A version of a rule set that judges the run, as it was when the run was requested."""

    name: str
    number: int
    sha256: str


class ReferencePinAnswer(BaseModel):
    """A version of a dataset or mapping set that the run is bound to."""

    name: str
    kind: DatasetKind
    dataset_id: UUID
    version: int
    rows: int
    sha256: str

    @classmethod
    def of(cls, name: str, pin: ReferencePin) -> ReferencePinAnswer:
        """A pin under its name."""
        return cls(
            name=name,
            kind=pin.kind,
            dataset_id=UUID(pin.dataset_id),
            version=pin.version,
            rows=pin.rows,
            sha256=pin.sha256,
        )


class RunDetailAnswer(RunAnswer):
    """A run with steps, counts and the reason of its end."""

    report_name: str
    version: str
    started_by: str | None = Field(description="The name of the schedule or trigger that started it.")
    supplements: list[RunAnswer] = Field(description="Supplemental runs of this one, the newest first; at most 100.")
    parameters: dict[str, JsonValue]
    attempt: int
    steps: list[StepAnswer]
    counts: CountsAnswer
    set_aside_by_rule: dict[str, int] = Field(description="Each record once, under the first rule it failed.")
    quarantined: int = Field(description="Rows of source files that were put aside before the query saw them.")
    rule_sets: list[RuleSetPinAnswer]
    pack_version: str | None
    row_groups_done: int
    row_groups_total: int
    input_sha256: str | None
    reference: list[ReferencePinAnswer] = Field(description="What it reads of datasets and mapping sets, at any try.")
    warnings: list[str] = Field(description="What is to be known of the run as a whole: out-of-date reference data.")
    reason: dict[str, JsonValue] | None
    peak_rss_bytes: int

    @classmethod
    def of_view(cls, view: RunView) -> RunDetailAnswer:
        """The run as it is now."""
        run = view.run
        steps = [
            StepAnswer(name=name, state=StepState(one.state), rows=one.rows, seconds=round(one.seconds, 3))
            if (one := view.steps.get(name.value)) is not None
            else StepAnswer(name=name, state=StepState.PENDING, rows=0, seconds=0)
            for name in RunStep
        ]
        return cls(
            **_shown(run),
            report_name=view.report_name,
            version=view.version,
            started_by=view.started_by,
            supplements=[RunAnswer.of(one) for one in view.supplements],
            parameters=run.parameters,
            attempt=run.attempt,
            steps=steps,
            counts=CountsAnswer.model_validate(run.counts),
            set_aside_by_rule={one.rule_id: one.primary_count for one in view.findings if one.primary_count},
            quarantined=run.quarantined,
            rule_sets=[RuleSetPinAnswer.model_validate(one) for one in run.rule_sets],
            pack_version=run.pack_version,
            row_groups_done=run.row_groups_done,
            row_groups_total=run.row_groups_total,
            input_sha256=run.input_sha256,
            reference=[ReferencePinAnswer.of(name, pin) for name, pin in sorted(pins_of_run(run).items())],
            warnings=[one.message for one in view.findings if one.rule_id == REFERENCE_STALE],
            reason=run.reason,
            peak_rss_bytes=run.peak_rss_bytes,
        )


class QuarantinedTableAnswer(BaseModel):
    """What was read of a table: ``rows_read`` = ``rows_taken`` + ``quarantined``."""

    table: str
    files: int
    rows_read: int
    rows_taken: int
    quarantined: int


class QuarantineReasonAnswer(BaseModel):
    """How often a reason was found where; ``column`` is None for a row as a whole."""

    table: str
    file: str
    column: str | None
    reason: str
    count: int


class QuarantinedRowAnswer(BaseModel):
    """A row that was put aside: its place, the reason, and its text as it stands in the file."""

    table: str
    file: str
    line: int
    column: str | None
    reason: str
    raw: str


class QuarantineAnswer(BaseModel):
    """Rows that source files put aside; the first 100 of them. ``raw`` is masked without ``pii:read``."""

    count: int
    tables: list[QuarantinedTableAnswer]
    reasons: list[QuarantineReasonAnswer]
    rows: list[QuarantinedRowAnswer]
    is_masked: bool

    @classmethod
    def of(cls, found: Quarantine) -> QuarantineAnswer:
        """What was found."""
        return cls(
            count=found.rows,
            tables=[QuarantinedTableAnswer.model_validate(one) for one in found.tables],
            reasons=[QuarantineReasonAnswer.model_validate(one) for one in found.reasons],
            rows=[QuarantinedRowAnswer.model_validate(one) for one in found.shown.to_pylist()] if found.shown else [],
            is_masked=found.is_masked,
        )


class FindingAnswer(BaseModel):
    """A rule that failed, over all records, with what the regulator says of it."""

    rule_id: str
    severity: str
    count: int
    message: str
    official: list[OfficialRuleAnswer]

    @classmethod
    def of(cls, finding: RunFinding, official: OfficialRules) -> FindingAnswer:
        """The finding with the texts of the newest list."""
        return cls(
            rule_id=finding.rule_id,
            severity=finding.severity,
            count=finding.count,
            message=finding.message,
            official=official_answers(official, finding.rule_id),
        )


class FindingList(BaseModel):
    """Every rule that failed in a run. The counts are exact; single failures are kept up to a limit."""

    items: list[FindingAnswer]
    count: int = Field(description="Failures of all rules.")
    kept: int = Field(description="So many of them can be listed one by one; all of them are in the file.")

    @classmethod
    def of(cls, found: FoundByRule) -> FindingList:
        """What was found."""
        items = [FindingAnswer.of(one, found.official) for one in found.findings]
        return cls(items=items, count=found.count, kept=found.kept)


class FindingDetailAnswer(BaseModel):
    """One failure. Values are not shown here: they may be personal data."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    row_number: int
    rule_id: str
    severity: str
    columns: list[str]
    message: str


class ExceptionAnswer(BaseModel):
    """A record that was set aside."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    row_number: int
    record_key: str | None
    rule_ids: list[str]
    state: str
    created_at: datetime


class LogEntry(BaseModel):
    """One thing that happened in a run."""

    sequence: int
    at: datetime
    kind: str
    entry: dict[str, JsonValue]

    @classmethod
    def of(cls, event: RunEvent) -> LogEntry:
        """One event of a run."""
        return cls(sequence=event.sequence, at=event.at, kind=event.kind, entry=event.payload)


class LogAnswer(BaseModel):
    """Log lines after a sequence number; ``last_sequence`` is where to go on."""

    items: list[LogEntry]
    last_sequence: int


class SchemaCheckAnswer(BaseModel):
    """Verdict of the regulator's schema: ``valid``, ``unverified`` (none installed) or ``not_applicable``."""

    status: str
    errors: list[dict[str, JsonValue]]


class ArtifactAnswer(BaseModel):
    """A produced file. ``sha256`` is of the stored object, ``content_sha256`` of the uncompressed content."""

    id: UUID
    run_id: UUID
    name: str
    format: str
    media_type: str
    size_bytes: int
    sha256: str
    content_size_bytes: int
    content_sha256: str
    records: int
    schema_check: SchemaCheckAnswer
    created_at: datetime

    @classmethod
    def of(cls, artifact: Artifact) -> ArtifactAnswer:
        """The artifact as it is."""
        return cls(
            id=artifact.id,
            run_id=artifact.run_id,
            name=artifact.name,
            format=artifact.format,
            media_type=artifact.media_type,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            content_size_bytes=artifact.content_size_bytes,
            content_sha256=artifact.content_sha256,
            records=artifact.records,
            created_at=artifact.created_at,
            schema_check=SchemaCheckAnswer(status=artifact.schema_status, errors=artifact.schema_errors),
        )


class ArtifactList(BaseModel):
    """Every file of a run."""

    items: list[ArtifactAnswer]
