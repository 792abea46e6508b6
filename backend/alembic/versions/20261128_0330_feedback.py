"""Feedback of regulators: its files, what they say of records, and exceptions that come from it.

Revision: 20261128_0330
Follows: 20261128_0310
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0330"
down_revision = "20261128_0310"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("feedback_files", "record_advices")
SYSTEM_COLUMNS = {"feedback_files": ("id", "tenant_id", "state", "next_attempt_at", "lease_expires_at")}
STATES = "'received', 'parsing', 'applied', 'unmatched', 'refused', 'contradictory'"
FORMATS = "'auth.031', 'auth.092', 'auth.084', 'csv'"
SOURCES = "'poll', 'upload', 'api'"
ADVICE_STATES = "'accepted', 'pending', 'received', 'rejected', 'unsent'"
ORIGINS = "'finding', 'reported'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_files()
    _make_advices()
    for table in TABLES:
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
    _know_origins(f"{ORIGINS}, 'feedback'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("UPDATE exceptions SET origin = 'reported' WHERE origin = 'feedback'")
    _know_origins(ORIGINS)
    for table in reversed(TABLES):
        op.drop_table(table)


def _know_origins(known: str) -> None:
    op.drop_constraint(op.f("ck_exceptions_origin_known"), "exceptions", type_="check")
    op.create_check_constraint(op.f("ck_exceptions_origin_known"), "exceptions", f"origin IN ({known})")


def _make_files() -> None:
    op.create_table(
        "feedback_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.String(length=500), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("file_status", sa.String(length=10), nullable=True),
        sa.Column("totals", postgresql.JSONB(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=True),
        sa.Column("source", sa.String(length=6), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("assign_reason", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_feedback_files_state_known")),
        sa.CheckConstraint(f"format IN ({FORMATS})", name=op.f("ck_feedback_files_format_known")),
        sa.CheckConstraint(f"source IN ({SOURCES})", name=op.f("ck_feedback_files_source_known")),
        sa.ForeignKeyConstraint(["destination_id"], ["destinations.id"], name=op.f("fk_feedback_files_destination_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_feedback_files_submission_id")),
        sa.ForeignKeyConstraint(["received_by"], ["users.id"], name=op.f("fk_feedback_files_received_by")),
        sa.ForeignKeyConstraint(["assigned_by"], ["users.id"], name=op.f("fk_feedback_files_assigned_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_feedback_files_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_files")),
        sa.UniqueConstraint("tenant_id", "sha256", name=op.f("uq_feedback_files_tenant_id_sha256")),
    )
    op.create_index(op.f("ix_feedback_files_tenant_id"), "feedback_files", ["tenant_id"])
    op.create_index("ix_feedback_files_newest", "feedback_files", ["tenant_id", "id"])
    op.create_index("ix_feedback_files_by_state", "feedback_files", ["tenant_id", "state", "id"])
    op.create_index("ix_feedback_files_of_submission", "feedback_files", ["submission_id", "id"])
    op.create_index(
        "ix_feedback_files_due",
        "feedback_files",
        ["next_attempt_at"],
        postgresql_where=sa.text("state IN ('received', 'parsing')"),
    )


def _make_advices() -> None:
    op.create_table(
        "record_advices",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"state IN ({ADVICE_STATES})", name=op.f("ck_record_advices_state_known")),
        sa.PrimaryKeyConstraint("feedback_id", "position", name=op.f("pk_record_advices")),
    )
    op.create_index(
        "ix_record_advices_of_record",
        "record_advices",
        ["submission_id", "row_number", "id"],
        postgresql_where=sa.text("submission_id IS NOT NULL"),
    )
