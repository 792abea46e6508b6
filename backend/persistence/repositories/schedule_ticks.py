"""Fire times that have come, claimed and written in bulk: a thousand of them take as many statements as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text

from backend.domain.audit import RUN_SUBJECT, AuditAction
from backend.domain.audit_chain import EMPTY_CHAIN, ChainHead
from backend.domain.webhook_filter import EventFilter
from backend.domain.webhooks import WebhookEventType
from backend.persistence.audit import ActorRecord
from backend.persistence.repositories.tenant_scope import TenantRepository


class RunRow(NamedTuple):
    """A run as it begins, with what is told of it: its fire, its event, its entry in the audit trail. JSON is text."""

    id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    parameters: str
    parameters_sha256: str
    sequence: int
    schedule_id: UUID
    fire_at: datetime
    created_by: UUID
    fire_id: UUID
    event_id: UUID
    payload: str
    entry_id: UUID
    number: int
    label: str
    after: str
    previous_hash: str
    hash: str


class FireRow(NamedTuple):
    """What became of a fire time."""

    id: UUID
    schedule_id: UUID
    fire_at: datetime
    reporting_date: date
    state: str
    reason_code: str | None
    reason: str | None
    run_id: UUID | None
    wait_until: datetime | None


class EventRow(NamedTuple):
    """What others may hear of besides runs; its payload is JSON."""

    id: UUID
    type: str
    subject_id: UUID
    payload: str


class AnnouncedRow(NamedTuple):
    """An event that an endpoint is to hear of."""

    id: UUID
    event_id: UUID
    endpoint_id: UUID


class MovedRow(NamedTuple):
    """When a schedule is looked at next, and when it fires next."""

    id: UUID
    due_at: datetime | None
    next_fire_at: datetime | None


#: What the database calls the types of the columns above; JSON comes as text.
_KINDS: Final = {
    **dict.fromkeys(("id", "report_id", "report_version_id", "schedule_id", "created_by", "run_id"), "uuid"),
    **dict.fromkeys(("subject_id", "event_id", "endpoint_id", "fire_id", "entry_id"), "uuid"),
    **dict.fromkeys(("fire_at", "wait_until", "due_at", "next_fire_at"), "timestamptz"),
    "reporting_date": "date",
    "sequence": "int",
    "number": "bigint",
}


def _rows(name: str, row: type[NamedTuple], *columns: str) -> str:
    """Rows that are sent column by column, as a table: texts of JSON are taken apart several times as slowly."""
    columns = columns or row._fields
    arrays = ", ".join(f"CAST(:{name}_{one} AS {_KINDS.get(one, 'text')}[])" for one in columns)
    return f"unnest({arrays}) AS x ({', '.join(columns)})"


def _values(name: str, row: type[NamedTuple], rows: Sequence[Sequence[object]]) -> dict[str, Sequence[object]]:
    """The values of ``_rows``."""
    columns: Iterable[Sequence[object]] = zip(*rows, strict=True) if rows else ((),) * len(row._fields)
    return {f"{name}_{one}": values for one, values in zip(row._fields, columns, strict=True)}


#: What is needed of the report, its active version and the schedule's calendar. Reports are locked in one order, with
#: the lock under which every run gets its number. Nothing is joined to what was locked: the planner expects one row.
_SURROUNDINGS: Final = """
, locked AS MATERIALIZED (
  SELECT ordered.*, pg_advisory_xact_lock(hashtextextended(report_id::text, 0))::text AS lock
  FROM (SELECT * FROM due ORDER BY report_id, id OFFSET 0) ordered)
SELECT due.id, due.name, due.report_id, (due.definition - 'parameters')::text AS timing,
       due.definition -> 'parameters' AS parameters, due.calendar, due.evaluated_until, due.updated_by, due.fire_id,
       due.fire_at, due.reporting_date, due.wait_until, due.is_paused, r.archived_at IS NOT NULL AS is_archived,
       v.id AS report_version_id, v.document #>> '{source,parameters}' AS declared, d.sha256 AS days_sha256,
       CASE WHEN v.id IS NULL THEN (SELECT n.pack_id FROM report_versions n
                                    WHERE n.report_id = due.report_id AND n.tenant_id = :tenant
                                    ORDER BY n.major DESC, n.minor DESC LIMIT 1)
            ELSE v.pack_id END AS regime
FROM locked due
JOIN reports r ON r.id = due.report_id AND r.tenant_id = :tenant
LEFT JOIN report_versions v ON v.report_id = due.report_id AND v.tenant_id = :tenant AND v.state = 'active'
LEFT JOIN calendars c ON c.tenant_id = :tenant AND c.name = due.calendar
LEFT JOIN calendar_versions d ON d.tenant_id = :tenant AND d.calendar_id = c.id AND d.number = c.version
ORDER BY due.id
"""
_DUE: Final = text(
    """
WITH due AS MATERIALIZED (
  SELECT id, name, report_id, definition, calendar, evaluated_until, updated_by,
         NULL::uuid AS fire_id, NULL::timestamptz AS fire_at, NULL::date AS reporting_date,
         NULL::timestamptz AS wait_until, false AS is_paused
  FROM schedules WHERE tenant_id = :tenant AND due_at <= :now
  ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)"""
    + _SURROUNDINGS
)
_WAITING: Final = text(
    """
WITH due AS MATERIALIZED (
  SELECT s.id, s.name, s.report_id, s.definition, s.calendar, s.evaluated_until, s.updated_by,
         f.id AS fire_id, f.fire_at, f.reporting_date, f.wait_until, s.is_paused
  FROM schedule_fires f JOIN schedules s ON s.id = f.schedule_id AND s.tenant_id = :tenant
  WHERE f.tenant_id = :tenant AND f.state = 'waiting' AND (NOT s.is_paused OR f.wait_until < :now)
  ORDER BY f.fire_at LIMIT :limit FOR UPDATE OF f SKIP LOCKED FOR SHARE OF s SKIP LOCKED)"""
    + _SURROUNDINGS
)
_STANDING: Final = text(
    """
SELECT
  (SELECT coalesce(json_agg(json_build_array(w.report_id, w.day, m.top)), '[]')
   FROM unnest(CAST(:reports AS uuid[]), CAST(:days AS date[])) AS w (report_id, day)
   CROSS JOIN LATERAL (SELECT max(sequence) AS top FROM runs
                       WHERE tenant_id = :tenant AND report_id = w.report_id AND reporting_date = w.day) m
   WHERE m.top IS NOT NULL) AS numbers,
  (SELECT coalesce(json_agg(json_build_array(r.report_version_id, r.reporting_date, r.parameters_sha256)), '[]')
   FROM unnest(CAST(:versions AS uuid[]), CAST(:version_days AS date[])) AS w (version_id, day)
   JOIN runs r ON r.tenant_id = :tenant AND r.report_version_id = w.version_id AND r.reporting_date = w.day
                  AND r.state IN ('pending', 'running', 'cancelling')) AS busy,
  (SELECT coalesce(json_agg(json_build_array(e.id, e.event_types, e.report_ids, e.regimes)), '[]')
   FROM webhook_endpoints e WHERE e.tenant_id = :tenant AND e.is_active) AS endpoints,
  c.last_number, c.last_hash
FROM audit_chains c WHERE c.tenant_id = :tenant FOR UPDATE OF c
"""
)
_BEGIN_CHAIN: Final = text(
    "INSERT INTO audit_chains (tenant_id, last_number, last_hash) VALUES (:tenant, :number, :hash) "
    "ON CONFLICT DO NOTHING"
)
_FINISHED: Final = text(
    """
SELECT w.report_id, w.day, max(r.finished_at) AS finished_at
FROM unnest(CAST(:reports AS uuid[]), CAST(:days AS date[])) AS w (report_id, day)
JOIN runs r ON r.tenant_id = :tenant AND r.report_id = w.report_id AND r.reporting_date = w.day
               AND r.state = 'succeeded' AND r.kind = 'regular'
GROUP BY w.report_id, w.day
"""
)
_DECIDED: Final = text(
    f"""
UPDATE schedule_fires f SET state = x.state, reason_code = x.reason_code, reason = x.reason, run_id = x.run_id,
       wait_until = NULL, decided_at = :now
FROM {_rows("fires", FireRow, "id", "state", "reason_code", "reason", "run_id")}
WHERE f.tenant_id = :tenant AND f.id = x.id
"""
)
_WRITE: Final = text(
    f"""
WITH started AS MATERIALIZED (SELECT * FROM {_rows("runs", RunRow)}),
fired AS (
  INSERT INTO runs (id, tenant_id, report_id, report_version_id, reporting_date, parameters, parameters_sha256,
    sequence, kind, overrides, state, stage, is_held, attempt, fencing_token, rows_in, rows_out, set_aside, filtered,
    excluded, held, row_groups_total, row_groups_done, inputs, trigger, schedule_id, fire_at, is_pinned, rule_sets,
    reference, calendars, schema_packages, quarantined, peak_rss_bytes, transient_failures, created_by, created_at)
  SELECT id, :tenant, report_id, report_version_id, reporting_date, parameters::jsonb, parameters_sha256, sequence,
    'regular', '{{}}', 'pending', 'extract', false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', 'schedule', schedule_id,
    fire_at, false, '[]', '{{}}', '{{}}', '{{}}', 0, 0, 0, created_by, :now
  FROM started),
told AS (
  INSERT INTO run_events (tenant_id, run_id, kind, at, payload)
  SELECT :tenant, id, 'state', :now, '{{"state": "pending", "is_held": false, "reason": null}}' FROM started),
decided AS (
  INSERT INTO schedule_fires (id, tenant_id, schedule_id, fire_at, reporting_date, state, reason_code, reason, run_id,
    wait_until, decided_at)
  SELECT fire_id, :tenant, schedule_id, fire_at, reporting_date, 'started', NULL, NULL, id, NULL, :now
  FROM started WHERE CAST(:are_new_fires AS boolean)
  UNION ALL
  SELECT id, :tenant, schedule_id, fire_at, reporting_date, state, reason_code, reason, run_id, wait_until, :now
  FROM {_rows("fires", FireRow)} WHERE CAST(:are_new_fires AS boolean)),
heard AS (
  INSERT INTO events (id, tenant_id, type, subject_id, payload, created_at)
  SELECT event_id, :tenant, :run_requested, id, payload::jsonb, :now FROM started
  UNION ALL
  SELECT id, :tenant, type, subject_id, payload::jsonb, :now FROM {_rows("events", EventRow)}),
announced AS (
  INSERT INTO webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, attempts_before,
    next_attempt_at, fencing_token, created_at)
  SELECT id, :tenant, event_id, endpoint_id, 'pending', 0, 0, :now, 0, :now
  FROM {_rows("announced", AnnouncedRow)}),
audited AS (
  INSERT INTO audit_entries (id, tenant_id, number, at, actor_kind, actor_id, actor_label, address, request_id, action,
    subject_kind, subject_id, subject_label, before, after, note, previous_hash, hash)
  SELECT entry_id, :tenant, number, :now, :actor_kind, NULL, :actor_label, NULL, NULL, :action, :subject_kind, id,
    label, NULL, after, NULL, previous_hash, hash
  FROM started),
chained AS (
  UPDATE audit_chains SET last_number = :last_number, last_hash = :last_hash
  WHERE tenant_id = :tenant AND last_number < :last_number)
UPDATE schedules s SET evaluated_until = greatest(s.evaluated_until, :now), due_at = x.due_at,
       next_fire_at = x.next_fire_at
FROM {_rows("moved", MovedRow)}
WHERE s.tenant_id = :tenant AND s.id = x.id
"""
)


class ClaimedSchedule(NamedTuple):
    """A schedule, or one of its waiting fires, under a row lock, with what a run of it needs.

    ``regime`` is that of the report's active version, or of its newest where none is active. ``timing`` is its
    definition without the parameters; it and what the report declares are JSON as it is stored.
    """

    id: UUID
    name: str
    report_id: UUID
    timing: str
    parameters: Mapping[str, object] | None
    calendar: str | None
    evaluated_until: datetime
    updated_by: UUID
    fire_id: UUID | None
    fire_at: datetime | None
    reporting_date: date | None
    wait_until: datetime | None
    is_paused: bool
    is_archived: bool
    report_version_id: UUID | None
    declared: str | None
    days_sha256: str | None
    regime: str | None


class ListeningEndpoint(NamedTuple):
    """A webhook endpoint and what it wants to hear of."""

    id: UUID
    filter: EventFilter


@dataclass(frozen=True, slots=True)
class Standing:
    """What runs are numbered after and must not collide with, who hears of them, and the locked end of the chain.

    ``numbers`` are by report and date; ``busy`` holds version, date and hash of the parameters of unfinished runs.
    """

    numbers: Mapping[tuple[UUID, date], int]
    busy: frozenset[tuple[UUID, date, str]]
    endpoints: Sequence[ListeningEndpoint]
    head: ChainHead


@dataclass(frozen=True, slots=True)
class TickRows:
    """Rows of one look. ``fires`` and ``events`` are those besides the runs' own; ``actor`` is who starts the runs."""

    actor: ActorRecord
    runs: Sequence[RunRow]
    fires: Sequence[FireRow]
    events: Sequence[EventRow]
    announced: Sequence[AnnouncedRow]
    moved: Sequence[MovedRow]
    head: ChainHead


_TABLES: Final[Mapping[str, type[NamedTuple]]] = {
    "runs": RunRow,
    "fires": FireRow,
    "events": EventRow,
    "announced": AnnouncedRow,
    "moved": MovedRow,
}


class ScheduleTickRepository(TenantRepository):
    """Fire times of one tenant in one transaction."""

    async def claim_due(self, now: datetime, limit: int) -> list[ClaimedSchedule]:
        """Schedules whose time has come and that nobody else looks at, locked with their reports."""
        return await self._claimed(_DUE, {"now": now, "limit": limit})

    async def claim_waiting(self, now: datetime, limit: int) -> list[ClaimedSchedule]:
        """Fires that wait for other reports, the oldest first, locked with the reports they would run.

        Those of a paused schedule only when they have waited too long. Nobody pauses one meanwhile.
        """
        return await self._claimed(_WAITING, {"now": now, "limit": limit})

    async def standing(
        self, reports: Collection[tuple[UUID, date]], versions: Collection[tuple[UUID, date]]
    ) -> Standing:
        """What there is already, read under the locks of ``claim_due``; locks the audit trail."""
        values = {
            "tenant": self.tenant,
            "reports": [one for one, _ in reports],
            "days": [day for _, day in reports],
            "versions": [one for one, _ in versions],
            "version_days": [day for _, day in versions],
        }
        row = (await self._session.execute(_STANDING, values)).one_or_none()
        if row is None:  # nothing was ever audited in this tenant
            begin = {"tenant": self.tenant, "number": EMPTY_CHAIN.number, "hash": EMPTY_CHAIN.hash}
            await self._session.execute(_BEGIN_CHAIN, begin)
            row = (await self._session.execute(_STANDING, values)).one()
        return Standing(
            {(UUID(one), date.fromisoformat(day)): top for one, day, top in row.numbers},
            frozenset((UUID(one), date.fromisoformat(day), digest) for one, day, digest in row.busy),
            [
                ListeningEndpoint(UUID(one), EventFilter.of(types, [UUID(each) for each in reports], regimes))
                for one, types, reports, regimes in row.endpoints
            ],
            ChainHead(row.last_number, row.last_hash),
        )

    async def finished(self, wanted: Collection[tuple[UUID, date]]) -> dict[tuple[UUID, date], datetime]:
        """When a report last succeeded for a date."""
        values = {"tenant": self.tenant, "reports": [one for one, _ in wanted], "days": [day for _, day in wanted]}
        rows = (await self._session.execute(_FINISHED, values)).all()
        return {(report_id, day): finished for report_id, day, finished in rows}

    async def write(self, rows: TickRows, now: datetime, *, are_new_fires: bool = True) -> None:
        """Store everything that was decided in one statement; fires that waited have a row already, see ``settle``."""
        values: dict[str, Any] = {
            "tenant": self.tenant,
            "now": now,
            "are_new_fires": are_new_fires,
            "run_requested": WebhookEventType.RUN_REQUESTED.value,
            "actor_kind": rows.actor.kind,
            "actor_label": rows.actor.label,
            "action": AuditAction.RUN_REQUESTED.value,
            "subject_kind": RUN_SUBJECT,
            "last_number": rows.head.number,
            "last_hash": rows.head.hash,
        }
        for name, row in _TABLES.items():
            values |= _values(name, row, getattr(rows, name))
        await self._session.execute(_WRITE, values)

    async def settle(self, fires: Sequence[FireRow], now: datetime) -> None:
        """Store what became of fires that waited."""
        await self._session.execute(_DECIDED, {"tenant": self.tenant, "now": now, **_values("fires", FireRow, fires)})

    async def _claimed(self, query: Any, values: Mapping[str, object]) -> list[ClaimedSchedule]:
        rows = await self._session.execute(query, {"tenant": self.tenant, **values})
        return [ClaimedSchedule._make(row) for row in rows]
