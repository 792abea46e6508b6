"""The state of what customers may see, kind by kind; and the version of the API that a key gets.

Triggers write the state when a transaction commits, so that nothing that changes content can forget it. A kind that was
never published has no row, and its changes cost nothing.

Revision: 20261128_1448
Follows: 20261128_1135
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_1448"
down_revision = "20261128_1135"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
CHANNEL = "openreg_content"
# Table, kind of content, and which updates change what is seen of it.
WATCHED = (
    ("datasets", "dataset", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("rule_sets", "rule_set", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("rule_set_versions", "rule_set", "OLD.state IS DISTINCT FROM NEW.state"),
    ("reports", "report", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("report_versions", "report", "OLD.state IS DISTINCT FROM NEW.state"),
    ("runs", "report", "(OLD.state, OLD.is_held) IS DISTINCT FROM (NEW.state, NEW.is_held)"),
    ("schedules", "schedule", "OLD.updated_at IS DISTINCT FROM NEW.updated_at"),
    ("schema_packages", "schema", "OLD.sha256 IS DISTINCT FROM NEW.sha256"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "content_versions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_content_versions_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_content_versions")),
    )
    op.execute("ALTER TABLE content_versions ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE content_versions FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON content_versions TO openreg_app")
    op.execute(
        "CREATE POLICY own_tenant ON content_versions TO openreg_app "
        f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute("CREATE POLICY owner_reads ON content_versions FOR SELECT TO openreg_owner USING (true)")
    _functions()
    for table, kind, seen in WATCHED:
        _watch(table, kind, "INSERT OR DELETE", "true")
        _watch(table, kind, "UPDATE", seen)
    op.add_column(
        "customer_api_keys", sa.Column("api_version", sa.String(length=10), nullable=False, server_default="2026-11-28")
    )
    op.alter_column("customer_api_keys", "api_version", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("customer_api_keys", "api_version")
    for table, _, _ in WATCHED:
        op.execute(f"DROP TRIGGER content_insert_or_delete ON {table}")
        op.execute(f"DROP TRIGGER content_update ON {table}")
    op.execute("DROP FUNCTION note_publication()")
    op.execute("DROP FUNCTION note_content()")
    op.drop_table("content_versions")


def _functions() -> None:
    """``note_content`` changes the version of a kind that was published before; ``note_publication`` of any."""
    op.execute(
        "CREATE FUNCTION note_content() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE whose uuid := COALESCE(NEW.tenant_id, OLD.tenant_id); "
        "BEGIN "
        "UPDATE content_versions SET version = gen_random_uuid(), changed_at = now(), changed_in = txid_current() "
        "WHERE tenant_id = whose AND kind = TG_ARGV[0] "
        "AND (changed_in, changed_at) IS DISTINCT FROM (txid_current(), now()); "
        f"IF FOUND THEN PERFORM pg_notify('{CHANNEL}', whose::text); END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION note_publication() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE whose uuid := COALESCE(NEW.tenant_id, OLD.tenant_id); "
        "changed text := COALESCE(NEW.kind, OLD.kind); "
        "BEGIN "
        "INSERT INTO content_versions (tenant_id, kind, version, changed_at, changed_in) "
        "VALUES (whose, changed, gen_random_uuid(), now(), txid_current()) "
        "ON CONFLICT (tenant_id, kind) DO UPDATE "
        "SET version = excluded.version, changed_at = excluded.changed_at, changed_in = excluded.changed_in; "
        f"PERFORM pg_notify('{CHANNEL}', whose::text); "
        "RETURN NULL; END $$"
    )


def _watch(table: str, kind: str, change: str, seen: str) -> None:
    """At the commit, so that the row that all writers of a publisher share is held for a moment only."""
    name = f"content_{change.lower().replace(' ', '_')}"
    op.execute(
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {change} ON {table} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW WHEN ({seen}) EXECUTE FUNCTION note_content('{kind}')"
    )
