"""Runs: the row that is claimed, its steps, checkpoints, outputs, events and findings."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.runs import RunCounts, RunKind, RunStage, RunState, RunStep, RunTrigger, StepState, transition
from backend.domain.validation.rule import Severity
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Run(TenantBound, Entity):
    """One execution of one report version for one reporting date and parameters.

    ``inputs`` are the extracted rows of the report's further inputs by name. ``rule_sets`` are the versions of rule
    sets that judge it, as they were when it was requested (``domain.validation.rule_sets.RuleSetPin``).
    ``fencing_token`` grows with every claim; a write that carries an older one is refused. A supplemental run reports
    rows of its parent again, or at last; ``overrides`` are the target columns whose values its input brings along.
    """

    __tablename__ = "runs"
    __table_args__ = (
        one_of("kind", RunKind),
        one_of("state", RunState),
        one_of("stage", RunStage),
        one_of("trigger", RunTrigger),
        UniqueConstraint("report_id", "reporting_date", "sequence"),
        UniqueConstraint("schedule_id", "fire_at"),
        Index(
            "uq_runs_one_at_once",
            "report_version_id",
            "reporting_date",
            "parameters_sha256",
            unique=True,
            postgresql_where=text("state IN ('pending', 'running', 'cancelling')"),
        ),
        Index("ix_runs_newest", "tenant_id", "id"),
        Index("ix_runs_of_trigger", "trigger_id", postgresql_where=text("trigger_id IS NOT NULL")),
        Index("ix_runs_by_end", "report_id", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
        Index("ix_runs_by_state", "tenant_id", "state", "id"),
        Index("ix_runs_of_report", "report_id", "id"),
        Index("ix_runs_of_parent", "parent_run_id", "id"),
        Index("ix_runs_by_reporting_date", "tenant_id", "reporting_date", "id"),
        Index("ix_runs_by_creation", "tenant_id", "created_at"),
        Index("ix_runs_held", "tenant_id", "id", postgresql_where=text("is_held")),
        Index(
            "ix_runs_unfinished",
            "lease_expires_at",
            postgresql_where=text("state IN ('pending', 'running', 'cancelling')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    report_version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"))
    reporting_date: Mapped[date]
    parameters: Mapped[Json]
    parameters_sha256: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(enum_text(RunKind), default=RunKind.REGULAR)
    parent_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    overrides: Mapped[list[str]] = mapped_column(ARRAY(String(80)), default=list)
    state: Mapped[str] = mapped_column(enum_text(RunState))
    stage: Mapped[str] = mapped_column(enum_text(RunStage))
    is_held: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=0)
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_expires_at: Mapped[datetime | None]
    rows_in: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_out: Mapped[int] = mapped_column(BigInteger, default=0)
    set_aside: Mapped[int] = mapped_column(BigInteger, default=0)
    filtered: Mapped[int] = mapped_column(BigInteger, default=0)
    excluded: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Records with at least one finding; None for runs that were made before they were counted.
    with_findings: Mapped[int | None] = mapped_column(BigInteger)
    row_groups_total: Mapped[int] = mapped_column(default=0)
    row_groups_done: Mapped[int] = mapped_column(default=0)
    input_key: Mapped[str | None] = mapped_column(String(500))
    input_sha256: Mapped[str | None] = mapped_column(String(64))
    input_size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    inputs: Mapped[Json] = mapped_column(default=dict)
    #: What started it, and, when that was a schedule, which one and for which of its fire times.
    trigger: Mapped[str] = mapped_column(enum_text(RunTrigger), default=RunTrigger.MANUAL)
    schedule_id: Mapped[UUID | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"))
    fire_at: Mapped[datetime | None]
    #: The trigger that started it, if one did.
    trigger_id: Mapped[UUID | None] = mapped_column(ForeignKey("triggers.id", ondelete="SET NULL"))
    #: Whether what the run reads is bound already; a scheduled run is bound when it is claimed for the first time.
    is_pinned: Mapped[bool] = mapped_column(default=True)
    rule_sets: Mapped[list[Json]] = mapped_column(default=list)
    pack_version: Mapped[str | None] = mapped_column(String(20))
    #: The versions of datasets and mapping sets that the run reads, by name (``domain.datasets.ReferencePin``).
    reference: Mapped[Json] = mapped_column(default=dict)
    #: The days that the run counts working days with, by the names of calendars (``domain.calendars.CalendarPin``).
    calendars: Mapped[Json] = mapped_column(default=dict)
    #: The schema packages that its files are written by, by id (``services.schema_pins.SchemaPin``).
    schema_packages: Mapped[Json] = mapped_column(default=dict)
    #: Rows of the source that were put aside before the query saw them, and what is known of them.
    quarantined: Mapped[int] = mapped_column(BigInteger, default=0)
    quarantine: Mapped[Json | None]
    peak_rss_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    transient_failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Json | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    def move_to(self, to: RunState, at: datetime) -> None:
        """Change state by the transition table. Raises RunTransitionRefused."""
        self.state = transition(RunState(self.state), to)
        self.finished_at = at if to.is_terminal else None

    @property
    def counts(self) -> RunCounts:
        """The records counted so far."""
        return RunCounts(self.rows_in, self.rows_out, self.set_aside, self.filtered, self.excluded, self.held)

    @counts.setter
    def counts(self, counts: RunCounts) -> None:
        self.rows_in, self.rows_out, self.set_aside = counts.rows_in, counts.rows_out, counts.set_aside
        self.filtered, self.excluded, self.held = counts.filtered, counts.excluded, counts.held


class RunStepProgress(TenantBound, Entity):
    """How far a step of a run is."""

    __tablename__ = "run_steps"
    __table_args__ = (one_of("name", RunStep), one_of("state", StepState))

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(enum_text(RunStep), primary_key=True)
    state: Mapped[str] = mapped_column(enum_text(StepState))
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class RunRowGroup(TenantBound, Entity):
    """Checkpoint: a row group of the input whose records, findings and parts are stored."""

    __tablename__ = "run_row_groups"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    fencing_token: Mapped[int]
    rows_in: Mapped[int]
    rows_out: Mapped[int]
    set_aside: Mapped[int]
    filtered: Mapped[int]
    excluded: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    findings_key: Mapped[str | None] = mapped_column(String(500))
    decisions_key: Mapped[str | None] = mapped_column(String(500))
    ledger_key: Mapped[str | None] = mapped_column(String(500))
    ledger_size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    committed_at: Mapped[datetime]


class RunOutput(TenantBound, Entity):
    """A file in the making: its multipart upload and where its packaging stands at the last checkpoint."""

    __tablename__ = "run_outputs"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    output_number: Mapped[int] = mapped_column(primary_key=True)
    file_number: Mapped[int] = mapped_column(primary_key=True)
    object_key: Mapped[str] = mapped_column(String(500))
    upload_id: Mapped[str | None] = mapped_column(String(500))
    progress: Mapped[Json]


class RunEvent(TenantBound, Entity):
    """What happened in a run, in order: state changes, step progress and log lines."""

    __tablename__ = "run_events"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    payload: Mapped[Json]


class RunFinding(TenantBound, Entity):
    """A rule that failed in a run, counted over all records. ``primary_count`` counts records set aside by it first."""

    __tablename__ = "run_findings"
    __table_args__ = (one_of("severity", Severity),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    severity: Mapped[str] = mapped_column(enum_text(Severity), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    primary_count: Mapped[int] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(Text)


class Finding(TenantBound, Entity):
    """One failure in detail; only the first N of a run are kept here, all of them in the findings file."""

    __tablename__ = "findings"
    __table_args__ = (one_of("severity", Severity),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    row_number: Mapped[int] = mapped_column(BigInteger)
    rule_id: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(enum_text(Severity))
    columns: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    message: Mapped[str] = mapped_column(Text)
