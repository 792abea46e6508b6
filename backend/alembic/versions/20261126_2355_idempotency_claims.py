"""Idempotency keys are claimed under a lease, and their answers are sealed.

Revision: 20261126_2355
Follows: 20261126_2345

Keys live for days; those there are now are forgotten, which costs at most that a request sent again acts again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_2355"
down_revision = "20261126_2345"
branch_labels = None
depends_on = None

INDEX = "ix_idempotency_keys_tenant_id_created_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("TRUNCATE idempotency_keys")
    op.add_column("idempotency_keys", sa.Column("claim", sa.Uuid(), nullable=False))
    op.add_column("idempotency_keys", sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=False))
    op.add_column("idempotency_keys", sa.Column("has_effect", sa.Boolean(), nullable=False))
    op.alter_column("idempotency_keys", "answer", type_=sa.LargeBinary(), postgresql_using="NULL::bytea")
    op.create_index(INDEX, "idempotency_keys", ["tenant_id", "created_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("TRUNCATE idempotency_keys")
    op.drop_index(INDEX, table_name="idempotency_keys")
    op.alter_column(
        "idempotency_keys", "answer", type_=postgresql.JSONB(astext_type=sa.Text()), postgresql_using="NULL::jsonb"
    )
    for column in ("has_effect", "lease_expires_at", "claim"):
        op.drop_column("idempotency_keys", column)
