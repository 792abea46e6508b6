"""A row group names the ledger of its written records.

Revision: 20261127_1940
Follows: 20261127_1925
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_1940"
down_revision = "20261127_1925"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("run_row_groups", sa.Column("ledger_key", sa.String(length=500), nullable=True))
    op.add_column("run_row_groups", sa.Column("ledger_size_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("run_row_groups", "ledger_size_bytes")
    op.drop_column("run_row_groups", "ledger_key")
