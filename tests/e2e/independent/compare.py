"""Compares a file with the rows it was made from: every record, every field, nothing left unexplained.

    python tests/e2e/independent/compare.py --dsn <dsn> --query <sql> --xml <file> --reporting-date <date> --xsd <file>

Written from the demo's README and the regulation's field table only; imports nothing of the product.
Prints one JSON object and ends with 0 when the file says exactly what the rows say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psycopg
from branches import Tally, choice_branches
from described import MISSING, Leaf, Row, describe
from faults import Formats, faults_of
from psycopg.rows import dict_row
from records import TextLeaf, read_keys, read_records

Key = tuple[str, str, str]
SHOWN_DIFFERENCES: Final = 25


@dataclass(slots=True)
class Comparison:
    """What was found."""

    source_rows: int = 0
    records: int = 0
    fields_compared: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    several_faults: list[str] = field(default_factory=list)
    difference_count: int = 0
    differences: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def differ(self, text: str) -> None:
        """Note one difference."""
        self.difference_count += 1
        if len(self.differences) < SHOWN_DIFFERENCES:
            self.differences.append(text)


def compare(dsn: str, query: str, xml: Path, reporting_date: date) -> Comparison:
    """Walk through rows and records side by side."""
    result = Comparison()
    in_file = read_keys(xml)
    places = {key: place for place, key in reversed(list(enumerate(in_file)))}
    for key, count in Counter(in_file).items():
        if count > 1:
            result.differ(f"{key[0]}: {count} records in the file")
    records = read_records(xml)
    position = 0
    for key, leaves in _sound_rows(dsn, query, reporting_date, result):
        if key not in places:
            result.differ(f"{key[0]}: the row is sound but has no record")
            continue
        if places[key] < position:
            result.differ(f"{key[0]}: the record stands before its place")
            continue
        position = _skip_unexplained(records, in_file, position, key, result)
        if position < len(in_file):
            _compare_record(key, leaves, next(records), result)
            position += 1
    for key in in_file[position:]:
        result.differ(f"{key[0]}: the file has a record that no sound row explains (or out of order)")
    result.records = len(in_file)
    return result


def _skip_unexplained(
    records: Iterator[list[TextLeaf]], in_file: list[Key], position: int, key: Key, result: Comparison
) -> int:
    """Pass over records in front of the wanted one: no row explains them at this place."""
    while position < len(in_file) and in_file[position] != key:
        result.differ(f"{in_file[position][0]}: a record no sound row explains (or out of order)")
        next(records)
        position += 1
    return position


def _sound_rows(dsn: str, query: str, reporting_date: date, result: Comparison) -> Iterator[tuple[Key, list[Leaf]]]:
    formats = Formats()
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        repeated = _repeated(connection, query)
        with connection.cursor(name="rows", row_factory=dict_row) as cursor:
            cursor.itersize = 2000
            for row in cursor.execute(query.encode()):
                result.source_rows += 1
                leaves = describe(row)
                key = _key(row)
                found = faults_of(row, leaves, formats, reporting_date, is_repeated=key in repeated)
                if len(found) > 1:
                    result.several_faults.append(f"{key[0]}: {', '.join(found)}")
                if found:
                    result.faults[found[0]] += 1
                else:
                    yield key, leaves


def _repeated(connection: psycopg.Connection[Any], query: str) -> set[Key]:
    statement = f"""SELECT trade_ref, entity_lei, action FROM ({query}) AS source
        GROUP BY trade_ref, entity_lei, action HAVING count(*) > 1"""
    rows = connection.execute(statement.encode()).fetchall()
    return {(reference, entity, "Cxl" if action == "CANCEL" else "New") for reference, entity, action in rows}


def _key(row: Row) -> Key:
    return row["trade_ref"], row["entity_lei"], "Cxl" if row["action"] == "CANCEL" else "New"


def _compare_record(key: Key, expected: list[Leaf], found: list[TextLeaf], result: Comparison) -> None:
    result.tally.add(found)
    result.fields_compared += len(expected)
    if len(expected) == len(found) and all(
        wanted == path and says(value, text) for (wanted, value), (path, text) in zip(expected, found, strict=True)
    ):
        return
    wanted, there = dict(expected), dict(found)
    before = result.difference_count
    for path, value in wanted.items():
        if path not in there:
            result.differ(f"{key[0]} {path}: the row says {value!r}, the file says nothing")
        elif not says(value, there[path]):
            result.differ(f"{key[0]} {path}: the row says {value!r}, the file says {there[path]!r}")
    for path in there.keys() - wanted.keys():
        result.differ(f"{key[0]} {path}: no source column explains {there[path]!r}")
    if result.difference_count == before:
        result.differ(f"{key[0]}: the elements are in another order")


def says(value: Any, text: str) -> bool:
    """Whether a text of the file means the value of the row."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, datetime):
        return text.endswith("Z") and datetime.fromisoformat(text) == value.astimezone(UTC)
    if isinstance(value, date):
        return text == value.isoformat()
    if isinstance(value, Decimal | int):
        return Decimal(text) == value
    return value is not MISSING and text == value


def report(result: Comparison, schema: Path | None) -> dict[str, Any]:
    """The outcome as one JSON-ready object."""
    branches = {branch: result.tally.paths[branch] for branch in choice_branches(schema)} if schema else {}
    fields = result.tally.fields()
    return {
        "equal": result.difference_count == 0 and not result.several_faults,
        "source_rows": result.source_rows,
        "records": result.records,
        "fields_compared": result.fields_compared,
        "faults": dict(sorted(result.faults.items())),
        "several_faults": result.several_faults[:SHOWN_DIFFERENCES],
        "difference_count": result.difference_count,
        "differences": result.differences,
        "fields": fields,
        "fields_never_filled": [number for number, count in fields.items() if count == 0],
        "branches": branches,
        "branches_never_taken": [branch for branch, count in branches.items() if count == 0],
        "second_owners": {path: count for path, count in result.tally.paths.items() if path.endswith("(second owner)")},
        "values": dict(sorted(result.tally.values.items())),
    }


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--query", required=True)
    parser.add_argument("--xml", required=True, type=Path)
    parser.add_argument("--reporting-date", required=True, type=date.fromisoformat)
    parser.add_argument("--xsd", type=Path, help="official XSD of auth.016: adds the table of branches")
    given = parser.parse_args()
    outcome = report(compare(given.dsn, given.query, given.xml, given.reporting_date), given.xsd)
    json.dump(outcome, sys.stdout, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write("\n")
    return 0 if outcome["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
