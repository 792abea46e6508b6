"""Row-level security forced on every table; grants of the application and the system role.

Revision: 20261122_0940
Follows: 20261122_0930
"""

from __future__ import annotations

from alembic import op

revision = "20261122_0940"
down_revision = "20261122_0930"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TENANT_TABLES = (
    "artifacts",
    "connectors",
    "deliveries",
    "delivery_attempts",
    "destinations",
    "events",
    "exceptions",
    "findings",
    "idempotency_keys",
    "memberships",
    "report_versions",
    "reports",
    "run_events",
    "run_findings",
    "run_outputs",
    "run_row_groups",
    "run_steps",
    "runs",
    "schema_packages",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
)
# What the system role may see over all tenants, and nothing else (ADR 0004). Work is done as the application role.
SYSTEM_COLUMNS = {
    "tenants": ("id", "slug"),
    "users": ("id", "email", "password_hash", "is_active"),
    "memberships": ("tenant_id", "user_id", "created_at"),
    "runs": ("id", "tenant_id", "state", "lease_expires_at", "created_at"),
    "deliveries": ("id", "tenant_id", "state", "next_attempt_at", "lease_expires_at"),
    "webhook_deliveries": ("id", "tenant_id", "endpoint_id", "state", "next_attempt_at", "lease_expires_at"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in (*TENANT_TABLES, "tenants", "users"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
    for table in TENANT_TABLES:
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
    op.execute(f"CREATE POLICY own_tenant ON tenants TO openreg_app USING (id = {TENANT}) WITH CHECK (id = {TENANT})")
    members = "EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = users.id)"
    op.execute(f"CREATE POLICY members_read ON users FOR SELECT TO openreg_app USING ({members})")
    op.execute(
        f"CREATE POLICY members_change ON users FOR UPDATE TO openreg_app USING ({members}) WITH CHECK ({members})"
    )
    op.execute("CREATE POLICY anyone_joins ON users FOR INSERT TO openreg_app WITH CHECK (true)")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO openreg_app")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"DROP POLICY system_reads ON {table}")
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
    op.execute("REVOKE USAGE ON ALL SEQUENCES IN SCHEMA public FROM openreg_app")
    for policy in ("members_read", "members_change", "anyone_joins"):
        op.execute(f"DROP POLICY {policy} ON users")
    for table in (*TENANT_TABLES, "tenants"):
        op.execute(f"DROP POLICY own_tenant ON {table}")
    for table in (*TENANT_TABLES, "tenants", "users"):
        op.execute(f"REVOKE ALL ON {table} FROM openreg_app")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
