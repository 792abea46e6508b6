"""What the system role may read over all tenants is a decision, and stands in its ADR."""

from __future__ import annotations

import ast
import re

from tests.architecture.rules.source import MIGRATIONS, ROOT

DECISION = ROOT / "docs" / "adr" / "0004-three-database-roles.md"
_ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", re.MULTILINE)


def decided(text: str) -> dict[str, tuple[str, ...]]:
    """Table → columns, from the table of the ADR."""
    return {table: tuple(re.findall(r"`(\w+)`", columns)) for table, columns in _ROW.findall(text)}


def granted() -> dict[str, tuple[str, ...]]:
    """Table → columns, from every migration that grants to the system role."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / MIGRATIONS).glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SYSTEM_COLUMNS":
                for table, columns in ast.literal_eval(node.value).items():
                    found[table] = (*found.get(table, ()), *columns)
    return found


def test_the_system_role_reads_what_was_decided() -> None:
    """One column more, granted in passing, is one more thing that a stolen password shows of every tenant."""
    assert granted() == decided(DECISION.read_text(encoding="utf-8"))


def test_every_migration_that_grants_to_the_system_role_is_read() -> None:
    """A grant written in another form would pass the comparison unseen."""
    for path in (ROOT / MIGRATIONS).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert ("TO openreg_system" in text) <= ("SYSTEM_COLUMNS" in text), path.name


def test_a_column_that_was_not_decided_is_seen() -> None:
    text = "| Table | Columns |\n| --- | --- |\n| `users` | `id`, `email` |\n"
    assert decided(text) == {"users": ("id", "email")}
    assert decided(text) != granted()
