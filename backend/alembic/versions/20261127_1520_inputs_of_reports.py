"""Reports read several inputs: their columns and connectors with the version, their stored rows with the run.

Revision: 20261127_1520
Follows: 20261127_0435
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_1520"
down_revision = "20261127_0435"
branch_labels = None
depends_on = None

COLUMNS = (
    ("report_versions", "input_columns", postgresql.JSONB(), "{}"),
    ("report_versions", "input_connector_ids", postgresql.ARRAY(sa.Uuid()), "{}"),
    ("runs", "inputs", postgresql.JSONB(), "{}"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, name, kind, default in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column(table, name, server_default=None)
    op.create_index(
        "ix_report_versions_with_inputs",
        "report_versions",
        ["tenant_id"],
        postgresql_where=sa.text("input_connector_ids <> '{}'::uuid[]"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_index("ix_report_versions_with_inputs", table_name="report_versions")
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)
