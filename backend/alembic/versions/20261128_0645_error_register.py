"""The register of errors and omissions; backfills can belong to an entry, correct what was reported, leave days out.

Revision: 20261128_0645
Follows: 20261128_0420
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0645"
down_revision = "20261128_0420"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
#: Nothing of the register is ever removed but a link; what happened to an entry is never changed either.
GRANTS = {
    "error_register_entries": "SELECT, INSERT, UPDATE",
    "error_register_events": "SELECT, INSERT",
    "error_register_links": "SELECT, INSERT, DELETE",
    "error_register_actions": "SELECT, INSERT, UPDATE",
}
SYSTEM_COLUMNS = {"error_register_entries": ("tenant_id", "state")}
KINDS = "'error', 'omission', 'over_reporting', 'late'"
STATES = "'open', 'assessed', 'notified', 'remediating', 'closed', 'reopened'"
FOUND = "'own_control', 'reconciliation', 'regulator_feedback', 'audit'"
CAUSES = (
    "'interpretation', 'scope', 'report_logic', 'source_data', 'reference_data', 'missing_feed', 'system_change', "
    "'system_failure', 'manual', 'control_gap', 'third_party', 'regulator_change', 'other'"
)
STEPS = (
    "'opened', 'changed', 'moved', 'linked', 'unlinked', 'filled', 'action_added', 'action_changed', 'action_done', "
    "'action_overdue', 'back_reporting_started', 'back_reported'"
)
LINKS = "'submission', 'run', 'exception', 'feedback'"
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
    "exception_assigned",
    "acceptance_waiting",
    "quality_limit",
    "records_wait",
    "reference_stale",
    "deadline_breached",
)
ADDED_NOTICE = "action_overdue"
DAY_STATES = ("waiting", "started", "failed", "cancelled")
ADDED_DAY_STATE = "skipped"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_entries()
    _make_events()
    _make_links()
    _make_actions()
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
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON error_register_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON error_register_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )
    _know_notices((*NOTICE_KINDS, ADDED_NOTICE))
    _change_backfills()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"UPDATE backfill_days SET state = 'cancelled' WHERE state = '{ADDED_DAY_STATE}'")
    _know_day_states(DAY_STATES)
    op.drop_constraint(op.f("ck_backfill_days_way_known"), "backfill_days", type_="check")
    op.drop_column("backfill_days", "way")
    op.drop_index("ix_backfills_of_entry", "backfills")
    op.drop_column("backfills", "entry_id")
    op.execute(f"DELETE FROM notices WHERE kind = '{ADDED_NOTICE}'")
    _know_notices(NOTICE_KINDS)
    for table in reversed(GRANTS):
        op.drop_table(table)


def _make_entries() -> None:
    op.create_table(
        "error_register_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(14), nullable=False),
        sa.Column("state", sa.String(11), nullable=False),
        sa.Column("found_by", sa.String(18), nullable=False),
        sa.Column("root_cause", sa.String(16), nullable=True),
        sa.Column("root_cause_text", sa.Text(), nullable=False),
        sa.Column("report_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("occurred_from", sa.Date(), nullable=False),
        sa.Column("occurred_to", sa.Date(), nullable=True),
        sa.Column("discovered_on", sa.Date(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.Column("affected_days", postgresql.JSONB(), nullable=False),
        sa.Column("affected_fields", postgresql.ARRAY(sa.String(120)), nullable=False),
        sa.Column("authority", sa.String(200), nullable=False),
        sa.Column("authority_reference", sa.String(200), nullable=False),
        sa.Column("notified_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("back_reported_at", MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_error_register_entries_kind_known")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_error_register_entries_state_known")),
        sa.CheckConstraint(f"found_by IN ({FOUND})", name=op.f("ck_error_register_entries_found_by_known")),
        sa.CheckConstraint(f"root_cause IN ({CAUSES})", name=op.f("ck_error_register_entries_root_cause_known")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_error_register_entries_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_error_register_entries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_register_entries")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_error_register_entries_tenant_id_reference")),
    )
    op.create_index("ix_error_register_entries_newest", "error_register_entries", ["tenant_id", "id"])
    op.create_index("ix_error_register_entries_by_state", "error_register_entries", ["tenant_id", "state", "id"])


def _make_events() -> None:
    op.create_table(
        "error_register_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(22), nullable=False),
        sa.Column("from_state", sa.String(11), nullable=True),
        sa.Column("to_state", sa.String(11), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(500), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"step IN ({STEPS})", name=op.f("ck_error_register_events_step_known")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["error_register_entries.id"], name=op.f("fk_error_register_events_entry_id")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_error_register_events_actor_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_error_register_events_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_register_events")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_error_register_events_entry_id_number")),
    )


def _make_links() -> None:
    op.create_table(
        "error_register_links",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({LINKS})", name=op.f("ck_error_register_links_kind_known")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["error_register_entries.id"], name=op.f("fk_error_register_links_entry_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_error_register_links_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_error_register_links_tenant_id")),
        sa.PrimaryKeyConstraint("entry_id", "kind", "target_id", name=op.f("pk_error_register_links")),
    )
    op.create_index("ix_error_register_links_of_target", "error_register_links", ["tenant_id", "kind", "target_id"])


def _make_actions() -> None:
    op.create_table(
        "error_register_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_note", sa.Text(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["error_register_entries.id"], name=op.f("fk_error_register_actions_entry_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_error_register_actions_owner_id")),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_error_register_actions_done_by")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_error_register_actions_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_error_register_actions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_register_actions")),
    )
    op.create_index("ix_error_register_actions_of_entry", "error_register_actions", ["entry_id", "id"])
    op.create_index(
        "ix_error_register_actions_due",
        "error_register_actions",
        ["tenant_id", "due_at"],
        postgresql_where=sa.text("done_at IS NULL AND told_at IS NULL"),
    )


def _change_backfills() -> None:
    op.add_column("backfills", sa.Column("entry_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_backfills_entry_id"), "backfills", "error_register_entries", ["entry_id"], ["id"])
    op.create_index(
        "ix_backfills_of_entry", "backfills", ["entry_id", "id"], postgresql_where=sa.text("entry_id IS NOT NULL")
    )
    op.add_column("backfill_days", sa.Column("way", sa.String(10), nullable=False, server_default="run"))
    op.alter_column("backfill_days", "way", server_default=None)
    op.create_check_constraint(op.f("ck_backfill_days_way_known"), "backfill_days", "way IN ('run', 'correction')")
    _know_day_states((*DAY_STATES, ADDED_DAY_STATE))


def _know_day_states(states: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_backfill_days_state_known"), "backfill_days", type_="check")
    known = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_backfill_days_state_known"), "backfill_days", f"state IN ({known})")


def _know_notices(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
