"""Lists of official texts: what changed from one to the next, codes that went, and what else a list says of a rule.

Revision: 20261127_2230
Follows: 20261127_2045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_2230"
down_revision = "20261127_2045"
branch_labels = None
depends_on = None

COUNTS = ("added", "changed", "withdrawn", "paired")
TEXTS = (("error_code", 60), ("citation", 500))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for name in COUNTS:
        op.add_column("official_text_lists", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column("official_text_lists", name, server_default=None)
    for name, length in TEXTS:
        op.add_column("official_texts", sa.Column(name, sa.String(length), nullable=False, server_default=""))
        op.alter_column("official_texts", name, server_default=None)
    op.alter_column("official_texts", "field", type_=sa.String(200))
    op.add_column("official_texts", sa.Column("withdrawn_in", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_column("official_texts", "withdrawn_in")
    op.alter_column("official_texts", "field", type_=sa.String(60), postgresql_using="left(field, 60)")
    for name, _ in TEXTS:
        op.drop_column("official_texts", name)
    for name in COUNTS:
        op.drop_column("official_text_lists", name)
