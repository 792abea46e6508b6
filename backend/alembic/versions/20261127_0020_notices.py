"""Notices to staff and how each person wants to hear of them.

Revision: 20261127_0020
Follows: 20261127_0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_0020"
down_revision = "20261127_0010"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
KINDS = (
    "'run_failed', 'run_held', 'deadline_at_risk', 'rejection_received', 'approval_waiting', 'host_key_changed', "
    "'delivery_failed', 'endpoint_disabled'"
)
# What the system role may see over all tenants (ADR 0004): whose notices are to be mailed.
SYSTEM_COLUMNS = {"notices": ("tenant_id", "mail_due_at", "mailed_at")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _create_tables()
    for table in ("notices", "notice_preferences"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")
    # Health compares the revision of the database with the newest one of the code.
    op.execute("GRANT SELECT ON alembic_version TO openreg_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("REVOKE SELECT ON alembic_version FROM openreg_app")
    op.drop_table("notice_preferences")
    op.drop_table("notices")


def _create_tables() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=18), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("is_in_app", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_notices_kind_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_notices_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("sequence", name=op.f("uq_notices_sequence")),
    )
    op.create_index(op.f("ix_notices_tenant_id"), "notices", ["tenant_id"], unique=False)
    op.create_index(op.f("ix_notices_person"), "notices", ["tenant_id", "user_id", "sequence"], unique=False)
    op.create_index(
        op.f("ix_notices_mail_due"),
        "notices",
        ["mail_due_at"],
        unique=False,
        postgresql_where=sa.text("mailed_at IS NULL AND mail_due_at IS NOT NULL"),
    )
    op.create_table(
        "notice_preferences",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("muted_in_app", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("muted_mail", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("digest", sa.String(length=5), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.CheckConstraint("digest IN ('off', 'daily')", name=op.f("ck_notice_preferences_digest_known")),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_notice_preferences_digest_hour_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_notice_preferences_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_preferences_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_notice_preferences")),
    )
    op.create_index(op.f("ix_notice_preferences_user_id"), "notice_preferences", ["user_id"], unique=False)
