"""Reconciliations of submitted records with extracts, their differences, and mappings of extracts.

Revision: 20261128_0725
Follows: 20261128_0720
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0725"
down_revision = "20261128_0720"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("reconciliations", "reconciliation_differences", "reconciliation_mappings")
SYSTEM_COLUMNS = {"reconciliations": ("id", "tenant_id", "state", "next_attempt_at", "lease_expires_at")}
STATES = "'queued', 'running', 'done', 'failed', 'cancelled'"
STAGES = "'waiting', 'reading_extract', 'reading_records', 'comparing', 'storing'"
ENVIRONMENTS = "'test', 'production'"
KINDS = "'missing', 'extra', 'different'"
STANDINGS = "'accepted', 'pending', 'unconfirmed', 'cancelled', 'rejected', 'unprocessed', 'unknown'"
DIFFERENCE_STATES = "'open', 'explained'"
COUNTS = ("ours", "theirs", "equal", "missing", "extra", "different", "field", "kept")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_reconciliations()
    _make_differences()
    _make_mappings()
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


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in ("reconciliation_mappings", "reconciliation_differences", "reconciliations"):
        op.drop_table(table)


def _make_reconciliations() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("environment", sa.String(length=10), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("personal_fields", postgresql.ARRAY(sa.String(length=300)), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("stage", sa.String(length=15), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("submission_count", sa.Integer(), nullable=False),
        *(sa.Column(f"{one}_count", sa.BigInteger(), nullable=False) for one in COUNTS),
        sa.Column("by_field", postgresql.JSONB(), nullable=False),
        sa.Column("differences_key", sa.String(length=500), nullable=True),
        sa.Column("differences_bytes", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("lease_expires_at", MOMENT, nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_reconciliations_state_known")),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_reconciliations_stage_known")),
        sa.CheckConstraint(f"environment IN ({ENVIRONMENTS})", name=op.f("ck_reconciliations_environment_known")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_reconciliations_report_id")),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name=op.f("fk_reconciliations_started_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_reconciliations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index("ix_reconciliations_newest", "reconciliations", ["tenant_id", "id"])
    op.create_index("ix_reconciliations_of_report", "reconciliations", ["report_id", "id"])
    op.create_index(
        "ix_reconciliations_due",
        "reconciliations",
        ["next_attempt_at"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _make_differences() -> None:
    table = "reconciliation_differences"
    op.create_table(
        table,
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("standing", sa.String(length=11), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=300), nullable=True),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("theirs", sa.Text(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.Column("file_row", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("explained_by", sa.Uuid(), nullable=True),
        sa.Column("explained_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f(f"ck_{table}_kind_known")),
        sa.CheckConstraint(f"standing IN ({STANDINGS})", name=op.f(f"ck_{table}_standing_known")),
        sa.CheckConstraint(f"state IN ({DIFFERENCE_STATES})", name=op.f(f"ck_{table}_state_known")),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliations.id"], name=op.f(f"fk_{table}_reconciliation_id")
        ),
        sa.ForeignKeyConstraint(["explained_by"], ["users.id"], name=op.f(f"fk_{table}_explained_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("reconciliation_id", "position", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_by_kind", table, ["reconciliation_id", "kind", "position"])
    op.create_index(f"ix_{table}_by_field", table, ["reconciliation_id", "field", "position"])


def _make_mappings() -> None:
    table = "reconciliation_mappings"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f(f"fk_{table}_report_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["users.id"], name=op.f(f"fk_{table}_saved_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("report_id", "name", name=op.f(f"uq_{table}_report_id_name")),
    )
