"""Metrics count unfinished runs by state and stage, over all tenants.

Revision: 20261127_0420
Follows: 20261127_0345
"""

from __future__ import annotations

from alembic import op

revision = "20261127_0420"
down_revision = "20261127_0345"
branch_labels = None
depends_on = None

# What the system role may see over all tenants (ADR 0004).
SYSTEM_COLUMNS = {"runs": ("stage",)}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO openreg_system")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in SYSTEM_COLUMNS.items():
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM openreg_system")
