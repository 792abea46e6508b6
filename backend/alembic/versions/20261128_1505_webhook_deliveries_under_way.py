"""Requests under way to an endpoint are counted by an index of their own, however much waits for it.

Revision: 20261128_1505
Follows: 20261128_1500
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_1505"
down_revision = "20261128_1500"
branch_labels = None
depends_on = None

INDEX = "ix_webhook_deliveries_sending"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index(INDEX, "webhook_deliveries", ["endpoint_id"], postgresql_where=sa.text("state = 'sending'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_index(INDEX, "webhook_deliveries")
