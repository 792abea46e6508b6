"""Queries over several tables of files: each file is parsed once, whatever the plan."""

from collections import Counter
from collections.abc import Iterator, Sequence

from backend.domain.expressions.types import INTEGER
from backend.services.connectors.base import SourceParameter
from backend.services.connectors.files.connector import FilesConnector
from backend.services.connectors.files.settings import FilesSettings
from backend.services.connectors.files.shelf import SourceFile
from tests.unit.backend.services.connectors.files.conftest import MemoryShelf, table_of

CSV = {"format": "csv"}
LEAST = SourceParameter(INTEGER, 3)


class CountingShelf(MemoryShelf):
    """A file for each table; counts how often each is read."""

    def uploaded(self, table: str) -> Sequence[SourceFile]:
        return [one for one in super().uploaded(table) if one.name == f"{table}.csv"]

    def stream(self, file: SourceFile) -> Iterator[bytes]:
        self.read = getattr(self, "read", Counter())
        self.read[file.name] += 1
        return super().stream(file)


def connector(shelf: MemoryShelf) -> FilesConnector:
    names = {
        "trades": {"id": "integer", "buyer": "integer", "seller": "integer"},
        "clients": {"id": "integer", "name": "text"},
    }
    tables = [table_of(CSV, columns, name=name) for name, columns in names.items()]
    return FilesConnector(FilesSettings(tables=tables), shelf)


def shelf_of(trades: int, clients: int) -> CountingShelf:
    sold = "".join(f"{n},{n % clients},{(n + 1) % clients}\n" for n in range(trades))
    known = "".join(f"{n},client {n}\n" for n in range(clients))
    return CountingShelf(
        {"trades.csv": b"id,buyer,seller\n" + sold.encode(), "clients.csv": b"id,name\nx,bad\n" + known.encode()}
    )


QUERY = (
    "SELECT t.id, b.name AS buyer, s.name AS seller FROM trades t"
    " LEFT JOIN clients b ON b.id = t.buyer LEFT JOIN files.clients s ON s.id = t.seller ORDER BY t.id"
)


def test_a_table_that_is_named_twice_is_parsed_once_and_its_bad_rows_count_once() -> None:
    shelf = shelf_of(1000, 10)
    with connector(shelf).extract(QUERY, {}) as extraction:
        rows = [row for batch in extraction for row in zip(*(one.to_pylist() for one in batch), strict=True)]
        assert rows[:2] == [(0, "client 0", "client 1"), (1, "client 1", "client 2")]
        assert len(rows) == 1000
        assert [(one.table, one.rows_read, one.quarantined) for one in extraction.readings()] == [
            ("trades", 1000, 0),
            ("clients", 11, 1),
        ]
    assert shelf.read == {"trades.csv": 1, "clients.csv": 1}


def test_the_plan_of_a_join_is_told_without_reading_a_file() -> None:
    shelf = shelf_of(10, 10)
    plan = connector(shelf).explain(QUERY.replace("ORDER BY", "WHERE t.id > :least ORDER BY"), {"least": LEAST})
    assert sum("Hash Join" in line for line in plan) == 2
    assert not hasattr(shelf, "read")


def test_the_columns_of_a_join_are_described_without_reading_a_file() -> None:
    shelf = shelf_of(10, 10)
    assert [one.name for one in connector(shelf).describe(QUERY, {})] == ["id", "buyer", "seller"]
    assert not hasattr(shelf, "read")
