"""Datasets and mapping sets: versions, and entries that are valid for a time; runs are pinned to versions.

Revision: 20261127_1950
Follows: 20261127_1945
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1950"
down_revision = "20261127_1945"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("datasets", "dataset_versions", "dataset_entries")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_datasets()
    _make_versions()
    _make_entries()
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
    _let_make_temporary_tables()
    op.add_column("runs", sa.Column("reference", postgresql.JSONB(), server_default="{}", nullable=False))
    op.alter_column("runs", "reference", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("runs", "reference")
    for table in reversed(TABLES):
        op.drop_table(table)


def _let_make_temporary_tables() -> None:
    """Imports are compared with what is there in tables of their transaction (ADR 0004)."""
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO openreg_app', current_database()); END $$"
    )


def _make_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("key_title", sa.String(length=200), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("missing", sa.String(length=7), nullable=False),
        sa.Column("as_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale_after_days", sa.Integer(), nullable=True),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('dataset', 'mapping_set')", name=op.f("ck_datasets_kind_known")),
        sa.CheckConstraint("missing IN ('null', 'finding', 'fail')", name=op.f("ck_datasets_missing_known")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_datasets_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_datasets_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_datasets_tenant_id_name")),
    )
    op.create_index(op.f("ix_datasets_tenant_id"), "datasets", ["tenant_id"])
    op.create_index("ix_datasets_newest", "datasets", ["tenant_id", "kind", "id"])


def _make_versions() -> None:
    op.create_table(
        "dataset_versions",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("origin", sa.String(length=6), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("as_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("object_key", sa.String(length=500), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('staged', 'published')", name=op.f("ck_dataset_versions_state_known")),
        sa.CheckConstraint("origin IN ('edit', 'file', 'loader')", name=op.f("ck_dataset_versions_origin_known")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_dataset_versions_created_by")),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_versions_dataset_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_dataset_versions_tenant_id")),
        sa.PrimaryKeyConstraint("dataset_id", "number", name=op.f("pk_dataset_versions")),
    )
    op.create_index(op.f("ix_dataset_versions_tenant_id"), "dataset_versions", ["tenant_id"])


def _make_entries() -> None:
    op.create_table(
        "dataset_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=300, collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_entries_dataset_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_dataset_entries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_entries")),
    )
    op.create_index("ix_dataset_entries_keys", "dataset_entries", ["dataset_id", "key", "id"])
    op.create_index("ix_dataset_entries_added", "dataset_entries", ["dataset_id", "added_in"])
    op.create_index(
        "ix_dataset_entries_removed",
        "dataset_entries",
        ["dataset_id", "removed_in"],
        postgresql_where=sa.text("removed_in IS NOT NULL"),
    )
