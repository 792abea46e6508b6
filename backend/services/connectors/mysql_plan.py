"""The plan of a query as MySQL and MariaDB give it: a table of terms, said as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ACCESS: Final = {
    "ALL": "every row",
    "index": "every entry of an index",
    "range": "a range of an index",
    "ref": "equal entries of an index",
    "ref_or_null": "equal entries of an index, and those without a value",
    "eq_ref": "one row by a key",
    "const": "one row by a key",
    "system": "its only row",
    "fulltext": "a full-text index",
    "index_merge": "several indexes together",
    "unique_subquery": "one row by a key",
    "index_subquery": "equal entries of an index",
}


def plan_line(row: Mapping[str, str | None]) -> str:
    """One row of EXPLAIN, e.g. ``1 SIMPLE t: equal entries of an index, key trades_by_date, about 500 rows``."""
    parts = [_ACCESS.get(row.get("type") or "", row.get("type") or "no table")]
    if row.get("key"):
        parts.append(f"key {row['key']}")
    if row.get("rows"):
        parts.append(f"about {row['rows']} rows")
    if row.get("Extra"):
        parts.append(str(row["Extra"]))
    table = row.get("table") or "no table"
    return f"{row.get('id') or ''} {row.get('select_type') or ''} {table}: {', '.join(parts)}".strip()
