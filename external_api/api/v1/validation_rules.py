"""Validation rules of published regulation packs and rule sets: lists, single ones, and whole files."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.reading``.

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Final

import pyarrow as pa
from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.pagination import Page
from backend.domain.customers import KeyScope
from backend.domain.validation.rule import Phase, Severity
from backend.services.bulk_files import MEDIA_TYPES, BulkFormat, Columns, bulk_file
from backend.services.published_rules import (
    RULE_KINDS,
    PublishedRules,
    RuleWish,
    ShownRuleNotFound,
)
from external_api.api.reading import Place, Reading, file_responses, read_responses, reads
from external_api.api.schemas.validation_rules import RuleAnswer, RuleList

router = APIRouter(prefix="/validation-rules", tags=["validation rules"])
ReadRules = Annotated[Reading[RuleAnswer], reads(KeyScope.RULES_READ, RuleAnswer, *RULE_KINDS)]
_RULE: Final = {
    "key": "rule_pack.mifir-rts22.MR-02.buyer_lei",
    "kind": "rule_pack",
    "pack": "mifir-rts22",
    "version": "1.2.0",
    "regimes": ["mifir-rts22"],
    "id": "MR-02",
    "part": "buyer_lei",
    "title": "The buyer's LEI is one",
    "phase": "target",
    "severity": "correctable",
    "scope": "field",
    "expression": "lei_valid(buyer_lei)",
    "where": None,
    "message": "The buyer's LEI is no LEI.",
    "columns": ["buyer_lei"],
    "fields": [7],
    "citation": "RTS 22, Annex I, Table 2, field 7",
    "source": "verified",
    "is_enabled": True,
    "valid_from": "2018-01-03",
    "valid_to": None,
}
#: What a table holds as days and as lists; all else is text.
_DAYS: Final = frozenset({"valid_from", "valid_to"})
_SCHEMA: Final = pa.schema([(name, pa.date32() if name in _DAYS else pa.string()) for name in RuleAnswer.model_fields])


async def rule_wish(
    regime: Annotated[str | None, Query(max_length=64, description="A regime, such as mifir-rts22.")] = None,
    pack: Annotated[str | None, Query(max_length=63, description="The name of a pack or rule set.")] = None,
    version: Annotated[str | None, Query(max_length=40, description="A version of the pack; else the newest.")] = None,
    day: Annotated[date | None, Query(alias="date", description="Only those in force on this reporting date.")] = None,
    phase: Phase | None = None,
    severity: Severity | None = None,
) -> RuleWish:
    """Which rules are wanted."""
    return RuleWish(regime, pack, version, day, phase, severity)


Wish = Annotated[RuleWish, Depends(rule_wish)]


@router.get("", response_model=RuleList, responses=read_responses(example={"items": [_RULE], "next_cursor": None}))
async def list_rules(reading: ReadRules, wish: Wish) -> Response:
    """Rules by key, of the newest version of each pack and rule set unless a version is named."""

    async def load(session: AsyncSession, place: Place) -> Page[RuleAnswer]:
        page = await PublishedRules(session, reading.scope.caller).page(wish, place.limit, place.after)
        return Page([RuleAnswer.of(one) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get("/export", response_class=StreamingResponse, responses=file_responses(MEDIA_TYPES.values()))
async def export_rules(
    reading: ReadRules, wish: Wish, as_: Annotated[BulkFormat, Query(alias="format")] = BulkFormat.NDJSON
) -> Response:
    """The same rules as a file; lists are texts with commas. In CSV no cell is a formula to a spreadsheet."""
    unchanged, headers = await reading.unchanged()
    if unchanged is not None:
        return unchanged
    async with reading.scope.reading() as session:
        found = await PublishedRules(session, reading.scope.caller).every(wish)
    headers["Content-Disposition"] = f'attachment; filename="validation_rules.{as_.value}"'
    content = bulk_file(as_, _SCHEMA, _pages([RuleAnswer.of(one) for one in found]))
    return StreamingResponse(content, media_type=MEDIA_TYPES[as_], headers=headers)


@router.get("/{key}", response_model=RuleAnswer, responses=read_responses(ShownRuleNotFound, example=_RULE))
async def get_rule(key: Annotated[str, Path(max_length=300)], reading: ReadRules) -> Response:
    """One rule by its key."""

    async def load(session: AsyncSession) -> RuleAnswer:
        return RuleAnswer.of(await PublishedRules(session, reading.scope.caller).get(key))

    return await reading.one(load)


async def _pages(rules: Sequence[RuleAnswer]) -> AsyncIterator[Columns]:
    yield {name: [_cell(name, getattr(one, name)) for one in rules] for name in RuleAnswer.model_fields}


def _cell(name: str, value: object) -> object:
    if value is None or name in _DAYS:
        return value
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
