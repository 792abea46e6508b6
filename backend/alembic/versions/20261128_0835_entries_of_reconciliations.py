"""Entries of the register can be about a reconciliation.

Revision: 20261128_0835
Follows: 20261128_0750
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_0835"
down_revision = "20261128_0750"
branch_labels = None
depends_on = None

LINKS = ("submission", "run", "exception", "feedback")
ADDED = "reconciliation"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    _widen(len(ADDED))
    _know((*LINKS, ADDED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"DELETE FROM error_register_links WHERE kind = '{ADDED}'")
    _know(LINKS)
    _widen(len("submission"))


def _widen(characters: int) -> None:
    op.alter_column("error_register_links", "kind", type_=sa.String(characters))


def _know(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_error_register_links_kind_known"), "error_register_links", type_="check")
    op.create_check_constraint(op.f("ck_error_register_links_kind_known"), "error_register_links", f"kind IN ({known})")
