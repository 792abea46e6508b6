"""Exceptions one by one: opened by runs, locked for work, with their amendments and their history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, String, Uuid, bindparam, delete, func, insert, literal, select
from sqlalchemy.sql.functions import FunctionElement

from backend.core.ids import new_id
from backend.domain.exceptions import ExceptionOrigin, ExceptionState, reference_of
from backend.persistence.models.entity import Entity
from backend.persistence.models.exception import ExceptionAmendment, ExceptionEvent, RunException
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Exceptions that are written in one statement: bounds what is in memory besides the findings themselves.
ROWS_PER_INSERT: Final = 4_000
_MAX_KEY: Final = 300
_MAX_ENTITY: Final = 100
_BETWEEN_RULES: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that a run has set aside."""

    row_number: int
    record_key: str | None
    entity: str | None
    rule_ids: Sequence[str]


class ExceptionRepository(TenantRepository):
    """Exceptions of one tenant in one transaction."""

    async def find(self, exception_id: UUID, *, for_update: bool = False) -> RunException | None:
        """The exception, or None."""
        return await self._find(RunException, exception_id, for_update=for_update)

    async def find_record(self, run_id: UUID, row_number: int) -> RunException | None:
        """The exception of a row of a run, or None."""
        query = self._select(RunException).where(RunException.run_id == run_id, RunException.row_number == row_number)
        found: RunException | None = await self._session.scalar(query)
        return found

    async def named(self, exception_ids: Collection[UUID]) -> Sequence[RunException]:
        """Those of these exceptions that exist."""
        query = self._select(RunException).where(RunException.id.in_(list(exception_ids)))
        return await self._all(query.order_by(RunException.id))

    async def lock(self, exception_ids: Collection[UUID]) -> Sequence[RunException]:
        """Those of these exceptions that exist, under row locks that everybody takes in the same order."""
        query = self._select(RunException).where(RunException.id.in_(list(exception_ids)))
        return await self._all(query.order_by(RunException.id).with_for_update())

    async def taken_by(self, run_id: UUID) -> Sequence[RunException]:
        """The exceptions that wait for this supplemental run, under row locks."""
        query = self._select(RunException).where(
            RunException.supplemental_run_id == run_id, RunException.state == ExceptionState.RESUBMITTED
        )
        return await self._all(query.order_by(RunException.id).with_for_update())

    async def remove_of(self, run_id: UUID) -> None:
        """Remove what a run has opened, for it has reported nothing."""
        mine = (RunException.tenant_id == self.tenant) & (RunException.run_id == run_id)
        await self._session.execute(delete(RunException).where(mine))

    async def amendments(self, exception_ids: Collection[UUID]) -> Sequence[ExceptionAmendment]:
        """What was changed in these records, in order."""
        query = self._select(ExceptionAmendment).where(ExceptionAmendment.exception_id.in_(list(exception_ids)))
        return await self._all(query.order_by(ExceptionAmendment.id))

    async def events(self, exception_id: UUID) -> Sequence[ExceptionEvent]:
        """What happened to an exception, in order; at most 1000."""
        query = self._select(ExceptionEvent).where(ExceptionEvent.exception_id == exception_id)
        return await self._all(query.order_by(ExceptionEvent.id).limit(1000))

    async def open_many(
        self,
        run: Run,
        records: Iterable[Sequence[SetAside]],
        due_at: datetime,
        at: datetime,
        *,
        origin: ExceptionOrigin = ExceptionOrigin.FINDING,
    ) -> None:
        """Open an exception for every record that is set aside; each sequence is one statement."""
        for some in records:
            keys = {one.record_key[:_MAX_KEY] for one in some if one.record_key}
            repeated = await self._set_aside_before(run, keys)
            constants = {**self._constants(run, due_at, at), "origin": origin.value}
            await self._session.execute(_OPEN, {**_columns(some, repeated), **constants})

    async def rows_of(self, run_id: UUID, rows: Collection[int]) -> frozenset[int]:
        """Those of these rows of a run that stand among the exceptions."""
        query = select(RunException.row_number).where(
            RunException.tenant_id == self.tenant,
            RunException.run_id == run_id,
            RunException.row_number.in_(list(rows)),
        )
        return frozenset(int(one) for one in await self._session.scalars(query))

    def _constants(self, run: Run, due_at: datetime, at: datetime) -> dict[str, object]:
        constants = {"run_id": run.id, "report_id": run.report_id, "due_at": due_at, "at": at}
        return {**constants, "tenant_id": self.tenant}

    async def _set_aside_before(self, run: Run, keys: Collection[str]) -> frozenset[str]:
        """Those of these keys that an earlier run of the report has set aside."""
        if not keys:
            return frozenset()
        query = (
            select(RunException.record_key)
            .where(
                RunException.tenant_id == self.tenant,
                RunException.report_id == run.report_id,
                RunException.run_id != run.id,
                RunException.record_key.in_(list(keys)),
            )
            .distinct()
        )
        return frozenset(str(one) for one in await self._session.scalars(query))


def _unnested(name: str, kind: type[String | Uuid[UUID] | BigInteger | Boolean]) -> FunctionElement[Any]:
    return func.unnest(bindparam(name, type_=ARRAY(kind)))


#: Columns travel as arrays: one statement for thousands of rows, and row-level security looks at each of them.
_OPEN: Final = insert(Entity.metadata.tables[RunException.__tablename__]).from_select(
    [
        "id",
        "row_number",
        "record_key",
        "reference",
        "entity",
        "rule_id",
        "rule_ids",
        "is_repeat",
        "tenant_id",
        "run_id",
        "report_id",
        "due_at",
        "created_at",
        "updated_at",
        "state",
        "origin",
        "amendments",
        "revision",
    ],
    select(
        _unnested("ids", Uuid),
        _unnested("row_numbers", BigInteger),
        _unnested("record_keys", String),
        _unnested("references", String),
        _unnested("entities", String),
        _unnested("first_rules", String),
        func.string_to_array(_unnested("rules", String), _BETWEEN_RULES),
        _unnested("repeats", Boolean),
        bindparam("tenant_id", type_=Uuid),
        bindparam("run_id", type_=Uuid),
        bindparam("report_id", type_=Uuid),
        bindparam("due_at", type_=RunException.due_at.type),
        bindparam("at", type_=RunException.created_at.type),
        bindparam("at", type_=RunException.created_at.type),
        literal(ExceptionState.OPEN.value),
        bindparam("origin", type_=String),
        literal(0),
        literal(1),
    ),
    include_defaults=False,
)


def _columns(records: Sequence[SetAside], repeated: Collection[str]) -> Mapping[str, list[object]]:
    keys = [one.record_key[:_MAX_KEY] if one.record_key else None for one in records]
    return {
        "ids": [new_id() for _ in records],
        "row_numbers": [one.row_number for one in records],
        "record_keys": list(keys),
        "references": [reference_of(key, one.entity) for key, one in zip(keys, records, strict=True)],
        "entities": [one.entity[:_MAX_ENTITY] if one.entity else None for one in records],
        "first_rules": [one.rule_ids[0] for one in records],
        "rules": [_BETWEEN_RULES.join(one.rule_ids) for one in records],
        "repeats": [key in repeated for key in keys],
    }
