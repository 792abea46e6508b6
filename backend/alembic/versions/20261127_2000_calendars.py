"""Calendars of tenants, their versions, and the days that runs are bound to.

Revision: 20261127_2000
Follows: 20261127_1950
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_2000"
down_revision = "20261127_1950"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("calendars", "calendar_versions", "calendar_contents")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_calendars()
    _make_versions()
    for table in ("calendars", "calendar_versions"):
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
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
    op.add_column("runs", sa.Column("calendars", postgresql.JSONB(), server_default="{}", nullable=False))
    op.alter_column("runs", "calendars", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("runs", "calendars")
    for table in reversed(TABLES):
        op.drop_table(table)


def _make_calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_calendars_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_calendars_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_calendars_tenant_id_name")),
    )


def _make_versions() -> None:
    op.create_table(
        "calendar_versions",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_calendar_versions_calendar_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_calendar_versions_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_calendar_versions_tenant_id")),
        sa.PrimaryKeyConstraint("calendar_id", "number", name=op.f("pk_calendar_versions")),
    )
    op.create_table(
        "calendar_contents",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_calendar_contents_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "sha256", name=op.f("pk_calendar_contents")),
    )
