"""What a publisher shows to customers, as rows: datasets whose versions come and go, and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from backend.core.ids import new_id
from backend.persistence.models.dataset import Dataset, DatasetEntry
from backend.persistence.models.publication import Publication, PublicationVersion
from tests.factories.publication_rows import stored_publication
from tests.factories.rows import AT, Rows

COLUMNS = [{"name": "status", "type": "text", "title": "Status"}, {"name": "amount", "type": "decimal", "title": ""}]


@dataclass(slots=True)
class PublishedDataset:
    """A dataset of some keys, published in version 1; later versions change it."""

    rows: Rows
    dataset: Dataset
    publication: Publication
    number: int = 1
    entries: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    async def made(cls, rows: Rows, keys: Sequence[str], **changes: Any) -> PublishedDataset:
        """Stored and published."""
        dataset = await rows.dataset(columns=COLUMNS, name=changes.get("name", f"d{new_id().hex}"))
        publication = await stored_publication(
            rows.database,
            rows.person.tenant,
            rows.person.user_id,
            content_of(dataset, len(keys)),
            **{"thing_id": dataset.id, "name": dataset.name, "title": dataset.title, **changes},
        )
        made = cls(rows, dataset, publication)
        async with rows.database.transaction(rows.person.tenant) as session:
            for one in await session.scalars(select(DatasetEntry).where(DatasetEntry.dataset_id == dataset.id)):
                await session.delete(one)
            session.add_all(made._entry(key, 1) for key in keys)
        return made

    @property
    def name(self) -> str:
        """What the paths call it."""
        return self.publication.name

    async def publish(
        self, added: Sequence[str] = (), removed: Sequence[str] = (), periods: Mapping[str, tuple[date, date]] = {}
    ) -> None:
        """Another version, with some keys more and some less."""
        self.number += 1
        gone = [self.entries.pop(key) for key in removed]
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            session.add_all(self._entry(key, self.number, *periods.get(key, ())) for key in added)
            await session.execute(update(DatasetEntry).where(DatasetEntry.id.in_(gone)).values(removed_in=self.number))
            await session.execute(
                update(Dataset).where(Dataset.id == self.dataset.id).values(current_version=self.number)
            )
            await session.execute(
                update(Publication)
                .where(Publication.id == self.publication.id)
                .values(version=str(self.number), revision=Publication.revision + 1)
            )
            session.add(
                PublicationVersion(
                    tenant_id=self.rows.person.tenant,
                    publication_id=self.publication.id,
                    number=self.number,
                    version=str(self.number),
                    content=content_of(self.dataset, len(self.entries)) | {"number": self.number},
                    sha256="0" * 64,
                    has_personal_data=False,
                    shown_since=AT,
                )
            )

    async def take_back(self) -> None:
        """Nobody sees it any more."""
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            await session.execute(
                update(Publication).where(Publication.id == self.publication.id).values(unpublished_at=AT)
            )

    def _entry(self, key: str, version: int, *period: date) -> DatasetEntry:
        begin, end = period or (None, None)
        entry = DatasetEntry(
            id=new_id(),
            tenant_id=self.rows.person.tenant,
            dataset_id=self.dataset.id,
            key=key,
            valid_from=begin,
            valid_to=end,
            values={"status": f"of {key}", "amount": "1.50"},
            added_in=version,
        )
        self.entries[key] = entry.id
        return entry


def content_of(dataset: Dataset, entries: int) -> dict[str, Any]:
    """What is frozen of a dataset with its publication."""
    return {
        "kind": dataset.kind,
        "name": dataset.name,
        "title": dataset.title,
        "description": dataset.description,
        "key_title": dataset.key_title,
        "columns": dataset.columns,
        "missing": dataset.missing,
        "number": 1,
        "as_at": None,
        "entries": entries,
        "added": entries,
        "removed": 0,
        "sha256": "0" * 64,
    }


def rule(identity: str, **changes: Any) -> dict[str, Any]:
    """A rule as the content of a publication has it."""
    said = {"title": f"Rule {identity}", "message": "It fails.", "expression": "amount > 0"}
    return {"id": identity, **said, "phase": "target", "severity": "warning", "scope": "record", **changes}


async def published_rules(rows: Rows, rules: Sequence[Mapping[str, Any]], **changes: Any) -> Publication:
    """A rule set that is published, or with ``pack_id`` a pack."""
    is_pack = "pack_id" in changes
    content = {"name": "r", "rules": list(rules), **changes.pop("content", {})}
    return await stored_publication(
        rows.database,
        rows.person.tenant,
        rows.person.user_id,
        content,
        **{"kind": "rule_pack" if is_pack else "rule_set", "thing_id": None if is_pack else new_id(), **changes},
    )
