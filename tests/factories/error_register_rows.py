"""Rows of the register of errors and omissions."""

from __future__ import annotations

from typing import Any

from backend.core.ids import new_id
from backend.domain.error_register import EntryKind, EntryState, EntryStep, FoundBy, LinkKind, RootCause
from backend.persistence.models.error_register import RegisterAction, RegisterEntry, RegisterEvent, RegisterLink
from backend.persistence.models.report import Report
from backend.persistence.models.submission import Submission
from tests.factories.rows import AT, Rows


async def stored_entry(rows: Rows, report: Report, **changes: Any) -> RegisterEntry:
    """An entry that was just opened, with its event."""
    tenant, user = rows.person.tenant, rows.person.user_id
    values: dict[str, Any] = {
        "reference": f"EO-1999-{new_id().hex[-8:]}",
        "title": "Prices without their currency",
        "description": "",
        "kind": EntryKind.ERROR,
        "state": EntryState.OPEN,
        "found_by": FoundBy.OWN_CONTROL,
        "root_cause": RootCause.REPORT_LOGIC,
        "root_cause_text": "",
        "report_ids": [report.id],
        "occurred_from": AT.date(),
        "discovered_on": AT.date(),
        "affected_days": [],
        "affected_fields": [],
        "authority": "",
        "authority_reference": "",
        "revision": 1,
        "created_by": user,
        "created_at": AT,
        "updated_at": AT,
    }
    entry = RegisterEntry(id=new_id(), tenant_id=tenant, **{**values, **changes})
    event = RegisterEvent(
        id=new_id(),
        tenant_id=tenant,
        entry_id=entry.id,
        number=1,
        step=EntryStep.OPENED,
        to_state=entry.state,
        note="",
        details={},
        actor_id=user,
        actor="somebody",
        at=AT,
    )
    async with rows.database.transaction(tenant) as session:
        session.add(entry)
        await session.flush()
        session.add(event)
    return entry


async def stored_link(rows: Rows, entry: RegisterEntry, submission: Submission) -> RegisterLink:
    """What the entry is about."""
    link = RegisterLink(
        entry_id=entry.id,
        tenant_id=rows.person.tenant,
        kind=LinkKind.SUBMISSION,
        target_id=submission.id,
        label=submission.reference,
        created_by=rows.person.user_id,
        created_at=AT,
    )
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(link)
    return link


async def stored_action(rows: Rows, entry: RegisterEntry, **changes: Any) -> RegisterAction:
    """Something that has to be done one day."""
    values: dict[str, Any] = {
        "text": "Correct the mapping of the currency.",
        "owner_id": rows.person.user_id,
        "due_at": AT.replace(year=AT.year + 50),
        "done_note": "",
        "created_by": rows.person.user_id,
        "created_at": AT,
    }
    action = RegisterAction(id=new_id(), tenant_id=rows.person.tenant, entry_id=entry.id, **{**values, **changes})
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(action)
    return action
