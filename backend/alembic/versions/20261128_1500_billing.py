"""Billing: customers at Stripe, subscriptions, invoices, prices, events to look into, and how far they were read.

Revision: 20261128_1500
Follows: 20261128_1448
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_1500"
down_revision = "20261128_1448"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('openreg.tenant_id', true), '')::uuid"
TABLES = (
    "billing_customers",
    "subscriptions",
    "billing_invoices",
    "billing_prices",
    "stripe_events",
    "billing_cursors",
)
STATUSES = "'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'canceled', 'paused'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _plans_and_customers()
    _customers_at_stripe()
    _subscriptions()
    _invoices_and_prices()
    _events()
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO openreg_app")
        op.execute(
            f"CREATE POLICY own_tenant ON {table} TO openreg_app "
            f"USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
        )
        # For backups (ADR 0013): the owner reads, and nothing else.
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO openreg_owner USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table in reversed(TABLES):
        op.drop_table(table)
    for column in ("granted_until", "granted_plan_id", "subscription_id"):
        op.drop_column("customers", column)
    for column in ("trial_days", "stripe_price_id"):
        op.drop_column("plans", column)


def _plans_and_customers() -> None:
    op.add_column("plans", sa.Column("stripe_price_id", sa.String(length=255), nullable=True))
    op.add_column("plans", sa.Column("trial_days", sa.Integer(), server_default="0", nullable=False))
    op.create_unique_constraint(op.f("uq_plans_tenant_id_stripe_price_id"), "plans", ["tenant_id", "stripe_price_id"])
    op.create_check_constraint(op.f("ck_plans_trial_bounded"), "plans", "trial_days BETWEEN 0 AND 730")
    op.add_column("customers", sa.Column("subscription_id", sa.Uuid(), nullable=True))
    op.add_column("customers", sa.Column("granted_plan_id", sa.Uuid(), nullable=True))
    op.add_column("customers", sa.Column("granted_until", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_customers_granted_plan_id"), "customers", "plans", ["granted_plan_id"], ["id"])


def _customers_at_stripe() -> None:
    op.create_table(
        "billing_customers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_billing_customers_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_billing_customers_tenant_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_billing_customers")),
        sa.UniqueConstraint("tenant_id", "stripe_id", name=op.f("uq_billing_customers_tenant_id_stripe_id")),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=18), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.String(length=255), nullable=False),
        sa.Column("price_id", sa.String(length=255), nullable=False),
        sa.Column("current_period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_collection_paused", sa.Boolean(), nullable=False),
        sa.Column("latest_invoice_id", sa.String(length=255), nullable=True),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_subscriptions_status_known")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subscriptions_customer_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_subscriptions_plan_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_subscriptions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("tenant_id", "stripe_id", name=op.f("uq_subscriptions_tenant_id_stripe_id")),
    )
    op.create_index("ix_subscriptions_of_customer", "subscriptions", ["customer_id", "access_until"], unique=False)
    op.create_index(op.f("ix_subscriptions_plan_id"), "subscriptions", ["plan_id"], unique=False)


def _invoices_and_prices() -> None:
    op.create_table(
        "billing_invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hosted_url", sa.String(length=2000), nullable=True),
        sa.Column("pdf_url", sa.String(length=2000), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_billing_invoices_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_billing_invoices_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_invoices")),
        sa.UniqueConstraint("tenant_id", "stripe_id", name=op.f("uq_billing_invoices_tenant_id_stripe_id")),
    )
    op.create_index("ix_billing_invoices_newest", "billing_invoices", ["customer_id", "issued_at", "id"], unique=False)
    op.create_table(
        "billing_prices",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=True),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_billing_prices_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "stripe_id", name=op.f("pk_billing_prices")),
    )


def _events() -> None:
    op.create_table(
        "stripe_events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("subscription_id", sa.String(length=255), nullable=True),
        sa.Column("invoice_id", sa.String(length=255), nullable=True),
        sa.Column("stripe_customer", sa.String(length=255), nullable=True),
        sa.Column("is_reconciled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=100), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'done') = (handled_at IS NOT NULL)", name=op.f("ck_stripe_events_done_has_time")),
        sa.CheckConstraint("state IN ('pending', 'done')", name=op.f("ck_stripe_events_state_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_stripe_events_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stripe_events")),
    )
    op.create_index(
        "ix_stripe_events_due",
        "stripe_events",
        ["tenant_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "billing_cursors",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("events_read_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reading_after", sa.String(length=255), nullable=True),
        sa.Column("reading_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reading_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unheard_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_billing_cursors_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_billing_cursors")),
    )
