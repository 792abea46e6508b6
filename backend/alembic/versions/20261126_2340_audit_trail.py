"""The audit trail: entries that nobody may change or remove, and the head of each tenant's chain.

Revision: 20261126_2340
Follows: 20261126_2330
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_2340"
down_revision = "20261126_2330"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
INDEXES = {
    "ix_audit_entries_at": ["tenant_id", "at"],
    "ix_audit_entries_actor": ["tenant_id", "actor_id", "number"],
    "ix_audit_entries_action": ["tenant_id", "action", "number"],
    "ix_audit_entries_subject": ["tenant_id", "subject_id", "number"],
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _create_tables()
    for table in ("audit_entries", "audit_chains"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
    op.execute("GRANT SELECT, INSERT ON audit_entries TO openreg_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON audit_chains TO openreg_app")
    # Not even the owner changes the trail in passing: the trigger would have to be removed first, and the chain
    # shows what was done then.
    op.execute(
        "CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE ON audit_chains "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE ON audit_chains FOR EACH ROW "
        "WHEN (NEW.last_number <= OLD.last_number OR NEW.tenant_id <> OLD.tenant_id) "
        "EXECUTE FUNCTION refuse_change_of_audit()"
    )
    for table in ("audit_entries", "audit_chains"):
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_table("audit_chains")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION refuse_change_of_audit()")


def _create_tables() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_label", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.Column("request_id", sa.String(length=100), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("subject_label", sa.String(length=500), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_audit_entries_number_positive")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_audit_entries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_audit_entries_tenant_id_number")),
    )
    for name, columns in INDEXES.items():
        op.create_index(op.f(name), "audit_entries", columns, unique=False)
    op.create_table(
        "audit_chains",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_audit_chains_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_chains")),
    )
