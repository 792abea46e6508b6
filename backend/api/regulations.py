"""Regulation packs: fields, target columns and rules, from the pack's data files."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import BaseModel, Field

from backend.api.dependencies import RegulationsRead
from backend.api.resource_router import ResourceRouter
from backend.core.problems import problems
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import list_packs, load_pack
from backend.domain.regulations.model import Pack

router = ResourceRouter(prefix="/regulations", tags=["regulations"])


class PackFieldAnswer(BaseModel):
    """A field as the regulation numbers it; ``source`` says whether its text is verified."""

    number: int
    name: str
    requirement: str
    condition: str | None
    content: str
    citation: str
    source: str
    condition_source: str | None
    pii: bool
    columns: list[str]


class PackColumnAnswer(BaseModel):
    """A target column a report can map, and what the message lets it hold."""

    name: str
    title: str
    field: int
    type: str
    codes: list[str] | None = Field(description="The closed list of values, where there is one.")
    pattern: str | None
    max_length: int | None
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


class PackMarkAnswer(BaseModel):
    """A pack as lists show it."""

    id: str
    version: str
    title: str
    regulation: str


class PackList(BaseModel):
    """The installed packs: their identifiers, and what they are called."""

    items: list[str]
    packs: list[PackMarkAnswer]


@router.get("")
async def list_regulations(_: RegulationsRead) -> PackList:
    """The packs of this installation."""
    packs = [load_pack(one) for one in list_packs()]
    marks = [
        PackMarkAnswer(id=one.id, version=one.version, title=one.title, regulation=one.regulation) for one in packs
    ]
    return PackList(items=[one.id for one in packs], packs=marks)


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
                codes=list(one.format.code_list) if one.format.code_list is not None else None,
                pattern=one.format.pattern,
                max_length=one.format.max_length,
                xpaths=list(one.xpaths),
                pii=one.pii,
                repeats=one.repeats,
            )
            for one in pack.columns.values()
        ],
        rules=[PackRuleAnswer.model_validate(asdict(one)) for one in pack.rules],
    )
