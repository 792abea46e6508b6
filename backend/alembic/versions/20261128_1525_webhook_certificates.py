"""Certificates of webhook endpoints are told of before they end.

Revision: 20261128_1525
Follows: 20261128_1505
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1525"
down_revision = "20261128_1505"
branch_labels = None
depends_on = None

NOTICES = (
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
    "reference_stale",
    "deadline_breached",
    "action_overdue",
    "trigger_failed",
    "endpoint_failing",
    "endpoint_exhausted",
    "endpoint_recovered",
)
ADDED = ("certificate_ending",)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    column = sa.Column("certificates_told", postgresql.JSONB(), nullable=False, server_default="{}")
    op.add_column("webhook_endpoints", column)
    op.alter_column("webhook_endpoints", "certificates_told", server_default=None)
    _know_notices((*NOTICES, *ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE kind IN ({', '.join(repr(one) for one in ADDED)})")
    _know_notices(NOTICES)
    op.drop_column("webhook_endpoints", "certificates_told")


def _know_notices(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{one}'" for one in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
