"""Rule sets in versions, official texts of regulators, and what of them judged a run.

Revision: 20261127_1941
Follows: 20261127_1940
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1941"
down_revision = "20261127_1940"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = ("rule_sets", "rule_set_versions", "official_text_lists", "official_texts")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _create_rule_sets()
    _create_official_texts()
    for table in TABLES:
        op.create_foreign_key(op.f(f"fk_{table}_tenant_id"), table, "tenants", ["tenant_id"], ["id"])
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
    for table, name, kind, default in (
        ("report_versions", "rule_sets", postgresql.ARRAY(sa.String(63)), "{}"),
        ("runs", "rule_sets", postgresql.JSONB(), "[]"),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column(table, name, server_default=None)
    op.add_column("runs", sa.Column("pack_version", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("runs", "pack_version")
    op.drop_column("runs", "rule_sets")
    op.drop_column("report_versions", "rule_sets")
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_rule_sets() -> None:
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_rule_sets_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_sets")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_rule_sets_tenant_id_name")),
    )
    op.create_table(
        "rule_set_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("authors", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("activated_by", sa.Uuid(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'active', 'retired')", name=op.f("ck_rule_set_versions_state_known")),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_sets.id"], name=op.f("fk_rule_set_versions_rule_set_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_rule_set_versions_updated_by")),
        sa.ForeignKeyConstraint(["activated_by"], ["users.id"], name=op.f("fk_rule_set_versions_activated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set_versions")),
        sa.UniqueConstraint("rule_set_id", "number", name=op.f("uq_rule_set_versions_rule_set_id_number")),
    )
    for state in ("active", "draft"):
        op.create_index(
            f"uq_rule_set_versions_one_{state}",
            "rule_set_versions",
            ["rule_set_id"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )


def _create_official_texts() -> None:
    op.create_table(
        "official_text_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text_count", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["imported_by"], ["users.id"], name=op.f("fk_official_text_lists_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_text_lists")),
        sa.UniqueConstraint(
            "tenant_id", "pack_id", "number", name=op.f("uq_official_text_lists_tenant_id_pack_id_number")
        ),
    )
    op.create_table(
        "official_texts",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("severity", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("rule_id", sa.String(length=60), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["official_text_lists.id"], name=op.f("fk_official_texts_list_id")),
        sa.PrimaryKeyConstraint("list_id", "position", name=op.f("pk_official_texts")),
    )
    op.create_index("ix_official_texts_of_rule", "official_texts", ["list_id", "rule_id"])
