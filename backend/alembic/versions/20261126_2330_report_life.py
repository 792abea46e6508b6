"""The life of a report: owner, tags, working drafts, authors and approval of versions, history; indexes of the lists.

Revision: 20261126_2330
Follows: 20261126_2310
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_2330"
down_revision = "20261126_2310"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
NEW_TABLES = ("report_drafts", "report_version_events")
OLD_STATES = "state IN ('draft', 'in_review', 'active', 'archived')"
STATES = "state IN ('draft', 'in_review', 'approved', 'active', 'archived')"
ACTIONS = (
    "action IN ('created', 'submitted', 'withdrawn', 'rejected', 'approved', 'activated', 'archived', 'rolled_back', "
    "'imported')"
)
INDEXES: tuple[tuple[str, str, list[str | sa.TextClause]], ...] = (
    ("ix_reports_newest", "reports", ["tenant_id", "id"]),
    ("ix_reports_by_name", "reports", ["tenant_id", sa.text("lower(name)"), "id"]),
    ("ix_reports_by_change", "reports", ["tenant_id", "updated_at", "id"]),
    ("ix_report_versions_by_state", "report_versions", ["tenant_id", "state", "report_id"]),
    ("ix_report_versions_by_connector", "report_versions", ["tenant_id", "connector_id"]),
    ("ix_runs_newest", "runs", ["tenant_id", "id"]),
    ("ix_runs_by_state", "runs", ["tenant_id", "state", "id"]),
    ("ix_runs_of_report", "runs", ["report_id", "id"]),
    ("ix_runs_by_reporting_date", "runs", ["tenant_id", "reporting_date", "id"]),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for column in (
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.String(length=40)), nullable=False, server_default="{}"),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("reports", column)
    op.create_foreign_key(op.f("fk_reports_owner_id"), "reports", "users", ["owner_id"], ["id"])
    op.add_column("connectors", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    for added in (
        sa.Column("connector_id", sa.Uuid(), nullable=True),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("authors", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
    ):
        op.add_column("report_versions", added)
    for name, target in (("based_on_id", "report_versions"), ("submitted_by", "users"), ("approved_by", "users")):
        op.create_foreign_key(op.f(f"fk_report_versions_{name}"), "report_versions", target, [name], ["id"])
    _fill()
    op.alter_column("reports", "updated_at", nullable=False)
    op.drop_constraint("ck_report_versions_state_known", "report_versions")
    op.create_check_constraint(op.f("ck_report_versions_state_known"), "report_versions", STATES)
    _create_tables()
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index(
        "ix_report_versions_due",
        "report_versions",
        ["effective_from", "tenant_id"],
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.drop_index("ix_runs_report_id", "runs")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index(op.f("ix_runs_report_id"), "runs", ["report_id"])
    op.drop_index("ix_report_versions_due", "report_versions")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    _as_owner("report_versions", "UPDATE report_versions SET state = 'in_review' WHERE state = 'approved'")
    op.drop_constraint("ck_report_versions_state_known", "report_versions")
    op.create_check_constraint(op.f("ck_report_versions_state_known"), "report_versions", OLD_STATES)
    for name in (
        "effective_from",
        "approved_at",
        "approved_by",
        "submitted_at",
        "submitted_by",
        "authors",
        "note",
        "based_on_id",
        "connector_id",
    ):
        op.drop_column("report_versions", name)
    op.drop_column("connectors", "revision")
    for name in ("revision", "updated_at", "archived_at", "tags", "owner_id", "description"):
        op.drop_column("reports", name)


def _fill() -> None:
    """What the new columns hold for rows that are there already; the defaults were only for them."""
    _as_owner(
        "report_versions",
        "UPDATE report_versions SET authors = ARRAY[created_by], "
        "connector_id = (document -> 'source' ->> 'connector_id')::uuid",
    )
    _as_owner(
        "reports",
        "UPDATE reports SET updated_at = created_at, owner_id = (SELECT v.created_by FROM report_versions v "
        "WHERE v.report_id = reports.id ORDER BY v.major LIMIT 1)",
        "report_versions",
    )
    for table, column in (
        ("reports", "description"),
        ("reports", "tags"),
        ("reports", "revision"),
        ("connectors", "revision"),
        ("report_versions", "note"),
        ("report_versions", "authors"),
    ):
        op.alter_column(table, column, server_default=None)


def _as_owner(table: str, statement: str, *read: str) -> None:
    """Run a statement over the rows of all tenants: forced row-level security would show the owner none."""
    for name in (table, *read):
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    for name in (table, *read):
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def _create_tables() -> None:
    op.create_table(
        "report_drafts",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("editors", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["based_on_id"], ["report_versions.id"], name=op.f("fk_report_drafts_based_on_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_drafts_report_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_report_drafts_tenant_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_report_drafts_updated_by")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_drafts")),
    )
    op.create_table(
        "report_version_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("report_version_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=11), nullable=False),
        sa.Column("from_state", sa.String(length=9), nullable=True),
        sa.Column("to_state", sa.String(length=9), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(ACTIONS, name=op.f("ck_report_version_events_action_known")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_report_version_events_actor_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_version_events_report_id")),
        sa.ForeignKeyConstraint(
            ["report_version_id"], ["report_versions.id"], name=op.f("fk_report_version_events_report_version_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_report_version_events_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_version_events")),
    )
    for table, column in (
        ("report_drafts", "tenant_id"),
        ("report_version_events", "report_id"),
        ("report_version_events", "report_version_id"),
        ("report_version_events", "tenant_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for table in NEW_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
