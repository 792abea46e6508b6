"""Customers of publishers: plans, companies, their people, sessions and keys, and what they have called.

Revision: 20261128_1045
Follows: 20261128_0835
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1045"
down_revision = "20261128_0835"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = (
    "plans",
    "customers",
    "customer_users",
    "customer_sessions",
    "customer_links",
    "customer_api_keys",
    "customer_requests",
    "customer_usage_days",
    "customer_usage_months",
)
ENDS = (
    "'signed_out', 'signed_out_everywhere', 'ended_by_user', 'ended_by_administrator', "
    "'password_changed', 'token_reused', 'idle'"
)
# A key names no tenant: its hash leads to it (ADR 0004). All else of a customer is read inside the tenant.
SYSTEM_COLUMNS = {"customer_api_keys": ("tenant_id", "secret_hash", "previous_hash")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _plans_and_customers()
    _people()
    _keys()
    _usage()
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
    for table in reversed(TABLES):
        op.drop_table(table)


def _plans_and_customers() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("rate_limit_per_minute", sa.Integer(), nullable=False),
        sa.Column("monthly_quota", sa.Integer(), nullable=True),
        sa.Column("max_keys", sa.Integer(), nullable=False),
        sa.Column("max_members", sa.Integer(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("regimes", postgresql.ARRAY(sa.String(length=64)), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("monthly_quota > 0", name=op.f("ck_plans_quota_positive")),
        sa.CheckConstraint("rate_limit_per_minute BETWEEN 1 AND 2000", name=op.f("ck_plans_rate_bounded")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_plans_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_plans_tenant_id_key")),
    )
    op.create_index("uq_plans_default", "plans", ["tenant_id"], unique=True, postgresql_where=sa.text("is_default"))
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("plan_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_reason", sa.String(length=500), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'suspended') = (suspended_at IS NOT NULL)", name=op.f("ck_customers_suspension_has_time")
        ),
        sa.CheckConstraint("state IN ('active', 'suspended', 'deleted')", name=op.f("ck_customers_state_known")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_customers_plan_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_newest", "customers", ["tenant_id", "id"], unique=False)
    op.create_index(op.f("ix_customers_plan_id"), "customers", ["plan_id"], unique=False)


def _people() -> None:
    op.create_table(
        "customer_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=9), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'developer', 'billing', 'viewer')", name=op.f("ck_customer_users_role_known")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_users_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_users_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_users")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_customer_users_tenant_id_email")),
    )
    op.create_index(op.f("ix_customer_users_customer_id"), "customer_users", ["customer_id"], unique=False)
    op.create_table(
        "customer_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("family_hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_token_hash", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=22), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            f"end_reason IN ({ENDS})",
            name=op.f("ck_customer_sessions_end_reason_known"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_customer_sessions_end_has_reason")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_sessions_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["customer_users.id"], name=op.f("fk_customer_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_sessions")),
    )
    op.create_index(op.f("ix_customer_sessions_user_id"), "customer_sessions", ["user_id"], unique=False)
    op.create_table(
        "customer_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=9), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'invitation') = (role IS NOT NULL)", name=op.f("ck_customer_links_invitation_has_role")
        ),
        sa.CheckConstraint(
            "(kind = 'invitation') = (user_id IS NULL)", name=op.f("ck_customer_links_invitation_has_no_user")
        ),
        sa.CheckConstraint(
            "kind IN ('verification', 'password_reset', 'invitation')", name=op.f("ck_customer_links_kind_known")
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'developer', 'billing', 'viewer')", name=op.f("ck_customer_links_role_known")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["customer_users.id"], name=op.f("fk_customer_links_created_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_links_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_links_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["customer_users.id"], name=op.f("fk_customer_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_customer_links_token_hash")),
    )
    op.create_index("ix_customer_links_of_customer", "customer_links", ["customer_id", "kind", "id"], unique=False)
    op.create_index(op.f("ix_customer_links_user_id"), "customer_links", ["user_id"], unique=False)


def _keys() -> None:
    op.create_table(
        "customer_api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("prefix", sa.String(length=24), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("networks", postgresql.ARRAY(sa.String(length=43)), nullable=False),
        sa.Column("rate_limit_per_minute", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_address", sa.String(length=60), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(previous_hash IS NULL) = (previous_until IS NULL)", name=op.f("ck_customer_api_keys_previous_has_end")
        ),
        sa.CheckConstraint("rate_limit_per_minute BETWEEN 1 AND 2000", name=op.f("ck_customer_api_keys_rate_bounded")),
        sa.ForeignKeyConstraint(["created_by"], ["customer_users.id"], name=op.f("fk_customer_api_keys_created_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_api_keys_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_api_keys_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_api_keys")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_customer_api_keys_previous_hash")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_customer_api_keys_secret_hash")),
    )
    op.create_index("ix_customer_api_keys_newest", "customer_api_keys", ["customer_id", "id"], unique=False)
    op.create_index(
        "uq_customer_api_keys_name",
        "customer_api_keys",
        ["customer_id", "name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _usage() -> None:
    op.create_table(
        "customer_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("request_id", sa.String(length=100), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_requests_customer_id")),
        sa.ForeignKeyConstraint(["key_id"], ["customer_api_keys.id"], name=op.f("fk_customer_requests_key_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_requests_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_requests")),
    )
    op.create_index(op.f("ix_customer_requests_key_id"), "customer_requests", ["key_id"], unique=False)
    op.create_index("ix_customer_requests_of_customer", "customer_requests", ["customer_id", "id"], unique=False)
    op.create_table(
        "customer_usage_days",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_usage_days_customer_id")),
        sa.ForeignKeyConstraint(["key_id"], ["customer_api_keys.id"], name=op.f("fk_customer_usage_days_key_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_usage_days_tenant_id")),
        sa.PrimaryKeyConstraint(
            "customer_id", "day", "key_id", "method", "route", "status", name=op.f("pk_customer_usage_days")
        ),
    )
    op.create_index(op.f("ix_customer_usage_days_key_id"), "customer_usage_days", ["key_id"], unique=False)
    op.create_table(
        "customer_usage_months",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("noticed_percent", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_usage_months_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_customer_usage_months_tenant_id")),
        sa.PrimaryKeyConstraint("customer_id", "month", name=op.f("pk_customer_usage_months")),
    )
