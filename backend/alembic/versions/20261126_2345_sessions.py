"""Sessions, second factors and recovery codes: rows of a person, seen by whom ``openreg.user_id`` names.

Revision: 20261126_2345
Follows: 20261126_2340
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_2345"
down_revision = "20261126_2340"
branch_labels = None
depends_on = None

USER = "NULLIF(current_setting('openreg.user_id', true), '')::uuid"
USER_TABLES = ("recovery_codes", "second_factors", "sessions")
# To find who signs in and whom an access token speaks for; hashes and secrets are read as the user alone (ADR 0004).
SYSTEM_COLUMNS = {
    "users": ("full_name", "is_platform_administrator"),
    "tenants": ("name",),
    "memberships": ("id",),
    "membership_roles": ("membership_id", "role_id"),
    "roles": ("id", "key", "permissions"),
    "sessions": ("id", "user_id", "current_tenant_id", "expires_at", "ended_at"),
    "second_factors": ("user_id", "confirmed_at"),
}
#: Tables the system role had no policy for.
NEWLY_READ = ("membership_roles", "roles", "second_factors", "sessions")
ENDS = (
    "'signed_out', 'signed_out_everywhere', 'ended_by_user', 'ended_by_administrator', "
    "'password_changed', 'token_reused', 'idle'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("current_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("family_hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_token_hash", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=22), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_sessions_end_has_reason")),
        sa.CheckConstraint(f"end_reason IN ({ENDS})", name=op.f("ck_sessions_end_reason_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.ForeignKeyConstraint(["current_tenant_id"], ["tenants.id"], name=op.f("fk_sessions_current_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_index(op.f("ix_sessions_current_tenant_id"), "sessions", ["current_tenant_id"])
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    _secure()


def _secure() -> None:
    for table in USER_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_user ON {table} TO openreg_app USING (user_id = {USER}) WITH CHECK (user_id = {USER})"
        )
    op.execute(f"CREATE POLICY self_reads ON users FOR SELECT TO openreg_app USING (id = {USER})")
    op.execute(
        f"CREATE POLICY self_changes ON users FOR UPDATE TO openreg_app USING (id = {USER}) WITH CHECK (id = {USER})"
    )
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
    for table in NEWLY_READ:
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for policy in ("self_reads", "self_changes"):
        op.execute(f"DROP POLICY {policy} ON users")
    for table in USER_TABLES:
        op.drop_table(table)
    for table, columns in SYSTEM_COLUMNS.items():
        if table not in USER_TABLES:
            op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
    for table in ("membership_roles", "roles"):
        op.execute(f"DROP POLICY system_reads ON {table}")
