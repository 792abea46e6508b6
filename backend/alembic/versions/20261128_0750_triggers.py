"""Triggers, what came of each occasion, and the files they have seen; runs know which one started them.

Revision: 20261128_0750
Follows: 20261128_0740
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0750"
down_revision = "20261128_0740"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("triggers", "trigger_firings", "trigger_files")
#: Which triggers are to be looked at, and in which tenants some wait for ends of runs (ADR 0004).
SYSTEM_COLUMNS = {"triggers": ("id", "tenant_id", "kind", "is_paused", "next_look_at")}
KINDS = "'api', 'file_arrival', 'watermark', 'run_event'"
OUTCOMES = "'started', 'skipped'"
NOTICES = (
    "run_failed",
    "run_held",
    "deadline_at_risk",
    "rejection_received",
    "approval_waiting",
    "host_key_changed",
    "delivery_failed",
    "endpoint_disabled",
    "connector_failed",
    "connector_works",
    "exception_assigned",
    "acceptance_waiting",
    "quality_limit",
    "records_wait",
    "reference_stale",
    "deadline_breached",
    "action_overdue",
)
ADDED = "trigger_failed"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _triggers()
    _firings()
    _files()
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
    op.add_column("runs", sa.Column("trigger_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_runs_trigger_id"), "runs", "triggers", ["trigger_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_runs_of_trigger", "runs", ["trigger_id"], postgresql_where=sa.text("trigger_id IS NOT NULL"))
    op.create_index(
        "ix_runs_by_end", "runs", ["report_id", "finished_at"], postgresql_where=sa.text("finished_at IS NOT NULL")
    )
    _know_notices((*NOTICES, ADDED))


def _triggers() -> None:
    op.create_table(
        "triggers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=True),
        sa.Column("connector_id", sa.Uuid(), nullable=True),
        sa.Column("source_report_id", sa.Uuid(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.String(6), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("active_since", MOMENT, nullable=False),
        sa.Column("next_look_at", MOMENT, nullable=True),
        sa.Column("last_look_at", MOMENT, nullable=True),
        sa.Column("failed_looks", sa.Integer(), nullable=False),
        sa.Column("last_error", postgresql.JSONB(), nullable=True),
        sa.Column("watermark", postgresql.JSONB(), nullable=True),
        sa.Column("last_started_at", MOMENT, nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_triggers_kind_known")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_triggers_report_id")),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_triggers_destination_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connectors.id"], name=op.f("fk_triggers_connector_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_report_id"], ["reports.id"], name=op.f("fk_triggers_source_report_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_triggers_created_by")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_triggers_updated_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_triggers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_triggers_tenant_id_name")),
    )
    op.create_index("ix_triggers_newest", "triggers", ["tenant_id", "id"])
    op.create_index("ix_triggers_of_report", "triggers", ["report_id", "id"])
    op.create_index("ix_triggers_of_source_report", "triggers", ["source_report_id"])
    op.create_index(
        "ix_triggers_due", "triggers", ["next_look_at"], postgresql_where=sa.text("next_look_at IS NOT NULL")
    )


def _firings() -> None:
    op.create_table(
        "trigger_firings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trigger_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(7), nullable=False),
        sa.Column("reason_code", sa.String(60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reporting_date", sa.Date(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("fired_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_trigger_firings_outcome_known")),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_trigger_firings_trigger_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_trigger_firings_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_trigger_firings_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_firings")),
        sa.UniqueConstraint("trigger_id", "subject_key", name=op.f("uq_trigger_firings_trigger_id_subject_key")),
    )
    op.create_index("ix_trigger_firings_newest", "trigger_firings", ["trigger_id", "id"])
    op.create_index("ix_trigger_firings_run_id", "trigger_firings", ["run_id"])


def _files() -> None:
    op.create_table(
        "trigger_files",
        sa.Column("trigger_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(1000), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_trigger_files_trigger_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_trigger_files_tenant_id")),
        sa.PrimaryKeyConstraint("trigger_id", "name", name=op.f("pk_trigger_files")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE kind = '{ADDED}'")
    _know_notices(NOTICES)
    op.drop_index("ix_runs_by_end", "runs")
    op.drop_index("ix_runs_of_trigger", "runs")
    op.drop_constraint(op.f("fk_runs_trigger_id"), "runs", type_="foreignkey")
    op.drop_column("runs", "trigger_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _know_notices(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{one}'" for one in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
