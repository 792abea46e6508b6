"""A source of CSV files in the inbox of a tenant, with the rows that the source databases of the tests have."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.core.ids import ConnectorId, TenantId, new_id
from backend.domain.object_keys import inbox_prefix
from backend.services.connectors.base import Connector
from backend.services.connectors.factory import create_connector
from backend.services.source_files import StorageShelf
from backend.services.storage import ObjectStorage
from tests.services.source_database import LOOPBACK

NUMBERS = 600_000
TABLES: dict[str, dict[str, str]] = {
    "trades": {"id": "integer", "trade_date": "date", "price": "decimal(18,8)", "note": "text"},
    "numbers": {"g": "integer"},
}


@dataclass(frozen=True)
class FilesSource:
    """Implements what the contract asks of a source, as far as files have it."""

    storage: ObjectStorage
    tenant: UUID

    main_schema = "files"

    @classmethod
    def filled(cls, storage: ObjectStorage) -> "FilesSource":
        """Its files are there."""
        source = cls(storage, new_id())
        first = date(2026, 3, 1)
        trades = "".join(
            f"{n},{first + timedelta(n % 2)},{n / 8},{'' if n % 3 == 0 else f'n{n}'}\n" for n in range(1, 1001)
        )
        source.put("trades.csv", "id,trade_date,price,note\n" + trades)
        source.put("numbers.csv", "g\n" + "".join(f"{n}\n" for n in range(1, NUMBERS + 1)))
        return source

    def put(self, name: str, content: str) -> None:
        """A file in the inbox."""
        self.storage.put(inbox_prefix(self.tenant) + name, content.encode(), "text/csv")

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        return {}

    @staticmethod
    def series(rows: int) -> str:
        return f"(select g from numbers where g <= {rows}) as s"

    def connect(self, *, source_time_zone: str | None = None, **settings: Any) -> Connector:
        """Times of files have a zone of their own: a zone of the connector has no meaning."""
        tables = [
            {
                "name": name,
                "location": "inbox",
                "pattern": f"{name}.csv",
                "file": {"format": "csv"},
                "columns": [{"name": column, "type": type_} for column, type_ in columns.items()],
            }
            for name, columns in TABLES.items()
        ]
        shelf = StorageShelf(self.storage, TenantId(self.tenant), ConnectorId(new_id()))
        return create_connector("files", {"tables": tables, **settings}, None, LOOPBACK, shelf)
