"""Submissions, their files, and the history of each of them, which nobody changes.

Revision: 20261128_0300
Follows: 20261127_2250
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0300"
down_revision = "20261127_2250"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
GRANTS = {
    "submissions": "SELECT, INSERT, UPDATE",
    "submission_files": "SELECT, INSERT, UPDATE",
    "submission_events": "SELECT, INSERT",
}
KINDS = "'original', 'correction', 'cancellation'"
STATES = (
    "'prepared', 'approved', 'sent', 'acknowledged', 'accepted', 'partially_accepted', 'rejected', 'corrected', "
    "'withdrawn'"
)
HOLDS = "'none', 'approval', 'duplicate'"
ENVIRONMENTS = "'test', 'production'"
ACTIONS = "'prepared', 'held', 'overridden', 'approved', 'withdrawn', 'file_sent', 'sent', 'settled', 'corrected'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_submissions()
    _make_files()
    _make_events()
    for table, granted in GRANTS.items():
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT {granted} ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
        # For backups (ADR 0013): the owner reads, and nothing else.
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO openreg_owner USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON submission_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON submission_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in reversed(GRANTS):
        op.drop_table(table)


def _make_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("parent_submission_id", sa.Uuid(), nullable=True),
        sa.Column("reporting_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=18), nullable=False),
        sa.Column("hold", sa.String(length=9), nullable=False),
        sa.Column("environment", sa.String(length=10), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("cancellation_count", sa.BigInteger(), nullable=False),
        sa.Column("accepted_count", sa.BigInteger(), nullable=False),
        sa.Column("pending_count", sa.BigInteger(), nullable=False),
        sa.Column("rejected_count", sa.BigInteger(), nullable=False),
        sa.Column("unconfirmed_count", sa.BigInteger(), nullable=False),
        sa.Column("file_status", sa.String(length=10), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overridden_by", sa.Uuid(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_submissions_kind_known")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_submissions_state_known")),
        sa.CheckConstraint(f"hold IN ({HOLDS})", name=op.f("ck_submissions_hold_known")),
        sa.CheckConstraint(f"environment IN ({ENVIRONMENTS})", name=op.f("ck_submissions_environment_known")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_submissions_report_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_submissions_run_id")),
        sa.ForeignKeyConstraint(
            ["parent_submission_id"], ["submissions.id"], name=op.f("fk_submissions_parent_submission_id")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_submissions_{column}"))
            for column in ("started_by", "released_by", "approved_by", "overridden_by")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_submissions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("run_id", name=op.f("uq_submissions_run_id")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_submissions_tenant_id_reference")),
    )
    op.create_index("ix_submissions_newest", "submissions", ["tenant_id", "id"])
    op.create_index("ix_submissions_by_state", "submissions", ["tenant_id", "state", "id"])
    op.create_index("ix_submissions_of_day", "submissions", ["report_id", "reporting_date", "id"])
    op.create_index("ix_submissions_of_parent", "submissions", ["parent_submission_id", "id"])
    op.create_index(
        "ix_submissions_waiting", "submissions", ["tenant_id", "id"], postgresql_where=sa.text("hold <> 'none'")
    )


def _make_files() -> None:
    op.create_table(
        "submission_files",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_submission_files_submission_id")),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifacts.id"], name=op.f("fk_submission_files_artifact_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_submission_files_tenant_id")),
        sa.PrimaryKeyConstraint("submission_id", "artifact_id", name=op.f("pk_submission_files")),
    )
    op.create_index("ix_submission_files_by_message", "submission_files", ["tenant_id", "message_id"])
    op.create_index("ix_submission_files_by_name", "submission_files", ["tenant_id", "file_name"])


def _make_events() -> None:
    op.create_table(
        "submission_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("from_state", sa.String(length=18), nullable=True),
        sa.Column("to_state", sa.String(length=18), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"action IN ({ACTIONS})", name=op.f("ck_submission_events_action_known")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_submission_events_submission_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_submission_events_actor_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_submission_events_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_events")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_submission_events_submission_id_number")),
    )
