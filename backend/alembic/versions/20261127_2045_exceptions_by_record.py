"""Exceptions are found by how their record's key begins, over all reports.

Revision: 20261127_2045
Follows: 20261127_2000
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_2045"
down_revision = "20261127_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index(
        "ix_exceptions_by_record",
        "exceptions",
        ["tenant_id", "record_key"],
        postgresql_where=sa.text("record_key IS NOT NULL"),
        postgresql_ops={"record_key": "text_pattern_ops"},
    )


def downgrade() -> None:
    op.drop_index("ix_exceptions_by_record", table_name="exceptions")
