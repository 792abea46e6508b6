"""Fuzzing an API by its own description: what requests are made up, and what an answer to any of them must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation

# A part of a file goes as it is.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
BASE_URL = "http://openreg.test"
#: What an answer would hold if a failure inside had been written into it.
INNARDS = ("Traceback (most recent call last)", "sqlalchemy", "asyncpg.", "site-packages", 'File "/')
#: Made up for the way a caller proves who they are; the test sends its own.
PROOFS = {"authorization", "x-api-key", "cookie"}
#: Times in a zone that is named beside them have no offset, which their formats want.
LOCAL_TIMES = ('is not a "time"', 'is not a "date-time"', '"times":[')
FIRST_REFUSED = 400
FIRST_BROKEN = 500


@dataclass(slots=True)
class Fuzz:
    """Made-up requests for each operation of an application, and what was wrong with the answers."""

    application: FastAPI
    #: Made-up requests that keep to the description, and as many that break it.
    examples: int
    operations: list[APIOperation[Any, Any, Any]] = field(init=False)
    #: The first of each kind at each operation.
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        schema = schemathesis.openapi.from_dict(self.application.openapi())
        self.operations = [found.ok() for found in schema.get_all_operations()]

    def requests_of(self, operation: APIOperation[Any, Any, Any]) -> Iterator[tuple[Case, requests.PreparedRequest]]:
        """Requests for one operation, the same ones in every run."""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for case in drawn(operation, mode, self.examples):
                prepared = as_sent(case)
                if prepared is not None and leads_to(operation, prepared):
                    yield case, prepared

    async def ask(
        self, client: httpx.AsyncClient, case: Case, sent: requests.PreparedRequest, path: str | None = None
    ) -> None:
        """Send one, in place of its path another one if given, and note what is wrong with the answer."""
        url = httpx.URL(sent.url or "")
        if path is not None:
            url = url.copy_with(raw_path=path.encode() + (b"?" + url.query if url.query else b""))
        headers = {name: value for name, value in sent.headers.items() if name.lower() not in PROOFS}
        answer = await client.request(sent.method or "GET", url, headers=headers, content=sent.body)
        self.statuses[answer.status_code] += 1
        told = f"{sent.method} {url.raw_path!r} {sent.body!r:.600} -> {answer.status_code} {answer.text[:400]}"
        for fault in faults_of(case.operation, answer):
            self.faults.setdefault((case.operation.label, fault), told)

    def told(self) -> str:
        """All faults, to read."""
        return "\n".join(f"{where} {fault}: {told}" for (where, fault), told in self.faults.items())


def drawn(operation: APIOperation[Any, Any, Any], mode: GenerationMode, count: int) -> list[Case]:
    """Made-up calls, the same ones in every run; none where nothing can be broken."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: Case) -> None:
        found.append(case)

    try:
        draw()
    except Unsatisfiable:
        return []
    return found


def as_sent(case: Case) -> requests.PreparedRequest | None:
    """The request as bytes; none where it cannot be put into HTTP at all."""
    try:
        return requests.Session().prepare_request(requests.Request(**case.as_transport_kwargs(base_url=BASE_URL)))
    except (ValueError, UnicodeError, requests.RequestException, InvalidSchema):
        return None


def leads_to(operation: APIOperation[Any, Any, Any], sent: requests.PreparedRequest) -> bool:
    """Whether the path is one of this operation: what was made up may have parts that are empty, or more parts."""
    template, parts = operation.path.split("/"), unquote(httpx.URL(sent.url or "").path).split("/")
    return len(template) == len(parts) and not {"", ".", ".."} & set(parts[1:])


def faults_of(operation: APIOperation[Any, Any, Any], answer: httpx.Response) -> Iterator[str]:
    """What must not be, whatever was asked."""
    if answer.status_code >= FIRST_BROKEN:
        yield "breaks"
    yield from (f"shows {one!r}" for one in INNARDS if one in answer.text)
    if answer.status_code >= FIRST_REFUSED:
        yield from _problem_faults(answer)
    described = operation.responses.status_codes
    if str(answer.status_code) not in described:
        yield f"has a status that is not described, only {', '.join(described)}"
        return
    try:
        operation.validate_response(answer)
    except (Failure, FailureGroup) as failure:
        for one in getattr(failure, "exceptions", (failure,)):
            if not any(sign in str(one) for sign in LOCAL_TIMES):
                yield f"not as described: {str(one).replace(chr(10), ' ')[:300]}"


def _problem_faults(answer: httpx.Response) -> Iterator[str]:
    if answer.headers.get("content-type") != "application/problem+json":
        yield "is no problem document"
        return
    problem = answer.json()
    missing = {"type", "title", "status", "code", "request_id"} - problem.keys()
    if missing:
        yield f"is a problem without {sorted(missing)}"
