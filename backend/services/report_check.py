"""Checking a document while it is written: all faults at once, and what an editor shows beside the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.domain.expressions.types import DataType
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack, Requirement
from backend.domain.reports.analysis import Inspection, Surroundings, inspect
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.incomplete import ReadableParts, read_incomplete
from backend.domain.reports.routing_check import OF_OUTPUTS, routing_faults, routing_notices
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.services.calendars import calendar_names
from backend.services.connectors.faults import ConnectorError
from backend.services.reference_pins import known_shapes
from backend.services.report_sources import Fault, ReportSources, describe_sources, fault_of
from backend.services.rule_set_pins import rule_sets_named
from backend.services.schema_pins import schema_pins, xml_faults
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound, ConnectorService
from backend.services.storage import ObjectStorage

_LISTED_POINTER = re.compile(r"/(rules|eligibility|outputs|deliver_to)/(\d+)(/.*)?")


@dataclass(frozen=True, slots=True)
class CheckedField:
    """A field of the document: what its expression gives and what the target wants."""

    name: str
    target_type: DataType | None
    inferred_type: DataType | None
    requirement: Requirement | None
    field_number: int | None
    title: str | None
    pii: bool
    columns: tuple[str, ...]
    parameters: tuple[str, ...]
    lookups: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MissingField:
    """A mandatory field of the regulation for which no column is mapped."""

    number: int
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """Everything that is wrong with a document, and everything that is known about it.

    ``sources`` is None while the source could not be asked; ``notices`` do not keep it from being saved.
    """

    faults: tuple[Fault, ...]
    sources: ReportSources | None
    fields: tuple[CheckedField, ...]
    pack: Pack | None
    missing: tuple[MissingField, ...] = field(default=())
    notices: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the document could be saved as a version."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class ReportCheckService:
    """Checks documents against the sources and destinations of a tenant."""

    scope: TenantScope
    connectors: ConnectorService
    storage: ObjectStorage

    async def check(self, raw: Mapping[str, object]) -> DocumentCheck:
        """What ``ReportService.save_version`` would check, as an answer instead of an error."""
        parts = read_incomplete(raw)
        faults: list[Fault] = [*parts.faults]
        pack = _find_pack(parts.document, faults)
        faults += await self._routing_faults(parts)
        sources = await self._sources(parts, faults)
        inspection = None
        if sources is not None and sources.columns is not None:
            async with self.scope.reading() as session:
                rule_sets = await rule_sets_named(session, self.scope.tenant, parts.document.rule_sets)
                reference = await known_shapes(session, self.scope.tenant)
                calendars = await calendar_names(session, self.scope.tenant)
            around = Surroundings(sources.inputs, reference, rule_sets, calendars)
            inspection = inspect(parts.document, pack, sources.columns, around)
            known = {str(fault["pointer"]) for fault in faults}
            found = (_renumbered(fault, parts.numbers) for fault in inspection.faults)
            # A field whose form is wrong was left out; that it is missing is not a second fault.
            faults += [fault for fault in found if str(fault["pointer"]) not in known]
        faults += await self._xml_faults(parts, inspection)
        return DocumentCheck(
            tuple(faults),
            sources,
            _fields(parts.document, pack, inspection),
            pack,
            _missing(parts.document, pack),
            tuple(routing_notices(parts.document)) if _outputs_are_read(parts) else (),
        )

    async def _xml_faults(self, parts: ReadableParts, inspection: Inspection | None) -> Sequence[Fault]:
        """Of outputs by schema packages; fields whose expressions are not right yet have no type."""
        document = parts.document
        async with self.scope.reading() as session:
            pins = await schema_pins(session, self.scope.tenant, document)
        types = inspection.program.target_types() if inspection is not None else {}
        found = await xml_faults(document, types, pins, self.storage)
        return [_renumbered(fault, parts.numbers) for fault in found]

    async def _sources(self, parts: ReadableParts, faults: list[Fault]) -> ReportSources | None:
        if not parts.has_source:
            return None
        try:
            source = await self.connectors.describe(parts.document.source)
        except ConnectorNotFound as error:
            faults.append(fault_of("/source/connector_id", error))
        except ConnectorError as error:
            faults.append(fault_of("/source/query", error))
        else:
            sources = await describe_sources(self.connectors, parts.document, source)
            faults += sources.faults
            return sources
        return None

    async def _routing_faults(self, parts: ReadableParts) -> Sequence[Fault]:
        """Of the routes; what they say of outputs counts once every output can be read."""
        goes_to = parts.document.goes_to
        if not goes_to:
            return []
        async with self.scope.transaction() as session:
            environments = await DestinationRepository(session, self.scope.tenant).environments(goes_to)
        found = routing_faults(parts.document, environments)
        if not _outputs_are_read(parts):
            found = [one for one in found if one["code"] not in OF_OUTPUTS]
        return [_renumbered(fault, parts.numbers) for fault in found]


def _outputs_are_read(parts: ReadableParts) -> bool:
    return not any(str(fault["pointer"]).startswith("/outputs") for fault in parts.faults)


def _find_pack(document: ReportDocument, faults: list[Fault]) -> Pack | None:
    if document.pack is None:
        return None
    try:
        return load_pack(document.pack)
    except PackNotFound as error:
        faults.append(fault_of("/pack", error))
        return None


def _renumbered(fault: Fault, numbers: Mapping[str, Sequence[int]]) -> Fault:
    """A fault of a rule or a decision under the number that it has in the author's text."""
    found = _LISTED_POINTER.fullmatch(str(fault["pointer"]))
    if found is None:
        return fault
    part, number, rest = found.groups(default="")
    return {**fault, "pointer": f"/{part}/{numbers[part][int(number)]}{rest}"}


def _fields(document: ReportDocument, pack: Pack | None, inspection: Inspection | None) -> tuple[CheckedField, ...]:
    regulation = {name: one for one in (pack.fields if pack else ()) for name in one.columns}
    targets = pack.columns if pack else {}
    found = []
    for name in document.fields:
        target = targets.get(name)
        expression = inspection.program.fields.get(name) if inspection else None
        found.append(
            CheckedField(
                name=name,
                target_type=target.type if target else None,
                inferred_type=inspection.inferred.get(name) if inspection else None,
                requirement=regulation[name].requirement if name in regulation else None,
                field_number=target.field if target else None,
                title=target.title if target else None,
                pii=target.pii if target else False,
                columns=tuple(sorted(expression.columns)) if expression else (),
                parameters=tuple(sorted(expression.parameters)) if expression else (),
                lookups=tuple(sorted(expression.lookups)) if expression else (),
            )
        )
    return tuple(found)


def _missing(document: ReportDocument, pack: Pack | None) -> tuple[MissingField, ...]:
    return tuple(
        MissingField(one.number, one.name, one.columns)
        for one in (pack.fields if pack else ())
        if one.requirement is Requirement.MANDATORY and not document.fields.keys() & set(one.columns)
    )
