"""Uploads of files as sources, and what runs put aside of them.

Revision: 20261127_1530
Follows: 20261127_1520
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1530"
down_revision = "20261127_1520"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
# What the system role may see over all tenants (ADR 0004): which uploads were abandoned.
SYSTEM_COLUMNS = {"source_uploads": ("id", "tenant_id", "connector_id", "state", "expires_at")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "source_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("object_key", sa.String(length=500), nullable=False),
        sa.Column("storage_upload_id", sa.String(length=1000), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'complete')", name=op.f("ck_source_uploads_state_known")),
        sa.ForeignKeyConstraint(["connector_id"], ["connectors.id"], name=op.f("fk_source_uploads_connector_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_source_uploads_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_source_uploads_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_uploads")),
    )
    op.create_index(op.f("ix_source_uploads_tenant_id"), "source_uploads", ["tenant_id"])
    op.create_index(op.f("ix_source_uploads_connector_id"), "source_uploads", ["connector_id"])
    op.create_index(
        "uq_source_uploads_file",
        "source_uploads",
        ["connector_id", "table_name", "name"],
        unique=True,
        postgresql_where=sa.text("state = 'complete'"),
    )
    op.create_index(
        "ix_source_uploads_open", "source_uploads", ["expires_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.execute("ALTER TABLE source_uploads ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE source_uploads FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON source_uploads TO openreg_app")
    op.execute(
        "CREATE POLICY own_tenant ON source_uploads TO openreg_app "
        f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    # For backups (ADR 0013): the owner reads, and nothing else.
    op.execute("CREATE POLICY owner_reads ON source_uploads FOR SELECT TO openreg_owner USING (true)")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")
    op.add_column("runs", sa.Column("quarantined", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("runs", sa.Column("quarantine", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.alter_column("runs", "quarantined", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("runs", "quarantine")
    op.drop_column("runs", "quarantined")
    op.drop_table("source_uploads")
