"""A delivery is the submission, or a copy that no regulator waits for.

Revision: 20261128_0715
Follows: 20261128_0655
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_0715"
down_revision = "20261128_0655"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    # Until now whatever was delivered was meant for the regulator.
    op.add_column("deliveries", sa.Column("role", sa.String(10), nullable=False, server_default="submission"))
    op.alter_column("deliveries", "role", server_default=None)
    op.create_check_constraint(op.f("ck_deliveries_role_known"), "deliveries", "role IN ('submission', 'copy')")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_constraint(op.f("ck_deliveries_role_known"), "deliveries", type_="check")
    op.drop_column("deliveries", "role")
