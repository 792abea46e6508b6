"""Regulation packs: fields, target columns and rules, from the pack's data files."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.dependencies import RegulationsRead
from backend.core.problems import problems
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import list_packs, load_pack
from backend.domain.regulations.model import Pack

router = APIRouter(prefix="/regulations", tags=["regulations"])


class PackFieldAnswer(BaseModel):
    """A field as the regulation numbers it; ``source`` says whether its text is verified."""

    number: int
    name: str
    requirement: str
    condition: str | None
    content: str
    citation: str
    source: str
    pii: bool
    columns: list[str]


class PackColumnAnswer(BaseModel):
    """A target column a report can map."""

    name: str
    title: str
    field: int
    type: str
    xpaths: list[str]
    pii: bool
    repeats: int


class PackRuleAnswer(BaseModel):
    """A rule of the pack: what it demands, how it weighs, where it is written."""

    id: str
    part: str | None
    title: str
    phase: str
    severity: str
    scope: str
    expression: str
    message: str
    fields: list[int]
    citation: str | None
    source: str


class PackAnswer(BaseModel):
    """A pack with its fields, the target columns a report can map, and its rules."""

    id: str
    version: str
    title: str
    regulation: str
    guideline: str
    fields: list[PackFieldAnswer]
    columns: list[PackColumnAnswer]
    rules: list[PackRuleAnswer]


class PackList(BaseModel):
    """Identifiers of the installed packs."""

    items: list[str]


@router.get("")
async def list_regulations(_: RegulationsRead) -> PackList:
    """The packs of this installation."""
    return PackList(items=list(list_packs()))


@router.get("/{pack_id}", responses=problems(PackNotFound))
async def get_regulation(pack_id: str, _: RegulationsRead) -> PackAnswer:
    """One pack with everything an author needs."""
    return _answer(load_pack(pack_id))


def _answer(pack: Pack) -> PackAnswer:
    return PackAnswer(
        id=pack.id,
        version=pack.version,
        title=pack.title,
        regulation=pack.regulation,
        guideline=pack.guideline,
        fields=[PackFieldAnswer.model_validate(asdict(one)) for one in pack.fields],
        columns=[
            PackColumnAnswer(
                name=one.name,
                title=one.title,
                field=one.field,
                type=str(one.type),
                xpaths=list(one.xpaths),
                pii=one.pii,
                repeats=one.repeats,
            )
            for one in pack.columns.values()
        ],
        rules=[PackRuleAnswer.model_validate(asdict(one)) for one in pack.rules],
    )
