"""Documents that are still being written: what can be read of them is read, every fault is named.

The parts that are right are checked further; a part with a fault is left out, so that one wrong rule does not hide
what else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from backend.core.json_pointer import json_pointer
from backend.domain.reports.document import (
    EligibilityDecision,
    Input,
    Join,
    OnEmpty,
    Parameter,
    ReportDocument,
    ReportRule,
    Source,
)
from backend.domain.reports.outputs import Output
from backend.domain.reports.part import Name
from backend.domain.reports.routes import Route, WrittenRoute
from backend.domain.validation.written_rule import Expression

T = TypeVar("T")
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_EXPRESSION: TypeAdapter[str] = TypeAdapter(Expression)
_RULE: TypeAdapter[ReportRule] = TypeAdapter(ReportRule)
_DECISION: TypeAdapter[EligibilityDecision] = TypeAdapter(EligibilityDecision)
_OUTPUT: TypeAdapter[Output] = TypeAdapter(Output)
_PARAMETER: TypeAdapter[Parameter] = TypeAdapter(Parameter)
_INPUT: TypeAdapter[Input] = TypeAdapter(Input)
_JOIN: TypeAdapter[str] = TypeAdapter(Join)
_UUID: TypeAdapter[UUID] = TypeAdapter(UUID)
_ON_EMPTY: TypeAdapter[OnEmpty] = TypeAdapter(OnEmpty)
_ROUTE: TypeAdapter[Route] = TypeAdapter(WrittenRoute)
_NO_CONNECTOR = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ReadableParts:
    """What of a document can be checked further.

    ``numbers`` are the places of its ``rules``, decisions (``eligibility``), ``outputs`` and routes in the text;
    ``has_source`` says whether connector and query are there.
    """

    document: ReportDocument
    numbers: Mapping[str, tuple[int, ...]]
    has_source: bool
    faults: tuple[dict[str, object], ...]


def read_incomplete(raw: Mapping[str, object]) -> ReadableParts:
    """The readable parts of a document and the faults of its form; never raises."""
    faults: list[dict[str, object]] = []
    try:
        whole = ReportDocument.model_validate(raw)
    except ValidationError as error:
        faults = document_faults(error)
    else:
        listed = {
            "rules": whole.rules,
            "eligibility": whole.eligibility,
            "outputs": whole.outputs,
            "deliver_to": whole.deliver_to,
        }
        numbers = {part: tuple(range(len(items))) for part, items in listed.items()}
        return ReadableParts(whole, numbers, has_source=True, faults=())
    source = _mapping(raw.get("source"))
    connector = _valid(_UUID, source.get("connector_id"))
    query = source.get("query")
    query = query if isinstance(query, str) and query.strip() else ""
    rules, decisions = _numbered(_RULE, raw.get("rules")), _numbered(_DECISION, raw.get("eligibility"))
    outputs, routes = _numbered(_OUTPUT, raw.get("outputs")), _numbered(_ROUTE, raw.get("deliver_to"))
    pack = raw.get("pack")
    readable = ReportDocument.model_construct(
        pack=pack if isinstance(pack, str) else None,
        source=Source.model_construct(
            connector_id=connector or _NO_CONNECTOR,
            query=query,
            parameters=_valid_items(_mapping(source.get("parameters")), _PARAMETER),
        ),
        filter=_valid(_EXPRESSION, raw.get("filter")),
        fields=_valid_items(_mapping(raw.get("fields")), _EXPRESSION),
        rule_sets=tuple(_texts(raw.get("rule_sets"))),
        rules=tuple(rules.values()),
        eligibility=tuple(decisions.values()),
        inputs=_valid_items(_mapping(raw.get("inputs")), _INPUT),
        join=_valid(_JOIN, raw.get("join")),
        outputs=tuple(outputs.values()),
        on_empty=_valid(_ON_EMPTY, raw.get("on_empty")) or OnEmpty.NO_FILE,
        deliver_to=tuple(routes.values()),
    )
    numbers = {
        "rules": tuple(rules),
        "eligibility": tuple(decisions),
        "outputs": tuple(outputs),
        "deliver_to": tuple(routes),
    }
    return ReadableParts(readable, numbers, has_source=connector is not None and bool(query), faults=tuple(faults))


def document_faults(error: ValidationError) -> list[dict[str, object]]:
    """The faults of a document's form, each with the pointer of its place."""
    return [
        {"pointer": json_pointer(place["loc"]), "code": place["type"], "detail": _sentence(place)}
        for place in error.errors()
    ]


def _sentence(place: ErrorDetails) -> str:
    """What is wrong, without the validator's own preface."""
    cause = place.get("ctx", {}).get("error")
    if place["type"] != "value_error" or cause is None:
        return place["msg"]
    said = str(cause)
    return f"{said[:1].upper()}{said[1:]}."


def _valid(adapter: TypeAdapter[T], value: object) -> T | None:
    try:
        return adapter.validate_python(value) if value is not None else None
    except ValidationError:
        return None


def _numbered(adapter: TypeAdapter[T], values: object) -> dict[int, T]:
    """The items of a list that are right, by their place in it."""
    return {number: item for number, one in enumerate(_list(values)) if (item := _valid(adapter, one))}


def _valid_items(values: Mapping[str, Any], adapter: TypeAdapter[T]) -> dict[str, T]:
    named = ((name, _valid(adapter, value)) for name, value in values.items() if _valid(_NAME, name) is not None)
    return {name: value for name, value in named if value is not None}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> Iterable[str]:
    return (one for one in _list(value) if isinstance(one, str))


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()
