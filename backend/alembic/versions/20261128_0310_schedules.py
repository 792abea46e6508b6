"""Schedules, what became of their fire times, backfills; runs know what started them and when they were pinned.

Revision: 20261128_0310
Follows: 20261128_0300
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0310"
down_revision = "20261128_0300"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("schedules", "schedule_fires", "backfills", "backfill_days")
#: In which tenants a fire time has come, a fire waits, a backfill goes on (ADR 0004).
SYSTEM_COLUMNS = {
    "schedules": ("tenant_id", "due_at"),
    "schedule_fires": ("tenant_id", "state"),
    "backfills": ("tenant_id", "state"),
}
TRIGGERS = ("manual", "api", "schedule", "backfill", "file", "watermark", "run", "resubmission")
FIRE_STATES = ("started", "skipped", "missed", "waiting", "failed")
BACKFILL_STATES = ("running", "completed", "cancelled")
DAY_STATES = ("waiting", "started", "failed", "cancelled")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _schedules()
    _fires()
    _runs()
    _backfills()
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
        # For backups (ADR 0013): the owner reads, and nothing else.
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO openreg_owner USING (true)")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("calendar", sa.String(63), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("evaluated_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_fire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_schedules_report_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_schedules_created_by")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_schedules_updated_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_schedules_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_schedules_tenant_id_name")),
    )
    op.create_index("ix_schedules_due", "schedules", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_schedules_newest", "schedules", ["tenant_id", "id"])
    op.create_index("ix_schedules_of_report", "schedules", ["report_id", "id"])


def _fires() -> None:
    states = ", ".join(f"'{one}'" for one in FIRE_STATES)
    op.create_table(
        "schedule_fires",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reporting_date", sa.Date(), nullable=True),
        sa.Column("state", sa.String(7), nullable=False),
        sa.Column("reason_code", sa.String(60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_schedule_fires_state_known")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_fires_schedule_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_schedule_fires_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_schedule_fires_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_fires")),
        sa.UniqueConstraint("schedule_id", "fire_at", name=op.f("uq_schedule_fires_schedule_id_fire_at")),
    )
    op.create_index(
        "ix_schedule_fires_waiting", "schedule_fires", ["tenant_id"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_schedule_fires_run_id", "schedule_fires", ["run_id"])


def _runs() -> None:
    op.add_column("runs", sa.Column("trigger", sa.String(12), nullable=False, server_default="manual"))
    op.add_column("runs", sa.Column("schedule_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("fire_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("runs", sa.Column("is_pinned", sa.Boolean(), nullable=False, server_default=sa.true()))
    for column in ("trigger", "is_pinned"):
        op.alter_column("runs", column, server_default=None)
    op.execute("UPDATE runs SET trigger = 'resubmission' WHERE kind = 'supplemental'")
    triggers = ", ".join(f"'{one}'" for one in TRIGGERS)
    op.create_check_constraint(op.f("ck_runs_trigger_known"), "runs", f"trigger IN ({triggers})")
    op.create_foreign_key(
        op.f("fk_runs_schedule_id"), "runs", "schedules", ["schedule_id"], ["id"], ondelete="SET NULL"
    )
    op.create_unique_constraint(op.f("uq_runs_schedule_id_fire_at"), "runs", ["schedule_id", "fire_at"])


def _backfills() -> None:
    states, days = (", ".join(f"'{one}'" for one in known) for known in (BACKFILL_STATES, DAY_STATES))
    op.create_table(
        "backfills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_backfills_state_known")),
        sa.CheckConstraint("concurrency BETWEEN 1 AND 20", name=op.f("ck_backfills_concurrency_bounded")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_backfills_report_id")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_backfills_schedule_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_backfills_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_backfills_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_index("ix_backfills_newest", "backfills", ["tenant_id", "id"])
    op.create_index("ix_backfills_running", "backfills", ["id"], postgresql_where=sa.text("state = 'running'"))
    op.create_table(
        "backfill_days",
        sa.Column("backfill_id", sa.Uuid(), nullable=False),
        sa.Column("reporting_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("reason_code", sa.String(60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({days})", name=op.f("ck_backfill_days_state_known")),
        sa.ForeignKeyConstraint(
            ["backfill_id"], ["backfills.id"], name=op.f("fk_backfill_days_backfill_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_backfill_days_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_backfill_days_tenant_id")),
        sa.PrimaryKeyConstraint("backfill_id", "reporting_date", name=op.f("pk_backfill_days")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_table("backfill_days")
    op.drop_table("backfills")
    op.drop_constraint(op.f("uq_runs_schedule_id_fire_at"), "runs", type_="unique")
    op.drop_constraint(op.f("fk_runs_schedule_id"), "runs", type_="foreignkey")
    op.drop_constraint(op.f("ck_runs_trigger_known"), "runs", type_="check")
    for column in ("is_pinned", "fire_at", "schedule_id", "trigger"):
        op.drop_column("runs", column)
    op.drop_table("schedule_fires")
    op.drop_table("schedules")
