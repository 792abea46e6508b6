"""Webhook endpoints can want to hear of some regimes only.

Revision: 20261128_1125
Follows: 20261128_1105
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1125"
down_revision = "20261128_1105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    # With a default for the rows that are there; the application gives the values of new ones.
    regimes: sa.Column[list[str]] = sa.Column(
        "regimes", postgresql.ARRAY(sa.String(60)), nullable=False, server_default="{}"
    )
    op.add_column("webhook_endpoints", regimes)
    op.alter_column("webhook_endpoints", "regimes", server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("webhook_endpoints", "regimes")
