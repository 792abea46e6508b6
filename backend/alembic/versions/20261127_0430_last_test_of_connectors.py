"""When a connector was tested last, and the step that failed.

Revision: 20261127_0430
Follows: 20261127_0420
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_0430"
down_revision = "20261127_0420"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("connectors", sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connectors", sa.Column("failed_step", sa.String(length=30), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("connectors", "failed_step")
    op.drop_column("connectors", "tested_at")
