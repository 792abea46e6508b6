"""What every maker of rows stands on: a row is written as the application role, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from backend.core.crypto import SecretBox
from backend.core.ids import new_id
from backend.persistence.models.entity import Entity
from backend.persistence.session import Database
from tests.factories.people import Person

E = TypeVar("E", bound=Entity)
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPORTING_DATE = date(2026, 11, 19)


@dataclass(frozen=True, slots=True)
class StoredRows:
    """One tenant's rows; what is stored comes back detached."""

    database: Database
    box: SecretBox
    person: Person

    async def fresh(self, model: type[E], identity: UUID) -> E:
        """The row as it is in the database now."""
        async with self.database.transaction(self.person.tenant) as session:
            found = await session.get(model, identity, populate_existing=True)
        assert found is not None, f"{model.__name__} {identity} is gone"
        return found

    async def _store(self, model: type[E], values: Mapping[str, Any], changes: Mapping[str, Any]) -> E:
        identity = {"id": new_id()} if hasattr(model, "id") else {}
        row = model(**{**identity, "tenant_id": self.person.tenant, **values, **changes})
        async with self.database.transaction(self.person.tenant) as session:
            session.add(row)
        return row
