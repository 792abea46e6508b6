"""Destinations can be paused, stopped and archived and have a policy; deliveries can be set aside and repeated.

Revision: 20261128_0350
Follows: 20261128_0340
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0350"
down_revision = "20261128_0340"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = ("pending", "sending", "retrying", "delivered", "failed")
ADDED = ("paused", "stopped", "cancelled")
#: Added with a default for the rows that are there; the application gives the values of new ones.
DESTINATIONS: tuple[sa.Column[object], ...] = (
    sa.Column("environment", sa.String(10), nullable=False, server_default="production"),
    sa.Column("is_paused", sa.Boolean(), nullable=False, server_default="false"),
    sa.Column("policy", postgresql.JSONB(), nullable=False, server_default="{}"),
    sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("response_folder", sa.String(1000), nullable=True),
    sa.Column("stopped", postgresql.JSONB(), nullable=True),
    sa.Column("archived_at", MOMENT, nullable=True),
    sa.Column("bytes_free_at", MOMENT, nullable=True),
    sa.Column("file_free_at", MOMENT, nullable=True),
)
DELIVERIES: tuple[sa.Column[object], ...] = (
    sa.Column("number", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("attempts_before", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("bytes_sent", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("is_set_aside_with_destination", sa.Boolean(), nullable=False, server_default="false"),
    sa.Column("waits_for_place", sa.Boolean(), nullable=False, server_default="false"),
    sa.Column("trying_since", MOMENT, nullable=True),
    sa.Column("redelivery_of", sa.Uuid(), sa.ForeignKey("deliveries.id"), nullable=True),
    sa.Column("reason", sa.String(500), nullable=True),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, columns in (("destinations", DESTINATIONS), ("deliveries", DELIVERIES)):
        for column in columns:
            op.add_column(table, column)
            if column.server_default is not None:
                op.alter_column(table, column.name, server_default=None)
    op.add_column("delivery_attempts", sa.Column("bytes_sent", sa.BigInteger(), nullable=True))
    op.add_column("connectors", sa.Column("holds_demo_data", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("connectors", "holds_demo_data", server_default=None)
    op.create_check_constraint(
        op.f("ck_destinations_environment_known"), "destinations", "environment IN ('test', 'production')"
    )
    _know_states((*STATES, *ADDED))
    op.drop_constraint(op.f("uq_deliveries_artifact_id_destination_id"), "deliveries", type_="unique")
    op.create_unique_constraint(
        op.f("uq_deliveries_artifact_id_destination_id_number"),
        "deliveries",
        ["artifact_id", "destination_id", "number"],
    )
    op.create_index("ix_deliveries_newest", "deliveries", ["tenant_id", "id"])
    op.create_index("ix_deliveries_of_destination", "deliveries", ["destination_id", "state", "id"])
    op.drop_constraint(op.f("uq_destinations_tenant_id_name"), "destinations", type_="unique")
    op.create_index(
        "uq_destinations_name",
        "destinations",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE number > 1)")
    op.execute("DELETE FROM deliveries WHERE number > 1")
    added = ", ".join(f"'{state}'" for state in ADDED)
    op.execute(f"UPDATE deliveries SET state = 'failed' WHERE state IN ({added})")
    op.execute("UPDATE destinations SET name = name || ' ' || id WHERE archived_at IS NOT NULL")
    op.drop_index("uq_destinations_name", table_name="destinations")
    op.create_unique_constraint(op.f("uq_destinations_tenant_id_name"), "destinations", ["tenant_id", "name"])
    op.drop_index("ix_deliveries_of_destination", table_name="deliveries")
    op.drop_index("ix_deliveries_newest", table_name="deliveries")
    op.drop_constraint(op.f("uq_deliveries_artifact_id_destination_id_number"), "deliveries", type_="unique")
    op.create_unique_constraint(
        op.f("uq_deliveries_artifact_id_destination_id"), "deliveries", ["artifact_id", "destination_id"]
    )
    _know_states(STATES)
    op.drop_constraint(op.f("ck_destinations_environment_known"), "destinations", type_="check")
    op.drop_column("connectors", "holds_demo_data")
    op.drop_column("delivery_attempts", "bytes_sent")
    for table, columns in (("deliveries", DELIVERIES), ("destinations", DESTINATIONS)):
        for column in columns:
            op.drop_column(table, column.name)


def _know_states(states: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_deliveries_state_known"), "deliveries", type_="check")
    known = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_deliveries_state_known"), "deliveries", f"state IN ({known})")
