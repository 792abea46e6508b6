"""Deadlines of reports and the obligations of their days; a notice of a missed one.

Revision: 20261128_0340
Follows: 20261128_0330
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_0340"
down_revision = "20261128_0330"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("deadlines", "obligations")
SYSTEM_COLUMNS = {"deadlines": ("tenant_id", "is_active")}
KINDS = (
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
)
ADDED = "deadline_breached"
STATES = "'open', 'at_risk', 'breached', 'met', 'met_late', 'not_required'"
UNSATISFIED = "state IN ('open', 'at_risk', 'breached')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_deadlines()
    _make_obligations()
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
    _know_kinds((*KINDS, ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE kind = '{ADDED}'")
    _know_kinds(KINDS)
    for table in reversed(TABLES):
        op.drop_table(table)


def _make_deadlines() -> None:
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("calendar", sa.String(length=63), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("warning_minutes", sa.Integer(), nullable=False),
        sa.Column("met_by", sa.String(length=11), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("met_by IN ('handed_over', 'run')", name=op.f("ck_deadlines_met_by_known")),
        sa.CheckConstraint("working_days BETWEEN 0 AND 60", name=op.f("ck_deadlines_working_days_bounded")),
        sa.CheckConstraint("warning_minutes BETWEEN 0 AND 14400", name=op.f("ck_deadlines_warning_minutes_bounded")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_deadlines_report_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["users.id"], name=op.f("fk_deadlines_saved_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_deadlines_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("tenant_id", "report_id", name=op.f("uq_deadlines_tenant_id_report_id")),
    )


def _make_obligations() -> None:
    op.create_table(
        "obligations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("reporting_date", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("risk", sa.String(length=14), nullable=True),
        sa.Column("at_risk_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_obligations_state_known")),
        sa.CheckConstraint("risk IN ('warning_time', 'usual_duration')", name=op.f("ck_obligations_risk_known")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_obligations_report_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_obligations_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_obligations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligations")),
        sa.UniqueConstraint(
            "tenant_id", "report_id", "reporting_date", name=op.f("uq_obligations_tenant_id_report_id_reporting_date")
        ),
    )
    op.create_index(op.f("ix_obligations_run_id"), "obligations", ["run_id"])
    op.create_index("ix_obligations_by_due", "obligations", ["tenant_id", "due_at", "id"])
    op.create_index(
        "ix_obligations_unsatisfied", "obligations", ["tenant_id", "due_at"], postgresql_where=sa.text(UNSATISFIED)
    )


def _know_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
