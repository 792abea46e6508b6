"""How content is read with a key: whose it is, which page, which fields, whether it has changed, and the cache.

A route says what it needs and how its answer is made; all else is the same for every route. Whether an answer has
changed is known from the version of the content, so that an unchanged one is never made: the tag and the key of the
cache are hashes over all that the answer depends on.

Annotations are evaluated here, not kept as text: FastAPI could not see the scope that a provider closes over.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version as version_of
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.answer_cache import Content, Kept
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorInvalid, Page
from backend.core.problems import problems
from backend.core.spelling import suggest
from backend.domain.api_versions import ApiVersion, ApiVersionUnknown
from backend.domain.customers import KeyScope
from external_api.api.access import KEY_PROBLEMS, CustomerScope, RequiresScope, ScopeMissing, version_asked
from external_api.api.runtime import ExternalRuntime, current_runtime
from external_api.api.versions import Deprecation

T = TypeVar("T", bound=BaseModel)
_MAX_CURSOR: Final = 4_000
_MAX_FIELDS: Final = 1_000
#: Parameters that choose a part of a list, not another list: a cursor may be used with others of them.
_PARTS: Final = frozenset({"cursor", "limit", "fields"})
_TAG_DIGITS: Final = 32
_ANY: Final = "*"
_BUILD: Final = version_of("openreg")
_VARY: Final = "Authorization, X-API-Key, OpenReg-Version"
_CACHE_CONTROL: Final = "private, no-cache"
_HEADERS: Final = {
    "ETag": {"description": "The state of this answer.", "schema": {"type": "string"}},
    "X-Cache": {"description": "HIT, STALE, MISS or BYPASS.", "schema": {"type": "string"}},
    "Age": {"description": "Seconds since the answer was made.", "schema": {"type": "integer"}},
    "OpenReg-Version": {"description": "The version that was used.", "schema": {"type": "string", "format": "date"}},
}


class FieldsUnknown(OpenRegError):
    """Some of the fields that were asked for do not exist."""

    code: ClassVar[str] = "fields_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def read_responses(*errors: type[OpenRegError], example: object = None) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that reads, and how it may refuse; with an example of its answer."""
    known = problems(*KEY_PROBLEMS, ScopeMissing, ApiVersionUnknown, FieldsUnknown, CursorInvalid, *errors)
    content = {"content": {"application/json": {"example": example}}} if example is not None else {}
    return {
        200: {"headers": _HEADERS, **content},
        304: {"description": "It is as `If-None-Match` says.", "headers": {"ETag": _HEADERS["ETag"]}},
        **known,
    }


def file_responses(media_types: Iterable[str], *errors: type[OpenRegError]) -> dict[int | str, dict[str, Any]]:
    """The same of a route that streams a file."""
    known = read_responses(*errors)
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {**known, 200: {**known[200], "content": dict.fromkeys(media_types, binary)}}


@dataclass(frozen=True, slots=True)
class Place:
    """Which page is wanted: ``limit`` items behind ``after``, what a page before had as its ``next_cursor``."""

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Items of a page, the place of the next one, and what stands beside them."""

    items: Sequence[T]
    next_cursor: str | None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """What items look like, and which kinds of content an answer is made of."""

    model: type[T]
    kinds: Sequence[str]
    adapter: TypeAdapter[list[T]] = field(init=False)

    def __post_init__(self) -> None:
        """Built once, for it is costly."""
        items: Any = GenericAlias(list, (self.model,))
        object.__setattr__(self, "adapter", TypeAdapter(items))

    def dump(self, items: Sequence[T], fields: set[str] | None) -> bytes:
        """Items as JSON."""
        if fields is None:
            return self.adapter.dump_json(list(items))
        return self.adapter.dump_json(list(items), include={"__all__": fields})

    def chosen(self, text: str | None) -> set[str] | None:
        """The fields of a list by commas; None for all. Raises FieldsUnknown."""
        if text is None:
            return None
        wanted = {one.strip() for one in text.split(",")} - {""}
        known = sorted(self.model.model_fields)
        unknown = sorted(wanted.difference(known))
        if unknown or not wanted:
            near = suggest(unknown[0], known) if unknown else None
            hint = f" Did you mean {near}?" if near else ""
            name = unknown[0] if unknown else ""
            raise FieldsUnknown(f"There is no field {name!r}.{hint}", fix="Choose among known.", extra={"known": known})
        return wanted


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """One read of a caller."""

    request: Request
    runtime: ExternalRuntime
    scope: CustomerScope
    version: ApiVersion
    shape: Shape[T]
    fields: set[str] | None
    place: Place
    if_none_match: str | None
    deprecation: Deprecation | None = None

    async def page(self, load: Callable[[AsyncSession, Place], Awaitable[Page[T] | Listed[T]]]) -> Response:
        """A page of a list; the ``next_cursor`` of what is loaded is a place, which is signed here."""

        async def compute() -> Content:
            async with self.scope.reading() as session:
                found = await load(session, self.place)
            items = self.shape.dump(found.items, self.fields)
            facts = json.dumps(found.facts)[1:-1].encode() + b"," if isinstance(found, Listed) else b""
            return Content(b"{" + facts + b'"items":' + items, is_page=True, place=found.next_cursor)

        return await self._answer(compute, ())

    async def one(self, load: Callable[[AsyncSession], Awaitable[T]], *extra: object) -> Response:
        """One thing; ``extra`` is what its answer depends on beside the call."""

        async def compute() -> Content:
            async with self.scope.reading() as session:
                found = await load(session)
            return Content(found.model_dump_json(include=self.fields).encode())

        return await self._answer(compute, extra)

    async def unchanged(self) -> tuple[Response | None, dict[str, str]]:
        """For what is streamed: the answer when the caller has it already, else the headers of the stream."""
        _, tag = await self._identity(())
        headers = self._headers(tag)
        return (Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers) if self._has(tag) else None), headers

    async def _answer(self, compute: Callable[[], Awaitable[Content]], extra: Iterable[object]) -> Response:
        key, tag = await self._identity(extra)
        headers = self._headers(tag)
        if self._has(tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        kept = await self.runtime.answers.get(key, str(self.scope.tenant), compute)
        if self.if_none_match is not None and self.if_none_match.strip() == _ANY:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        headers["X-Cache"], headers["Age"] = kept.state.value, str(kept.age_seconds)
        return Response(self._body(kept, headers), media_type="application/json", headers=headers)

    def _body(self, kept: Kept, headers: dict[str, str]) -> bytes:
        """What is kept for all, with the cursor that is this customer's own."""
        content = kept.content
        if not content.is_page:
            return content.body
        if content.place is None:
            return content.body + b',"next_cursor":null}'
        cursor = self.runtime.cursors.sign(_purpose(self.request, self.scope), content.place)
        following = self.request.url.include_query_params(cursor=cursor)
        links = [f'<{following.path}?{following.query}>; rel="next"', headers.get("Link", "")]
        headers["Link"] = ", ".join(filter(None, links))
        return content.body + f',"next_cursor":"{cursor}"}}'.encode()

    async def _identity(self, extra: Iterable[object]) -> tuple[str, str]:
        """The key of the cache, the same for all who may see the same; and the tag, a customer's own."""
        caller = self.scope.caller
        content = await self.runtime.content.of(caller.tenant, self.shape.kinds)
        said = json.dumps(
            [
                _address(self.request, frozenset({"cursor"})),
                self.place.after,
                str(caller.tenant),
                caller.entitlement_version,
                self.version.name,
                content,
                _BUILD,
                *map(str, extra),
            ]
        )
        key = hashlib.sha256(said.encode()).hexdigest()
        tag = hashlib.sha256(f"{key}{caller.customer_id}".encode()).hexdigest()[:_TAG_DIGITS]
        return key, f'"{tag}"'

    def _headers(self, tag: str) -> dict[str, str]:
        headers = {"ETag": tag, "Cache-Control": _CACHE_CONTROL, "Vary": _VARY}
        if self.deprecation is not None:
            headers |= {name.decode().title(): value.decode() for name, value in self.deprecation.headers()}
        return headers

    def _has(self, tag: str) -> bool:
        """Whether the caller has this state; tags are compared weakly (RFC 9110 section 13.1.2)."""
        if self.if_none_match is None:
            return False
        return tag in {one.strip().removeprefix("W/") for one in self.if_none_match.split(",")}


def reads(scope: KeyScope, model: type[T], *kinds: str, deprecation: Deprecation | None = None) -> Any:
    """A dependency that gives a ``Reading`` of some kinds of content to a key that has the scope."""
    shape = Shape(model, kinds)

    async def provide(
        request: Request,
        allowed: Annotated[CustomerScope, Depends(RequiresScope(scope))],
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        cursor: Annotated[
            str | None, Query(max_length=_MAX_CURSOR, description="`next_cursor` of the page before.")
        ] = None,
        fields: Annotated[
            str | None, Query(max_length=_MAX_FIELDS, description="Fields of the items that are wanted, by commas.")
        ] = None,
        if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=2_000)] = None,
    ) -> Reading[T]:
        runtime = await current_runtime(request)
        after = None if cursor is None else runtime.cursors.open(_purpose(request, allowed), cursor)
        return Reading(
            request,
            runtime,
            allowed,
            version_asked(request),
            shape,
            shape.chosen(fields),
            Place(limit, after),
            if_none_match,
            deprecation,
        )

    return Depends(provide)


def _address(request: Request, without: Collection[str]) -> str:
    """The path with its parameters in order, so that two spellings of one address are one."""
    query = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in without)
    return json.dumps([request.url.path, query])


def _purpose(request: Request, scope: CustomerScope) -> str:
    """What a cursor is good for: this route with these filters, for this customer of this publisher."""
    return json.dumps([_address(request, _PARTS), str(scope.tenant), str(scope.caller.customer_id)])
