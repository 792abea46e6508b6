"""How an endpoint is sent to, how it fares, and what each attempt was asked to do.

Revision: 20261128_1050
Follows: 20261128_1045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1050"
down_revision = "20261128_1045"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
#: Added with a default for the rows that are there; the application gives the values of new ones.
ENDPOINTS: tuple[sa.Column[object], ...] = (
    sa.Column("retry_waits", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
    sa.Column("max_concurrent", sa.Integer(), nullable=False, server_default="20"),
    sa.Column("max_per_minute", sa.Integer(), nullable=True),
    sa.Column("is_ordered", sa.Boolean(), nullable=False, server_default="false"),
    sa.Column("rate_tokens", sa.Float(), nullable=False, server_default="0"),
    sa.Column("rate_filled_at", MOMENT, nullable=True),
    sa.Column("consecutive_failures", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("recent_attempts", postgresql.JSONB(), nullable=False, server_default="[]"),
    sa.Column("failing_since", MOMENT, nullable=True),
    sa.Column("breaker_opened_at", MOMENT, nullable=True),
    sa.Column("breaker_probe_at", MOMENT, nullable=True),
    sa.Column("is_probing", sa.Boolean(), nullable=False, server_default="false"),
    sa.Column("failing_told_at", MOMENT, nullable=True),
    sa.Column("exhausted_told_at", MOMENT, nullable=True),
)
ATTEMPTS: tuple[sa.Column[object], ...] = (
    sa.Column("planned_at", MOMENT, nullable=True),
    sa.Column("retry_after_seconds", sa.Integer(), nullable=True),
    sa.Column("aborted_by_consumer", sa.Boolean(), nullable=False, server_default="false"),
)
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
)
ADDED = ("endpoint_failing", "endpoint_exhausted", "endpoint_recovered")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in (("webhook_endpoints", ENDPOINTS), ("webhook_attempts", ATTEMPTS)):
        for column in columns:
            op.add_column(table, column)
            if column.server_default is not None:
                op.alter_column(table, column.name, server_default=None)
    op.create_index(
        "ix_webhook_deliveries_queue",
        "webhook_deliveries",
        ["endpoint_id", "next_attempt_at"],
        postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying')"),
    )
    _know_notices((*NOTICES, *ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM notices WHERE kind IN ({', '.join(repr(one) for one in ADDED)})")
    _know_notices(NOTICES)
    op.drop_index("ix_webhook_deliveries_queue", "webhook_deliveries")
    for table, columns in (("webhook_endpoints", ENDPOINTS), ("webhook_attempts", ATTEMPTS)):
        for column in columns:
            op.drop_column(table, column.name)


def _know_notices(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notices_kind_known"), "notices", type_="check")
    known = ", ".join(f"'{one}'" for one in kinds)
    op.create_check_constraint(op.f("ck_notices_kind_known"), "notices", f"kind IN ({known})")
