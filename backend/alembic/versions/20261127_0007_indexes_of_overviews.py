"""Indexes of the dashboard; the system role sees which tenants have an approved version whose day has come.

Revision: 20261127_0007
Follows: 20261126_2355
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_0007"
down_revision = "20261126_2355"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_runs_by_creation", "runs", ["tenant_id", "created_at"], None),
    ("ix_runs_held", "runs", ["tenant_id", "id"], "is_held"),
    ("ix_exceptions_open", "exceptions", ["tenant_id"], "state = 'open'"),
    ("ix_deliveries_failing", "deliveries", ["tenant_id", "state"], "state IN ('failed', 'retrying')"),
)
# ADR 0004: which tenants have an approved version to activate; the work is done as the application role.
SYSTEM_COLUMNS = {"report_versions": ("tenant_id", "state", "effective_from")}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for name, table, columns, condition in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(condition) if condition else None)
    for table, granted in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(granted)}) ON {table} TO openreg_system")
        op.execute(f"CREATE POLICY system_reads ON {table} FOR SELECT TO openreg_system USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, granted in SYSTEM_COLUMNS.items():
        op.execute(f"DROP POLICY system_reads ON {table}")
        op.execute(f"REVOKE SELECT ({', '.join(granted)}) ON {table} FROM openreg_system")
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
