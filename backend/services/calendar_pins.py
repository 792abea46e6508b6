"""The days that a run counts working days with: bound when it is made, whatever becomes of its calendars."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.calendars import CalendarDefinition, CalendarPin, CalendarUnknown, WorkCalendar, work_calendar
from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.domain.reports.document import ReportDocument
from backend.domain.validation.rule_sets import ActiveRuleSets
from backend.persistence.models.report import ReportVersion
from backend.persistence.repositories.calendars import CalendarRepository
from backend.services.national_calendars import national_calendar, national_codes, national_source
from backend.services.rule_set_pins import rule_sets_named

_PINS: Final = TypeAdapter(dict[str, CalendarPin])
#: Calendars are named by constants; a text that is something else and called like one binds a few days too many.
_QUOTED: Final = re.compile(r"'([A-Za-z][A-Za-z0-9_-]{1,62})'")


async def calendars_of(
    session: AsyncSession, tenant: TenantId, version: ReportVersion, at: datetime, known_at: datetime | None = None
) -> dict[str, object]:
    """The pins of a new run of a version, as its row keeps them. Raises CalendarUnknown."""
    document = ReportDocument.model_validate(version.document)
    pack = load_pack(document.pack) if document.pack else None
    names = _quoted(document, pack, await rule_sets_named(session, tenant, document.rule_sets))
    calendars = CalendarRepository(session, tenant)
    pins: dict[str, CalendarPin] = {}
    for name, own in (await calendars.named(names)).items():
        found = await calendars.find_version(own.id, known_at)
        if found is None:
            raise CalendarUnknown(f"The calendar {name} was not there at {known_at}.")
        pins[name] = CalendarPin(found.sha256, found.number, found.source)
    async for name, calendar in _national(names):
        pins[name] = CalendarPin(await calendars.keep(calendar, at), None, national_source())
    return {name: asdict(pin) for name, pin in sorted(pins.items())}


async def calendars_of_now(
    session: AsyncSession, tenant: TenantId, document: ReportDocument, pack: Pack | None
) -> dict[str, WorkCalendar]:
    """The days that a run would be bound to; nothing is kept of them."""
    names = _quoted(document, pack, await rule_sets_named(session, tenant, document.rule_sets))
    return await calendars_named(session, tenant, names)


async def calendars_named(session: AsyncSession, tenant: TenantId, names: frozenset[str]) -> dict[str, WorkCalendar]:
    """The days of calendars as they are now, by name; a name that is not known is left out."""
    calendars = CalendarRepository(session, tenant)
    newest = {
        name: version.sha256
        for name, own in (await calendars.named(names)).items()
        if (version := await calendars.find_version(own.id, None)) is not None
    }
    contents = await calendars.contents(newest.values())
    national = {name: calendar async for name, calendar in _national(names)}
    return {**national, **{name: contents[sha256] for name, sha256 in newest.items()}}


async def pinned_calendars(
    session: AsyncSession, tenant: TenantId, pins: Mapping[str, object]
) -> dict[str, WorkCalendar]:
    """The days that a run is bound to, by the names of their calendars."""
    read = _PINS.validate_python(dict(pins))
    contents = await CalendarRepository(session, tenant).contents({one.sha256 for one in read.values()}) if read else {}
    return {name: contents[one.sha256] for name, one in read.items()}


def _quoted(document: ReportDocument, pack: Pack | None, rule_sets: ActiveRuleSets) -> frozenset[str]:
    """Whatever stands in quotes in an expression of the document, of its pack or of its rule sets."""
    rules = [rule.expression for rule in pack.rules] if pack is not None else []
    rules += [rule.expression for one in rule_sets.values() if one for rule in one.rules]
    text = json.dumps([document.model_dump(mode="json"), rules], ensure_ascii=False)
    return frozenset(_QUOTED.findall(text))


async def _national(names: frozenset[str]) -> AsyncIterator[tuple[str, WorkCalendar]]:
    for name in sorted(names & national_codes()):
        found = await asyncio.to_thread(national_calendar, name)
        yield name, work_calendar(CalendarDefinition(weekend=found.weekend), found.days)
