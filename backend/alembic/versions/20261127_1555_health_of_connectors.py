"""Health of connectors: their last tests, a timer for the next, and notices when one fails or works again.

Revision: 20261127_1555
Follows: 20261127_1530
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1555"
down_revision = "20261127_1530"
branch_labels = None
depends_on = None

KINDS = (
    "run_failed",
    "run_held",
    "deadline_at_risk",
    "rejection_received",
    "approval_waiting",
    "host_key_changed",
    "delivery_failed",
    "endpoint_disabled",
)
ADDED = ("connector_failed", "connector_works")
COLUMNS = ("recent_tests", "is_failing", "retest_every_hours", "next_test_at")
# What the system role may see over all tenants (ADR 0004): which connectors are to be tested.
SYSTEM_COLUMNS = {"connectors": ("id", "tenant_id", "next_test_at")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("connectors", sa.Column("recent_tests", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column("connectors", sa.Column("is_failing", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("connectors", sa.Column("retest_every_hours", sa.Integer(), nullable=True))
    op.add_column("connectors", sa.Column("next_test_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("recent_tests", "is_failing"):
        op.alter_column("connectors", name, server_default=None)
    op.create_index(
        "ix_connectors_next_test",
        "connectors",
        ["next_test_at"],
        postgresql_where=sa.text("next_test_at IS NOT NULL"),
    )
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")
    _know_kinds((*KINDS, *ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    added = ", ".join(f"'{kind}'" for kind in ADDED)
    op.execute(f"DELETE FROM notices WHERE kind IN ({added})")
    _know_kinds(KINDS)
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"DROP POLICY system_reads ON {table}")
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
    op.drop_index("ix_connectors_next_test", table_name="connectors")
    for name in COLUMNS:
        op.drop_column("connectors", name)


def _know_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
