"""What each refusal of this service means: one page per code, for whoever reads it in a log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.problem_catalogue import KnownProblem, known_problems
from backend.core.problems import problems
from backend.core.spelling import suggest

PATH: Final = "/problems"
_PACKAGES: Final = ("backend", "external_api")
_A_DAY: Final = "public, max-age=86400"

router = APIRouter(prefix=PATH, tags=["problems"])


class ProblemNotKnown(OpenRegError):
    """No refusal of this service has that code."""

    code: ClassVar[str] = "problem_not_known"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ProblemPage(BaseModel):
    """A refusal."""

    code: str = Field(examples=["quota_used"])
    status: int = Field(description="Of HTTP.", examples=[429])
    meaning: str = Field(examples=["All calls of this month have been used."])
    may_pass: bool = Field(description="Whether the same call may succeed later, without a change.")

    @classmethod
    def of(cls, problem: KnownProblem) -> ProblemPage:
        """The page of a problem."""
        return cls(code=problem.code, status=problem.status, meaning=problem.meaning, may_pass=problem.may_pass)


class ProblemPages(BaseModel):
    """All of them, by code."""

    items: list[ProblemPage]


@cache
def _known() -> Mapping[str, KnownProblem]:
    """What this service has loaded is what it can raise."""
    return known_problems(_PACKAGES)


@router.get("")
async def list_problems(response: Response) -> ProblemPages:
    """Every code that `code` of a problem document can be."""
    response.headers["Cache-Control"] = _A_DAY
    return ProblemPages(items=[ProblemPage.of(one) for one in _known().values()])


@router.get("/{code}", responses=problems(ProblemNotKnown))
async def get_problem(code: str, response: Response) -> ProblemPage:
    """What one code means; problem documents lead here by `Link` with `rel="help"`."""
    found = _known().get(code)
    if found is None:
        near = suggest(code, _known())
        raise ProblemNotKnown(fix=f"Did you mean {near}?" if near else None)
    response.headers["Cache-Control"] = _A_DAY
    return ProblemPage.of(found)
