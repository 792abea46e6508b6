"""Exceptions as a queue: assignment, due times, amendments, history; supplemental runs and what they are made of.

Revision: 20261127_1925
Follows: 20261127_1900
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1925"
down_revision = "20261127_1900"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
STATES = ("open", "amended", "resubmitted", "resolved", "accepted", "rejected")
ACTIONS = (
    "opened",
    "assigned",
    "commented",
    "due_changed",
    "amended",
    "acceptance_proposed",
    "acceptance_declined",
    "accepted",
    "rejected",
    "reopened",
    "resubmitted",
    "resolved",
    "set_aside_again",
    "given_back",
)
NOTICE_KINDS = (
    "run_failed",
    "run_held",
    "deadline_at_risk",
    "rejection_received",
    "approval_waiting",
    "host_key_changed",
    "delivery_failed",
    "endpoint_disabled",
    "connector_failed",
    "connector_works",
)
ADDED_NOTICE_KINDS = ("exception_assigned", "acceptance_waiting")
TABLES = ("exception_amendments", "exception_events", "supplemental_records")
TIME = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.String(60))
INDEXES = {
    "ix_exceptions_newest": ["tenant_id", "id"],
    "ix_exceptions_by_state": ["tenant_id", "state", "id"],
    "ix_exceptions_by_due": ["tenant_id", "state", "due_at", "id"],
    "ix_exceptions_by_rule": ["tenant_id", "state", "rule_id", "id"],
    "ix_exceptions_by_entity": ["tenant_id", "state", "entity", "id"],
    "ix_exceptions_of_report": ["report_id", "state", "id"],
    "ix_exceptions_of_run": ["run_id", "state", "id"],
    "ix_exceptions_of_supplemental": ["supplemental_run_id"],
}
PARTIAL_INDEXES = {
    "ix_exceptions_by_assignee": (["assignee_id", "state", "id"], "assignee_id IS NOT NULL", None),
    "ix_exceptions_by_key": (["report_id", "record_key"], "record_key IS NOT NULL", "record_key"),
    "ix_exceptions_by_reference": (["tenant_id", "reference"], "reference IS NOT NULL", "reference"),
    "ix_exceptions_repeated": (["tenant_id", "report_id", "id"], "is_repeat", None),
}


def _known(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _extend_runs()
    _extend_exceptions()
    op.add_column("tenants", sa.Column("exception_due_days", sa.Integer(), nullable=False, server_default="5"))
    op.alter_column("tenants", "exception_due_days", server_default=None)
    op.create_check_constraint("exception_due_days_bounded", "tenants", "exception_due_days BETWEEN 1 AND 60")
    op.create_table(
        "exception_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=False),
        sa.Column("frame", sa.String(6), nullable=False),
        sa.Column("column_name", sa.String(200), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("frame IN ('source', 'target')", name=op.f("ck_exception_amendments_frame_known")),
        *_references("exception_amendments", actor="created_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_amendments")),
    )
    op.create_table(
        "exception_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(19), nullable=False),
        sa.Column("from_state", sa.String(11), nullable=True),
        sa.Column("to_state", sa.String(11), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(_known("action", ACTIONS), name=op.f("ck_exception_events_action_known")),
        *_references("exception_events", actor="actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_events")),
    )
    _create_supplemental_records()
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
        op.create_index(op.f(f"ix_{table}_exception_id"), table, ["exception_id"])
        _protect(table)
    _know_notice_kinds((*NOTICE_KINDS, *ADDED_NOTICE_KINDS))


def _know_notice_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", _known("kind", kinds))


def _references(table: str, *, actor: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["exception_id"], ["exceptions.id"], name=op.f(f"fk_{table}_exception_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint([actor], ["users.id"], name=op.f(f"fk_{table}_{actor}")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
    ]


def _create_supplemental_records() -> None:
    name = "supplemental_records"
    op.create_table(
        name,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("parent_run_id", sa.Uuid(), nullable=False),
        sa.Column("parent_row_number", sa.BigInteger(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=True),
        sa.Column("pair", sa.Integer(), nullable=True),
        sa.Column("is_cancellation", sa.Boolean(), nullable=False),
        sa.Column("overrides", postgresql.JSONB(), nullable=False),
        sa.Column("is_reported", sa.Boolean(), nullable=True),
        sa.Column("rule_ids", TEXTS, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_{name}_run_id")),
        sa.ForeignKeyConstraint(["parent_run_id"], ["runs.id"], name=op.f(f"fk_{name}_parent_run_id")),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["exceptions.id"], name=op.f(f"fk_{name}_exception_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{name}_tenant_id")),
        sa.PrimaryKeyConstraint("run_id", "row_number", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_supplemental_records_of_parent", name, ["parent_run_id", "parent_row_number"])


def _protect(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
    op.execute(
        f"CREATE POLICY own_tenant ON {table} TO openreg_app "
        f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    # For backups (ADR 0013): the owner reads, and nothing else.
    op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO openreg_owner USING (true)")


def _extend_runs() -> None:
    op.add_column("runs", sa.Column("kind", sa.String(12), nullable=False, server_default="regular"))
    op.add_column("runs", sa.Column("parent_run_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("overrides", postgresql.ARRAY(sa.String(80)), nullable=False, server_default="{}"))
    for column in ("kind", "overrides"):
        op.alter_column("runs", column, server_default=None)
    op.create_check_constraint("kind_known", "runs", "kind IN ('regular', 'supplemental')")
    op.create_foreign_key(op.f("fk_runs_parent_run_id"), "runs", "runs", ["parent_run_id"], ["id"])
    op.create_index("ix_runs_of_parent", "runs", ["parent_run_id", "id"])


def _extend_exceptions() -> None:
    table = "exceptions"
    op.drop_index("ix_exceptions_open", table_name=table)
    op.drop_index(op.f("ix_exceptions_run_id"), table_name=table)
    op.drop_index(op.f("ix_exceptions_report_id"), table_name=table)
    op.alter_column(table, "state", type_=sa.String(11), existing_type=sa.String(20), existing_nullable=False)
    for added in _exception_columns():
        op.add_column(table, added)
    op.execute(
        "UPDATE exceptions SET rule_id = rule_ids[1], reference = split_part(record_key, '/', -1), "
        "due_at = created_at + interval '7 days', updated_at = created_at"
    )
    for column in ("due_at", "updated_at"):
        op.alter_column(table, column, nullable=False)
    for column in ("origin", "is_repeat", "amendments", "revision"):
        op.alter_column(table, column, server_default=None)
    op.create_check_constraint("state_known", table, _known("state", STATES))
    op.create_check_constraint("origin_known", table, "origin IN ('finding', 'reported')")
    for column in ("assignee_id", "proposed_by"):
        op.create_foreign_key(op.f(f"fk_exceptions_{column}"), table, "users", [column], ["id"])
    op.create_foreign_key(op.f("fk_exceptions_supplemental_run_id"), table, "runs", ["supplemental_run_id"], ["id"])
    for name, columns in INDEXES.items():
        op.create_index(name, table, columns)
    for name, (columns, condition, prefix) in PARTIAL_INDEXES.items():
        classes = {prefix: "text_pattern_ops"} if prefix else {}
        op.create_index(name, table, columns, postgresql_where=sa.text(condition), postgresql_ops=classes)


def _exception_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("reference", sa.String(300), nullable=True),
        sa.Column("entity", sa.String(100), nullable=True),
        sa.Column("rule_id", sa.String(60), nullable=True),
        sa.Column("origin", sa.String(8), nullable=False, server_default="finding"),
        sa.Column("is_repeat", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("amendments", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("justification", sa.Text(), nullable=True),
        sa.Column("supplemental_run_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", TIME, nullable=True),
    ]


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE {_known('kind', ADDED_NOTICE_KINDS)}")
    _know_notice_kinds(NOTICE_KINDS)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_tenants_exception_due_days_bounded"), "tenants", type_="check")
    op.drop_column("tenants", "exception_due_days")
    for name in (*INDEXES, *PARTIAL_INDEXES):
        op.drop_index(name, table_name="exceptions")
    for name in ("state_known", "origin_known"):
        op.drop_constraint(op.f(f"ck_exceptions_{name}"), "exceptions", type_="check")
    for name in (
        "reference",
        "entity",
        "rule_id",
        "origin",
        "is_repeat",
        "assignee_id",
        "due_at",
        "amendments",
        "proposed_by",
        "justification",
        "supplemental_run_id",
        "revision",
        "updated_at",
    ):
        op.drop_column("exceptions", name)
    op.alter_column("exceptions", "state", type_=sa.String(20), existing_type=sa.String(11), existing_nullable=False)
    op.create_index(op.f("ix_exceptions_run_id"), "exceptions", ["run_id"])
    op.create_index(op.f("ix_exceptions_report_id"), "exceptions", ["report_id"])
    op.create_index("ix_exceptions_open", "exceptions", ["tenant_id"], postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_runs_of_parent", table_name="runs")
    op.drop_constraint(op.f("fk_runs_parent_run_id"), "runs", type_="foreignkey")
    op.drop_constraint(op.f("ck_runs_kind_known"), "runs", type_="check")
    for name in ("kind", "parent_run_id", "overrides"):
        op.drop_column("runs", name)
