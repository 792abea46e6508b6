"""The reference page in docs/ is the one the pack gives, and holds what a compliance officer looks for."""

from __future__ import annotations

from pathlib import Path

from backend.domain.regulations import Pack
from backend.domain.regulations.reference import render_reference

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "packs" / "mifir-rts22.md"


def test_the_committed_page_is_current(pack: Pack) -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(pack), "run: openreg pack reference mifir-rts22"


def test_every_field_column_and_rule_stands_on_the_page(pack: Pack) -> None:
    lines = render_reference(pack).splitlines()
    for entry in pack.fields:
        row = next(line for line in lines if line.startswith(f"| {entry.number} | {entry.name} "))
        assert entry.citation in row
        assert ("(unverified)" in row) == (entry.condition_source == "unverified")
    for name in pack.columns:
        assert any(line.startswith(f"| `{name}` ") for line in lines)
    for rule in pack.rules:
        assert rule.expression in lines
        assert rule.message in "\n".join(lines)


def test_every_row_of_a_table_has_the_cells_of_its_head(pack: Pack) -> None:
    cells = 0
    for line in render_reference(pack).splitlines():
        if not line.startswith("| "):
            cells = 0
            continue
        count = line.replace("\\|", "").count("|")
        assert cells in {0, count}, line
        cells = count
