"""What customers see of most kinds stands in publications, frozen: those are watched, no longer what they are made of.

Files of reports are released by their runs, which are still watched.

Revision: 20261128_1545
Follows: 20261128_1540
"""

from __future__ import annotations

from alembic import op

revision = "20261128_1545"
down_revision = "20261128_1540"
branch_labels = None
depends_on = None

# Table, kind of content, and which updates changed what was seen of it.
NO_LONGER_WATCHED = (
    ("datasets", "dataset", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("rule_sets", "rule_set", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("rule_set_versions", "rule_set", "OLD.state IS DISTINCT FROM NEW.state"),
    ("reports", "report", "OLD.revision IS DISTINCT FROM NEW.revision"),
    ("report_versions", "report", "OLD.state IS DISTINCT FROM NEW.state"),
    ("schedules", "schedule", "OLD.updated_at IS DISTINCT FROM NEW.updated_at"),
    ("schema_packages", "schema", "OLD.sha256 IS DISTINCT FROM NEW.sha256"),
)
_AT_THE_COMMIT = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, _, _ in NO_LONGER_WATCHED:
        op.execute(f"DROP TRIGGER content_insert_or_delete ON {table}")
        op.execute(f"DROP TRIGGER content_update ON {table}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    for table, kind, seen in NO_LONGER_WATCHED:
        for change, when in (("INSERT OR DELETE", "true"), ("UPDATE", seen)):
            name = f"content_{change.lower().replace(' ', '_')}"
            op.execute(
                f"CREATE CONSTRAINT TRIGGER {name} AFTER {change} ON {table} {_AT_THE_COMMIT} "
                f"WHEN ({when}) EXECUTE FUNCTION note_content('{kind}')"
            )
