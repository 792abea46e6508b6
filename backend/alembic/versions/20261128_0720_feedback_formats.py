"""A destination knows how its answers in CSV are read.

Revision: 20261128_0720
Follows: 20261128_0715
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0720"
down_revision = "20261128_0715"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("destinations", sa.Column("feedback_format", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("destinations", "feedback_format")
