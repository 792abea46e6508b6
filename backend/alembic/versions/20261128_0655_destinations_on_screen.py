"""Why a destination is paused, and indexes for lists of deliveries and of what destinations have done.

Revision: 20261128_0655
Follows: 20261128_0645
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_0655"
down_revision = "20261128_0645"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("destinations", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("destinations", sa.Column("pause_reason", sa.String(500), nullable=True))
    op.create_index("ix_deliveries_in_state", "deliveries", ["tenant_id", "state", "id"])
    op.create_index("ix_deliveries_created", "deliveries", ["tenant_id", "created_at"])
    op.create_index(
        "ix_deliveries_ended",
        "deliveries",
        ["destination_id", "state", "finished_at"],
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )
    # Every state is indexed now, so the one of two of them is not needed.
    op.drop_index("ix_deliveries_failing", table_name="deliveries")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index(
        "ix_deliveries_failing",
        "deliveries",
        ["tenant_id", "state"],
        postgresql_where=sa.text("state IN ('failed', 'retrying')"),
    )
    for name in ("ix_deliveries_ended", "ix_deliveries_created", "ix_deliveries_in_state"):
        op.drop_index(name, table_name="deliveries")
    for column in ("paused_at", "pause_reason"):
        op.drop_column("destinations", column)
