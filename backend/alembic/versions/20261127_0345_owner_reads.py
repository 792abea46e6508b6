"""The owner reads every row, for backups; it writes none but by taking the force off row-level security first.

Revision: 20261127_0345
Follows: 20261127_0020
"""

from __future__ import annotations

from alembic import op

revision = "20261127_0345"
down_revision = "20261127_0020"
branch_labels = None
depends_on = None

# Every table that is there now; a table that comes later gets the policy in the migration that makes it.
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relforcerowsecurity ORDER BY relname
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for (table,) in op.get_bind().exec_driver_sql(TABLES).fetchall():
        op.execute(f'CREATE POLICY owner_reads ON "{table}" FOR SELECT TO openreg_owner USING (true)')


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for (table,) in op.get_bind().exec_driver_sql(TABLES).fetchall():
        op.execute(f'DROP POLICY IF EXISTS owner_reads ON "{table}"')
