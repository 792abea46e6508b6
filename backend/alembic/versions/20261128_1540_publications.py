"""What publishers show to customers: publications, their versions, the feed of changes; and what plans include.

Revision: 20261128_1540
Follows: 20261128_1525
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1540"
down_revision = "20261128_1525"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
#: What the application may do with each table; the feed is only ever added to.
TABLES = {
    "publications": "SELECT, INSERT, UPDATE",
    "publication_versions": "SELECT, INSERT, UPDATE, DELETE",
    "publication_changes": "SELECT, INSERT",
}
KINDS = "'report', 'rule_pack', 'rule_set', 'dataset', 'schedule', 'schema'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("plans", sa.Column("kinds", postgresql.ARRAY(sa.String(length=20)), nullable=True))
    op.add_column("plans", sa.Column("publication_ids", postgresql.ARRAY(sa.Uuid()), nullable=True))
    _publications()
    _versions_and_changes()
    for table, rights in TABLES.items():
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT {rights} ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
        # For backups (ADR 0013): the owner reads, and nothing else.
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO openreg_owner USING (true)")
    # Every change of what is shown changes a publication's row, and with it the version of the content.
    op.execute(
        "CREATE CONSTRAINT TRIGGER content_publication AFTER INSERT OR UPDATE ON publications "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_publication()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("plans", "publication_ids")
    op.drop_column("plans", "kinds")


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=True),
        sa.Column("pack_id", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("regimes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("own_regimes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("detail", sa.String(length=7), nullable=True),
        sa.Column("includes_files", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("unpublished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_publications_kind_known")),
        sa.CheckConstraint("detail IN ('whole', 'outline')", name=op.f("ck_publications_detail_known")),
        sa.CheckConstraint("(kind = 'rule_pack') = (thing_id IS NULL)", name=op.f("ck_publications_thing_has_id")),
        sa.CheckConstraint("(kind = 'rule_pack') = (pack_id IS NOT NULL)", name=op.f("ck_publications_pack_has_name")),
        sa.CheckConstraint("(kind = 'report') = (detail IS NOT NULL)", name=op.f("ck_publications_report_has_detail")),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name=op.f("fk_publications_published_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_publications_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("tenant_id", "kind", "thing_id", name=op.f("uq_publications_tenant_id_kind_thing_id")),
        sa.UniqueConstraint("tenant_id", "kind", "pack_id", name=op.f("uq_publications_tenant_id_kind_pack_id")),
        sa.UniqueConstraint("tenant_id", "kind", "name", name=op.f("uq_publications_tenant_id_kind_name")),
    )
    op.create_index("ix_publications_newest", "publications", ["tenant_id", "id"])


def _versions_and_changes() -> None:
    op.create_table(
        "publication_versions",
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("has_personal_data", sa.Boolean(), nullable=False),
        sa.Column("shown_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_publication_versions_publication_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_publication_versions_tenant_id")),
        sa.PrimaryKeyConstraint("publication_id", "number", name=op.f("pk_publication_versions")),
        sa.UniqueConstraint("publication_id", "version", name=op.f("uq_publication_versions_publication_id_version")),
    )
    op.create_table(
        "publication_changes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("action", sa.String(length=11), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("regimes_before", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("regimes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_publication_changes_kind_known")),
        sa.CheckConstraint(
            "action IN ('published', 'changed', 'unpublished')", name=op.f("ck_publication_changes_action_known")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_publication_changes_publication_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_publication_changes_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "sequence", name=op.f("pk_publication_changes")),
    )
    op.create_index("ix_publication_changes_publication_id", "publication_changes", ["publication_id"])
