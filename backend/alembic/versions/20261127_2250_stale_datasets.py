"""Whoever keeps a dataset is told once that its data are older than they may be.

Revision: 20261127_2250
Follows: 20261127_2240
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_2250"
down_revision = "20261127_2240"
branch_labels = None
depends_on = None

KINDS = (
    "run_failed",
    "run_held",
    "deadline_at_risk",
    "rejection_received",
    "approval_waiting",
    "host_key_changed",
    "delivery_failed",
    "endpoint_disabled",
    "connector_failed",
    "connector_works",
    "exception_assigned",
    "acceptance_waiting",
    "quality_limit",
    "records_wait",
)
ADDED = "reference_stale"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("datasets", sa.Column("stale_noticed_for", sa.DateTime(timezone=True), nullable=True))
    _know_kinds((*KINDS, ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE kind = '{ADDED}'")
    _know_kinds(KINDS)
    op.drop_column("datasets", "stale_noticed_for")


def _know_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
