"""Webhook endpoints can want headers, authentication and certificates of their own.

Revision: 20261128_1105
Follows: 20261128_1050
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1105"
down_revision = "20261128_1050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    # With a default for the rows that are there; the application gives the values of new ones.
    op.add_column(
        "webhook_endpoints", sa.Column("access", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.alter_column("webhook_endpoints", "access", server_default=None)
    op.add_column("webhook_endpoints", sa.Column("access_secrets", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("webhook_endpoints", "access_secrets")
    op.drop_column("webhook_endpoints", "access")
