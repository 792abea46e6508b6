"""The language of expressions, for editors: the function table as data."""

from __future__ import annotations

from pydantic import BaseModel, Field

from backend.api.dependencies import ReportsRead
from backend.api.resource_router import ResourceRouter
from backend.domain.expressions.functions.signature import Function, Group
from backend.domain.expressions.functions.table import ALIASES, FUNCTIONS

router = ResourceRouter(prefix="/expressions", tags=["reports"])


class FunctionAnswer(BaseModel):
    """What an expression may use: how it is written, what it gives, an example."""

    name: str
    group: Group
    form: str
    summary: str
    example: str
    is_callable: bool = Field(description="Whether it is written name(…); operators and CASE are not.")
    departure: str = Field(description="Where it answers differently from DuckDB; empty where it does not.")
    aliases: list[str]

    @classmethod
    def of(cls, one: Function) -> FunctionAnswer:
        """An entry of the function table."""
        return cls(
            name=one.name,
            group=one.group,
            form=one.form,
            summary=one.summary,
            example=one.example,
            is_callable=one.callable,
            departure=one.departure,
            aliases=[alias for alias, name in ALIASES.items() if name == one.name],
        )


class FunctionList(BaseModel):
    """Everything an expression may use, in the order of the reference."""

    items: list[FunctionAnswer]


@router.get("/functions")
async def list_functions(_: ReportsRead) -> FunctionList:
    """The function table; what is not in it is refused when a report is saved."""
    return FunctionList(items=[FunctionAnswer.of(one) for one in FUNCTIONS.values()])
