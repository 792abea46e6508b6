"""Webhook endpoints can be changed, filter by report and pin addresses; what was sent can be sent again.

Revision: 20261128_0740
Follows: 20261128_0725
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0740"
down_revision = "20261128_0725"
branch_labels = None
depends_on = None

#: Added with a default for the rows that are there; the application gives the values of new ones.
ENDPOINTS: tuple[sa.Column[object], ...] = (
    sa.Column("report_ids", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
    sa.Column("allowed_addresses", postgresql.ARRAY(sa.String(50)), nullable=False, server_default="{}"),
    sa.Column("timeout_seconds", sa.Integer(), nullable=False, server_default="15"),
    sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
)
DELIVERIES: tuple[sa.Column[object], ...] = (
    sa.Column("attempts_before", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("trying_since", sa.DateTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in (("webhook_endpoints", ENDPOINTS), ("webhook_deliveries", DELIVERIES)):
        for column in columns:
            op.add_column(table, column)
            if column.server_default is not None:
                op.alter_column(table, column.name, server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in (("webhook_endpoints", ENDPOINTS), ("webhook_deliveries", DELIVERIES)):
        for column in columns:
            op.drop_column(table, column.name)
