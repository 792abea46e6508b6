"""Looks at held records, data quality per report and day, and notices of both.

Revision: 20261127_1945
Follows: 20261127_1941
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1945"
down_revision = "20261127_1941"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
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
)
ADDED = ("quality_limit", "records_wait")
TABLES = ("held_reviews", "quality_days", "quality_settings")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("runs", sa.Column("with_findings", sa.BigInteger(), nullable=True))
    op.create_table(
        "held_reviews",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_held_reviews_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_held_reviews_tenant_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_held_reviews")),
    )
    op.create_index("ix_held_reviews_due", "held_reviews", ["tenant_id", "due_at"])
    _quality_tables()
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
    _know_kinds((*KINDS, *ADDED))


def _quality_tables() -> None:
    counts = ("rows_in", "expected", "reported", "checked", "set_aside", "held", "amended", "repeated")
    op.create_table(
        "quality_days",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("with_findings", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noticed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_quality_days_report_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_quality_days_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_quality_days_tenant_id")),
        sa.PrimaryKeyConstraint("report_id", "day", name=op.f("pk_quality_days")),
    )
    op.create_index(op.f("ix_quality_days_run_id"), "quality_days", ["run_id"])
    op.create_index("ix_quality_days_by_day", "quality_days", ["tenant_id", "day"])
    op.create_table(
        "quality_settings",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("due_time", sa.Time(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("holds_noticed_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("due_days BETWEEN 0 AND 30", name=op.f("ck_quality_settings_due_days_bounded")),
        sa.CheckConstraint("hold_days BETWEEN 1 AND 365", name=op.f("ck_quality_settings_hold_days_bounded")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_quality_settings_report_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_quality_settings_changed_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_quality_settings_tenant_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_quality_settings")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    added = ", ".join(f"'{kind}'" for kind in ADDED)
    op.execute(f"DELETE FROM notices WHERE kind IN ({added})")
    _know_kinds(KINDS)
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("runs", "with_findings")


def _know_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
