"""Eligibility: counts of excluded and held records, decisions per run, and the hold queue.

Revision: 20261127_1900
Follows: 20261127_1555
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_1900"
down_revision = "20261127_1555"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
COUNTS = ("excluded", "held")
TABLES = ("run_decisions", "held_records")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for name in COUNTS:
        op.add_column("runs", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        op.alter_column("runs", name, server_default=None)
        op.add_column("run_row_groups", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        op.alter_column("run_row_groups", name, server_default=None)
    op.add_column("run_row_groups", sa.Column("decisions_key", sa.String(length=500), nullable=True))
    op.create_table(
        "run_decisions",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("decision IN ('report', 'exclude', 'hold')", name=op.f("ck_run_decisions_decision_known")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_decisions_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_run_decisions_tenant_id")),
        sa.PrimaryKeyConstraint("run_id", "code", name=op.f("pk_run_decisions")),
    )
    op.create_table(
        "held_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("record_key", sa.String(length=300), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("supplemental_run_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'released', 'reported', 'excluded')", name=op.f("ck_held_records_state_known")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_held_records_run_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_held_records_report_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_held_records_decided_by")),
        sa.ForeignKeyConstraint(["supplemental_run_id"], ["runs.id"], name=op.f("fk_held_records_supplemental_run_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_held_records_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_records")),
        sa.UniqueConstraint("run_id", "row_number", name=op.f("uq_held_records_run_id_row_number")),
    )
    _indexes()
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


def _indexes() -> None:
    op.create_index(op.f("ix_held_records_report_id"), "held_records", ["report_id"])
    op.create_index(op.f("ix_held_records_supplemental_run_id"), "held_records", ["supplemental_run_id"])
    op.create_index("ix_held_records_newest", "held_records", ["tenant_id", "id"])
    op.create_index(
        "ix_held_records_waiting",
        "held_records",
        ["tenant_id", "report_id", "id"],
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_held_records_released",
        "held_records",
        ["tenant_id", "run_id"],
        postgresql_where=sa.text("state = 'released'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("run_row_groups", "decisions_key")
    for name in COUNTS:
        op.drop_column("run_row_groups", name)
        op.drop_column("runs", name)
