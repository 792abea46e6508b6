"""How long the log of webhooks is kept is a setting of an organisation.

Revision: 20261128_1135
Follows: 20261128_1130
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_1135"
down_revision = "20261128_1130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("tenants", sa.Column("webhook_log_days", sa.Integer(), nullable=False, server_default="90"))
    op.alter_column("tenants", "webhook_log_days", server_default=None)
    op.create_check_constraint("webhook_log_days_bounded", "tenants", "webhook_log_days BETWEEN 1 AND 3650")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_constraint(op.f("ck_tenants_webhook_log_days_bounded"), "tenants", type_="check")
    op.drop_column("tenants", "webhook_log_days")
