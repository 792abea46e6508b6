"""Roles instead of permissions on memberships; what a tenant chooses for itself; suspended members.

No release has the column that goes, so it goes at once. What a member could do becomes a role: the whole set the
administrator's, any other set a role of exactly that set.

Revision: 20261126_2310
Follows: 20261122_0940
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_2310"
down_revision = "20261122_0940"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
SYSTEM_COLUMNS = {"memberships": ("is_active",)}
#: Every permission there was; the administrator's role holds "*" from now on.
EVERY_PERMISSION = (
    "ARRAY['artifacts:download', 'connectors:query', 'connectors:read', 'connectors:write', 'destinations:read', "
    "'destinations:write', 'regulations:read', 'reports:activate', 'reports:read', 'reports:write', 'runs:cancel', "
    "'runs:read', 'runs:release', 'runs:start', 'schemas:install', 'schemas:read', 'webhooks:read', "
    "'webhooks:write']::varchar(64)[]"
)
#: The owner is held by policies that show it nothing; moving rows needs a moment without.
MOVED = ("tenants", "users", "memberships")
SETTINGS: tuple[tuple[sa.Column[Any], str | None], ...] = (
    (sa.Column("environment", sa.String(length=10), nullable=False), "'production'"),
    (sa.Column("time_zone", sa.String(length=64), nullable=False), "'UTC'"),
    (sa.Column("calendar", sa.String(length=63), nullable=False), "'weekdays'"),
    (sa.Column("idle_minutes", sa.Integer(), nullable=False), "30"),
    (sa.Column("four_eyes", sa.Boolean(), nullable=False), "true"),
    (sa.Column("four_eyes_off_reason", sa.String(length=500), nullable=True), None),
    (sa.Column("input_retention_days", sa.Integer(), nullable=False), "90"),
    (sa.Column("artifact_retention_days", sa.Integer(), nullable=False), "1830"),
    (sa.Column("mail_sender_name", sa.String(length=100), nullable=True), None),
    (sa.Column("settings_changed_at", sa.DateTime(timezone=True), nullable=True), None),
    (sa.Column("settings_changed_by", sa.Uuid(), nullable=True), None),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for column, value in SETTINGS:
        _add("tenants", column, value)
    op.create_foreign_key(op.f("fk_tenants_settings_changed_by"), "tenants", "users", ["settings_changed_by"], ["id"])
    op.create_check_constraint("environment_known", "tenants", "environment IN ('production', 'sandbox')")
    op.create_check_constraint("idle_minutes_bounded", "tenants", "idle_minutes BETWEEN 5 AND 480")
    op.create_check_constraint("four_eyes_off_has_reason", "tenants", "four_eyes OR four_eyes_off_reason IS NOT NULL")
    _add("users", sa.Column("is_platform_administrator", sa.Boolean(), nullable=False), "false")
    _add("memberships", sa.Column("is_active", sa.Boolean(), nullable=False), "true")
    _create_tables()
    for table in MOVED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    _turn_permissions_into_roles()
    for table in MOVED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_column("memberships", "permissions")
    for table in ("roles", "membership_roles"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
    op.add_column("memberships", sa.Column("permissions", postgresql.ARRAY(sa.String(length=64)), nullable=True))
    for table in (*MOVED, "roles", "membership_roles"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        f"UPDATE memberships m SET permissions = CASE WHEN '*' = ANY (g.granted) THEN {EVERY_PERMISSION} "
        "ELSE g.granted END FROM (SELECT o.id, COALESCE(array_agg(DISTINCT p.one) FILTER (WHERE p.one IS NOT NULL), "
        "'{}') AS granted FROM memberships o LEFT JOIN membership_roles mr ON mr.membership_id = o.id "
        "LEFT JOIN roles r ON r.id = mr.role_id LEFT JOIN LATERAL unnest(r.permissions) AS p(one) ON true "
        "GROUP BY o.id) g WHERE g.id = m.id"
    )
    for table in MOVED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("memberships", "permissions", nullable=False)
    op.drop_table("membership_roles")
    op.drop_table("roles")
    op.drop_column("memberships", "is_active")
    op.drop_column("users", "is_platform_administrator")
    for column, _ in reversed(SETTINGS):
        op.drop_column("tenants", column.name)


def _add(table: str, column: sa.Column[Any], value: str | None) -> None:
    """Rows that exist get a value; from then on the application gives it."""
    added = sa.Column(
        column.name, column.type, nullable=column.nullable, server_default=sa.text(value) if value else None
    )
    op.add_column(table, added)
    if value is not None:
        op.alter_column(table, column.name, server_default=None)


def _create_tables() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("is_template_based", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_roles_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_roles_tenant_id_key")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_roles_tenant_id_name")),
    )
    op.create_index(op.f("ix_roles_tenant_id"), "roles", ["tenant_id"], unique=False)
    op.create_table(
        "membership_roles",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_membership_roles_membership_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_membership_roles_role_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_membership_roles_tenant_id")),
        sa.PrimaryKeyConstraint("membership_id", "role_id", name=op.f("pk_membership_roles")),
    )
    op.create_index(op.f("ix_membership_roles_role_id"), "membership_roles", ["role_id"], unique=False)
    op.create_index(op.f("ix_membership_roles_tenant_id"), "membership_roles", ["tenant_id"], unique=False)


def _turn_permissions_into_roles() -> None:
    op.execute(
        "INSERT INTO roles (id, tenant_id, key, name, description, permissions, is_template_based, created_at, "
        "updated_at) SELECT gen_random_uuid(), id, 'administrator', 'Administrator', "
        "'Everything, people and settings included.', ARRAY['*'], true, now(), now() FROM tenants"
    )
    op.execute(
        "INSERT INTO roles (id, tenant_id, key, name, description, permissions, is_template_based, created_at, "
        "updated_at) SELECT gen_random_uuid(), s.tenant_id, 'former_' || s.number, 'Former permissions ' || s.number, "
        "'What members could do before there were roles.', s.permissions, false, now(), now() FROM ("
        "SELECT tenant_id, permissions, row_number() OVER (PARTITION BY tenant_id ORDER BY permissions) AS number "
        f"FROM memberships WHERE cardinality(permissions) > 0 AND NOT permissions @> {EVERY_PERMISSION} "
        "GROUP BY tenant_id, permissions) s"
    )
    op.execute(
        "INSERT INTO membership_roles (membership_id, role_id, tenant_id) SELECT m.id, r.id, m.tenant_id "
        "FROM memberships m JOIN roles r ON r.tenant_id = m.tenant_id AND CASE WHEN "
        f"m.permissions @> {EVERY_PERMISSION} THEN r.key = 'administrator' ELSE r.permissions = m.permissions END"
    )
    # Whoever set the installation up goes on looking after it.
    op.execute(
        "UPDATE users SET is_platform_administrator = true WHERE id = (SELECT user_id FROM memberships "
        f"WHERE permissions @> {EVERY_PERMISSION} ORDER BY created_at, id LIMIT 1)"
    )
