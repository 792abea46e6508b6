"""Settings of tenants that nothing applied are gone: holidays and retention come with what acts on them.

Revision: 20261127_0435
Follows: 20261127_0430
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_0435"
down_revision = "20261127_0430"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for name in ("calendar", "input_retention_days", "artifact_retention_days"):
        op.drop_column("tenants", name)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    # What had been chosen is lost; these were the defaults.
    op.add_column("tenants", sa.Column("calendar", sa.String(63), server_default="weekdays", nullable=False))
    op.add_column("tenants", sa.Column("input_retention_days", sa.Integer(), server_default="90", nullable=False))
    op.add_column("tenants", sa.Column("artifact_retention_days", sa.Integer(), server_default="1830", nullable=False))
    for name in ("calendar", "input_retention_days", "artifact_retention_days"):
        op.alter_column("tenants", name, server_default=None)
