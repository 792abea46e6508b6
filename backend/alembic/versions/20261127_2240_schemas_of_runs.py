"""A run keeps which schema packages its files are written by.

Revision: 20261127_2240
Follows: 20261127_2230
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_2240"
down_revision = "20261127_2230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("runs", sa.Column("schema_packages", postgresql.JSONB(), server_default="{}", nullable=False))
    op.alter_column("runs", "schema_packages", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("runs", "schema_packages")
