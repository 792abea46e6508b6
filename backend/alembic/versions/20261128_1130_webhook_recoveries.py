"""Recoveries of webhook endpoints; attempts keep their endpoint and the headers of the answer.

Revision: 20261128_1130
Follows: 20261128_1125
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1130"
down_revision = "20261128_1125"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLE = "webhook_recoveries"
SYSTEM_COLUMNS = {
    "webhook_recoveries": ("tenant_id", "state"),
    "webhook_endpoints": ("is_active", "breaker_opened_at"),
}
KINDS = "'recover', 'replay', 'missed'"
STATES = "'running', 'completed', 'cancelled'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _make_recoveries()
    _let_system_read()
    op.add_column("webhook_deliveries", sa.Column("recovery_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_webhook_deliveries_recovery_id"), "webhook_deliveries", TABLE, ["recovery_id"], ["id"]
    )
    op.create_index(
        "ix_webhook_deliveries_of_recovery",
        "webhook_deliveries",
        ["recovery_id", "state"],
        postgresql_where=sa.text("recovery_id IS NOT NULL"),
    )
    op.create_index("ix_webhook_deliveries_newest", "webhook_deliveries", ["endpoint_id", "id"])
    op.create_index("ix_webhook_deliveries_by_time", "webhook_deliveries", ["endpoint_id", "created_at", "id"])
    op.drop_index(op.f("ix_webhook_deliveries_endpoint_id"), "webhook_deliveries")
    op.create_index("ix_events_by_time", "events", ["tenant_id", "created_at", "id"])
    op.add_column("webhook_attempts", sa.Column("endpoint_id", sa.Uuid(), nullable=True))
    op.execute("ALTER TABLE webhook_attempts NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE webhook_attempts SET endpoint_id = webhook_deliveries.endpoint_id "
        "FROM webhook_deliveries WHERE webhook_deliveries.id = webhook_attempts.delivery_id"
    )
    op.execute("ALTER TABLE webhook_attempts FORCE ROW LEVEL SECURITY")
    op.alter_column("webhook_attempts", "endpoint_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_webhook_attempts_endpoint_id"), "webhook_attempts", "webhook_endpoints", ["endpoint_id"], ["id"]
    )
    op.add_column("webhook_attempts", sa.Column("response_headers", postgresql.JSONB(), nullable=True))
    op.add_column(
        "webhook_attempts", sa.Column("is_truncated", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.alter_column("webhook_attempts", "is_truncated", server_default=None)
    op.create_index("ix_webhook_attempts_by_time", "webhook_attempts", ["endpoint_id", "started_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for column in ("is_truncated", "response_headers", "endpoint_id"):
        op.drop_column("webhook_attempts", column)
    op.drop_index("ix_events_by_time", "events")
    op.create_index(op.f("ix_webhook_deliveries_endpoint_id"), "webhook_deliveries", ["endpoint_id"])
    for index in ("newest", "by_time"):
        op.drop_index(f"ix_webhook_deliveries_{index}", "webhook_deliveries")
    op.drop_column("webhook_deliveries", "recovery_id")
    op.drop_table(TABLE)
    op.execute("DROP POLICY system_reads ON webhook_endpoints")
    op.execute("REVOKE SELECT (is_active, breaker_opened_at) ON webhook_endpoints FROM openreg_system")


def _make_recoveries() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("cursor_at", MOMENT, nullable=True),
        sa.Column("cursor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f(f"ck_{TABLE}_kind_known")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f(f"ck_{TABLE}_state_known")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name=op.f(f"fk_{TABLE}_endpoint_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f(f"fk_{TABLE}_created_by")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{TABLE}_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_tenant_id"), TABLE, ["tenant_id"])
    op.create_index(f"ix_{TABLE}_of_endpoint", TABLE, ["endpoint_id", "id"])
    op.create_index(f"ix_{TABLE}_running", TABLE, ["id"], postgresql_where=sa.text("state = 'running'"))
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLE} TO openreg_app")
    op.execute(
        f"CREATE POLICY own_tenant ON {TABLE} TO openreg_app "
        f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    # For backups (ADR 0013): the owner reads, and nothing else.
    op.execute(f"CREATE POLICY owner_reads ON {TABLE} FOR SELECT TO openreg_owner USING (true)")


def _let_system_read() -> None:
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")
