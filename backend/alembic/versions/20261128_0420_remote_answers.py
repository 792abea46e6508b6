"""Answers that a destination's folder holds, and when it is looked into next.

Revision: 20261128_0420
Follows: 20261128_0350
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0420"
down_revision = "20261128_0350"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
STATES = "'seen', 'taken'"
SYSTEM_COLUMNS = {"destinations": ("id", "tenant_id", "response_folder", "next_look_at", "is_paused", "archived_at")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("destinations", sa.Column("next_look_at", MOMENT, nullable=True))
    op.add_column("destinations", sa.Column("failed_looks", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("destinations", "failed_looks", server_default=None)
    op.add_column("destinations", sa.Column("look_error", postgresql.JSONB(), nullable=True))
    op.create_table(
        "remote_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=5), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_remote_answers_state_known")),
        sa.ForeignKeyConstraint(["destination_id"], ["destinations.id"], name=op.f("fk_remote_answers_destination_id")),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback_files.id"], name=op.f("fk_remote_answers_feedback_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_remote_answers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_answers")),
        sa.UniqueConstraint(
            "destination_id", "folder", "name", name=op.f("uq_remote_answers_destination_id_folder_name")
        ),
    )
    op.create_index(op.f("ix_remote_answers_tenant_id"), "remote_answers", ["tenant_id"])
    op.execute("ALTER TABLE remote_answers ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE remote_answers FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON remote_answers TO openreg_app")
    op.execute(
        f"CREATE POLICY own_tenant ON remote_answers TO openreg_app "
        f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    # For backups (ADR 0013): the owner reads, and nothing else.
    op.execute("CREATE POLICY owner_reads ON remote_answers FOR SELECT TO openreg_owner USING (true)")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"DROP POLICY system_reads ON {table}")
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
    op.drop_table("remote_answers")
    for column in ("next_look_at", "failed_looks", "look_error"):
        op.drop_column("destinations", column)
