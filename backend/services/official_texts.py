"""Official texts: a regulator's list of its rules becomes the next version of a regime's list, all of it or nothing.

The regulators' lists may not be given away with the software (their licences), so every tenant brings its own. A text
that was brought does not make a rule verified by us: it is shown as what it is, with its file and its day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO, ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import PreconditionFailed
from backend.core.ids import new_id
from backend.core.pagination import NamedPageRequest, Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.datasets import MAX_FAULTS_TOLD, EntryFault
from backend.domain.regulations.loader import load_pack
from backend.domain.validation.catalogue import RuleFilter
from backend.domain.validation.official_pairs import PairSuggestions, SuggestedPair, guess_header
from backend.domain.validation.official_texts import (
    MAX_COLUMNS,
    MAX_TEXTS,
    ComparedText,
    ListPart,
    ListReading,
    OfficialRow,
    OfficialTextsInvalid,
    ReadList,
    TextChange,
    compare_lists,
    read_list,
)
from backend.domain.validation.rule import Rule
from backend.persistence.models.official_text import OfficialText, OfficialTextList
from backend.persistence.repositories.official_texts import OfficialTextRepository
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.dataset_imports import fault_shown
from backend.services.official_rules import row_of
from backend.services.rule_catalogue import RuleCatalogueService
from backend.services.scope import TenantScope
from backend.services.table_files import sheet_names, table_rows

_SHOWN_ROWS: Final = 30
Name = tuple[str, str]
"""How a text is named from one list to the next: by its code and its field."""


class OfficialTextListNotFound(OpenRegError):
    """There is no such list of official texts."""

    code: ClassVar[str] = "official_text_list_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class ListFileShape:
    """What a file looks like: its sheets, its first rows, and what its columns seem to be."""

    sheets: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str | None]]]
    header_line: int
    columns: Mapping[ListPart, int]


@dataclass(frozen=True, slots=True)
class ListImport:
    """How a file becomes a list. ``pairs`` are decisions; a text without one keeps what it had in the list before.

    ``based_on`` is the number of the list that the decisions were made on, None where they were made on none.
    """

    pack_id: str
    title: str
    file_name: str
    sha256: str
    reading: ListReading
    sheet: str | None = None
    pairs: Mapping[Name, str | None] = field(default_factory=dict)
    based_on: int | None = None
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class BroughtText:
    """A text of the file, or one that the file no longer has, with the rules of ours that it may be about."""

    compared: ComparedText
    suggestions: Sequence[SuggestedPair] = ()


@dataclass(frozen=True, slots=True)
class ImportedList:
    """What an import did, or would do. ``listed`` is None for a rehearsal, and where nothing is new."""

    texts: Sequence[BroughtText]
    read: ReadList
    before: OfficialTextList | None
    listed: OfficialTextList | None = None

    def count(self, change: TextChange) -> int:
        """So many texts; codes that were gone in the list before are not counted again."""
        return sum(
            one.compared.change is change and (one.compared.before or one.compared.row).withdrawn_in is None
            for one in self.texts
        )

    @property
    def paired(self) -> int:
        """Texts of the file that belong to a rule of ours."""
        return sum(one.compared.row.rule_id is not None and one.compared.row.line is not None for one in self.texts)


@dataclass(frozen=True, slots=True)
class OfficialTextService:
    """Official texts of a tenant."""

    scope: TenantScope

    async def page(self, request: PageRequest, pack_id: str | None) -> Page[OfficialTextList]:
        """Lists, newest first."""
        async with self.scope.reading() as session:
            return await OfficialTextRepository(session, self.scope.tenant).page(request, pack_id)

    async def get(self, list_id: UUID) -> OfficialTextList:
        """Raises OfficialTextListNotFound."""
        async with self.scope.reading() as session:
            return await _get(OfficialTextRepository(session, self.scope.tenant), list_id)

    async def texts(
        self, list_id: UUID, request: NamedPageRequest, change: TextChange | None
    ) -> tuple[Page[ComparedText], int]:
        """Texts of a list against the list before it, and how many there are. Raises OfficialTextListNotFound."""
        async with self.scope.reading() as session:
            lists = OfficialTextRepository(session, self.scope.tenant)
            listed = await _get(lists, list_id)
            before = await lists.find_before(listed.pack_id, listed.number)
            old = [row_of(one) for one in await lists.texts(before.id)] if before is not None else []
            rows = [row_of(one) for one in await lists.texts(listed.id)]
        known = compare_lists(old, [one for one in rows if one.withdrawn_in is None])
        gone = [ComparedText(TextChange.WITHDRAWN, one) for one in rows if one.withdrawn_in is not None]
        found = [one for one in known if one.change is not TextChange.WITHDRAWN] + gone
        wanted = [(place, one) for place, one in enumerate(found) if change is None or one.change is change]
        page = request.page_of(wanted, lambda one: str(one[0]))
        return Page([one for _, one in page.items], page.next_cursor), len(wanted)

    async def read(self, name: str, file: IO[bytes], sheet: str | None) -> ListFileShape:
        """What a file looks like. Raises FileUnreadable, FileTooLarge."""

        def look() -> ListFileShape:
            sheets = sheet_names(name, file)
            rows = list(islice(table_rows(name, file, sheet, MAX_COLUMNS), _SHOWN_ROWS))
            if not rows:
                raise FileUnreadable("The file is empty.", fix="Choose another file or sheet.")
            return ListFileShape(sheets, rows, *guess_header(rows))

        return await asyncio.to_thread(look)

    async def bring(self, file: IO[bytes], wanted: ListImport) -> ImportedList:
        """Make a file the next list of a regime: all of it, or nothing. A rehearsal gives the faults back.

        Raises PackNotFound, FileUnreadable, FileTooLarge, OfficialTextsInvalid, PreconditionFailed.
        """
        load_pack(wanted.pack_id)

        def rows() -> ReadList:
            found = read_list(table_rows(wanted.file_name, file, wanted.sheet, MAX_COLUMNS), wanted.reading)
            if not found.rows and not found.faults:
                raise FileUnreadable("The list is empty: it has no rules.", fix="Check sheet and header line.")
            return found

        read = await asyncio.to_thread(rows)
        found = await RuleCatalogueService(self.scope).every(RuleFilter(regime=wanted.pack_id))
        rules: Mapping[str, Sequence[Rule]] = {one.id: one.parts for one in found}
        read.faults += _unknown_rules(wanted.pairs, rules, read.rows)
        async with self.scope.transaction() as session:
            lists = OfficialTextRepository(session, self.scope.tenant)
            before = await lists.find_before(wanted.pack_id)
            old = [row_of(one) for one in await lists.texts(before.id)] if before is not None else []
            brought = await asyncio.to_thread(_compare, old, read, wanted, rules)
            outcome = ImportedList(brought, read, before)
            if wanted.is_rehearsal:
                return outcome
            if read.faults:
                raise _invalid(read.faults)
            if (before.number if before is not None else None) != wanted.based_on:
                raise PreconditionFailed("Another list was imported in the meantime.", fix="Make the dry run again.")
            if not _is_new(outcome, old):
                return outcome
            return replace(outcome, listed=await self._keep(session, outcome, wanted))

    async def _keep(self, session: AsyncSession, outcome: ImportedList, wanted: ListImport) -> OfficialTextList:
        lists = OfficialTextRepository(session, self.scope.tenant)
        listed = OfficialTextList(
            id=new_id(),
            tenant_id=self.scope.tenant,
            pack_id=wanted.pack_id,
            number=outcome.before.number + 1 if outcome.before is not None else 1,
            title=wanted.title,
            file_name=wanted.file_name,
            sha256=wanted.sha256,
            text_count=len(outcome.read.rows),
            added=outcome.count(TextChange.ADDED),
            changed=outcome.count(TextChange.CHANGED),
            withdrawn=outcome.count(TextChange.WITHDRAWN),
            paired=outcome.paired,
            imported_by=self.scope.user_id,
            imported_at=self.scope.now(),
        )
        lists.add(listed)
        await lists.flush_unique(PreconditionFailed("Another list was imported in the meantime."))
        for position, one in enumerate(outcome.texts, start=1):
            row = one.compared.row
            gone = row.withdrawn_in or listed.number if one.compared.change is TextChange.WITHDRAWN else None
            lists.add(_text_of(listed, position, replace(row, withdrawn_in=gone)))
        await lists.flush()
        await self.scope.audit(session).record(
            AuditAction.OFFICIAL_TEXTS_IMPORTED,
            AuditSubject("official_text_list", listed.id, f"{listed.title} ({listed.pack_id} {listed.number})"),
            after={
                "number": listed.number,
                "file_name": listed.file_name,
                "sha256": listed.sha256,
                "texts": listed.text_count,
                "added": listed.added,
                "changed": listed.changed,
                "withdrawn": listed.withdrawn,
                "paired": listed.paired,
            },
        )
        return listed


async def _get(lists: OfficialTextRepository, list_id: UUID) -> OfficialTextList:
    found = await lists.find(list_id)
    if found is None:
        raise OfficialTextListNotFound
    return found


def _compare(
    old: Sequence[OfficialRow], read: ReadList, wanted: ListImport, rules: Mapping[str, Sequence[Rule]]
) -> list[BroughtText]:
    """Every text with its pair and what became of it; what is gone only where every row was read."""
    before = {(one.code, one.field): one.rule_id for one in old if one.rule_id is not None}
    offers = PairSuggestions(rules, before)
    brought = list[BroughtText]()
    for one in compare_lists(old, read.rows):
        if one.change is TextChange.WITHDRAWN:
            brought.append(BroughtText(one))
            continue
        name = one.row.code, one.row.field
        kept = before.get(name)
        pair = wanted.pairs.get(name, kept if kept in rules else None)
        brought.append(BroughtText(replace(one, row=replace(one.row, rule_id=pair)), offers.of(one.row)))
    gone = [one for one in brought if one.compared.change is TextChange.WITHDRAWN]
    there = [one for one in brought if one.compared.change is not TextChange.WITHDRAWN]
    return there if read.faults else [*there, *gone[:MAX_TEXTS]]


def _is_new(outcome: ImportedList, old: Sequence[OfficialRow]) -> bool:
    changed = (TextChange.ADDED, TextChange.CHANGED, TextChange.WITHDRAWN)
    if outcome.before is None or any(outcome.count(one) for one in changed):
        return True
    pairs = {(one.code, one.field, one.valid_from): one.rule_id for one in old if one.withdrawn_in is None}
    rows = (one.compared.row for one in outcome.texts if one.compared.change is TextChange.SAME)
    return any(pairs.get((one.code, one.field, one.valid_from)) != one.rule_id for one in rows)


def _unknown_rules(
    pairs: Mapping[Name, str | None], rules: Mapping[str, Sequence[Rule]], rows: Sequence[OfficialRow]
) -> list[EntryFault]:
    lines = {(one.code, one.field): one.line or 0 for one in rows}
    return [
        EntryFault(lines.get(name, 0), "rule_id", "rule_unknown", f"{name[0]}: the regime has no rule {rule_id}.")
        for name, rule_id in pairs.items()
        if rule_id is not None and rule_id not in rules
    ]


def _invalid(faults: Sequence[EntryFault]) -> OfficialTextsInvalid:
    first = min(faults, key=lambda one: one.line)
    return OfficialTextsInvalid(
        f"{len(faults)} fault(s), so nothing was imported; the first, in line {first.line}: {first.message}",
        fix="Correct these lines and do it again.",
        extra={"error_count": len(faults), "errors": [fault_shown(one) for one in faults[:MAX_FAULTS_TOLD]]},
    )


def _text_of(listed: OfficialTextList, position: int, row: OfficialRow) -> OfficialText:
    return OfficialText(
        tenant_id=listed.tenant_id,
        list_id=listed.id,
        position=position,
        code=row.code,
        error_code=row.error_code,
        field=row.field,
        severity=row.severity,
        text=row.text,
        citation=row.citation,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        rule_id=row.rule_id,
        withdrawn_in=row.withdrawn_in,
    )
